"""How long a run will take, from runs that this machine has finished."""

from dataclasses import dataclass
from statistics import median

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.errors import LabError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run

_LOOKED_AT = 60
"""Newest runs that are asked."""

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

    From finished runs with the same network on this machine; without any, from a measurement
    of the posted network on another one.
    """
    counts = {stored.digest: stored.count for stored in datasets.listing()}
    paces, rests = [], []
    for run in runs.listing()[:_LOOKED_AT]:
        try:
            if _network(run.config) != _network(config) or run.dataset_digest not in counts:
                continue
            seconds = [point.seconds for point in run.history().epochs]
            if len(seconds) > 1 and run.status().state == "finished":
                paces.append(median(seconds[1:]) / counts[run.dataset_digest])
                rests.append(max(duration(run) - sum(seconds), 0.0))
        except (LabError, AttributeError, KeyError, TypeError):
            continue
    if paces:
        return Estimate(median(rests) + median(paces) * images * config.epochs, True)
    epoch = _EPOCH_SECONDS * (_MEASURED_STRIDE / config.stem_stride) ** 2 * images / 1000
    return Estimate(_AROUND_SECONDS + epoch * config.epochs, False)


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
