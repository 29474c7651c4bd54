"""The one form in which images are kept: checked, uint8, 50×50."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES, IMAGE_SIZE, MAX_IMAGES, MIN_IMAGES
from resnet_app.errors import DataError

Images = NDArray[np.uint8]
"""(N, 50, 50) uint8, 0…255."""

Labels = NDArray[np.uint8]
"""(N,) uint8, 0…9."""


def _no_images() -> Images:
    return np.zeros((0, IMAGE_SIZE, IMAGE_SIZE), np.uint8)


def _no_labels() -> Labels:
    return np.zeros(0, np.uint8)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Digit images with their labels, and a separate test set where the source had one.

    ``images`` (N, 50, 50) uint8, ``labels`` (N,) uint8 in 0…9; ``test_images`` and
    ``test_labels`` likewise, possibly empty. ``notes`` says in sentences what was done on the way
    (resized, colour averaged…). ``source_side`` is the longer side in pixels that a typical image
    had before it was brought to 50×50. Raises ``DataError`` if the arrays do not fit together.

    Where one number names an image, the training images come first, then the test images.
    """

    name: str
    images: Images
    labels: Labels
    test_images: Images = field(default_factory=_no_images)
    test_labels: Labels = field(default_factory=_no_labels)
    notes: tuple[str, ...] = ()
    source_side: int = IMAGE_SIZE

    def __post_init__(self) -> None:
        for part, images, labels in (
            ("training", self.images, self.labels),
            ("test", self.test_images, self.test_labels),
        ):
            _check_part(part, images, labels)
        if not MIN_IMAGES <= len(self.labels) <= MAX_IMAGES:
            raise DataError(
                f"A data set needs {MIN_IMAGES} to {MAX_IMAGES:,} training images, so that "
                f"training, validation and test each get some. Received: {len(self.labels):,}"
            )
        if len(np.unique(self.labels)) < 2:
            raise DataError(
                "All training images have the same label, so there is nothing to tell apart. "
                f"Add images of other digits. Received: only {int(self.labels[0])}"
            )

    @cached_property
    def digest(self) -> str:
        """Name of the content: 16 hexadecimal digits of a SHA-256 over pixels and labels."""
        sha = hashlib.sha256()
        for part in (self.images, self.labels, self.test_images, self.test_labels):
            sha.update(str(part.shape).encode())
            sha.update(np.ascontiguousarray(part).data)
        return sha.hexdigest()[:16]

    @property
    def all_images(self) -> Images:
        """(N + M, 50, 50) uint8: training images, then test images."""
        return np.concatenate([self.images, self.test_images])

    @property
    def all_labels(self) -> Labels:
        """(N + M,) uint8 labels in the order of ``all_images``."""
        return np.concatenate([self.labels, self.test_labels])

    def class_counts(self) -> NDArray[np.int64]:
        """(10,) number of training images of each digit."""
        return np.bincount(self.labels, minlength=CLASSES)


def _check_part(part: str, images: Images, labels: Labels) -> None:
    if images.dtype != np.uint8 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
        raise DataError(
            f"The {part} images must be N×50×50 uint8. Received: {images.shape} {images.dtype}"
        )
    if len(images) != len(labels):
        raise DataError(
            f"Every {part} image needs one label. "
            f"Received: {len(images):,} images and {len(labels):,} labels"
        )
    if labels.size and int(labels.max()) >= CLASSES:
        raise DataError(f"Labels must be 0 to 9. Received: a {part} label {int(labels.max())}")
