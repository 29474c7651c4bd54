"""Keeping a run's state after its epochs, and going on from there.

Import it only where TensorFlow may load. ``checkpoint.npz`` holds what the epochs to come depend
on: weights, the optimizer's state, random seeds inside layers, what early stopping remembers, and
how long ``events.jsonl`` was. Rate, order and augmentation follow from the number of the epoch.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_app.files import replacing
from resnet_app.runs.run import CHECKPOINT
from resnet_app.runs.writer import RunWriter
from resnet_app.watch.budget import Budget

Packed = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Stopping:
    """What ``EarlyStopping`` remembers; ``best`` is None before there is a loss."""

    wait: int = 0
    best: float | None = None
    best_epoch: int = 0
    best_weights: Packed | None = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A run after ``epoch`` whole epochs; ``policy`` is the dtype policy that trained them.

    ``ended``: no epoch is to come. ``events`` counts bytes. The packed arrays hold their
    variables' bytes one after the other.
    """

    epoch: int
    ended: bool
    events: int
    policy: str
    weights: Packed
    optimizer: Packed
    seeds: Packed
    stopping: Stopping

    def write(self, path: Path) -> None:
        """Put it at ``path``, at once or not at all."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        stopping = self.stopping
        arrays |= {"wait": stopping.wait, "best_epoch": stopping.best_epoch}
        if stopping.best is not None:
            arrays["best"] = stopping.best
        if stopping.best_weights is not None:
            arrays["best_weights"] = stopping.best_weights
        with replacing(path) as temporary:
            np.savez(temporary, **arrays)

    @classmethod
    def read(cls, directory: Path) -> "Checkpoint | None":
        """That of the run in ``directory``; None if there is none, or none that is whole."""
        try:
            with np.load(directory / CHECKPOINT, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in arrays.files}  # checks each one's CRC
            return cls(
                int(found["epoch"]),
                bool(found["ended"]),
                int(found["events"]),
                str(found["policy"]),
                *(found["weights"], found["optimizer"], found["seeds"]),
                Stopping(
                    int(found["wait"]),
                    float(found["best"]) if "best" in found else None,
                    int(found["best_epoch"]),
                    found.get("best_weights"),
                ),
            )
        except (OSError, ValueError, KeyError, BadZipFile):
            return None

    def give_to(self, model: keras.Model) -> None:
        """Bring a compiled ``model`` of the run's settings to this state."""
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        _unpack(self.weights, model.weights)
        _unpack(self.optimizer, model.optimizer.variables)
        _unpack(self.seeds, _seeds(model))


_PLAIN = ("epoch", "ended", "events", "policy", "weights", "optimizer", "seeds")


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
        self.budget = Budget()
        self._writer = writer
        self._policy = policy
        self._stopper = stopper
        self._earlier = earlier
        self._later = later

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.budget = Budget()
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
            self._take(epoch + 1, ended).write(self._writer.directory / CHECKPOINT)

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


def rewind_events(directory: Path, length: int) -> None:
    """Take out of ``events.jsonl`` what comes after ``length`` bytes: it will be written again."""
    path = directory / "events.jsonl"
    if not path.exists():
        return
    kept = path.read_bytes()[:length]
    os.truncate(path, kept.rfind(b"\n") + 1)


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
