"""From a picture to what the network sees: the one path for training, file and canvas."""

import math
from collections.abc import Sequence
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

_WORKING_SIDE = 144
"""Longer side in pixels of the ink while its pen is measured and changed."""

_THICKEST_PEN = 0.25
"""Widest pen, as a share of a drawing's longer side: 40 pixels in a digit 30 % of the canvas high.
What is wider was filled in, such as a narrow 0; thinned to a line it would be another digit."""

_MARGIN = 1.0
"""Pixels between the ink of a fitted drawing and the edge of the picture."""

_REACH = 2.0
"""Pixels of the result from which bicubic resizing takes a pixel, either way."""

_THIN_END = 0.25
"""Quantile of the local half widths along the middle of the strokes that stands for the pen:
strokes that touch or close a loop make places wider than the pen, nothing makes them thinner."""

_SPOT_ASPECT, _SPOT_FILLED = 0.6, 0.72
"""Least aspect and ink share of a dot's box; a disc fills π/4 of its own."""

_FINER = 4
"""Enlargement of a training image while its pen is measured."""

_MEASURED_STROKES = 200
"""Training images whose pen is measured, some 3 ms each."""


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
    """How the ink of the training images lies, so that a drawing can be made to look alike.

    ``side`` is the median longer side of the ink's bounding box in pixels; ``row`` and ``column``
    the mean centre of the ink's mass in pixels from the top left corner; ``light_ink`` whether
    ink is light on a dark ground; ``stroke`` the median width of the pen in pixels, None for runs
    that were stored before it was measured, whose drawings keep their own; ``ink`` and ``ground``
    the grey levels, 0…255, of full ink and of the ground, both counted from dark to light ink.
    """

    side: float
    row: float
    column: float
    light_ink: bool
    stroke: float | None = None
    ink: float = 255.0
    ground: float = 0.0

    @classmethod
    def measure(cls, images: NDArray[np.uint8]) -> "Framing":
        """Measure ``images`` (N, 50, 50) uint8; blank ones are left out."""
        light = ink_is_light(images)
        sides, rows, columns, inks, grounds, inked = [], [], [], [], [], []
        for image in images[:5000]:
            ink = _as_light_ink(image, light)
            box = _ink_box(ink)
            if box is not None:
                top, bottom, left, right = box
                row, column = _centre_of_mass(ink)
                sides.append(max(bottom - top, right - left))
                rows.append(row)
                columns.append(column)
                inks.append(int(ink.max()))
                grounds.append(float(np.median(ink[[0, -1]])))
                inked.append(ink[top:bottom, left:right])
        if not sides:
            middle = IMAGE_SIZE / 2
            return cls(0.7 * IMAGE_SIZE, middle, middle, light)
        return cls(
            float(np.median(sides)),
            float(np.mean(rows)),
            float(np.mean(columns)),
            light,
            _median_stroke(inked),
            float(np.median(inks)),
            float(np.median(grounds)),
        )

    def apply(self, drawing: NDArray[np.uint8], fitted: bool = True) -> NDArray[np.uint8]:
        """``drawing`` (H, W) uint8, light ink on dark → (50, 50) uint8 as the training images are.

        ``fitted`` brings the ink to the training images' size, place, pen and grey levels, whole
        and inside the picture; otherwise the picture is resized as it is. Raises ``DataError`` if
        there is no ink.
        """
        box = _ink_box(drawing)
        if box is None:
            raise DataError("The picture is empty. Draw a digit first. Received: no ink")
        framed = self._fit(drawing, box) if fitted else resize(drawing, IMAGE_SIZE, IMAGE_SIZE)
        return _as_light_ink(framed, self.light_ink)

    def _fit(self, drawing: NDArray[np.uint8], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
        """Bring the pen's centre line to the training images' size, then the pen to their width."""
        top, bottom, left, right = box
        ink = drawing[top:bottom, left:right]
        enlarged = _WORKING_SIDE / max(ink.shape)
        ink = resize(ink, *(max(1, round(length * enlarged)) for length in ink.shape))
        coverage = np.pad(ink, 1).astype(np.float32) / float(ink.max())  # ground all around
        pen = self.stroke and _stroke_width(coverage)
        if self.stroke and pen:
            pen = min(pen, _WORKING_SIDE * _THICKEST_PEN)
            # Training pixels a working pixel, by the centre line, which no pen makes longer.
            scale = max(self.side - self.stroke, 1.0) / (_WORKING_SIDE - pen)
            coverage = _widen(coverage, (self.stroke / scale - pen) / 2)
        else:
            scale = self.side / _WORKING_SIDE
        return self._shade(self._put(coverage, scale))

    def _put(self, coverage: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
        """Place ``coverage`` (H, W), 0…1, times ``scale`` by its centre of mass: (50, 50), 0…1.

        Where that would cut ink off, the whole is moved back in, and made smaller if it must be.
        """
        rows, columns = (np.flatnonzero((coverage > _INK).any(axis)) for axis in (1, 0))
        longest = max(np.ptp(rows), np.ptp(columns)) + 1
        scale = min(scale, (IMAGE_SIZE - 2 * _MARGIN) / longest)
        window = IMAGE_SIZE / scale
        starts = []
        for inked, mass, wanted in zip(
            (rows, columns), _centre_of_mass(coverage), (self.row, self.column), strict=True
        ):
            start = mass - wanted / scale
            last, first = inked[0] - _MARGIN / scale, inked[-1] + 1 + _MARGIN / scale - window
            starts.append(float(np.clip(start, min(first, last), max(first, last))))
        beyond = max(
            max(-start, start + window - length)
            for start, length in zip(starts, coverage.shape, strict=True)
        )
        room = max(0, math.ceil(beyond)) + math.ceil(_REACH / scale)  # the window lies inside
        top, left = (start + room for start in starts)
        plane = Image.fromarray(np.pad(coverage, room))
        framed = plane.resize(
            (IMAGE_SIZE, IMAGE_SIZE),
            Image.Resampling.BICUBIC,
            (left, top, left + window, top + window),
        )
        return np.asarray(framed).clip(0, 1)

    def _shade(self, coverage: NDArray[np.float32]) -> NDArray[np.uint8]:
        """(50, 50), 0…1 → uint8 with the training images' grey levels."""
        return np.round(self.ground + coverage * (self.ink - self.ground)).astype(np.uint8)

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


def is_dot(drawing: NDArray[np.uint8]) -> bool:
    """Whether the ink of ``drawing`` (H, W) uint8, light on dark, is one filled spot."""
    box = _ink_box(drawing)
    if box is None:
        return False
    top, bottom, left, right = box
    spot = drawing[top:bottom, left:right]
    filled = float((spot > spot.max() / 2).mean())
    return min(spot.shape) > _SPOT_ASPECT * max(spot.shape) and filled > _SPOT_FILLED


def light_on_dark(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A (H, W) uint8 picture of either polarity, found from its border, with its ink light."""
    return _as_light_ink(picture, ink_is_light(picture[None]))


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


def _stroke_width(coverage: NDArray[np.float32]) -> float | None:
    """Width in pixels of the pen that drew ``coverage`` (H, W), 0…1; None if there is no ink.

    Twice the distance to the ground along the ridges of that distance, the strokes' middle.
    """
    from scipy import ndimage  # 30 MB that only a drawing needs

    inside = ndimage.distance_transform_edt(coverage > 0.5)
    ridge = (inside > 0) & (inside >= ndimage.maximum_filter(inside, 3))
    if not ridge.any():
        return None
    return 2 * float(np.quantile(inside[ridge], _THIN_END)) - 1  # from edge to edge, not centres


def _widen(coverage: NDArray[np.float32], by: float) -> NDArray[np.float32]:
    """Move the edges of ``coverage`` (H, W), 0…1, outwards by ``by`` pixels, or in if negative."""
    from scipy import ndimage

    ink = np.pad(coverage, max(0, math.ceil(by))) > 0.5
    if by > 0:
        distance = 0.5 - ndimage.distance_transform_edt(~ink)
        distance[ink] = by
    else:
        distance = ndimage.distance_transform_edt(ink) - 0.5
    widened: NDArray[np.float32] = np.clip(distance + by + 0.5, 0, 1).astype(np.float32)
    return widened


def _median_stroke(inked: Sequence[NDArray[np.uint8]]) -> float | None:
    """Median width of the pen in the pixels of some of ``inked``, (H, W) uint8 each."""
    widths = []
    for ink in inked[:: -(-len(inked) // _MEASURED_STROKES)]:
        enlarged = resize(ink, *(_FINER * length for length in ink.shape))
        coverage = np.pad(enlarged, 1).astype(np.float32) / float(enlarged.max())
        widths.append(_stroke_width(coverage))
    measured = [width / _FINER for width in widths if width]
    return float(np.median(measured)) if measured else None


def _centre_of_mass(image: NDArray[Any]) -> tuple[float, float]:
    """Row and column of the mass of a light-on-dark image, in pixels from its top left corner."""
    mass = image.astype(np.float64)
    total = mass.sum()
    rows = float((mass.sum(1) * (np.arange(image.shape[0]) + 0.5)).sum() / total)
    columns = float((mass.sum(0) * (np.arange(image.shape[1]) + 0.5)).sum() / total)
    return rows, columns
