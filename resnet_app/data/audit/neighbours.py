"""For each image those that look most like it, and what their labels say."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data.audit.features import Rows
from resnet_app.data.dataset import Labels

Numbers = NDArray[np.int64]
"""(K,) numbers of images, training first, then test."""

_FEWEST, _MOST, _IMAGES_FOR_ONE = 5, 15, 100
"""Neighbours of an image: one for so many images, so that small sets do not mix digits."""

_MOST_COMPARED = 20_000
"""Images that the others are compared with; with all of 60,000 it takes three times as long."""

_ASKED_AT_ONCE = 8192

_SEED = 0


@dataclass(frozen=True, eq=False)
class Neighbours:
    """``found`` (Q, K) are the images most like each of ``asked`` (Q,), nearest first; all numbers.

    ``distance`` (Q, K); an image's twins are not among its neighbours. ``compared`` is the number
    of images among which the neighbours were looked for, ``sampled`` whether there are more.
    """

    asked: Numbers
    found: NDArray[np.int64]
    distance: Rows
    compared: int
    sampled: bool

    def pairs(self, part: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """Images and neighbours of theirs, both in ``part`` (N,); (P,) places within the part."""
        one = np.repeat(self.asked, self.found.shape[1])
        other = self.found.ravel()
        inside = part[one] & part[other]
        place = np.cumsum(part) - 1
        return place[one[inside]], place[other[inside]]

    def votes(
        self, labels: Labels, trusted: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """(Q, 10) share of the neighbours with each digit; near ones weigh more.

        ``labels`` (N,) are those of all images; only those ``trusted`` (N,) vote, if given.
        """
        reach = np.maximum(self.distance[:, -1:], 1e-6)
        weights = np.exp(-2 * (self.distance / reach) ** 2)  # (Q, K)
        if trusted is not None:
            weights *= trusted[self.found]
        rows = np.repeat(np.arange(len(self.asked)), self.found.shape[1])
        digits = labels[self.found].ravel()
        summed = np.bincount(rows * CLASSES + digits, weights.ravel(), len(self.asked) * CLASSES)
        votes = summed.reshape(-1, CLASSES) + 1e-9  # for images whose neighbours are all mute
        shares: NDArray[np.float64] = votes / votes.sum(1, keepdims=True)
        return shares


def find_neighbours(
    features: Rows,
    usable: NDArray[np.bool_],
    group: Numbers,
    done: Callable[[float], None] = lambda share: None,
) -> Neighbours:
    """Look for the neighbours of each ``usable`` image; ``done`` hears of the share.

    ``features`` (N, M); ``group`` (N,) is equal for twins, of which only one is a neighbour.
    """
    from sklearn.neighbors import NearestNeighbors

    asked = np.flatnonzero(usable)
    others = np.flatnonzero(usable & (group == np.arange(len(group))))
    sampled = len(others) > _MOST_COMPARED
    if sampled:
        chosen = np.random.default_rng(_SEED).choice(len(others), _MOST_COMPARED, replace=False)
        others = others[np.sort(chosen)]
    count = min(int(np.clip(len(others) // _IMAGES_FOR_ONE, _FEWEST, _MOST)), len(others) - 1)
    search = NearestNeighbors(n_neighbors=count + 1, algorithm="brute").fit(features[others])
    parts = []
    for start in range(0, len(asked), _ASKED_AT_ONCE):
        done(start / len(asked))
        parts.append(search.kneighbors(features[asked[start : start + _ASKED_AT_ONCE]]))
    distance, places = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    found = others[places]  # (Q, K + 1)
    # One of them may be the image itself or its twin; otherwise the farthest is one too many.
    own = group[found] == group[asked][:, None]
    own[~own.any(1), -1] = True
    return Neighbours(
        asked,
        found[~own].reshape(len(asked), count),
        distance[~own].reshape(len(asked), count).astype(np.float32),
        len(others),
        sampled,
    )
