"""Who trains, who validates, who tests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import TrainingConfig
from resnet_app.data.dataset import Dataset, Images, Labels


@dataclass(frozen=True, eq=False)
class Split:
    """Three disjoint parts: images (N, 50, 50) uint8 and labels (N,) uint8 of each."""

    train: tuple[Images, Labels]
    validation: tuple[Images, Labels]
    test: tuple[Images, Labels]


def split_dataset(dataset: Dataset, config: TrainingConfig) -> Split:
    """Split as ``config`` says; the test part is the data set's own where it has one.

    Otherwise a stratified ``test_fraction`` is held back before the validation split, and the
    rest stays in its order.
    """
    train, validation, held = split_numbers(dataset.labels, len(dataset.test_labels), config)
    test = dataset.test_images, dataset.test_labels
    if not len(dataset.test_labels):
        test = dataset.images[held], dataset.labels[held]
    return Split(
        (dataset.images[train], dataset.labels[train]),
        (dataset.images[validation], dataset.labels[validation]),
        test,
    )


def split_numbers(
    labels: Labels, test_count: int, config: TrainingConfig
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Numbers of the images that train, validate and test, as ``Dataset`` counts them.

    ``labels`` (N,) are those of a data set's training images, ``test_count`` is the number of its
    test images.
    """
    rng = np.random.default_rng(config.seed)
    rest: NDArray[Any] = np.arange(len(labels))
    test: NDArray[Any] = len(labels) + np.arange(test_count)
    if not test_count:
        rest, test = _hold_back(labels, config.test_fraction, rng)
    if config.split == "tail":
        cut = round(len(rest) * (1 - config.validation_fraction))
        return rest[:cut], rest[cut:], test
    kept, held = _hold_back(labels[rest], config.validation_fraction, rng)
    return rest[kept], rest[held], test


def _hold_back(
    labels: Labels, fraction: float, rng: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Indices kept and held back, each in order; the fraction holds in every class."""
    held = []
    for digit in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == digit))
        held.append(members[: max(1, round(len(members) * fraction))])
    taken = np.sort(np.concatenate(held))
    kept = np.setdiff1d(np.arange(len(labels)), taken)
    return kept, taken
