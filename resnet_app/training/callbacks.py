"""The Keras callback that feeds the live curves. Import it only where TensorFlow may load."""

import time
from typing import Any

import keras

from resnet_app.runs.timeline import Timeline
from resnet_app.runs.writer import RunWriter
from resnet_app.training.schedule import rate_now

_INTERVAL_SECONDS = 0.4


class StopRequested(Exception):
    """The person asked the run to stop; raised between two batches."""


class LiveCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Writes points and status to the run directory as training goes on.

    ``steps`` an epoch may be None until the first has ended. ``validation_share`` is the cost of
    one validation pass as a share of an epoch's training, for the time left. Raises
    ``StopRequested`` out of ``fit`` when the stop file appears.
    """

    def __init__(
        self, writer: RunWriter, epochs: int, steps: int | None, validation_share: float
    ) -> None:
        super().__init__()
        self._writer = writer
        self._epochs = epochs
        self._timeline = Timeline(writer, steps)
        self._share = validation_share
        self._epoch = 0
        self._first_epoch: int | None = None
        self._done = 0
        self._first_step_ended: float | None = None
        self._written_at = 0.0
        self._epoch_began = 0.0
        self._sums = (0, 0.0, 0.0)  # batches, loss and accuracy summed, at the last point

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch
        self._first_epoch = epoch if self._first_epoch is None else self._first_epoch
        self._epoch_began = time.monotonic()
        self._sums = (0, 0.0, 0.0)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        now = time.monotonic()
        self._done = batch + 1
        if self._first_step_ended is None:
            self._first_step_ended = now  # it includes tracing, so it says nothing of the pace
        if now - self._written_at < _INTERVAL_SECONDS and batch + 1 != self._timeline.steps:
            return
        self._written_at = now
        self._write_status("Training", batch + 1)  # first: whoever sees a point sees that it trains
        self._write_point(batch + 1, logs or {})
        self._heed_stop()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._write_status("Validating", self._done)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if time.monotonic() - self._written_at > _INTERVAL_SECONDS:
            self._written_at = time.monotonic()
            self._heed_stop()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        self._write_point(self._done, logs)  # where nobody knew which batch would be the last
        self._timeline.end_epoch(self._done)
        self._writer.event(
            "epoch",
            epoch=epoch + 1,
            loss=_number(logs, "loss"),
            accuracy=_number(logs, accuracy_name(logs)),
            val_loss=_number(logs, "val_loss"),
            val_accuracy=_number(logs, f"val_{accuracy_name(logs)}"),
            learning_rate=rate_now(self.model),
            seconds=round(time.monotonic() - self._epoch_began, 3),
        )

    def _write_point(self, done: int, logs: dict[str, Any]) -> None:
        """Keras reports means since the epoch began; a point is the mean since the last point."""
        before, loss_sum, accuracy_sum = self._sums
        loss, accuracy = _number(logs, "loss"), _number(logs, accuracy_name(logs))
        if done <= before or loss is None:
            return
        sums = done, loss * done, (accuracy or 0.0) * done
        self._sums = sums
        mean = (sums[2] - accuracy_sum) / (done - before)
        self._timeline.event(
            "batch",
            self._epoch,
            done,
            loss=(sums[1] - loss_sum) / (done - before),
            accuracy=None if accuracy is None else min(max(mean, 0.0), 1.0),
        )

    def _write_status(self, message: str, step: int) -> None:
        self._writer.status(
            "training",
            message,
            epoch=self._epoch + 1,
            epochs=self._epochs,
            step=step,
            steps=self._timeline.steps or 0,
            seconds_left=self._seconds_left(step),
        )

    def _seconds_left(self, step: int) -> float | None:
        """From the mean pace so far, the first batch left out; None before there is one."""
        steps = self._timeline.steps
        if steps is None or self._first_step_ended is None or self._first_epoch is None:
            return None
        share = self._share * steps  # a validation pass, counted in training batches
        done = (self._epoch - self._first_epoch) * (steps + share) + step - 1
        if done < 2:
            return None
        pace = (time.monotonic() - self._first_step_ended) / done
        planned = (self._epochs - self._first_epoch) * (steps + share)
        return round(pace * (planned - done - 1), 1)

    def _heed_stop(self) -> None:
        if self._writer.stop_requested():
            raise StopRequested


def accuracy_name(logs: dict[str, Any]) -> str:
    """The metric in ``logs`` that is an accuracy; ``accuracy`` where there is none."""
    names = [name for name in logs if not name.startswith("val_")]
    exact = [name for name in names if name in ("accuracy", "acc")]
    alike = [name for name in names if name.endswith("_accuracy") and "top_k" not in name]
    return next(iter(exact + alike), "accuracy")


def _number(logs: dict[str, Any], name: str) -> float | None:
    return float(logs[name]) if name in logs else None
