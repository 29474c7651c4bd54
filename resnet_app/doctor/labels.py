"""What similar images say of the labels: a baseline that no network has a part in.

Nearest neighbours by the directions of strokes, each image foretold from others alone.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.data.audit.neighbours import Neighbours
from resnet_app.data.dataset import Labels

ROLLS = (1, -1, 2, -2, 3, -3)

_DOUBTFUL = 0.1
"""Share of its neighbours' votes below which an image's label is contradicted."""

_USUAL = 0.02
"""Labels contradicted among clean ones: 0.022 at most of 300 and 1,000 MNIST, drawn and scanned
digits; with 15 % of labels wrong, 0.13 at least."""

_STRETCH = 50
"""Fewest images at the end whose labels can be told to be moved."""


def read_labels(neighbours: Neighbours, labels: Labels, count: int) -> dict[str, Any]:
    """How well labels are foretold: as they are, moved by a few places, and moved from some place.

    ``labels`` (N,) are those of all images, of which the first ``count`` are for training.
    ``doubtful`` is the share of training labels that similar images contradict.
    """
    inside = neighbours.asked < count
    numbers = neighbours.asked[inside]  # (Q,) training images
    votes = neighbours.votes(labels)[inside]  # (Q, 10)
    own = labels[numbers]
    support = votes[np.arange(len(own)), own]
    shares = np.bincount(own, minlength=10) / len(own)
    foretold = votes.argmax(1) == own
    return {
        "images": len(own),
        "accuracy": float(foretold.mean()),
        "chance": float(shares.max()),
        "doubtful": float((support < _DOUBTFUL).mean()),
        "usual": _USUAL,
        "rolls": {str(roll): _foretold_moved(neighbours, labels, count, roll) for roll in ROLLS},
        "tail": _moved_tail(labels[:count], numbers, votes.argmax(1)),
        "climb": float(foretold.mean()) - _foretold_by_half(neighbours, labels, count),
    }


def _foretold_moved(neighbours: Neighbours, labels: Labels, count: int, roll: int) -> float:
    """Share of the training labels that are foretold once they all are moved by ``roll``."""
    moved = labels.copy()
    moved[:count] = np.roll(labels[:count], roll)
    return _foretold(neighbours, moved, count)


def _foretold(
    neighbours: Neighbours, labels: Labels, count: int, trusted: NDArray[np.bool_] | None = None
) -> float:
    inside = neighbours.asked < count
    votes = neighbours.votes(labels, trusted)[inside]
    return float((votes.argmax(1) == labels[neighbours.asked[inside]]).mean())


def _moved_tail(
    labels: Labels, numbers: NDArray[np.int64], voted: NDArray[np.int64]
) -> dict[str, float] | None:
    """The place from which a move of the labels makes them foretold, and how many more there.

    Only sound where most labels are right, so that the votes are.
    """
    best: dict[str, float] | None = None
    right = (voted == labels[numbers]).astype(int)
    for roll in ROLLS:
        moved = np.roll(labels, roll)[numbers]
        gained = np.cumsum(((voted == moved) - right)[::-1])[::-1]  # from each place to the end
        place = int(gained.argmax())
        length = len(numbers) - place
        gain = float(gained[place]) / max(length, 1)
        if length >= _STRETCH and (best is None or gain > best["gain"]):
            best = {"from": int(numbers[place]), "roll": roll, "gain": gain, "images": length}
    return best


def _foretold_by_half(neighbours: Neighbours, labels: Labels, count: int) -> float:
    """Share of the training labels that are foretold by half of the images."""
    half = np.random.default_rng(0).random(len(labels)) < 0.5
    return _foretold(neighbours, labels, count, half)
