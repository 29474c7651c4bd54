"""How long a run will take, from runs that this machine has finished."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median

from resnet_app.config import TrainingConfig, home
from resnet_app.data import store as datasets
from resnet_app.errors import LabError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run

_LOOKED_AT = 60
"""Newest runs that are asked."""

_FRESH_SECONDS = 5.0
"""So long an answer is given again: everybody who waits asks each second."""

_AROUND_SECONDS = 19.0
"""Loading TensorFlow, tracing, testing and saving; measured on two cores of a virtual AMD EPYC."""

_EPOCH_SECONDS, _MEASURED_STRIDE = 7.5, 2
"""Of the posted network with fast kernels on 1,000 images, a fifth of them for validation, with
this step of its first convolution; measured likewise. The work goes with the square of the step."""


@dataclass(frozen=True)
class Estimate:
    """``seconds`` of one run; ``measured_here``: from runs of this machine."""

    seconds: float
    measured_here: bool


def estimate(config: TrainingConfig, images: int) -> Estimate:
    """Time of a run with ``config`` on ``images`` training images.

    From runs with the same network on this machine; without any, from a measurement
    of the posted network on another one.
    """
    measured = _measured(config, images)
    if measured is not None:
        return Estimate(measured, True)
    epoch = _EPOCH_SECONDS * (_MEASURED_STRIDE / config.stem_stride) ** 2 * images / 1000
    return Estimate(_AROUND_SECONDS + epoch * config.epochs, False)


def expected(config: TrainingConfig, images: int, is_tuning: bool) -> float | None:
    """Seconds that a run will take, from this machine's own runs alone; None where none tells.

    A fine-tuning has a time of its own, whatever its data. Counts what was found some seconds ago.
    """
    return _expected(home(), config, images, is_tuning, int(time.monotonic() / _FRESH_SECONDS))


@lru_cache(maxsize=256)
def _expected(
    _: Path, config: TrainingConfig, images: int, is_tuning: bool, __: int
) -> float | None:
    if is_tuning:
        ended = [run for run in runs.listing()[:_LOOKED_AT] if _is_finished_tuning(run)]
        return median(duration(run) for run in ended) if ended else None
    return _measured(config, images)


def _measured(config: TrainingConfig, images: int) -> float | None:
    """Seconds of a run, by those with this network; None where there are none."""
    paces, rests = _paces(config)
    if not paces:
        return None
    return (median(rests) if rests else 0.0) + median(paces) * images * config.epochs


def _is_finished_tuning(run: Run) -> bool:
    try:
        return run.parent is not None and run.status().state == "finished"
    except LabError:
        return False


def _paces(config: TrainingConfig) -> tuple[list[float], list[float]]:
    """Of runs with this network: seconds an image and epoch, and, of finished ones, around them."""
    counts = {stored.digest: stored.count for stored in datasets.listing()}
    paces, rests = [], []
    for run in runs.listing()[:_LOOKED_AT]:
        try:
            if run.parent is not None or _network(run.config) != _network(config):
                continue
            seconds = [point.seconds for point in run.history().epochs]
            state = run.status().state
            if len(seconds) > 1 and state in ("training", "finishing", "finished"):
                paces.append(median(seconds[1:]) / counts[run.dataset_digest])
            if len(seconds) > 1 and state == "finished":
                rests.append(max(duration(run) - sum(seconds), 0.0))
        except (LabError, AttributeError, KeyError, TypeError):
            continue
    return paces, rests


def duration(run: Run) -> float:
    """Seconds that a run was at work."""
    return run.status().seconds


def in_words(seconds: float) -> str:
    """``about 3 minutes``, ``about 40 seconds``."""
    if seconds < 90:
        return f"about {max(10 * round(seconds / 10), 10)} seconds"
    return f"about {round(seconds / 60)} minutes"


def _network(config: TrainingConfig) -> tuple[object, ...]:
    return (
        config.widths, config.stem_stride, config.strides, config.fast_kernels, config.precision,
    )  # fmt: skip
