"""What inputs that are much alike say of the labels, whatever the inputs are.

A coarser reading than that of digits (``doctor.labels``), whose strokes are known: these are
compared number by number, as they reach the network.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data.audit.neighbours import Neighbours, find_neighbours
from resnet_app.doctor.labels import ROLLS, read_labels
from resnet_app.watch.data import classes_of

_COMPARED, _FEWEST = 2000, 100
"""Examples that are compared with each other, at most and at least."""

_HELD = 500
"""Examples that validate which are compared with those, at most."""

_STRETCH = 100
"""Examples that stay beside each other, so that labels moved by a few places can be told."""

_SIDE, _WIDTH = 32, 1024
"""Pixels a side, and numbers an example, that are compared; of more every second, third, …"""

_SAME = 0.9
"""Correlation of a column with the labels from which it holds them."""

_PIXELS = 64
"""Numbers an example from which they are taken for pixels, which share one scale."""


def foretell(
    x: Any, y: NDArray[Any], classes: int | None, validation: tuple[Any, Any] = (None, None)
) -> dict[str, Any] | None:
    """The ``baseline`` of ``doctor.labels`` for inputs ``x`` (N, ...) and labels ``y`` of them.

    ``digits`` is False in it: nobody knows how well such inputs tell the classes apart.
    ``nearest`` is the share of labels that the most similar other example has. Where there
    are inputs and labels of ``validation``, ``validation`` is the share of these labels that the
    most similar training example has, ``validation_rolls`` the same once they are moved by some
    places, and ``validation_images`` their number. None where there are too few, other than one
    array of numbers, or more classes than ten.
    """
    labels = _labels(x, y, classes)
    if labels is None:
        return None
    places = _stretches(len(labels), _COMPARED)
    held = _held(x, validation, classes)
    labels, count = labels[places], len(places)
    ours = _thin(x)[places]
    both = _rows(ours if held is None else np.concatenate([ours, held[0]]))
    rows = both[:count]
    usable = np.asarray(np.isfinite(rows).all(axis=1))
    _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    twins = first[which.ravel()]  # the first example with the same numbers
    different = len(np.unique(twins[usable]))
    if different < _FEWEST or not 0 <= labels.min() < labels.max() < CLASSES:
        return None
    neighbours = find_neighbours(rows, usable, twins)
    told = read_labels(neighbours, labels.astype(np.uint8), len(labels))
    nearest = labels[neighbours.found[:, 0]] == labels[neighbours.asked]
    told |= {"tail": None, "digits": False, "nearest": float(nearest.mean())}
    finite = np.isfinite(both[count:]).all(axis=1)
    if held is not None and finite.any():
        foretold = labels[usable][_nearest(both[count:][finite], rows[usable])]
        told["validation"] = float((foretold == held[1][finite]).mean())
        told["validation_rolls"] = {
            str(roll): float((foretold == np.roll(held[1], roll)[finite]).mean()) for roll in ROLLS
        }
        told["validation_images"] = len(foretold)
    return told


def foretell_numbers(x: Any, y: Any) -> dict[str, Any] | None:
    """How much of the spread of numbers ``y`` (N,) or (N, 1) similar rows of ``x`` (N, K) explain.

    ``explained`` is that share, 1 at most and below 0 where their mean foretells more; ``rolls`` is
    the same once the numbers are moved by some places, unless a column holds them then, as in a
    series; ``images`` are the rows compared. None of fewer than a hundred rows and of other things.
    """
    rows = x if isinstance(x, np.ndarray) and x.ndim == 2 and x.dtype.kind in "buif" else None
    numbers = y if isinstance(y, np.ndarray) and y.dtype.kind in "uif" else None
    if rows is None or numbers is None or not len(rows) == numbers.size == len(numbers):
        return None
    places = _stretches(len(rows), _COMPARED)
    rows, values = _columns(rows[places]), numbers.ravel()[places].astype(np.float64)
    usable = np.isfinite(rows).all(axis=1) & np.isfinite(values)
    if len(rows) < _FEWEST or not usable.all() or not 0 < values.var() < math.inf:
        return None
    neighbours = find_neighbours(rows, usable, np.arange(len(rows)))
    moved = {roll: np.roll(values, roll) for roll in ROLLS}
    return {
        "images": len(rows),
        "explained": _explained(neighbours, values),
        "rolls": {
            str(roll): _explained(neighbours, labels)
            for roll, labels in moved.items()
            if not _holds(rows, labels)
        },
    }


def _explained(neighbours: Neighbours, values: NDArray[np.float64]) -> float:
    """Share of the spread of ``values`` (N,) that the mean of an example's neighbours explains."""
    asked = values[neighbours.asked]
    missed = asked - values[neighbours.found].mean(axis=1)
    return float(1 - (missed**2).mean() / asked.var())


