"""Keeping a run's state after its epochs, and bringing a model to it.

Import it only where TensorFlow may load.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_app.runs.checkpoint import Checkpoint, Packed, Stopping
from resnet_app.runs.writer import RunWriter
from resnet_app.watch.budget import Budget

_FLOOR = 0.5
"""Seconds that keeping may take of a training however short."""


class CheckpointCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Keeps the state after an epoch, and begins with what ``earlier`` remembers of ``stopper``.

    Without ``later`` it keeps nothing. What it takes is budgeted as watching is: where the disk is
    too slow for the pace of the epochs, some are left out, and a run goes on from the one before.
    It comes after all other callbacks, so that what they write of an epoch is in the events.
    """

    def __init__(
        self,
        writer: RunWriter,
        policy: str,
        stopper: keras.callbacks.EarlyStopping,
        earlier: Checkpoint | None,
        later: bool,
    ) -> None:
        super().__init__()
        self.budget = Budget(_FLOOR)
        self._writer = writer
        self._policy = policy
        self._stopper = stopper
        self._earlier = earlier
        self._later = later

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.budget = Budget(_FLOOR)
        if self._earlier is None:
            return
        stopping = self._earlier.stopping
        self._stopper.wait, self._stopper.best = stopping.wait, stopping.best
        self._stopper.best_epoch = stopping.best_epoch
        if stopping.best_weights is not None:
            self._stopper.best_weights = _arrays(stopping.best_weights, self.model.weights)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not self._later or not self.budget.allows("checkpoint"):
            return
        ended = bool(self.model.stop_training) or epoch + 1 == self.params["epochs"]
        with self.budget.spending("checkpoint"):
            self._take(epoch + 1, ended).write(self._writer.directory)

    def _take(self, epoch: int, ended: bool) -> Checkpoint:
        stopper, model = self._stopper, self.model
        best = stopper.best_weights
        return Checkpoint(
            epoch,
            ended,
            self._writer.sync(),
            self._policy,
            _pack(model.weights),
            _pack(model.optimizer.variables),
            _pack(_seeds(model)),
            Stopping(
                stopper.wait,
                None if stopper.best is None else float(stopper.best),
                stopper.best_epoch,
                None if best is None else _pack(best),
            ),
        )


def restore(checkpoint: Checkpoint, model: keras.Model) -> None:
    """Bring a compiled ``model`` of the run's settings to the state of ``checkpoint``."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    _unpack(checkpoint.weights, model.weights)
    _unpack(checkpoint.optimizer, model.optimizer.variables)
    _unpack(checkpoint.seeds, _seeds(model))


def _seeds(model: keras.Model) -> list[Any]:
    """Variables that are neither weights nor metrics: the states of random layers."""
    known = {id(variable) for variable in (*model.weights, *model.metrics_variables)}
    return [variable for variable in model.variables if id(variable) not in known]


def _pack(variables: Sequence[Any]) -> Packed:
    parts = [each if isinstance(each, np.ndarray) else each.numpy() for each in variables]
    return np.frombuffer(b"".join(part.tobytes() for part in parts), np.uint8)


def _arrays(packed: Packed, variables: Sequence[Any]) -> list[NDArray[Any]]:
    """The values of ``variables``, which tell shapes and dtypes."""
    found, at = [], 0
    for variable in variables:
        like = np.empty(tuple(variable.shape), np.dtype(variable.dtype))
        found.append(packed[at : at + like.nbytes].view(like.dtype).reshape(like.shape))
        at += like.nbytes
    assert at == len(packed), "a checkpoint of another network"
    return found


def _unpack(packed: Packed, variables: Sequence[Any]) -> None:
    for variable, value in zip(variables, _arrays(packed, variables), strict=True):
        variable.assign(value)
