"""What lies in somebody's files: as a reader finds it, and as it is then understood.

A reader turns ``SourceFile``\\ s into a ``Source``: images and labels as the files have them, with
nothing decided. ``resnet_app.data.interpret`` turns a ``Source`` and a person's ``Choices`` into a
``Reading``, and into a ``Dataset`` once no question is open.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

Progress = Callable[[float, str], None]
"""Called with the share done, 0…1, and what is being done, in words."""


@dataclass(frozen=True)
class SourceFile:
    """A file as it was brought: its bytes lie at ``path``; ``name`` is text to show and a hint."""

    name: str
    path: Path


@dataclass(frozen=True, eq=False)
class Part:
    """Images and labels as the files have them.

    ``images`` (N, H, W) or (N, H, W, C) numbers of any scale, C being 1, 3 or 4; ``labels`` (N,)
    numbers or texts, or (N, K) one-hot.
    """

    images: Array
    labels: Array


@dataclass(frozen=True, eq=False)
class Source:
    """What a reader found.

    ``recognised`` names the format in words. ``label_sources`` are the places where labels may be
    (a column, the folder, a part of the file name); ``label_source`` is the one that was used, and
    ``labels_in_doubt`` says that another may be meant. ``column_major`` says that the format
    stores pictures column by column, as MATLAB does. ``size`` is the height and width in pixels
    that the pictures had (their median, where they differ); by default that of ``images``.
    """

    recognised: str
    training: Part
    test: Part | None = None
    notes: tuple[str, ...] = ()
    label_sources: tuple[str, ...] = ()
    label_source: str | None = None
    labels_in_doubt: bool = False
    column_major: bool = False
    size: tuple[int, int] | None = None

    @property
    def original_size(self) -> tuple[int, int]:
        """Height and width in pixels of a typical picture in the files."""
        return self.size or (self.training.images.shape[1], self.training.images.shape[2])


@dataclass(frozen=True)
class Choices:
    """What a person decided about their files; None leaves it to what was found.

    ``label_source`` is one of ``Source.label_sources``; ``digits`` maps each label, as text, to a
    digit or to None, which leaves its images out; ``invert`` swaps light and dark; ``transpose``
    swaps the rows and columns of every picture.
    """

    label_source: str | None = None
    digits: Mapping[str, int | None] | None = None
    invert: bool | None = None
    transpose: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``Choices(**values)`` is the way back."""
        return asdict(self)


@dataclass(frozen=True)
class Option:
    """One possible answer: what to set ``field`` of the ``Choices`` to."""

    label: str
    value: Any


@dataclass(frozen=True)
class Question:
    """Something that the files do not tell. ``field`` names the field of ``Choices`` it decides.

    The first of ``options`` is what would be taken without an answer.
    """

    field: str
    text: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class LabelValue:
    """A label as the files have it, how many images have it, and the digit it is read as."""

    text: str
    count: int
    digit: int | None


@dataclass(frozen=True)
class Reading:
    """How files were understood. ``digest`` names the kept data set; None while questions are open.

    ``choices`` has every field filled with what was used. ``notes`` are sentences.
    """

    recognised: str
    notes: tuple[str, ...]
    choices: Choices
    questions: tuple[Question, ...]
    label_sources: tuple[str, ...]
    label_values: tuple[LabelValue, ...]
    digest: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` is the way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Reading":
        """A reading from ``to_json``'s values."""
        questions = tuple(
            Question(q["field"], q["text"], tuple(Option(**option) for option in q["options"]))
            for q in values["questions"]
        )
        return cls(
            values["recognised"],
            tuple(values["notes"]),
            Choices(**values["choices"]),
            questions,
            tuple(values["label_sources"]),
            tuple(LabelValue(**value) for value in values["label_values"]),
            values["digest"],
        )


def shown(value: object, limit: int = 120) -> str:
    """Somebody else's text as one short harmless line of at most ``limit`` characters."""
    return "".join(c for c in str(value)[: 10 * limit] if c.isprintable())[:limit]


def no_progress(share: float, message: str) -> None:
    """A ``Progress`` for those who do not watch."""


def part_of(progress: Progress, low: float, high: float) -> Progress:
    """A ``Progress`` whose 0…1 is ``low``…``high`` of ``progress``."""
    return lambda share, message: progress(low + share * (high - low), message)


def as_array(values: Any) -> Array:
    """``values`` as a NumPy array; texts become ``str`` of fixed width, never objects."""
    array = np.asarray(values)
    return array.astype(str) if array.dtype.kind in "OS" else array
