"""Faults in the settings, as functions of a ``TrainingConfig`` and a severity of 1, 2 or 3."""

from collections.abc import Callable
from dataclasses import replace

from resnet_app.config import RANGES, TrainingConfig
from resnet_app.imaging import Normalizer

RecipeFault = Callable[[TrainingConfig, int], TrainingConfig]


def _rate_times(factors: tuple[float, float, float]) -> RecipeFault:
    low, high = RANGES["learning_rate"]

    def applied(config: TrainingConfig, severity: int) -> TrainingConfig:
        rate = config.learning_rate * factors[severity - 1]
        return config.changed(learning_rate=min(max(rate, low), high))

    return applied


def _stop_early(config: TrainingConfig, severity: int) -> TrainingConfig:
    return config.changed(patience=4 - severity)


def _lag(config: TrainingConfig, severity: int) -> TrainingConfig:
    return config.changed(batch_norm=True, bn_momentum=(0.99, 0.995, 0.999)[severity - 1])


def _explode(config: TrainingConfig, severity: int) -> TrainingConfig:
    return config.changed(
        batch_norm=False,
        optimizer="sgd",
        schedule="constant",
        learning_rate=(5.0, 7.0, 10.0)[severity - 1],
    )


def _overfit(config: TrainingConfig, severity: int) -> TrainingConfig:
    return config.changed(
        augmentation="none",
        schedule="constant",
        widths=tuple(min(2 * width, 512) for width in config.widths),
        epochs=max(config.epochs, 24),
        patience=0,
        restore_best=False,
    )


def _shrink(config: TrainingConfig, severity: int) -> TrainingConfig:
    filters = (2, 1, 1)[severity - 1]
    stride = 4 if severity == 3 else config.stem_stride
    return config.changed(widths=(filters,) * 3, stem_stride=stride, head="pooled")


RECIPE_FAULTS: dict[str, RecipeFault] = {
    "raw_pixels": lambda config, severity: config.changed(batch_norm=False, normalization="raw"),
    "rate_too_high": _rate_times((30, 100, 1000)),
    "rate_too_low": _rate_times((1e-2, 1e-3, 1e-4)),
    "stopped_early": _stop_early,
    "lagging_averages": _lag,
    "tiny_batches": lambda config, severity: config.changed(
        batch_norm=True, batch_size=5 - severity
    ),
    "exploding": _explode,
    "vanishing": lambda config, severity: config.changed(batch_norm=False),
    "huge_head": lambda config, severity: config.changed(head="flatten", schedule="constant"),
    "overfitting": _overfit,
    "too_small": _shrink,
}
"""By the fault's name."""


def scaled_by(normalizer: Normalizer, factor: float) -> Normalizer:
    """``normalizer`` with its output multiplied by ``factor``."""
    scale, offset = normalizer.scale_and_offset
    return replace(
        normalizer,
        kind="standardized",
        mean=-offset / scale,
        deviation=1 / (scale * factor),
    )
