"""Stored data sets opened without taking memory: their pixels stay on disk until looked at.

``unpacked/DIGEST/*.npy``  the arrays of ``DIGEST.npz``, for the few data sets used last
"""

import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from resnet_app.config import IMAGE_SIZE, home
from resnet_app.data import store
from resnet_app.data.dataset import Dataset, Images

_KEPT = 2
"""Data sets that stay unpacked; one of 70,000 images takes 175 MB of disk."""

_NAMES = ("images", "labels", "test_images", "test_labels")


def open_mapped(digest: str) -> Dataset:
    """The stored data set with its arrays mapped from disk, read-only; about as fast as a look.

    Raises ``DataError`` if it is not there or damaged.
    """
    card = next((entry for entry in store.listing() if entry.digest == digest), None)
    folder = home() / "unpacked" / digest
    try:
        if card is None:
            return store.load(digest)  # says why it cannot be opened
        if not folder.is_dir():
            _unpack(store.arrays_path(digest), folder)
        os.utime(folder)
        arrays = [np.load(folder / f"{name}.npy", "r", allow_pickle=False) for name in _NAMES]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):  # no room, or damaged
        return store.load(digest)
    images, labels, test_images, test_labels = arrays
    return Dataset(
        card.name, images, labels, test_images, test_labels, card.notes, card.source_side
    )


def take(dataset: Dataset, numbers: Sequence[int]) -> Images:
    """(len, 50, 50) uint8: the images with these numbers, as ``Dataset`` counts them.

    Only these are read from disk; raises ``IndexError`` if there is no such image.
    """
    count = len(dataset.labels)
    images = np.zeros((len(numbers), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for row, number in enumerate(numbers):
        images[row] = (
            dataset.images[number] if number < count else dataset.test_images[number - count]
        )
    return images


def forget(digest: str) -> None:
    """Remove the unpacked arrays of a data set, if there are any."""
    if digest.isalnum():
        shutil.rmtree(home() / "unpacked" / digest, ignore_errors=True)


def _unpack(archive: Path, folder: Path) -> None:
    """Write the arrays in ``archive`` to ``folder``, in pieces, and make room for that first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    others = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in others[_KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        with zipfile.ZipFile(archive) as packed:
            for name in _NAMES:
                with (
                    packed.open(f"{name}.npy") as piece,
                    (temporary / f"{name}.npy").open("wb") as file,
                ):
                    shutil.copyfileobj(piece, file, 2**20)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
