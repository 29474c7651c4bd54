"""The learning rate over a run. Import it only where TensorFlow may load."""

import math
from typing import Any

import keras
import numpy as np

from resnet_app.config import TrainingConfig

_WARM_UP = 0.1
"""Share of all steps in which the learning rate rises."""
_BEGIN = 1 / 25
"""Share of the peak with which it begins."""


def rate_at(config: TrainingConfig, step: int, total: int) -> float:
    """Learning rate of batch ``step`` (from 0) of ``total``.

    Constant, or linear warm-up and cosine decay (Loshchilov, Hutter, "SGDR", 2016).
    """
    peak = config.learning_rate
    if config.schedule == "constant":
        return peak
    warm_up = max(1, round(total * _WARM_UP))
    if step < warm_up:
        return peak * (_BEGIN + (1 - _BEGIN) * step / warm_up)
    return peak * (1 + math.cos(math.pi * (step - warm_up) / max(1, total - warm_up))) / 2


def rate_now(model: keras.Model) -> float | None:
    """The learning rate of ``model``'s next step; None if it has no optimizer of Keras's."""
    rate = getattr(getattr(model, "optimizer", None), "learning_rate", None)
    return None if rate is None else float(np.asarray(rate))


class ScheduleCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Sets the rate before each batch.

    A Keras schedule would write its numbers into the traced training step, which could then not
    be made ready before the run is known.
    """

    def __init__(self, config: TrainingConfig, steps: int, first_epoch: int = 0) -> None:
        super().__init__()
        self._config = config
        self._total = steps * config.epochs
        self._step = steps * first_epoch

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.model.optimizer.learning_rate = rate_at(self._config, self._step, self._total)
        self._step += 1
