"""Which of several named arrays are images, which their labels, and which are for the test."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from resnet_app.config import CLASSES
from resnet_app.data.formats.roles import TEST, TRAINING, VALIDATION, Hint, Layout, NamedArray
from resnet_app.data.labels import MAX_VALUES
from resnet_app.data.source import Array, shown
from resnet_app.errors import DataError

_UNNAMED = 99
"""Rank of an array whose name says nothing."""

_LISTED = 12


@dataclass(frozen=True, eq=False)
class Pair:
    """Images and their labels; ``candidates`` are all that may be the labels, likeliest first."""

    images: NamedArray
    labels: NamedArray
    candidates: tuple[NamedArray, ...]

    @property
    def layout(self) -> Layout:
        """How the images are seen: as many as there are labels."""
        layout = self.images.layout_of(_count(self.labels))
        assert layout is not None  # the candidates were chosen so
        return layout

    @property
    def is_doubtful(self) -> bool:
        """Whether another candidate may just as well be meant."""
        first, *others = self.candidates
        rivals = [item for item in others if not np.array_equal(_values(first), _values(item))]
        named = first.hint.labels is not None
        return any(item.hint.labels is not None or not named for item in rivals)

    def with_labels(self, place: str) -> "Pair":
        """The same with the labels at ``place``; raises ``DataError`` if there are none."""
        for item in self.candidates:
            if item.place == place:
                return replace(self, labels=item)
        raise DataError(
            "There are no such labels here. Choose one of "
            f"{shown(', '.join(item.place for item in self.candidates))}. Received: {shown(place)}"
        )

    def with_labels_like(self, other: NamedArray) -> "Pair":
        """The same with the labels that are called as ``other`` is in another part, if any are."""
        for item in self.candidates:
            if item.hint.rest == other.hint.rest:
                return replace(self, labels=item)
        return self


def listed(arrays: Sequence[NamedArray]) -> str:
    """``x (60, 28, 28), y (60,)`` as one short harmless line."""
    texts = [f"{item.place} {item.array.shape}" for item in arrays[:_LISTED]]
    more = [f"{len(arrays) - _LISTED} more"] if len(arrays) > _LISTED else []
    return shown(", ".join([*texts, *more]), 300)


def split_parts(
    arrays: Sequence[NamedArray],
) -> tuple[list[NamedArray], list[NamedArray], list[str]]:
    """The arrays for training, those for the test, and what was done; either may be incomplete.

    What is neither is in no list.
    """
    groups: dict[str, list[NamedArray]] = {"": [], TRAINING: [], TEST: [], VALIDATION: []}
    for item in arrays:
        groups[item.hint.part].append(item)
    training = groups[TRAINING]
    if not _is_complete(training):
        training = training + groups[""]
    others = [part for part in (TEST, VALIDATION) if _is_complete(groups[part])]
    notes = []
    if others and not any(item.is_images for item in training):
        training = groups[others[0]]
        notes.append(f"Only a {others.pop(0)} part was there; it is used as all the data.")
    if others == [VALIDATION]:
        notes.append("The validation part is used as the test set.")
    if len(others) == 2:
        notes.append("The validation part was left out: one is split from the training images.")
    return training, groups[others[0]] if others else [], notes


def _is_complete(arrays: Sequence[NamedArray]) -> bool:
    return any(item.is_images for item in arrays) and any(item.is_labels for item in arrays)


def parts_by_position(arrays: Sequence[NamedArray]) -> list[NamedArray]:
    """``numpy.savez(file, a, b, c, d)`` calls them arr_0, arr_1…: the second images are a test."""
    images = [item for item in arrays if item.is_images]
    labels = [item for item in arrays if item.is_labels]
    unnamed = all(re.fullmatch(r"arr_\d+", item.name) for item in arrays)
    if not unnamed or len(images) != 2 or len(labels) != 2:
        return list(arrays)
    parts = {id(images[1]): TEST, id(labels[1]): TEST}
    return [
        replace(item, hint=replace(item.hint, part=parts.get(id(item), TRAINING)))
        for item in arrays
    ]


def join_classes(arrays: Sequence[NamedArray]) -> tuple[list[NamedArray], list[str]]:
    """``train0`` … ``train9``, each with the images of one digit → images and labels, and notes.

    Anything else, and everything where there are labels, comes back as it is.
    """
    groups: dict[str, dict[int, NamedArray]] = {}
    for item in arrays:
        match = re.fullmatch(r"(.*?)[ _/-]?(\d)", item.name)
        if match and item.is_images and match[1] != "arr":
            groups.setdefault(match[1], {})[int(match[2])] = item
    joined = [
        pair
        for name, digits in groups.items()
        if len(digits) > 1 and len({item.array.shape[1:] for item in digits.values()}) == 1
        for pair in _joined_classes(name, digits)
    ]
    if not joined or any(item.is_labels for item in arrays):
        return list(arrays), []
    return joined, ["Every digit has an array of its own, so its labels are from the names."]


def _joined_classes(name: str, digits: dict[int, NamedArray]) -> tuple[NamedArray, NamedArray]:
    first, last = digits[min(digits)], digits[max(digits)]
    place = f"{first.place} to {last.place}"
    images = np.concatenate([item.array for item in digits.values()])
    labels = np.repeat(list(digits), [len(item.array) for item in digits.values()])
    hint = Hint.of(name)
    return (
        replace(first, name=name, place=place, array=images, hint=replace(hint, images=0)),
        replace(
            first,
            name=name,
            place=f"the names {place}",
            array=labels,
            hint=replace(hint, labels=0),
        ),
    )


def find_pair(
    arrays: Sequence[NamedArray], everything: Sequence[NamedArray], closed: Sequence[str]
) -> Pair:
    """The images among ``arrays`` and their likeliest labels.

    ``everything`` is what else there is, and ``closed`` are sentences on what was not opened: it
    is told where something is missing. Raises ``DataError`` where images and labels cannot be told
    apart or do not fit together.
    """
    images = [item for item in arrays if item.is_images]
    labels = [item for item in arrays if item.is_labels]
    if not images or not labels:
        raise _incomplete(everything, closed)
    chosen = _only_images(images, labels)
    candidates = _fitting_labels(chosen, labels)
    return Pair(chosen, candidates[0], tuple(candidates))


def _only_images(images: Sequence[NamedArray], labels: Sequence[NamedArray]) -> NamedArray:
    """The one array that must be meant; names decide between arrays of one file only."""
    counts = {_count(item) for item in labels}
    named = [item for item in images if item.hint.images is not None]
    fitting = [item for item in images if any(item.layout_of(count) for count in counts)]
    if named and not any(item in named for item in fitting):
        fitting = named  # none of which fits, and that is what to say
    images = fitting or images
    files = dict.fromkeys(item.file for item in images)
    if len(files) > 1:
        raise DataError(
            "More than one file holds images, and their names do not tell which to train on. Put "
            "“train” and “test” into the names, or bring one of them only. "
            f"Received: {listed(images)}"
        )
    ranked = sorted(images, key=lambda item: _rank(item.hint.images))
    if len(ranked) > 1 and _rank(ranked[0].hint.images) == _rank(ranked[1].hint.images):
        raise DataError(
            "More than one array may be the images, so images and labels cannot be told apart. "
            f"Name the arrays x and y. Received: {listed(images)}"
        )
    return ranked[0]


def _fitting_labels(images: NamedArray, labels: Sequence[NamedArray]) -> list[NamedArray]:
    """All that may be the labels of ``images``, the likeliest first."""
    named = [item for item in labels if item.hint.labels is not None]
    fitting = [item for item in labels if images.layout_of(_count(item)) is not None]
    if not fitting or (named and not any(item in named for item in fitting)):
        nearest = min(labels, key=_clearness)
        raise DataError(
            "Every image needs one label. Check that they were saved together. Received: "
            f"{len(images.layouts[0].images):,} images in “{shown(images.place)}” and "
            f"{_count(nearest):,} labels in “{shown(nearest.place)}”"
        )
    plausible = [item for item in fitting if _is_plausible(item)]
    return sorted(plausible or fitting, key=_clearness)


def _incomplete(everything: Sequence[NamedArray], closed: Sequence[str]) -> DataError:
    """The refusal where images, labels or both are missing."""
    images = any(item.is_images for item in everything)
    labels = any(item.is_labels for item in everything)
    rows = any(item.array.ndim == 2 and item.labels is None for item in everything)
    if images and labels:
        what = (
            "By their names the images and the labels belong to different parts, training and "
            "test. Bring those that belong together."
        )
    elif images:
        what = (
            "There are images, but their labels are missing. Add an array with one label for "
            "each image, in the same file or in one of its own."
        )
    elif rows:
        what = (
            "Rows of pixels must make a square picture, as 784 numbers make 28×28. Save the "
            "pictures with their height and width."
        )
    elif labels:
        what = (
            "There are labels, but their images are missing. Add an array of images, in the same "
            "file or in one of its own."
        )
    else:
        what = (
            "There are no arrays of plain numbers here. Save images and labels as two arrays "
            "named x and y."
        )
    received = listed(everything) or "nothing that can be read"
    return DataError(f"{' '.join([what, *closed[:3]])} Received: {received}")


def _count(item: NamedArray) -> int:
    """Labels in an array that is labels."""
    return 0 if item.labels is None else len(item.labels)


def _rank(rank: int | None) -> int:
    return _UNNAMED if rank is None else rank


def _clearness(item: NamedArray) -> tuple[bool, int]:
    """Sorts labels: those of the usual form first, then by how clearly the name says so."""
    labels = item.labels
    usual = labels is not None and (labels.ndim == 1 or labels.shape[1] == CLASSES)
    return not usual, _rank(item.hint.labels)


def _values(item: NamedArray) -> Array:
    """(N,) what the labels say, one-hot ones as numbers."""
    labels = item.labels
    assert labels is not None
    return labels.argmax(1) if labels.ndim == 2 and labels.size else labels


def _is_plausible(item: NamedArray) -> bool:
    """Whether these are called labels, or look like classes and not like numbers of images."""
    if item.hint.labels is not None:
        return True
    values = _values(item)
    return 1 < len(np.unique(values)) <= min(MAX_VALUES, len(values) // 2)
