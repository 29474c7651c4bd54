"""Whether labels as a whole go with the images: shifted, unrelated, or named otherwise."""

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data.audit.duplicates import contradicting
from resnet_app.data.audit.finding import Finding, Remedy
from resnet_app.data.audit.view import View
from resnet_app.data.audit.words import examples, images, leave_out
from resnet_app.data.builtin import scanned_digits
from resnet_app.data.dataset import Images, Labels
from resnet_app.data.edit import Edit

_ROLLS = (1, -1, 2, -2, 3, -3)

_UNRELATED = 0.03
"""Agreement of neighbours' labels (0: by chance, 1: always) up to which labels are unrelated to the
images. Shuffled labels gave 0.01 at most with 500 images and 0.03 with 60; MNIST with 60 % wrong
labels 0.11; 500 digits moved, turned and scaled at random 0.22."""

_RESTORED, _BETTER = 0.2, 3.0
"""Agreement, at least and as a multiple of the present one, by which a roll is believed."""

_PAIRS = 100
"""Pairs of neighbours with different labels, if these were drawn by lot, below which agreement says
nothing."""

_HEAD, _TAIL = 0.4, 0.6
"""Share of labels that neighbours contradict: at most before, at least after the place from which
labels are taken as shifted."""

_STRETCH = 50
"""Images before and after such a place."""

_CLEARLY = 0.15
"""Likeness to scanned digits of other names, at least and beyond that of the own names. As they
are named, 60 to 10,000 MNIST and drawn digits have 0.10 to 0.37, and 0.02 at most with names one
too high or too low."""

_LOOKED_AT = 2000
"""Images of which the mean pictures are made."""


def check_alignment(view: View) -> list[Finding]:
    """Labels that are shifted against the images, all or from some image on, or unrelated."""
    return _check_part(view, False) + _check_part(view, True) or _check_tail(view)


