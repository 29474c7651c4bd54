"""Whether the images lie in an order that misleads."""

import numpy as np

from resnet_app.config import CLASSES, TrainingConfig
from resnet_app.data.audit.finding import Finding, Remedy
from resnet_app.data.audit.view import View
from resnet_app.data.audit.words import listed
from resnet_app.data.dataset import Labels
from resnet_app.data.edit import Edit

_BATCH = 32

_FEW_DIGITS = 0.6
"""Share of the different digits that a shuffled batch has, below which images count as sorted. A
batch of 32 shuffled images has 9.7 of ten digits, of sorted ones 1 or 2; 500 and more images in
random order stay above 0.97."""

_MOVED = 0.3
"""Share of the last images that would have to be others for the digits there to be as before. Of
MNIST's 500 first images 0.11, of the scanned digits 0.02."""

_CHANCE = 33.7
"""Chi-square with 9 degrees of freedom that shuffled images exceed once in 10,000 times."""


def check_order(view: View) -> list[Finding]:
    """Images sorted by digit, or digits that are only at the end."""
    labels = view.dataset.labels
    tail = TrainingConfig().validation_fraction
    cut = round(len(labels) * (1 - tail))
    before, after = (np.bincount(part, minlength=CLASSES) for part in np.split(labels, [cut]))
    even = (before + after) * len(labels[cut:]) / len(labels)
    other = bool((((after - even) ** 2) / np.maximum(even, 1e-9)).sum() > _CHANCE)
    only_after = np.flatnonzero((before == 0) & (after > 0) & other)
    moved = float(np.abs(before / before.sum() - after / after.sum()).sum() / 2)
    found, usual = _digits_in_a_batch(labels)
    other = other and (moved >= _MOVED or len(only_after) > 0)
    if found >= _FEW_DIGITS * usual and not other:
        return []
    title = (
        f"{listed(only_after.tolist())} {'is' if len(only_after) == 1 else 'are'} only at the end"
        if len(only_after)
        else "Images are sorted by digit"
        if found < _FEW_DIGITS * usual
        else "The last images are other digits than the first"
    )
    return [
        Finding(
            "sorted",
            "serious" if other else "worth a look",
            title,
            f"If the last {tail:.0%} of the images validate, as in the question (split: tail), "
            "validation sees other digits than training, and its accuracy says nothing. Batches "
            "that are not shuffled show a network one digit after the other, and it forgets the "
            "first. Shuffling cures both.",
            f"{found:.1f} different digits in {_BATCH} images in a row; "
            f"{moved:.0%} of the last {tail:.0%} are other digits than before",
            f"about {usual:.1f}; few",
            remedy=Remedy("Shuffle the training images", Edit(shuffle=True)),
        )
    ]


def _digits_in_a_batch(labels: Labels) -> tuple[float, float]:
    """Different digits in a batch: the mean as the images lie, and as expected if shuffled."""
    batches = np.array_split(labels, max(1, len(labels) // _BATCH))
    found = float(np.mean([len(np.unique(batch)) for batch in batches]))
    shares = np.bincount(labels, minlength=CLASSES) / len(labels)
    return found, float((1 - (1 - shares) ** _BATCH).sum())
