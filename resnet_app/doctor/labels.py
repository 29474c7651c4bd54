"""What similar images say of the labels: a baseline that no network has a part in.

Nearest neighbours by the directions of strokes, each image foretold from others alone.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.data.audit.neighbours import Neighbours
from resnet_app.data.audit.view import View

_ROLLS = (1, -1, 2, -2, 3, -3)

_DOUBTFUL = 0.1
"""Share of its neighbours' votes below which an image's label is contradicted."""

_USUAL = 0.02
"""Labels contradicted among clean ones: 0.022 at most of 300 and 1,000 MNIST, drawn and scanned
digits; with 15 % of labels wrong, 0.13 at least."""

_STRETCH = 50
"""Fewest images at the end whose labels can be told to be moved."""


def read_labels(view: View) -> dict[str, Any]:
    """How well labels are foretold: as they are, moved by a few places, and moved from some place.

    ``doubtful`` is the share of labels that similar images contradict.
    """
    neighbours = view.neighbours
    inside = ~view.in_test[neighbours.asked]
    numbers = neighbours.asked[inside]  # (Q,) training images
    votes = neighbours.votes(view.labels)[inside]  # (Q, 10)
    own = view.labels[numbers]
    support = votes[np.arange(len(own)), own]
    shares = np.bincount(own, minlength=10) / len(own)
    foretold = votes.argmax(1) == own
    return {
        "images": len(own),
        "accuracy": float(foretold.mean()),
        "chance": float(shares.max()),
        "doubtful": float((support < _DOUBTFUL).mean()),
        "usual": _USUAL,
        "rolls": {str(roll): _foretold_moved(view, neighbours, inside, roll) for roll in _ROLLS},
        "tail": _moved_tail(view, numbers, votes.argmax(1)),
        "climb": _climb(view, neighbours, inside, float(foretold.mean())),
    }


def _foretold_moved(
    view: View, neighbours: Neighbours, inside: NDArray[np.bool_], roll: int
) -> float:
    """Share of the training labels that are foretold once they all are moved by ``roll``."""
    moved = view.labels.copy()
    moved[: view.count] = np.roll(view.dataset.labels, roll)
    votes = neighbours.votes(moved)[inside]
    return float((votes.argmax(1) == moved[neighbours.asked[inside]]).mean())


def _moved_tail(
    view: View, numbers: NDArray[np.int64], voted: NDArray[np.int64]
) -> dict[str, float] | None:
    """The place from which a move of the labels makes them foretold, and how many more there.

    Only sound where most labels are right, so that the votes are.
    """
    best: dict[str, float] | None = None
    right = (voted == view.labels[numbers]).astype(int)
    for roll in _ROLLS:
        moved = np.roll(view.dataset.labels, roll)[numbers]
        gained = np.cumsum(((voted == moved) - right)[::-1])[::-1]  # from each place to the end
        place = int(gained.argmax())
        length = len(numbers) - place
        gain = float(gained[place]) / max(length, 1)
        if length >= _STRETCH and (best is None or gain > best["gain"]):
            best = {"from": int(numbers[place]), "roll": roll, "gain": gain, "images": length}
    return best


def _climb(view: View, neighbours: Neighbours, inside: NDArray[np.bool_], reached: float) -> float:
    """Accuracy that the second half of the images adds to the baseline."""
    half = np.random.default_rng(0).random(view.total) < 0.5
    votes = neighbours.votes(view.labels, half)[inside]
    with_half = float((votes.argmax(1) == view.labels[neighbours.asked[inside]]).mean())
    return reached - with_half
