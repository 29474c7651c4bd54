"""Light and dark: which of them is ink, and how far they are apart."""

import numpy as np

from resnet_app.data.audit.finding import Finding, Remedy
from resnet_app.data.audit.view import SMALL, View
from resnet_app.data.audit.words import examples, images, share_of
from resnet_app.data.edit import Edit

_MANY = 0.02
"""Share of inverted images that noticeably lowers accuracy."""

_LOW = 128
"""Contrast of 255 below which a network works with less than half the range it could have."""

_FAINT = 0.25
"""Contrast, as a share of the set's usual one, below which an image is faint. The least of MNIST
has 0.87, of the drawn digits 0.78."""

_APART = 2.0
"""Contrast of training over test images, or the reverse, from which they differ in kind."""


def check_polarity(view: View) -> list[Finding]:
    """Images with dark ink among images with light ink, or the reverse."""
    if view.scrambled:
        return []
    dark = view.measures.dark_ink
    light_is_usual = bool(2 * dark[view.usable].sum() <= view.usable.sum())
    numbers = np.flatnonzero(view.usable & (dark == light_is_usual))
    if not len(numbers):
        return []
    count = len(numbers)
    others, usual = ("dark", "light") if light_is_usual else ("light", "dark")
    in_test = int(view.in_test[numbers].sum())
    whole_test = count == in_test == int((view.usable & view.in_test).sum())
    return [
        Finding(
            "polarity",
            "serious" if whole_test or count >= _MANY * view.total else "worth a look",
            f"All {images(count, 'test')} are inverted"
            if whole_test
            else f"{images(count)} {'has' if count == 1 else 'have'} {others} ink, "
            f"the others {usual}",
            "To a network, dark ink on a light ground is another picture than light ink on a dark "
            "ground. It has to learn both, and often fails on the rare one.",
            f"{share_of(count, view.total)} have {others} ink"
            + (f", {in_test:,} of them in the test set" if view.in_test.any() else ""),
            f"none: {usual} ink everywhere",
            count,
            examples(numbers),
            Remedy(f"Invert {images(count)}", Edit(invert=tuple(numbers.tolist()))),
        )
    ]


def check_contrast(view: View) -> list[Finding]:
    """A set whose ink is hardly lighter than its ground."""
    usual = view.usual_contrast
    if usual >= _LOW or view.ink < SMALL or not view.usable.any():
        return []
    darkest, brightest = int(view.measures.darkest.min()), int(view.measures.brightest.max())
    remedy = Remedy("Stretch to 0…255", Edit(stretch=True))
    return [
        Finding(
            "low-contrast",
            "worth a look",
            f"Ink and ground differ by only {usual:.0f} of 255",
            "Pixels were probably saved on another scale, such as 0…16, so a network works with "
            "smaller numbers than it is made for and learns more slowly.",
            f"pixels from {darkest} to {brightest}; usually {usual:.0f} between the darkest and "
            "the brightest of an image",
            f"{_LOW} or more",
            remedy=remedy if usual * 255 >= _LOW * brightest > 0 else None,
        )
    ]


def check_parts(view: View) -> list[Finding]:
    """Training and test images on different scales."""
    training, test = _contrasts(view)
    if not _differ(training, test):
        return []
    return [
        Finding(
            "parts-differ",
            "serious",
            f"Test images are {'fainter' if test < training else 'stronger'} than training images",
            "A network is tested on other pixels than it was trained on, and fails for that alone. "
            "Bring both parts to the same scale before you save them.",
            f"contrast of a usual training image {training:.0f}, of a test image {test:.0f}, "
            "both of 255",
            f"less than {_APART:g} to 1",
            images=examples(np.flatnonzero(view.usable & view.in_test)),
        )
    ]


def _contrasts(view: View) -> tuple[float, float]:
    """Median contrast of training and of test images; the same twice if there is no test set."""
    contrast = view.measures.contrast
    parts = [contrast[view.usable & (view.in_test == which)] for which in (False, True)]
    training, test = (float(np.median(part)) if len(part) else 0.0 for part in parts)
    return training or test, test or training


def _differ(training: float, test: float) -> bool:
    return max(training, test) > _APART * min(training, test)


def check_faint(view: View) -> list[Finding]:
    """Images much fainter than the others, but not blank."""
    if view.scrambled or _differ(*_contrasts(view)):
        return []  # one cause, one finding
    contrast = view.measures.contrast
    numbers = np.flatnonzero(view.usable & (contrast < _FAINT * view.usual_contrast))
    if not len(numbers):
        return []
    numbers = numbers[np.argsort(contrast[numbers])]
    return [
        Finding(
            "faint",
            "worth a look",
            f"{images(len(numbers))} {'is' if len(numbers) == 1 else 'are'} much fainter "
            "than the rest",
            "Their ink hardly differs from the ground. Look whether a digit can be read.",
            f"{share_of(len(numbers), view.total)}; the faintest has {contrast[numbers[0]]} of 255",
            f"{_FAINT * view.usual_contrast:.0f} or more; {view.usual_contrast:.0f} is usual here",
            len(numbers),
            examples(numbers),
        )
    ]
