"""Images that are in a data set more than once, exactly or nearly."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from resnet_app.data.audit.features import Rows, coarse
from resnet_app.data.audit.measures import alike
from resnet_app.data.dataset import Images

Numbers = NDArray[np.int64]
"""(K,) numbers of images, training first, then test."""

_SAME = 0.997
"""Correlation of 25×25 pixels from which two images are one. The most alike of 10,000 MNIST
digits reach 0.993, of 1,797 scans of 8×8 pixels 0.996, of 20,000 drawn digits 0.99. Copies with
other brightness or contrast, with noise of deviation 8 or as JPEG of quality 25 are above."""

_SAME_BUT_NOISE, _NOISE = 0.97, 0.12
"""From this correlation two images are one if, besides, what differs is but noise: its neighbouring
pixels correlate less than this. Of 750 pairs of MNIST's most alike digits the least had 0.16; of
500 digits with noise of deviation 4 to 30, all had less than 0.15 and 95 % less than 0.10."""

_FINEST = 16
"""Pixels a side of the source from which difference and noise can be told apart."""

_RADIUS = 0.12
"""Distance in the coarse components beyond which no pair is looked at; a pair of ``_SAME`` is at
most √(2 · 0.003) = 0.08 apart, and noise is hardly seen in them."""

_CANDIDATES = 6
"""Nearest images that are looked at for each image; larger groups hang together in a chain."""

_PAIRS_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Twins:
    """Of each image the first that is the same: ``exact`` pixel by pixel, ``near`` also nearly.

    Both (N,) numbers of images; an image that stands alone has its own number.
    """

    exact: Numbers
    near: Numbers

    @classmethod
    def none(cls, count: int) -> "Twins":
        """``count`` images that all stand alone."""
        return cls(np.arange(count), np.arange(count))


def find_twins(
    marks: NDArray[np.uint64],
    usable: NDArray[np.bool_],
    components: Rows,
    light: Callable[[Numbers], Images],
    source_side: int,
    also_near: bool = True,
) -> Twins:
    """Group the ``usable`` images.

    ``marks`` (N,) are equal for equal images, ``components`` (N, M) the images' coarse components
    and ``light`` gives images, ink light, by number. Without ``also_near``, ``near`` is ``exact``.
    """
    numbers = np.arange(len(marks))
    exact = numbers.copy()
    _, first, inverse = np.unique(marks[usable], return_index=True, return_inverse=True)
    exact[usable] = numbers[usable][first][inverse]
    alone = np.flatnonzero(usable & (exact == numbers))
    if not also_near or len(alone) < 2:
        return Twins(exact, exact)
    one, other = _nearest_pairs(alone, components)
    same = _are_same(one, other, light, source_side)
    links = coo_array((np.ones(same.sum()), (one[same], other[same])), shape=(len(marks),) * 2)
    _, group = connected_components(links, directed=False)
    _, first_of_group = np.unique(group, return_index=True)
    return Twins(exact, first_of_group[group][exact])


def _nearest_pairs(numbers: Numbers, components: Rows) -> tuple[Numbers, Numbers]:
    """Pairs of ``numbers`` that are close in ``components``, each once."""
    rows = components[numbers]
    _, found = KDTree(rows).query(
        rows, min(_CANDIDATES + 1, len(rows)), distance_upper_bound=_RADIUS, workers=-1
    )  # (K, 7); len(rows) where there is none
    places = np.broadcast_to(np.arange(len(rows))[:, None], found.shape)
    real = (found < len(rows)) & (found != places)
    pairs = np.sort(np.stack([places[real], found[real]], axis=1), axis=1)
    pairs = np.unique(pairs, axis=0)
    return numbers[pairs[:, 0]], numbers[pairs[:, 1]]


def _are_same(
    one: Numbers, other: Numbers, light: Callable[[Numbers], Images], source_side: int
) -> NDArray[np.bool_]:
    same = np.zeros(len(one), bool)
    for start in range(0, len(one), _PAIRS_AT_ONCE):
        piece = slice(start, start + _PAIRS_AT_ONCE)
        a, b = light(one[piece]), light(other[piece])
        correlation = np.einsum("nk,nk->n", coarse(a), coarse(b))
        same[piece] = correlation >= _SAME
        if source_side >= _FINEST:
            rest = alike(_difference(a, b), source_side).max(1)
            same[piece] |= (correlation >= _SAME_BUT_NOISE) & (rest < _NOISE)
    return same


def _difference(one: Images, other: Images) -> NDArray[np.float32]:
    """(N, 50, 50): what is left of ``one`` without the best multiple of ``other``."""
    a, b = (images.astype(np.float32) for images in (one, other))
    a -= a.mean((1, 2), keepdims=True)
    b -= b.mean((1, 2), keepdims=True)
    factor = np.einsum("nij,nij->n", a, b) / np.einsum("nij,nij->n", b, b)
    rest: NDArray[np.float32] = a - factor[:, None, None] * b
    return rest
