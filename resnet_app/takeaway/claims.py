"""What a run from elsewhere claims of itself, checked value by value.

Every function raises ``DataError`` for what no run of this app can hold.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from resnet_app.calibration import Calibration
from resnet_app.config import IMAGE_SIZE, TrainingConfig
from resnet_app.data.source import shown
from resnet_app.errors import ConfigError, DataError
from resnet_app.imaging import Framing, Normalizer
from resnet_app.runs.course import BatchPoint, EpochPoint
from resnet_app.runs.run import LIBRARIES, Evaluation, Tally, Tuning
from resnet_app.takeaway.bundle import FORMAT, VERSION

_MOST = 1e12
"""Largest number that any of a run's figures may have."""

_MOST_EVENTS = 200_000
_LONGEST_TEXT = 200
_LONGEST_LIST = 10_000
_DEEPEST = 5

_EVIDENCE = ("facts", "watch", "modes", "watched")
"""Events that only the doctor reads."""

_POLICIES = ("float32", "mixed_bfloat16")


def check_format(card: Mapping[str, Any]) -> None:
    """Whether this is a run of ours, and of a version that is known here."""
    if card.get("format") != FORMAT:
        raise refused("its description is not that of a run")
    if card.get("version") != VERSION:
        raise DataError(
            "This run was taken away from another version of the app, whose files are not known "
            f"here. Bring both to the same version. Received: version {shown(card.get('version'))}"
        )


def config_of(card: Mapping[str, Any]) -> TrainingConfig:
    """The settings, checked as any others."""
    values = card.get("config")
    if not isinstance(values, dict):
        raise refused("its settings are missing")
    try:
        config = TrainingConfig.from_json(values)
    except ConfigError as error:
        raise refused(f"its settings are refused. {error}") from error
    return config.changed(recipe=text_of(config.recipe, 40) or "unnamed")


def text_of(value: Any, longest: int = _LONGEST_TEXT) -> str:
    """``value`` as one line to show."""
    if not isinstance(value, str):
        raise refused(f"{shown(value)} where a text should be")
    return "".join(c for c in value if c.isprintable()).strip()[:longest]


def digest_of(value: Any) -> str:
    """The digest of a data set."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{16}", value):
        raise refused(f"it does not name its data set: {shown(value)}")
    return value


def count_of(value: Any, most: float = 1e9) -> int:
    """A whole number, 0 or more."""
    if type(value) is not int or not 0 <= value <= most:
        raise refused(f"a number is out of range: {shown(value)}")
    return value


def preprocessing_of(values: Mapping[str, Any]) -> tuple[Normalizer, Framing]:
    """How pixels were normalized and how drawings are framed."""
    normalizer, framing = _fields(values, "normalizer"), _fields(values, "framing")
    kind = normalizer.get("kind")
    if kind not in ("raw", "unit", "standardized"):
        raise refused(f"its normalization is unknown: {shown(kind)}")
    stroke = framing.get("stroke")
    return (
        Normalizer(
            kind,
            _number(normalizer.get("mean"), -_MOST, _MOST),
            _number(normalizer.get("deviation"), 1e-12, _MOST),
        ),
        Framing(
            _number(framing.get("side"), 1, IMAGE_SIZE),
            _number(framing.get("row"), 0, IMAGE_SIZE),
            _number(framing.get("column"), 0, IMAGE_SIZE),
            framing.get("light_ink") is not False,
            None if stroke is None else _number(stroke, 0.01, IMAGE_SIZE),
            _number(framing.get("ink", 255.0), 0, 255),
            _number(framing.get("ground", 0.0), 0, 255),
        ),
    )


def calibration_of(values: Mapping[str, Any]) -> Calibration:
    """How far to trust its probabilities."""
    before, after = values.get("error_before"), values.get("error_after")
    return Calibration(
        _number(values.get("temperature"), 0.01, 100),
        _number(values.get("sure"), 0, 1),
        None if before is None else _number(before, 0, 1),
        None if after is None else _number(after, 0, 1),
        count_of(values.get("count", 0)),
    )


def tuning_of(values: Mapping[str, Any]) -> Tuning:
    """What fine-tuning did."""
    return Tuning(
        count_of(values.get("trained")),
        _tally(_fields(values, "held_back")),
        _tally(_fields(values, "others")),
        text_of(values.get("others_name")),
    )


def evaluation_of(confusion: Any) -> Evaluation:
    """The outcome on held-back images."""
    plain = isinstance(confusion, np.ndarray) and confusion.dtype == np.int64
    if not plain or confusion.shape != (10, 10) or confusion.min() < 0 or confusion.max() > 10**7:
        raise refused("a confusion matrix of another form")
    return Evaluation(confusion)


def events_of(lines: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events in ``lines`` that a run can have, kind and values; others are left out."""
    for line in lines.split("\n")[:_MOST_EVENTS]:
        try:
            event = json.loads(line)
            kind = event.pop("event")
            values = _event(kind, event)
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError, DataError):
            continue
        if values is not None:
            yield kind, values


def refused(reason: str) -> DataError:
    """This is not a run that the app wrote."""
    return DataError(
        "This file is not a run that was taken away from this app, or it was changed since. Take "
        f"it away once more. Received: {reason}"
    )


def _event(kind: Any, event: dict[str, Any]) -> dict[str, Any] | None:
    if kind in _EVIDENCE:
        return {text_of(name): _tame(value) for name, value in event.items()}
    if kind == "precision" and event["policy"] in _POLICIES:
        return {"policy": event["policy"], "reason": text_of(event["reason"])}
    if kind == "libraries":
        return {name: text_of(event[name]) for name in LIBRARIES if name in event}
    if kind == "batch":
        return {**_figures(BatchPoint, event), "position": _number(event["position"], 0, 1e6)}
    if kind == "epoch":
        return {**_figures(EpochPoint, event), "epoch": count_of(event["epoch"], 1e6)}
    return None


def _figures(point: type[BatchPoint] | type[EpochPoint], event: dict[str, Any]) -> dict[str, Any]:
    return {field.name: _figure(event[field.name]) for field in fields(point)}


def _figure(value: Any) -> float | None:
    """A number, or None for one that is not finite."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return _number(value, -1e38, 1e38)


def _tame(value: Any, depth: int = 0) -> Any:
    """``value`` as it came, of plain and bounded parts."""
    if depth > _DEEPEST:
        raise refused("its evidence is nested too deeply")
    if isinstance(value, dict) and len(value) <= _LONGEST_LIST:
        return {text_of(name): _tame(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list) and len(value) <= _LONGEST_LIST:
        return [_tame(part, depth + 1) for part in value]
    if isinstance(value, str):
        return text_of(value)
    return value if value is None or isinstance(value, bool) else _figure(value)


def _tally(values: Mapping[str, Any]) -> Tally:
    count = count_of(values.get("count"))
    if not count:
        raise refused("it was compared on no pictures")
    return Tally(count, count_of(values.get("before"), count), count_of(values.get("after"), count))


def _fields(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    if not isinstance(found, dict):
        raise refused(f"{name} is missing")
    return found


def _number(value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise refused(f"a number is out of range: {shown(value)}")
    return value
