"""Pictures with nothing to learn on them: blank, noise, scrambled, or too small."""

import numpy as np

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.audit.finding import Finding
from resnet_app.data.audit.view import NO_LIKENESS, NO_ORDER, SMALL, TOO_SMALL, View
from resnet_app.data.audit.words import examples, images, leave_out, share_of

_MANY = 0.05
"""Share of unusable images that noticeably lowers any accuracy."""

_UNEVEN = 0.6
"""Order of rows over that of columns, or the reverse, below which one of them is in doubt. Of clean
digits 0.89 or more; with pixel columns sorted by name 0.54 and 0.34."""


def check_blank(view: View) -> list[Finding]:
    """Images of one grey level, or nearly."""
    numbers = np.flatnonzero(view.blank)
    if view.scrambled or not len(numbers):
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
            f"{share_of(len(numbers), view.total)}; likeness of neighbouring pixels up to "
            f"{max(float(alike[numbers].max()), 0):.2f} (1: the same, 0: unrelated)",
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
    across, down = view.order
    uneven = min(across, down) < _UNEVEN * max(across, down)
    if not view.scrambled and not uneven:
        return []
    both = max(across, down) < NO_ORDER or not uneven
    which = "The pictures" if both else "Rows" if down < across else "Columns"
    title = f"{which} {'look' if view.scrambled else 'may be'} scrambled"
    return [
        Finding(
            "scrambled",
            "serious" if view.scrambled else "worth a look",
            title,
            "Pixels lie beside pixels that have nothing to do with them, and convolutions learn "
            "from neighbours. Usually an array was reshaped to the wrong height and width or with "
            "its axes in the wrong order, or columns were sorted by name, “pixel10” before "
            "“pixel2”. Save the pictures anew and look at them.",
            f"order of columns {across:.2f}, of rows {down:.2f} (1: neighbours are the same, 0: no "
            "more alike than any two)",
            "0.4 or more, and about the same for both",
            images=examples(np.flatnonzero(~view.blank)),
        )
    ]


def check_size(view: View) -> list[Finding]:
    """Digits that have become too small by bringing large pictures to 50×50."""
    if view.ink >= SMALL:
        return []
    side = view.dataset.source_side
    return [
        Finding(
            "small-ink",
            "serious" if view.ink < TOO_SMALL else "worth a look",
            f"Digits are only {view.ink:.0f} pixels tall",
            f"The pictures had {side:,} pixels a side, most of them empty, and were brought to "
            f"{IMAGE_SIZE}. Strokes have become so small that digits look alike. Cut the pictures "
            "out around the digit, then bring them again.",
            f"{view.ink:.0f} of {IMAGE_SIZE} pixels (median)",
            f"{SMALL} pixels or more",
            images=examples(np.flatnonzero(view.usable)),
        )
    ]
