"""From a picture to what the network sees: the one path for training, file and canvas."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_app.config import IMAGE_SIZE
from resnet_app.errors import ConfigError, DataError

_COUNTED_AT_ONCE = 2**20
"""Pixels."""

_INK = 0.2
"""Share of the range above which a pixel counts as ink."""


@dataclass(frozen=True)
class Normalizer:
    """How pixels become the network's input; fitted once on the training images.

    ``kind`` is ``raw`` (0…255 as they are), ``unit`` (divided by 255) or ``standardized`` (minus
    ``mean``, divided by ``deviation``, both over all training pixels in 0…255).
    """

    kind: str
    mean: float
    deviation: float

    @classmethod
    def fit(cls, kind: str, images: NDArray[np.uint8]) -> "Normalizer":
        """Measure mean and deviation of ``images`` (N, 50, 50) uint8.

        Raises ``ConfigError`` for an unknown kind.
        """
        return cls.of_levels(kind, count_levels(images))

    @classmethod
    def of_levels(cls, kind: str, counts: NDArray[np.int64]) -> "Normalizer":
        """The same from ``count_levels``' answer, (256,), where the images are too many to hold.

        Raises ``ConfigError`` for an unknown kind.
        """
        if kind not in ("raw", "unit", "standardized"):
            raise ConfigError(f"Normalization is raw, unit or standardized. Received: {kind}")
        levels = np.arange(256)
        mean = float((counts * levels).sum() / counts.sum())
        variance = float((counts * (levels - mean) ** 2).sum() / counts.sum())
        return cls(kind, mean, max(variance**0.5, 1.0))

    @property
    def scale_and_offset(self) -> tuple[float, float]:
        """``(a, b)`` with input = a · pixel + b."""
        if self.kind == "unit":
            return 1 / 255, 0.0
        if self.kind == "standardized":
            return 1 / self.deviation, -self.mean / self.deviation
        return 1.0, 0.0

    def apply(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, 50, 50) uint8 → (N, 50, 50, 1) float32."""
        scale, offset = self.scale_and_offset
        values = images.astype(np.float32)
        values *= np.float32(scale)
        values += np.float32(offset)
        return values[..., None]

    def describe(self) -> str:
        """One line for the page, with the measured figures."""
        return {
            "raw": "raw pixels, 0…255",
            "unit": "pixels divided by 255, 0…1",
            "standardized": f"minus mean {self.mean:.1f}, divided by deviation "
            f"{self.deviation:.1f}",
        }[self.kind]

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``Normalizer(**values)`` is the way back."""
        return asdict(self)


@dataclass(frozen=True)
class Framing:
    """Where and how large the ink of the training images is, so that a drawing can be put there.

    ``side`` is the median longer side of the ink's bounding box in pixels; ``row`` and ``column``
    the mean centre of the ink's mass in pixels from the top left corner; ``light_ink`` whether
    ink is light on a dark ground.
    """

    side: float
    row: float
    column: float
    light_ink: bool

    @classmethod
    def measure(cls, images: NDArray[np.uint8]) -> "Framing":
        """Measure ``images`` (N, 50, 50) uint8; blank ones are left out."""
        light = ink_is_light(images)
        sides, rows, columns = [], [], []
        for image in images[:5000]:
            ink = _as_light_ink(image, light)
            box = _ink_box(ink)
            if box is not None:
                top, bottom, left, right = box
                row, column = _centre_of_mass(ink)
                sides.append(max(bottom - top, right - left))
                rows.append(row)
                columns.append(column)
        if not sides:
            middle = IMAGE_SIZE / 2
            return cls(0.7 * IMAGE_SIZE, middle, middle, light)
        return cls(float(np.median(sides)), float(np.mean(rows)), float(np.mean(columns)), light)

    def apply(self, drawing: NDArray[np.uint8], fitted: bool = True) -> NDArray[np.uint8]:
        """``drawing`` (H, W) uint8, light ink on dark → (50, 50) uint8 as the training images are.

        ``fitted`` brings the ink to the training images' size and place; otherwise the whole
        picture is resized as it is. Raises ``DataError`` if there is no ink.
        """
        box = _ink_box(drawing)
        if box is None:
            raise DataError("The picture is empty. Draw a digit first. Received: no ink")
        framed = self._fit(drawing, box) if fitted else resize(drawing, IMAGE_SIZE, IMAGE_SIZE)
        return _as_light_ink(framed, self.light_ink)

    def apply_to_file(self, picture: NDArray[np.uint8], fitted: bool = True) -> NDArray[np.uint8]:
        """As ``apply``, for a (H, W) picture of either polarity, found from its border."""
        return self.apply(_as_light_ink(picture, ink_is_light(picture[None])), fitted)

    def _fit(self, drawing: NDArray[np.uint8], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
        top, bottom, left, right = box
        ink = drawing[top:bottom, left:right]
        scale = self.side / max(ink.shape)
        height, width = (max(1, round(length * scale)) for length in ink.shape)
        small = resize(ink, height, width)
        row, column = _centre_of_mass(small)
        canvas = np.zeros((3 * IMAGE_SIZE, 3 * IMAGE_SIZE), np.uint8)  # room on all sides
        down = int(np.clip(round(IMAGE_SIZE + self.row - row), 0, 3 * IMAGE_SIZE - height))
        across = int(np.clip(round(IMAGE_SIZE + self.column - column), 0, 3 * IMAGE_SIZE - width))
        canvas[down : down + height, across : across + width] = small
        return canvas[IMAGE_SIZE : 2 * IMAGE_SIZE, IMAGE_SIZE : 2 * IMAGE_SIZE]

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``Framing(**values)`` is the way back."""
        return asdict(self)


def count_levels(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(256,) number of pixels of each grey level in ``images``, uint8 of any shape."""
    pixels = images.reshape(-1)
    counts = np.zeros(256, np.int64)
    for start in range(0, pixels.size, _COUNTED_AT_ONCE):  # bincount makes an int64 copy
        counts += np.bincount(pixels[start : start + _COUNTED_AT_ONCE], minlength=256)
    return counts


def resize(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """(H, W) uint8 → (height, width) uint8, antialiased; the same size comes back unchanged."""
    if image.shape == (height, width):
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


def _as_light_ink(image: NDArray[np.uint8], light: bool) -> NDArray[np.uint8]:
    """``image`` itself, or its negative if ``light`` is false; its own inverse."""
    return image if light else 255 - image


def ink_is_light(images: NDArray[np.uint8]) -> bool:
    """Whether the ground, judged by the border's median over (N, H, W) images, is dark."""
    border = np.concatenate(
        [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1
    )
    return float(np.median(border)) < 128


def _ink_box(image: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """Top, bottom, left, right (ends exclusive) of the ink of a light-on-dark image."""
    strongest = int(image.max())
    if strongest < 255 * _INK:
        return None
    ink = image > strongest * _INK
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _centre_of_mass(image: NDArray[np.uint8]) -> tuple[float, float]:
    """Row and column of the mass of a light-on-dark image, in pixels from its top left corner."""
    mass = image.astype(np.float64)
    total = mass.sum()
    rows = float((mass.sum(1) * (np.arange(image.shape[0]) + 0.5)).sum() / total)
    columns = float((mass.sum(0) * (np.arange(image.shape[1]) + 0.5)).sum() / total)
    return rows, columns
