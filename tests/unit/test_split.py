import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data.dataset import Dataset
from resnet_app.training.split import split_dataset


def _numbered(count: int) -> Dataset:
    """Images that carry their own index in the first two pixels."""
    images = np.zeros((count, 50, 50), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(count), 256)
    return Dataset("n", images, (np.arange(count) % 10).astype(np.uint8))


def _indices(part: tuple) -> np.ndarray:
    return part[0][:, 0, 0].astype(int) * 256 + part[0][:, 0, 1]


@pytest.mark.parametrize("kind", ["tail", "stratified"])
def test_parts_are_disjoint_and_complete(kind: str):
    split = split_dataset(_numbered(1000), TrainingConfig(split=kind))
    parts = [_indices(part) for part in (split.train, split.validation, split.test)]
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(1000))
    assert [len(part) for part in parts] == [720, 180, 100]


def test_tail_takes_the_last_images_as_they_lie():
    split = split_dataset(_numbered(1000), TrainingConfig())
    assert _indices(split.train).max() < _indices(split.validation).min()


def test_stratified_keeps_the_proportions_and_the_seed_decides():
    config = TrainingConfig(split="stratified")
    split = split_dataset(_numbered(1000), config)
    assert np.bincount(split.validation[1]).tolist() == [18] * 10
    again = split_dataset(_numbered(1000), config)
    other = split_dataset(_numbered(1000), config.changed(seed=1))
    assert np.array_equal(_indices(split.validation), _indices(again.validation))
    assert not np.array_equal(_indices(split.validation), _indices(other.validation))


def test_a_test_set_of_its_own_is_used(bars: Dataset):
    split = split_dataset(bars, TrainingConfig())
    assert np.array_equal(split.test[0], bars.test_images)
    assert (len(split.train[1]), len(split.validation[1])) == (160, 40)