def check_names(view: View) -> list[Finding]:
    """Digits named one too high or too low throughout."""
    numbers = np.flatnonzero(view.usable & ~view.in_test)
    numbers = numbers[:: len(numbers) // _LOOKED_AT + 1]
    own = _departures(view.light(numbers), view.labels[numbers])
    scanned = scanned_digits()
    reference = _departures(scanned.images, scanned.labels)
    like = {shift: _likeness(own, np.roll(reference, shift, axis=0)) for shift in (0, 1, -1)}
    shift = max(like, key=lambda shift: like[shift])
    if like[shift] < _CLEARLY + max(like[0], 0):
        return []
    return [
        Finding(
            "shifted-digits",
            "serious",
            f"Digits are named one too {'high' if shift == 1 else 'low'}",
            f"What is labelled 4 looks like {4 - shift}, and so with the others. Bring the file "
            "again and say which label means which digit.",
            f"likeness to scanned digits (-1 to 1) {like[0]:.2f}, and {like[shift]:.2f} to those "
            f"one {'lower' if shift == 1 else 'higher'}",
            "most like the digits of the same name",
            view.total,
            examples(numbers),
        )
    ]


def _departures(pictures: Images, labels: Labels) -> NDArray[np.float64]:
    """(10, 50, 50): in what the mean picture of each digit departs from the mean of all."""
    mean = pictures.mean(0)
    return np.stack(
        [
            pictures[labels == digit].mean(0) - mean if (labels == digit).any() else 0 * mean
            for digit in range(CLASSES)
        ]
    )


def _likeness(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean correlation of (10, 50, 50) pictures, digit by digit."""
    products = np.einsum("nij,nij->n", one, other)
    lengths = np.sqrt(np.einsum("nij,nij->n", one, one) * np.einsum("nij,nij->n", other, other))
    return float((products / np.maximum(lengths, 1e-9))[lengths > 0].mean())


def _check_part(view: View, test: bool) -> list[Finding]:
    """The labels of training, or of test, as a whole."""
    part = view.in_test == test
    labels = view.labels[part]
    one, other = view.neighbours.pairs(part)  # (P,) places in the part
    chance = float(((np.bincount(labels) / max(len(labels), 1)) ** 2).sum())
    if (1 - chance) * len(one) < _PAIRS:
        return []
    same = {0: float((labels[one] == labels[other]).mean())}
    for roll in _ROLLS:
        rolled = np.roll(labels, roll)
        same[roll] = float((rolled[one] == rolled[other]).mean())
    best = max(_ROLLS, key=lambda roll: same[roll])
    now, then = ((same[roll] - chance) / (1 - chance) for roll in (0, best))
    if then >= max(_RESTORED, _BETTER * now):
        measured = (
            f"of images that look alike, {same[0]:.0%} have the same label, and {same[best]:.0%} "
            f"if labels move by {best:+d}"
        )
        first = view.count if test else _first_shifted(view, best)
        return [_shifted(view, first, best, measured, f"most; {chance:.0%} is chance")]
    return [_unrelated(view, test, same[0], chance)] if now <= _UNRELATED else []


def _first_shifted(view: View, roll: int) -> int:
    """The training image from which on a ``roll`` mends the labels; up to there they are right."""
    mended = view.labels.copy()
    mended[: view.count] = np.roll(view.dataset.labels, roll)
    numbers = view.neighbours.asked
    inside = ~view.in_test[numbers]
    voted = view.neighbours.votes(mended).argmax(1)[inside]
    numbers = numbers[inside]
    place = _start(voted == view.labels[numbers], voted == mended[numbers])
    return int(numbers[place]) if place >= _STRETCH else 0


def _start(right: NDArray[np.bool_], mended: NDArray[np.bool_]) -> int:
    """The place in (Q,) up to which labels are most often ``right``, and ``mended`` after it."""
    lost = np.cumsum(mended.astype(int) - right)  # by mending all labels up to here
    return int(np.concatenate([[0], lost[:-1]]).argmin())


def _shifted(view: View, first: int, roll: int, measured: str, expected: str) -> Finding:
    """Labels of training from ``first`` on, or of the test set if it begins there."""
    test = first == view.count
    numbers = np.arange(first, view.total if test else view.count)
    part = "test labels" if test else "labels"
    by = ("one", "two", "three")[abs(roll) - 1]
    side = "before" if roll < 0 else "after"
    return Finding(
        "shifted-test-labels" if test else "shifted-labels",
        "serious",
        f"From image {first:,} on, labels are shifted by {by}"
        if first and not test
        else f"{part.capitalize()} are shifted by {by}",
        f"Each image has the label of the image {by + ' ' if by != 'one' else ''}{side} it. "
        "Probably a line was lost, came in twice, or was a heading. A network can only learn such "
        "labels by heart.",
        measured,
        expected,
        len(numbers),
        examples(numbers),
        None if test else Remedy(f"Move labels by {roll:+d}", Edit(roll=roll, roll_from=first)),
    )


def _unrelated(view: View, test: bool, same: float, chance: float) -> Finding:
    numbers = np.flatnonzero(view.in_test == test)
    return Finding(
        "unrelated-test-labels" if test else "unrelated-labels",
        "serious",
        f"{'Test labels' if test else 'Labels'} do not belong to the images",
        "Images that look alike have labels as if drawn by lot: images and labels were probably "
        "sorted or shuffled apart. A network can only learn such labels by heart. Save images and "
        "labels together again.",
        f"of images that look alike, {same:.0%} have the same label",
        f"most; {chance:.0%} is chance",
        len(numbers),
        examples(numbers),
        leave_out(view, numbers, "the test set") if test else None,
    )


def _check_tail(view: View) -> list[Finding]:
    """Training labels that are shifted, or unrelated, from some image on."""
    neighbours = view.neighbours
    inside = (~view.in_test & ~contradicting(view))[neighbours.asked]
    numbers = neighbours.asked[inside]  # (Q,) in their order
    voted = neighbours.votes(view.labels)[inside].argmax(1)
    right = voted == view.labels[numbers]
    place, head, tail = _break(~right)
    if not place or head > _HEAD or tail < _TAIL:
        return []
    mended = {roll: voted == np.roll(view.dataset.labels, roll)[numbers] for roll in _ROLLS}
    best = max(_ROLLS, key=lambda roll: mended[roll][place:].sum())
    left = 1 - float(mended[best][place:].mean())
    measured = f"similar images contradict {head:.0%} of the labels before, {tail:.0%} after"
    if left < _HEAD:
        first = int(numbers[_start(right, mended[best])])
        measured += f", and {left:.0%} if labels move by {best:+d}"
        return [_shifted(view, first, best, measured, "few everywhere")]
    return [_unrelated_from(view, int(numbers[place]), measured)]


def _unrelated_from(view: View, first: int, measured: str) -> Finding:
    concerned = np.arange(first, view.count)
    return Finding(
        "unrelated-labels",
        "serious",
        f"From image {first:,} on, labels do not belong to the images",
        "Up to there, labels go with the images. A network can only learn those after it by heart.",
        measured,
        "few everywhere",
        len(concerned),
        examples(concerned),
        leave_out(view, concerned, f"the last {images(len(concerned))}"),
    )


def _break(wrong: NDArray[np.bool_]) -> tuple[int, float, float]:
    """Where (Q,) ``wrong`` changes most, and its share before and after; 0 if there is no place."""
    count = len(wrong)
    places = np.arange(_STRETCH, count - _STRETCH)
    if not len(places):
        return 0, 0.0, 0.0
    so_far = np.concatenate([[0], np.cumsum(wrong)])
    head = so_far[places] / places
    tail = (so_far[-1] - so_far[places]) / (count - places)
    # Of all ways to cut in two, the one with the most variance between the parts.
    best = int((places * (count - places) * (tail - head) ** 2).argmax())
    return int(places[best]), float(head[best]), float(tail[best])
