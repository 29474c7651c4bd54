"""Faults in the images and labels, as functions of a ``Split``; the test part stays right.

Each takes the split, a severity of 1, 2 or 3 and a generator of random numbers, and returns a new
split of the same kind of arrays.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES, IMAGE_SIZE
from resnet_app.data.dataset import Images, Labels
from resnet_app.training.split import Split

Part = tuple[Images, Labels]
"""(N, 50, 50) uint8 images and (N,) uint8 labels."""

SplitFault = Callable[[Split, int, np.random.Generator], Split]


def _both(change: Callable[[Part, int, np.random.Generator], Part]) -> SplitFault:
    """A fault that hits training and validation images alike."""

    def applied(split: Split, severity: int, rng: np.random.Generator) -> Split:
        return replace(
            split,
            train=change(split.train, severity, rng),
            validation=change(split.validation, severity, rng),
        )

    return applied


def _chosen(count: int, share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Numbers of ``share`` of ``count`` images, drawn by lot, in order; at least one."""
    return np.sort(rng.choice(count, max(1, round(share * count)), replace=False))


def _shuffle_labels(part: Part, severity: int, rng: np.random.Generator) -> Part:
    labels = part[1].copy()
    where = _chosen(len(labels), (0.8, 0.9, 1.0)[severity - 1], rng)
    labels[where] = labels[rng.permutation(where)]
    return part[0], labels


