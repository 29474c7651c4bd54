"""Data sets made wrong on purpose: what the audit must find, and where."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_app.data.dataset import Dataset
from resnet_app.data.generator import generate


@dataclass(frozen=True, eq=False)
class Fault:
    """``dataset`` has the fault ``kind`` at the images ``where``; None: the set as a whole."""

    kind: str
    dataset: Dataset
    where: frozenset[int] | None = None


@lru_cache
def clean(seed: int = 7) -> Dataset:
    """1,500 drawn digits in usual forms, without a test set."""
    return Dataset("Drawn", *generate(1500, seed, varied=False))


def some(dataset: Dataset, share: float, seed: int = 0) -> NDArray[np.int64]:
    """Numbers of ``share`` of the training images, drawn by lot."""
    count = len(dataset.labels)
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(count, round(share * count), replace=False))


def changed(kind: str, change: Callable[[NDArray[np.uint8]], NDArray], share: float) -> Fault:
    """A ``change`` of ``share`` of the clean images takes their place."""
    dataset = clean()
    where = some(dataset, share)
    images = dataset.images.copy()
    images[where] = np.clip(change(images[where]), 0, 255)
    return Fault(kind, replace(dataset, images=images), frozenset(where.tolist()))


def copied(kind: str, change: Callable[[NDArray[np.uint8]], NDArray], share: float) -> Fault:
    """A ``change`` of ``share`` of the clean images is put behind them, with their labels."""
    dataset = clean()
    where = some(dataset, share)
    copies = np.clip(change(dataset.images[where]), 0, 255).astype(np.uint8)
    count = len(dataset.labels)
    longer = replace(
        dataset,
        images=np.concatenate([dataset.images, copies]),
        labels=np.concatenate([dataset.labels, dataset.labels[where]]),
    )
    return Fault(kind, longer, frozenset(range(count, count + len(where))))


def leaked(change: Callable[[NDArray[np.uint8]], NDArray], share: float) -> Fault:
    """A fifth of the clean images tests; a ``change`` of ``share`` of these is in training, too."""
    dataset = clean()
    tested = len(dataset.labels) // 5
    test_images, images = np.split(dataset.images.copy(), [tested])
    test_labels, labels = np.split(dataset.labels.copy(), [tested])
    count = round(share * tested)
    images[:count] = np.clip(change(test_images[:count]), 0, 255)
    labels[:count] = test_labels[:count]
    return Fault(
        "leak",
        Dataset("Leak", images, labels, test_images, test_labels),
        frozenset(range(count)),
    )


def mislabelled(share: float, seed: int = 0) -> Fault:
    """``share`` of the clean labels are other digits."""
    dataset = clean()
    where = some(dataset, share, seed)
    labels = dataset.labels.copy()
    shift = np.random.default_rng(seed).integers(1, 10, len(where))
    labels[where] = (labels[where] + shift) % 10
    return Fault("wrong-labels", replace(dataset, labels=labels), frozenset(where.tolist()))


def noise(images: NDArray[np.uint8]) -> NDArray:
    """Uniform noise of the same shape."""
    return np.random.default_rng(1).integers(0, 256, images.shape)


def with_noise(deviation: float) -> Callable[[NDArray[np.uint8]], NDArray]:
    """Adds normal noise."""
    rng = np.random.default_rng(2)
    return lambda images: images + rng.normal(0, deviation, images.shape)


def as_jpeg(images: NDArray[np.uint8]) -> NDArray:
    """Compressed with quality 50 and read again."""
    read = []
    for image in images:
        file = BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=50)
        read.append(np.asarray(Image.open(file)))
    return np.stack(read)
