"""What a run's test came to, in figures. They are measured by ``resnet_app.results.worker``."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from resnet_app.calibration import Bin
from resnet_app.errors import RunError
from resnet_app.files import ReadOnce, read_json, write_json
from resnet_app.results.answers import make_results_folder, results_folder
from resnet_app.runs.run import Run

CONFIDENCE = 0.95

_FILE = "outcome.json"


@dataclass(frozen=True)
class Outcome:
    """Figures of ``count`` test images, shares in 0…1.

    ``precision``, ``recall`` and ``f1`` have ten values each, None where there is nothing to
    divide by; ``support`` counts the images of each digit. ``bins`` and ``error`` say how far the
    confidences can be believed. ``milliseconds`` is the time for one image through the light
    model, measured while it read the test.
    """

    count: int
    right: int
    precision: tuple[float | None, ...]
    recall: tuple[float | None, ...]
    f1: tuple[float | None, ...]
    support: tuple[int, ...]
    bins: tuple[Bin, ...]
    error: float
    milliseconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` is the way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Outcome":
        """An outcome from ``to_json``'s values."""
        tuples = {n: tuple(values[n]) for n in ("precision", "recall", "f1", "support")}
        return cls(**{**values, **tuples, "bins": tuple(Bin(**each) for each in values["bins"])})


def kept_outcome(run: Run) -> Outcome | None:
    """The outcome that was kept with ``run``; None if there is none."""
    try:
        return _outcomes(results_folder(run) / _FILE)
    except (OSError, ValueError, KeyError, TypeError, RunError):
        return None


def keep_outcome(run: Run, outcome: Outcome) -> None:
    """Keep ``outcome`` with ``run``."""
    write_json(make_results_folder(run) / _FILE, outcome.to_json())


def interval(right: int, count: int) -> tuple[float, float]:
    """Where the true share lies in 95 of 100 cases, 0…1, from ``right`` of ``count``.

    Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share, squared = right / count, z * z / count
    middle = (share + squared / 2) / (1 + squared)
    half = z * math.sqrt(share * (1 - share) / count + squared / (4 * count)) / (1 + squared)
    return max(0.0, middle - half), min(1.0, middle + half)


_outcomes = ReadOnce(lambda path: Outcome.from_json(read_json(path)), 200)
