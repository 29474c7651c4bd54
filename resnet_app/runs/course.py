"""What happened in a run, in order: ``events.jsonl``, read as it grows.

Nothing here trusts the file, which somebody else's program may have written: a torn or foreign line
is left out, and a number that is missing or null becomes NaN.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from resnet_app.files import ReadGrowing

Event = Mapping[str, Any]
_Point = TypeVar("_Point")

_READ = 80
"""Runs whose points stay read."""

_TOLD = ("facts", "precision", "libraries")
"""Kinds of events of which the last one counts."""


@dataclass(frozen=True, slots=True)
class BatchPoint:
    """Mean loss and accuracy since the point before; ``position`` in epochs since the start."""

    position: float
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class EpochPoint:
    """What Keras reports at an epoch's end; ``epoch`` counts from 1, ``seconds`` since the last."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class History:
    """All points of a run so far, in order."""

    batches: tuple[BatchPoint, ...] = ()
    epochs: tuple[EpochPoint, ...] = ()

    def __hash__(self) -> int:
        """From its lengths and ends alone: it is asked for with every update of a live chart."""
        ends = self.batches[-1:], self.epochs[-1:]
        return hash((len(self.batches), len(self.epochs), ends))


@dataclass(frozen=True)
class Course:
    """What the events say so far.

    ``told`` holds the last event of each kind in ``_TOLD``, ``counts`` how many of each kind there
    are, and ``peak_memory`` the most bytes that the training process took, where it was measured.
    """

    history: History = History()
    told: Mapping[str, Event] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    peak_memory: int | None = None


def events_by_kind(lines: Iterable[str]) -> dict[str, list[Event]]:
    """The objects in ``lines``, one each; what is torn, empty or no object is left out."""
    found: dict[str, list[Event]] = {}
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            found.setdefault(str(event.get("event")), []).append(event)
    return found


def _take_in(course: Course, lines: Sequence[str]) -> Course:
    """``course`` and what the next ``lines`` say."""
    by_kind = events_by_kind(lines)
    before = course.history
    history = History(
        before.batches + tuple(_points(BatchPoint, by_kind.get("batch", []), "position")),
        before.epochs + tuple(_points(EpochPoint, by_kind.get("epoch", []), "epoch")),
    )
    told = {kind: by_kind[kind][-1] for kind in _TOLD if kind in by_kind}
    counts = Counter(course.counts) + Counter({kind: len(all) for kind, all in by_kind.items()})
    peaks = [number(event.get("bytes")) for event in by_kind.get("peak_memory", [])]
    known = [int(peak) for peak in peaks if math.isfinite(peak)]
    known += [] if course.peak_memory is None else [course.peak_memory]
    return Course(history, {**course.told, **told}, counts, max(known, default=None))


def _points(kind: type[_Point], events: Iterable[Event], place: str) -> Iterable[_Point]:
    """Those with a place and a loss; what else one lacks is NaN."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for event in events:
        if "loss" in event and is_finite(event.get(place)):
            values = {name: number(event.get(name)) for name in names}
            yield kind(**{**values, place: event[place]})


def number(value: Any) -> float:
    """``value`` if it is a number that a float can hold, else NaN."""
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return math.nan


def is_finite(value: Any) -> bool:
    """Whether ``value`` is such a number, and neither infinite nor NaN."""
    return math.isfinite(number(value))


read_course = ReadGrowing(Course(), _take_in, _READ)
"""The ``Course`` in a file; raises ``OSError`` without the file."""
