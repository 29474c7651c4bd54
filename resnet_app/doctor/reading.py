"""From a run directory to ``Evidence``, whoever wrote it.

Nothing here trusts the files: a torn or foreign line, a key too many or too few and a number that
is null are all left out or become NaN, and the doctor goes on with what is there.
"""

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from resnet_app.doctor.evidence import Evidence, Facts, Layer, Modes, Pixels, Watch
from resnet_app.errors import LabError
from resnet_app.files import read_json
from resnet_app.runs.course import Event, events_by_kind, is_finite, number
from resnet_app.runs.run import Run

TESTS_FILE = "tests.json"
"""In the run's directory: outcomes of the tests that compute, by name."""

_KINDS = ("epoch", "facts", "watch", "modes")
"""Events that evidence is made of, but for the points within an epoch."""

_MODES_NEEDED = ("position", "training_accuracy", "inference_accuracy")
"""Without these, two modes cannot be compared."""

_T = TypeVar("_T")


def read_evidence(run: Run) -> Evidence:
    """All that is known of ``run``; reading never fails for what is missing or torn."""
    by_kind = _read_events(run.directory / "events.jsonl")
    facts = by_kind.get("facts", [])
    watches = [_made(Watch, event) for event in by_kind.get("watch", []) if _placed(event)]
    modes = [_made_modes(event) for event in by_kind.get("modes", []) if _comparable(event)]
    status = run.status()
    return Evidence(
        history=run.history(),
        facts=_facts(facts[-1]) if facts else _planned(run),
        watches=tuple(sorted(watches, key=lambda watch: watch.position)),
        modes=tuple(sorted(modes, key=lambda modes: modes.position)),
        tests=read_tests(run.directory),
        ended=status.ended,
        testable=not run.foreign,
    )


def count_evidence(run: Run) -> tuple[int, ...]:
    """How much of each kind of evidence ``run`` has so far: more only where a judgment may differ.

    It costs next to nothing, so that a page can ask each second.
    """
    counts = run.course().counts
    return tuple(counts.get(kind, 0) for kind in _KINDS)


def read_tests(directory: Path) -> dict[str, Mapping[str, Any]]:
    """What ``tests.json`` holds, by the tests' names; empty without it."""
    try:
        values = read_json(directory / TESTS_FILE)
    except (OSError, ValueError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {str(name): test for name, test in values.items() if isinstance(test, dict)}


def _read_events(path: Path) -> dict[str, list[Event]]:
    try:
        return events_by_kind(path.read_text(encoding="utf-8", errors="replace").split("\n"))
    except OSError:
        return {}


def _facts(event: Event) -> Facts:
    """``Facts`` from a ``facts`` event; nested values as their own classes."""
    changed: dict[str, Any] = dict(event)
    layers = event.get("layers")
    changed["layers"] = tuple(
        _made(Layer, layer)
        for layer in (layers if isinstance(layers, list) else [])
        if isinstance(layer, dict) and "name" in layer and "kind" in layer
    )
    for name in ("pixels", "validation_pixels"):
        changed[name] = _pixels(event.get(name))
    return _made(Facts, changed)


def _pixels(values: Any) -> Pixels | None:
    needed = ("low", "high", "mean", "deviation")
    if not isinstance(values, dict) or any(name not in values for name in needed):
        return None
    return _made(Pixels, {**values, **{name: number(values[name]) for name in needed}})


def _planned(run: Run) -> Facts:
    """What the settings of a run that was not watched say."""
    try:
        config = run.config
    except (LabError, TypeError, KeyError, AttributeError):
        return Facts()  # somebody else's run, or none
    return Facts(
        optimizer=config.optimizer,
        learning_rate=config.learning_rate,
        batch_size=config.batch_size,
        epochs=config.epochs,
        patience=config.patience,
    )


def _placed(event: Event) -> bool:
    return is_finite(event.get("position"))


def _comparable(event: Event) -> bool:
    return all(is_finite(event.get(name)) for name in _MODES_NEEDED)


def _made_modes(event: Event) -> Modes:
    losses = {name: number(event.get(name)) for name in ("training_loss", "inference_loss")}
    return _made(Modes, {**event, **losses})


def _made(kind: type[_T], values: Event) -> _T:
    """``kind`` from those of ``values`` that it knows and that are not null; lists as tuples."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    known = {name: values[name] for name in names if values.get(name) is not None}
    return kind(**{name: _plain(value) for name, value in known.items()})


def _plain(value: Any) -> Any:
    """Lists as tuples, and null inside them or a dictionary as NaN."""
    if isinstance(value, list | tuple):
        return tuple(_plain(part) for part in value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return math.nan if value is None else value