def _shift_labels(part: Part, severity: int, rng: np.random.Generator) -> Part:
    labels = part[1].copy()
    begin, rows = ((len(labels) // 2, 1), (0, 1), (0, 3))[severity - 1]
    labels[begin:] = np.roll(labels[begin:], rows)
    return part[0], labels


def _mislabel(part: Part, severity: int, rng: np.random.Generator) -> Part:
    labels = part[1].copy()
    where = _chosen(len(labels), (0.15, 0.3, 0.45)[severity - 1], rng)
    labels[where] = (labels[where] + rng.integers(1, CLASSES, len(where))) % CLASSES
    return part[0], labels


def _sorted_order(labels: Labels, share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """An order in which ``share`` of the images lie sorted by class, the others anywhere."""
    order = np.argsort(labels, kind="stable")
    places = _chosen(len(labels), 1 - share, rng) if share < 1 else np.zeros(0, np.int64)
    order[places] = order[rng.permutation(places)]
    return order


def _sort_before_split(split: Split, severity: int, rng: np.random.Generator) -> Split:
    count = len(split.train[1])
    images = np.concatenate([split.train[0], split.validation[0]])
    labels = np.concatenate([split.train[1], split.validation[1]])
    order = _sorted_order(labels, (0.7, 0.9, 1.0)[severity - 1], rng)
    images, labels = images[order], labels[order]
    return replace(
        split,
        train=(images[:count], labels[:count]),
        validation=(images[count:], labels[count:]),
    )


def _sort_training(split: Split, severity: int, rng: np.random.Generator) -> Split:
    images, labels = split.train
    order = _sorted_order(labels, (0.6, 0.85, 1.0)[severity - 1], rng)
    return replace(split, train=(images[order], labels[order]))


def _unbalance(split: Split, severity: int, rng: np.random.Generator) -> Split:
    """The most frequent digit takes over, in training and validation."""
    digit = int(np.bincount(split.train[1]).argmax())
    share = (0.6, 0.8, 0.95)[severity - 1]
    return replace(
        split,
        train=_dominated(split.train, digit, share, rng),
        validation=_dominated(split.validation, digit, share, rng),
    )


def _dominated(part: Part, digit: int, share: float, rng: np.random.Generator) -> Part:
    """As many images, of which ``share`` are of ``digit``: further ones are copies, moved a bit."""
    images, labels = part
    own, others = np.flatnonzero(labels == digit), np.flatnonzero(labels != digit)
    if not len(own):
        return part
    kept = rng.permutation(others)[: round((1 - share) * len(labels))]
    copied = rng.choice(own, len(labels) - len(own) - len(kept))
    moved = np.stack([np.roll(images[index], rng.integers(-3, 4, 2), (0, 1)) for index in copied])
    order = rng.permutation(len(labels))
    new_images = np.concatenate([images[own], images[kept], moved])
    new_labels = np.concatenate([labels[own], labels[kept], labels[copied]])
    return new_images[order], new_labels[order]


def _blank(part: Part, severity: int, rng: np.random.Generator) -> Part:
    images = part[0].copy()
    images[_chosen(len(images), (0.4, 0.7, 0.95)[severity - 1], rng)] = 0
    return images, part[1]


def _fill_with_noise(part: Part, severity: int, rng: np.random.Generator) -> Part:
    images = part[0].copy()
    where = _chosen(len(images), (0.4, 0.7, 1.0)[severity - 1], rng)
    images[where] = rng.integers(0, 256, (len(where), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    return images, part[1]


def _reshape_wrongly(part: Part, severity: int, rng: np.random.Generator) -> Part:
    images = part[0]
    if severity == 3:
        # One image a column, read as one a row: neighbours in a row are neighbours in the set.
        table = images.reshape(len(images), -1)
        return np.ascontiguousarray(table.T).reshape(images.shape), part[1]
    mixed = images.copy()
    for row in range(0, IMAGE_SIZE, 4 if severity == 1 else 2):
        mixed[:, row] = np.roll(images[:, row], row + 1, axis=0)
    return mixed, part[1]


def _invert_validation(split: Split, severity: int, rng: np.random.Generator) -> Split:
    images = split.validation[0].copy()
    where = _chosen(len(images), (0.5, 0.8, 1.0)[severity - 1], rng)
    images[where] = 255 - images[where]
    return replace(split, validation=(images, split.validation[1]))


def _leak(split: Split, severity: int, rng: np.random.Generator) -> Split:
    images, labels = split.validation[0].copy(), split.validation[1].copy()
    where = _chosen(len(labels), (0.3, 0.6, 1.0)[severity - 1], rng)
    source = rng.choice(len(split.train[1]), len(where), replace=len(where) > len(split.train[1]))
    images[where], labels[where] = split.train[0][source], split.train[1][source]
    return replace(split, validation=(images, labels))


def _keep(counts: tuple[int, int, int]) -> SplitFault:
    """Only so many training images are left."""

    def applied(split: Split, severity: int, rng: np.random.Generator) -> Split:
        count = len(split.train[1])
        kept = np.sort(rng.permutation(count)[: counts[severity - 1]])
        return replace(split, train=(split.train[0][kept], split.train[1][kept]))

    return applied


def _overflow(part: Part, severity: int, rng: np.random.Generator) -> Part:
    factor, offset = ((2, 0), (3, 0), (4, 50))[severity - 1]
    wrapped: Images = (part[0].astype(np.int64) * factor + offset).astype(np.uint8)
    return wrapped, part[1]


SPLIT_FAULTS: dict[str, SplitFault] = {
    "labels_shuffled": _both(_shuffle_labels),
    "labels_shifted": _both(_shift_labels),
    "labels_noisy": _both(_mislabel),
    "sorted_split": _sort_before_split,
    "sorted_batches": _sort_training,
    "imbalance": _unbalance,
    "blank_images": _both(_blank),
    "noise_images": _both(_fill_with_noise),
    "wrong_reshape": _both(_reshape_wrongly),
    "mixed_polarity": _invert_validation,
    "leak": _leak,
    "too_few": _keep((60, 40, 20)),
    "overfitting": _keep((300, 260, 220)),
    "overflowed_pixels": _both(_overflow),
}
"""By the fault's name."""


def scaled_labels(labels: Labels, severity: int) -> NDArray[np.float32]:
    """(N,) labels divided as pixels are: (N,) float32."""
    return (labels / (9, 10, 255)[severity - 1]).astype(np.float32)


def labels_outside(labels: Labels, severity: int) -> NDArray[np.int64]:
    """(N,) labels from 1, from -1, or as codes of characters: (N,) int64."""
    return labels.astype(np.int64) + (1, -1, ord("0"))[severity - 1]


def one_hot(labels: Labels, severity: int = 1) -> NDArray[np.float32]:
    """(N,) labels as (N, 10) float32 rows: one-hot, smoothed by a tenth, or of -1 and +1."""
    rows = np.eye(CLASSES, dtype=np.float32)[labels]
    return (rows, rows * 0.9 + 0.01, 2 * rows - 1)[severity - 1].astype(np.float32)


def with_nan(images: Images, severity: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(N, 50, 50) float32; some images are not numbers in all of their pixels."""
    broken: NDArray[Any] = images.astype(np.float32)
    where = _chosen(len(images), (0.0, 0.02, 0.2)[severity - 1], rng)
    broken[where] = np.nan
    return broken
