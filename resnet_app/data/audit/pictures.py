"""Pictures with nothing to learn on them: blank, noise, scrambled, or too small."""

import numpy as np

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.audit.finding import Finding
from resnet_app.data.audit.view import NO_LIKENESS, View
from resnet_app.data.audit.words import examples, images, leave_out, share_of
from resnet_app.imaging import Framing

_MANY = 0.05
"""Share of unusable images that noticeably lowers any accuracy."""

_SMALL, _TOO_SMALL = 12, 6
"""Pixels of ink. Of 4,000 MNIST digits put small into large pictures, nearest neighbours on the
ink's own pixels read 4.8 % wrong at 10 pixels, 6.5 % at 6, 13 % at 4 and 20 % at 3; strokes
compared over the whole picture read 6 % wrong at 20 pixels, 13 % at 10 and 26 % at 6."""

_LOOKED_AT = 500


def check_blank(view: View) -> list[Finding]:
    """Images of one grey level, or nearly."""
    numbers = np.flatnonzero(view.blank)
    if not len(numbers):
        return []
    contrast = int(view.measures.contrast[numbers].max())
    return [
        Finding(
            "blank",
            _severity(len(numbers), view.total),
            f"{images(len(numbers))} {'is' if len(numbers) == 1 else 'are'} blank",
            "There is a label but no digit. A network can only learn them by heart, and in a test "
            "they count as mistakes.",
            f"{share_of(len(numbers), view.total)}; their pixels differ by {contrast} at most",
            f"none; pixels of an image usually differ by {view.usual_contrast:.0f} here",
            len(numbers),
            examples(numbers),
            leave_out(view, numbers, images(len(numbers), "blank")),
        )
    ]


def check_noise(view: View) -> list[Finding]:
    """Images whose pixels have nothing to do with their neighbours."""
    numbers = np.flatnonzero(view.without_likeness)
    if view.scrambled or not len(numbers):
        return []
    alike = view.measures.likeness
    numbers = numbers[np.argsort(alike[numbers])]
    return [
        Finding(
            "noise",
            _severity(len(numbers), view.total),
            f"{images(len(numbers))} {'is' if len(numbers) == 1 else 'are'} only noise",
            "Neighbouring pixels have nothing to do with each other, so there is no stroke to "
            "see. A network can only learn such pictures by heart.",
            f"{share_of(len(numbers), view.total)}; their neighbouring pixels correlate by "
            f"{max(float(alike[numbers].max()), 0):.2f} at most",
            f"none; {NO_LIKENESS} or more, and {np.median(alike[view.usable]):.2f} is usual here",
            len(numbers),
            examples(numbers),
            leave_out(view, numbers, f"{images(len(numbers))} of noise"),
        )
    ]


def _severity(count: int, total: int) -> str:
    return "serious" if count >= _MANY * total else "worth a look"


def check_scrambled(view: View) -> list[Finding]:
    """A whole set whose pixels are not where they belong."""
    if not view.scrambled:
        return []
    across, down = view.likeness
    if across >= NO_LIKENESS:
        title = "Rows of the pictures do not fit together"
    elif down >= NO_LIKENESS:
        title = "Columns of the pictures do not fit together"
    else:
        title = "The pictures look scrambled"
    return [
        Finding(
            "scrambled",
            "serious",
            title,
            "Pixels lie beside pixels that have nothing to do with them, and convolutions learn "
            "from neighbours. Usually an array was reshaped to the wrong height and width or with "
            "its axes in the wrong order, or columns were sorted by name, “pixel10” before "
            "“pixel2”. Save the pictures anew and look at them.",
            f"neighbouring pixels correlate by {across:.2f} across and {down:.2f} down",
            "0.4 or more both ways",
            images=examples(np.flatnonzero(~view.blank)),
        )
    ]


def check_size(view: View) -> list[Finding]:
    """Digits that have become too small by bringing large pictures to 50×50."""
    side = view.dataset.source_side
    if side <= IMAGE_SIZE or view.scrambled or not view.usable.any():
        return []
    numbers = np.flatnonzero(view.usable)
    numbers = numbers[:: len(numbers) // _LOOKED_AT + 1]
    ink = Framing.measure(view.light(numbers)).side
    if ink >= _SMALL:
        return []
    return [
        Finding(
            "small-ink",
            "serious" if ink < _TOO_SMALL else "worth a look",
            f"Digits are only {ink:.0f} pixels tall",
            f"The pictures had {side:,} pixels a side, most of them empty, and were brought to "
            f"{IMAGE_SIZE}. Strokes have become so small that digits look alike. Cut the pictures "
            "out around the digit, then bring them again.",
            f"{ink:.0f} of {IMAGE_SIZE} pixels, the median of {images(len(numbers))}",
            f"{_SMALL} pixels or more",
            images=examples(numbers),
        )
    ]
