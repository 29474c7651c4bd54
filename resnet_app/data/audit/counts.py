"""How many images there are, and how many of each digit."""

import numpy as np

from resnet_app.config import CLASSES, TrainingConfig
from resnet_app.data.audit.finding import Finding, Remedy
from resnet_app.data.audit.twins import Numbers
from resnet_app.data.audit.view import View
from resnet_app.data.audit.words import images, leave_out, listed

_FEW, _FAR_TOO_FEW = 1000, 200
"""Training images. A tenth of them tests: of 100 test images, an accuracy of 90 % is known to
±6 points, of 20 to ±13."""

_UNEQUAL, _VERY_UNEQUAL = 2.0, 10.0
"""Images of the commonest digit for one of the rarest. MNIST has 1.24, 500 of its digits 1.7."""

_CHANCE = 33.7
"""Chi-square with 9 degrees of freedom that even draws exceed once in 10,000 times."""

_ENOUGH = 30
"""Images of each digit that must be left when the surplus is left out."""

_SEED = 0


def check_missing(view: View) -> list[Finding]:
    """Digits without a training image."""
    counts = view.dataset.class_counts()
    missing = np.flatnonzero(counts == 0)
    if not len(missing):
        return []
    tested = np.flatnonzero(view.in_test & np.isin(view.labels, missing))
    wrong = (
        f" The test set has {images(len(tested))} of {_it(len(missing))}, all of which will be "
        "read wrong."
        if len(tested)
        else ""
    )
    return [
        Finding(
            "missing-digits",
            "serious",
            f"No training images of {listed(missing.tolist())}"
            if len(missing) <= CLASSES // 2
            else f"Training images of {listed(np.flatnonzero(counts).tolist())} only",
            "A network never answers a digit that it has not seen in training, so drawings of "
            f"{_it(len(missing))} are always read wrong. Add images of {_it(len(missing))}.{wrong}",
            f"{(counts > 0).sum()} digits: {listed(np.flatnonzero(counts).tolist())}",
            f"all {CLASSES} digits",
        )
    ]


def _it(count: int) -> str:
    return "it" if count == 1 else "them"


def check_balance(view: View) -> list[Finding]:
    """Digits that have far more images than others."""
    counts = view.dataset.class_counts()
    present = np.flatnonzero(counts)
    rarest, commonest = present[counts[present].argmin()], int(counts.argmax())
    least, most = int(counts[rarest]), int(counts[commonest])
    expected = counts.sum() / len(present)
    chi_square = float(((counts[present] - expected) ** 2 / expected).sum())
    if most < _UNEQUAL * least or chi_square < _CHANCE:
        return []
    return [
        Finding(
            "imbalance",
            "serious" if most >= _VERY_UNEQUAL * least else "worth a look",
            f"{most:,} images of {commonest}, only {least:,} of {rarest}",
            "A network learns the rare digits least, and accuracy hardly shows it: always "
            f"answering {commonest} would be right for {most / counts.sum():.0%} of the images.",
            f"{most / least:.1f} images of {commonest} for one of {rarest}",
            f"less than {_UNEQUAL:g}",
            remedy=_level(view, present, least),
        )
    ]


def _level(view: View, present: Numbers, least: int) -> Remedy | None:
    """Leave out so many, drawn at random, that each digit has as many as the rarest."""
    if least < _ENOUGH:
        return None
    rng = np.random.default_rng(_SEED)
    labels = view.dataset.labels
    surplus = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == digit))[least:] for digit in present]
    )
    what = f"{images(len(surplus), 'surplus')}, so that each digit has {least:,}"
    return leave_out(view, surplus, what)


def check_number(view: View) -> list[Finding]:
    """Too few training images."""
    if view.count >= _FEW:
        return []
    counts = view.dataset.class_counts()
    held_back = round(view.count * TrainingConfig().test_fraction)
    tested = view.total - view.count or held_back
    uncertain = 2 * (0.9 * 0.1 / max(tested, 1)) ** 0.5  # two deviations of a share of 0.9
    return [
        Finding(
            "too-few",
            "serious" if view.count < _FAR_TOO_FEW else "worth a look",
            f"Only {images(view.count, 'training')}",
            "A network soon knows so few images by heart and then fails on others. And an accuracy "
            f"of 90% on {images(tested, 'test')} is known to ±{100 * uncertain:.0f} points only.",
            f"{images(view.count)}, {counts[counts > 0].min():,} of the rarest digit",
            f"{_FEW:,} or more",
        )
    ]
