"""Causes in the pictures: their pixels, and which way the ink is."""

import math
from collections.abc import Mapping
from typing import Any

from resnet_app.doctor.case import DEVIATIONS, Case, standard_error
from resnet_app.doctor.evidence import MEASURED
from resnet_app.doctor.rules.labels import foretold_above_chance
from resnet_app.doctor.rules.scale import same_range
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import figure, share

BLANK = 0.05
"""Share of images with nothing on them from which they matter."""

FEW_DISTINCT = 0.05
"""Share of different images up to which the same few come again and again."""

NOISE_CORRELATION, CLEAR_CORRELATION = 0.25, 0.5
"""Correlation of neighbouring pixels: of noise at most, of pictures at least. Noise enlarged to
50×50 pixels reaches 0.25; the least of 10,000 MNIST digits had 0.62."""

NO_LIKENESS = 0.05
"""Correlation up to which pixels are in no order at all: of shuffled MNIST digits 0.02 at most; of
faint stripes and marks in noise, which a network can read, 0.08 at least."""

PARTS_APART = 0.25
"""Share of images with dark ink in one part less that in the other, where both have one source."""

OTHER_POLARITY = 0.05
"""Share of images with the rarer polarity from which they matter."""

OFF_MIDDLE = 0.1
"""Share of the pixels' span by which both grounds must lie on other sides of its middle; textures
have theirs at the middle."""

HOLES = 0.012
"""Holes per edge pixel from which strokes are pierced. Clean MNIST, drawn and scanned digits have
0.006 at most, the same with pixels doubled in 8 bits 0.016 at least."""

ONE_WAY = 4.0
"""Holes along columns over those along rows, or the reverse, from which rows are misplaced."""

OTHERS_HOLES, OTHERS_SURFACE, OTHERS_SPREAD = 0.02, 0.5, 0.2
"""The same of somebody's own drawings, which may be smaller and have sharper strokes: clean MNIST,
pen and drawn digits, binary ones too, have 0.012 at most in one direction, wrapped ones 0.024 at
least of 28×28; their surface is 0.8 even with a spread of 0.15, that of shuffled pixels 0.65 with
0.24 or more."""

SURFACE, SURFACE_SPREAD = 0.15, 0.35
"""Share of even surface, at least, and its spread between images, at most, in wrapped pictures:
noise has 0.07 of it, and pixels mixed between images spread by 0.6."""


def judge_bad_pixels(case: Case) -> Opinion:
    """Pixels that are not numbers."""
    cause = "bad_pixels"
    parts = [part for part in (case.facts.pixels, case.facts.validation_pixels) if part]
    if not parts:
        return undecided(cause)
    bad = max(part.bad for part in parts)
    shown = Exhibit("Pixels that are not a number or infinite", f"{bad:.3%}", "none")
    if bad > 0:
        return found(cause, "certain", 1.0, shown, since=case.breaks_at, picture="images")
    return ruled_out(cause, shown)


def judge_images_broken(case: Case) -> Opinion:
    """Blank images, noise, or pixels in the wrong places."""
    cause = "images_broken"
    pictures = case.tests.get("pixels")
    pixels = case.facts.pixels
    if pictures is not None:
        return _broken_from_test(cause, pictures)
    if pixels is None or (pixels.correlation is None and pixels.constant is None):
        return undecided(cause)
    if case.reads_series:
        return undecided(cause)
    same = pixels.distinct is not None and pixels.distinct <= FEW_DISTINCT
    if same and not case.learned_well:
        again = Exhibit(
            "Images that are not like one before them", f"{pixels.distinct or 0:.1%}", "all"
        )
        return found(cause, "certain", 0.97, again, picture="images")
    constant = pixels.constant or 0.0
    likeness = pixels.correlation
    shown = Exhibit(
        "Likeness of neighbouring pixels",
        ("unknown" if likeness is None else share(likeness))
        + (f"; {constant:.0%} of the images are blank" if constant else ""),
        f"above {CLEAR_CORRELATION}; noise has 0",
    )
    patterned = (pixels.texture or 0.0) >= CLEAR_CORRELATION
    unlike = likeness is not None and likeness < NOISE_CORRELATION and not patterned
    noise = unlike and not case.learned_well
    if noise and _wrapped_as_they_come(case):
        return undecided(cause, shown)
    if (
        noise
        and constant < BLANK
        and (likeness or 0.0) > NO_LIKENESS
        and foretold_above_chance(case)
    ):
        return found(cause, "suspected", 0.55, shown, picture="images")  # or fine patterns in noise
    if constant >= BLANK or noise:
        return found(cause, "certain", 0.96, shown, picture="images")
    return undecided(cause, shown)  # rows in the wrong places leave likeness along them


