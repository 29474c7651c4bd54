"""A run's state after an epoch, as its directory keeps it.

``checkpoint.npz`` holds what the epochs to come depend on: weights, the optimizer's state, random
seeds inside layers, what early stopping remembers, and how long ``events.jsonl`` was. Rate, order
and augmentation follow from the number of the epoch.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from resnet_app.files import replacing
from resnet_app.runs.run import CHECKPOINT

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

    def write(self, directory: Path) -> None:
        """Let it take the place of the one of the run in ``directory``, at once or not at all."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        stopping = self.stopping
        arrays |= {"wait": stopping.wait, "best_epoch": stopping.best_epoch}
        if stopping.best is not None:
            arrays["best"] = stopping.best
        if stopping.best_weights is not None:
            arrays["best_weights"] = stopping.best_weights
        with replacing(directory / CHECKPOINT) as temporary:
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
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None


_PLAIN = ("epoch", "ended", "events", "policy", "weights", "optimizer", "seeds")


def rewind_events(directory: Path, length: int) -> None:
    """Take out of ``events.jsonl`` what comes after ``length`` bytes: it will be written again."""
    path = directory / "events.jsonl"
    if not path.exists():
        return
    kept = path.read_bytes()[:length]
    os.truncate(path, kept.rfind(b"\n") + 1)