def _holds(rows: NDArray[np.float32], values: NDArray[np.float64]) -> bool:
    """Whether a column of ``rows`` (N, K) is all but ``values`` (N,)."""
    spread = np.maximum(rows.std(0) * values.std(), 1e-12)
    shared = ((rows - rows.mean(0)) * (values - values.mean())[:, None]).mean(0) / spread
    return bool((np.abs(shared) > _SAME).any())


def _thin(x: NDArray[Any]) -> NDArray[Any]:
    """Inputs (N, ...), of large pictures every second, third, … pixel; a view."""
    if x.ndim < 3:
        return x
    down, across = (-(-side // _SIDE) for side in x.shape[1:3])
    return x[:, ::down, ::across]


def _nearest(asked: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.int64]:
    """(Q,) places in ``rows`` (N, K) of those nearest to each of ``asked`` (Q, K)."""
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=1).fit(rows)
    places: NDArray[np.int64] = index.kneighbors(asked, return_distance=False)[:, 0]
    return places


def _labels(x: Any, y: Any, classes: int | None) -> NDArray[np.int64] | None:
    """(N,) classes of inputs that can be compared; None of others."""
    if y is None or classes is None or classes > CLASSES:
        return None
    if not isinstance(x, np.ndarray) or x.ndim < 2 or x.dtype.kind not in "buif":
        return None
    return classes_of(y, classes)


def _held(
    x: NDArray[Any], validation: tuple[Any, Any], classes: int | None
) -> tuple[NDArray[Any], NDArray[np.int64]] | None:
    """Some inputs like ``x`` and their classes, of those that validate."""
    inputs, labels = validation[0], _labels(*validation, classes)
    if labels is None or inputs.shape[1:] != x.shape[1:]:
        return None
    places = _stretches(len(labels), _HELD)
    return _thin(inputs)[places], labels[places]


def _stretches(count: int, most: int) -> NDArray[np.int64]:
    """Numbers of at most ``most`` of ``count`` examples, in stretches from all over them."""
    if count <= most:
        return np.arange(count)
    starts = np.linspace(0, count - _STRETCH, most // _STRETCH).astype(np.int64)
    return (starts[:, None] + np.arange(_STRETCH)).ravel()


def _columns(x: NDArray[Any]) -> NDArray[np.float32]:
    """(N, K) float32 of ``x`` (N, K): columns of mean 0, deviation 1."""
    rows = x.astype(np.float32)
    spread: NDArray[np.float32] = (rows - rows.mean(0)) / np.maximum(rows.std(0), 1e-12)
    return spread


def _rows(x: NDArray[Any]) -> NDArray[np.float32]:
    """(N, K) float32: pixels with mean 0 and length 1 each, or columns of mean 0, deviation 1."""
    rows = x.reshape(len(x), -1).astype(np.float32)
    if rows.shape[1] < _PIXELS:
        return _columns(rows)
    rows = rows[:, :: -(-rows.shape[1] // _WIDTH)]
    rows -= rows.mean(1, keepdims=True)
    alike: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1)[:, None], 1e-12)
    return alike