def _broken_from_test(cause: str, pictures: Mapping[str, Any]) -> Opinion:
    bad = float(pictures["blank"]) + float(pictures["noise"])
    along, across = (float(holes) for holes in pictures["holes"])
    one_way = max(along, across) > max(HOLES, ONE_WAY * min(along, across))
    shown = Exhibit("Images that are blank or noise", f"{bad:.1%}", "none")
    order = Exhibit(
        "Holes in the strokes, along rows and along columns",
        f"{along:.3f} and {across:.3f}",
        f"below {HOLES:g}",
    )
    if _is_wrapped(pictures):
        return undecided(cause, shown)
    if pictures["scrambled"] or bad >= BLANK or one_way:
        test = TestResult(
            "pixels",
            "Do neighbouring pixels look alike along rows and columns, as in any picture?",
            f"{bad:.1%} blank or noise; order of rows and columns {figure(pictures['order'])}",
            True,
        )
        return found(cause, "tested", 0.97, shown, order, test=test, picture="images")
    return ruled_out(cause, shown, order)


def judge_overflowed_pixels(case: Case) -> Opinion:
    """Bright pixels that wrapped around to dark."""
    cause = "overflowed_pixels"
    surface = case.tests.get("pixels")
    if surface is None:
        pierced = _wrapped_as_they_come(case)
        if pierced is None or case.facts.pixels is None:
            return undecided(cause)
        noisy = (case.facts.pixels.correlation or 0.0) < NOISE_CORRELATION
        weight = 0.96 if noisy else 0.45  # some scripts, too, have holes in their strokes
        return found(cause, "suspected", weight, pierced, picture="images")
    along, across = (float(holes) for holes in surface["holes"])
    shown = _specks(min(along, across), HOLES)
    if not _is_wrapped(surface):
        return ruled_out(cause, shown)
    test = TestResult(
        "pixels",
        "Are strokes pierced by dark specks, on an even ground?",
        f"{along:.3f} along rows and {across:.3f} along columns",
        True,
    )
    return found(cause, "tested", 0.96, shown, test=test, picture="images")


def _is_wrapped(surface: Mapping[str, Any]) -> bool:
    """Whether strokes are pierced as much along rows as along columns, on an even ground."""
    along, across = (float(holes) for holes in surface["holes"])
    even = max(along, across) <= ONE_WAY * min(along, across)
    ground = surface["flat"] >= SURFACE and surface["flat_spread"] <= SURFACE_SPREAD
    return bool(min(along, across) > HOLES and even and ground)


def _wrapped_as_they_come(case: Case) -> Exhibit | None:
    """The same of drawings of any size, as they reach the network; None where they are not."""
    pixels = case.facts.pixels
    if pixels is None or pixels.holes is None or case.learned_well:
        return None
    even = (pixels.flat or 0.0) >= OTHERS_SURFACE and (pixels.flat_spread or 0.0) <= OTHERS_SPREAD
    if not (even and _is_wrapped(vars(pixels)) and min(pixels.holes) > OTHERS_HOLES):
        return None
    return _specks(min(pixels.holes), OTHERS_HOLES)


