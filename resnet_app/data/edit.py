"""Changing a data set: always into a new one, the original stays."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data.dataset import Dataset
from resnet_app.errors import DataError

_SEED = 0


@dataclass(frozen=True)
class Edit:
    """What to change. Numbers name images as ``Dataset`` counts them: training first, then test.

    ``leave_out`` and ``invert`` list images; ``relabel`` maps an image to its new digit;
    ``roll`` moves the training labels from image ``roll_from`` on so many images on (image i gets
    the label of image i - roll);
    ``stretch`` makes the brightest pixel of the set 255; ``shuffle`` mixes the training images.
    The order is: roll, relabel, invert, stretch, leave out, shuffle.
    """

    leave_out: tuple[int, ...] = ()
    relabel: Mapping[int, int] = field(default_factory=dict)
    invert: tuple[int, ...] = ()
    roll: int = 0
    stretch: bool = False
    shuffle: bool = False
    roll_from: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` is the way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Edit":
        """An edit from ``to_json``'s values, where JSON has turned numbers of images into text."""
        return cls(
            tuple(values["leave_out"]),
            {int(index): digit for index, digit in values["relabel"].items()},
            tuple(values["invert"]),
            values["roll"],
            values["stretch"],
            values["shuffle"],
            values["roll_from"],
        )

    def describe(self) -> str:
        """The change in words, such as ``12 images left out``."""
        words = []
        if self.roll:
            where = f" from image {self.roll_from:,} on" if self.roll_from else ""
            words.append(f"labels moved by {self.roll:+d}{where}")
        if self.relabel:
            words.append(f"{_images(len(self.relabel))} relabelled")
        if self.invert:
            words.append(f"{_images(len(self.invert))} inverted")
        if self.stretch:
            words.append("brightness stretched to 255")
        if self.leave_out:
            words.append(f"{_images(len(self.leave_out))} left out")
        if self.shuffle:
            words.append("shuffled")
        return ", ".join(words) or "nothing changed"


def _images(count: int) -> str:
    return f"{count:,} image" + ("" if count == 1 else "s")


def apply_edit(dataset: Dataset, edit: Edit, name: str) -> Dataset:
    """``dataset`` with ``edit``, named ``name``; ``dataset`` itself is not changed.

    Raises ``DataError`` if an image or digit does not exist or too few images are left.
    """
    images, labels = dataset.all_images, dataset.all_labels
    count, total = len(dataset.labels), len(labels)
    named = [*edit.leave_out, *edit.relabel, *edit.invert]
    if named and not 0 <= min(named) <= max(named) < total:
        raise DataError(f"This data set has {total:,} images. Received: image {max(named)}")
    if any(not 0 <= digit < CLASSES for digit in edit.relabel.values()):
        raise DataError(f"A label is a digit from 0 to 9. Received: {max(edit.relabel.values())}")
    if edit.roll:
        moved = slice(edit.roll_from, count)
        labels[moved] = np.roll(labels[moved], edit.roll)
    labels[list(edit.relabel)] = list(edit.relabel.values())
    inverted = list(edit.invert)
    images[inverted] = 255 - images[inverted]
    if edit.stretch:
        images = _stretched(images)
    kept = np.ones(total, bool)
    kept[list(edit.leave_out)] = False
    training, test = np.flatnonzero(kept[:count]), count + np.flatnonzero(kept[count:])
    if edit.shuffle:
        training = np.random.default_rng(_SEED).permutation(training)
    return replace(
        dataset,
        name=name,
        images=images[training],
        labels=labels[training],
        test_images=images[test],
        test_labels=labels[test],
        notes=(*dataset.notes, f"Changed from “{dataset.name}”: {edit.describe()}."),
    )


def _stretched(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, 50, 50) uint8 with the brightest pixel at 255."""
    table = np.round(np.arange(256) * (255 / max(int(images.max()), 1))).clip(0, 255)
    stretched: NDArray[np.uint8] = table.astype(np.uint8)[images]
    return stretched
