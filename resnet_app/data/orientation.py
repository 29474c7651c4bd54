"""Are pictures of digits upright, or are their rows and columns swapped?"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data.builtin import scanned_digits
from resnet_app.data.dataset import Images, Labels

_NEEDED = 5
"""Images of a digit below which its mean says nothing."""

_CLEAR = 0.15
"""Difference of likeness from which we believe it; see tests/unit/test_orientation.py."""


@dataclass(frozen=True)
class Orientation:
    """Likeness (mean correlation, -1…1) to scanned digits, as they are and with axes swapped.

    ``transposed`` is None where the two are too close to tell.
    """

    upright: float
    swapped: float

    @property
    def transposed(self) -> bool | None:
        """True if the pictures look right only with rows and columns swapped."""
        if abs(self.upright - self.swapped) < _CLEAR:
            return None
        return self.swapped > self.upright


def look(images: Images, labels: Labels) -> Orientation:
    """Compare the mean picture of each digit with that of scikit-learn's scanned digits.

    ``images`` (N, 50, 50) uint8, light ink on dark; ``labels`` (N,) uint8 in 0…9.
    """
    reference = _reference()
    upright, swapped = [], []
    for digit in range(CLASSES):
        members = images[labels == digit]
        if len(members) >= _NEEDED:
            mean = members.mean(0)  # (50, 50)
            upright.append(_likeness(mean, reference[digit]))
            swapped.append(_likeness(mean.T, reference[digit]))
    if not upright:
        return Orientation(0.0, 0.0)
    return Orientation(float(np.mean(upright)), float(np.mean(swapped)))


def _likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Correlation of two (50, 50) pictures; 0 if one has no contrast."""
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / size if size else 0.0


@lru_cache(maxsize=1)
def _reference() -> NDArray[np.float64]:
    """(10, 50, 50) mean picture of each scanned digit."""
    scanned = scanned_digits()
    return np.stack([scanned.images[scanned.labels == d].mean(0) for d in range(CLASSES)])