def _specks(holes: float, allowed: float) -> Exhibit:
    return Exhibit(
        "Dark specks in the strokes, per pixel at an edge", f"{holes:.3f}", f"below {allowed:g}"
    )


def judge_polarity(case: Case) -> Opinion:
    """Light ink here, dark ink there."""
    cause = "polarity"
    pictures = case.tests.get("pixels")
    if pictures is None or pictures.get("dark") is None:
        return _polarity_from_facts(case, cause)
    held = pictures.get("validation_dark")
    parts = float(pictures["dark"]), None if held is None else float(held)
    shown = _inks(*parts)
    if not (_is_mixed(*parts) or _is_reversed(*parts)):
        return ruled_out(cause, shown)
    test = TestResult(
        "pixels", "Is the ground dark in all images, or light in all?", shown.measured, True
    )
    return found(cause, "tested", 0.94, shown, test=test, picture="images")


def _polarity_from_facts(case: Case, cause: str) -> Opinion:
    training, validation = case.facts.pixels, case.facts.validation_pixels
    if not training or training.dark is None or (validation and validation.dark is None):
        return _polarity_from_borders(case, cause)
    parts = training.dark, validation.dark if validation else None
    shown = _inks(*parts)
    if _is_reversed(*parts) or _are_apart(case, *parts):
        return found(cause, "certain", 0.95, shown, picture="images")
    if not _is_mixed(*parts):
        return ruled_out(cause, shown)
    rarer = min(training.dark, 1 - training.dark)
    if case.learned_well or rarer < OTHER_POLARITY:  # in validation alone it may be chance
        return undecided(cause, shown)
    return found(cause, "suspected", 0.55, shown, picture="images")


def _inks(training: float, validation: float | None) -> Exhibit:
    measured = f"{training:.0%} in training"
    if validation is not None:
        measured += f", {validation:.0%} in validation"
    return Exhibit("Images with dark ink", measured, "all or none")


def _is_mixed(*parts: float | None) -> bool:
    """Whether images of both polarities are in a part."""
    return any(min(part, 1 - part) >= OTHER_POLARITY for part in parts if part is not None)


def _is_reversed(training: float, validation: float | None) -> bool:
    """Whether validation has the other polarity."""
    return validation is not None and abs(training - validation) >= 0.5


def _are_apart(case: Case, training: float, validation: float | None) -> bool:
    """Whether the parts differ in polarity by more than their images, where counted, do by chance.

    Of each part at most ``MEASURED`` images were looked at.
    """
    if validation is None or case.validation_count is None:
        return False
    counts = [
        min(count, MEASURED) for count in (case.training_count, case.validation_count) if count
    ]
    noise = math.hypot(*(standard_error(training, count) for count in counts))
    return abs(training - validation) >= PARTS_APART + DEVIATIONS * noise


def _polarity_from_borders(case: Case, cause: str) -> Opinion:
    """Of pictures that are no drawings; the median of their borders does not tell a mixture."""
    training, validation = case.facts.pixels, case.facts.validation_pixels
    if not training or not validation or training.border is None or validation.border is None:
        return undecided(cause)
    low, high = min(training.low, validation.low), max(training.high, validation.high)
    middle, margin = (low + high) / 2, OFF_MIDDLE * (high - low)
    shown = Exhibit(
        "Ground, from the images' border",
        f"{figure(training.border)} in training, {figure(validation.border)} in validation",
        "the same",
    )
    aside = (training.border - middle, validation.border - middle)
    opposite = min(aside) < -margin and max(aside) > margin
    if same_range(training, validation) and opposite:
        return found(cause, "certain", 0.95, shown, picture="images")
    return undecided(cause, shown)


RULES = (
    judge_bad_pixels,
    judge_images_broken,
    judge_overflowed_pixels,
    judge_polarity,
)
