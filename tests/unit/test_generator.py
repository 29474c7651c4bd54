import numpy as np
import pytest

from resnet_app.data.generator import generate
from resnet_app.errors import DataError


def test_the_seed_decides():
    images, labels = generate(50, seed=5)
    again, _ = generate(50, seed=5)
    other, _ = generate(50, seed=6)
    assert np.array_equal(images, again)
    assert not np.array_equal(images, other)
    assert (images.shape, images.dtype, labels.dtype) == ((50, 50, 50), np.uint8, np.uint8)


def test_the_seed_decides_the_same_on_every_platform():
    _, labels = generate(20, seed=0)
    assert labels.tolist() == [4, 9, 6, 2, 3, 6, 3, 1, 0, 8, 0, 2, 7, 5, 8, 7, 4, 9, 1, 5]


def test_classes_are_balanced_and_shuffled():
    _, labels = generate(105, seed=1)
    counts = np.bincount(labels, minlength=10)
    assert counts.max() - counts.min() == 1
    assert (np.diff(labels.astype(int)) < 0).sum() > 20


def test_ink_is_light_inside_and_varied():
    images, labels = generate(500, seed=2)
    border = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]])
    assert border.mean() < 1
    ink = (images > 100).mean((1, 2))
    assert 0.01 < ink.min() < ink.max() < 0.5
    for digit in range(10):
        members = images[labels == digit].reshape(50, -1)
        assert len(np.unique(members, axis=0)) == 50


def test_nearest_neighbours_tell_the_digits_apart():
    images, labels = generate(6000, seed=3)
    means = images[:, 1:49, 1:49].reshape(6000, 16, 3, 16, 3).mean((2, 4))
    flat = means.reshape(6000, -1).astype(np.float32)
    test, train = flat[:400], flat[400:]
    distances = (train**2).sum(1) - 2 * test @ train.T
    right = labels[400:][distances.argmin(1)] == labels[:400]
    assert right.mean() > 0.85


@pytest.mark.parametrize("count", [0, -1, 10**9])
def test_absurd_counts_are_refused(count: int):
    with pytest.raises(DataError, match="Received: "):
        generate(count)
