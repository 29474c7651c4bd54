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
    rng = np.random.default_rng(config.seed)
    rest: NDArray[Any] = np.arange(len(dataset.labels))
    test = dataset.test_images, dataset.test_labels
    if not len(dataset.test_labels):
        rest, held = _hold_back(dataset.labels, config.test_fraction, rng)
        test = dataset.images[held], dataset.labels[held]
    if config.split == "tail":
        cut = round(len(rest) * (1 - config.validation_fraction))
        train, validation = rest[:cut], rest[cut:]
    else:
        kept, held = _hold_back(dataset.labels[rest], config.validation_fraction, rng)
        train, validation = rest[kept], rest[held]
    return Split(
        (dataset.images[train], dataset.labels[train]),
        (dataset.images[validation], dataset.labels[validation]),
        test,
    )


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
