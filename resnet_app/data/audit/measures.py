"""What is measured of every image, in one pass over all of them."""

from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.dataset import Images

_DEEP = 60
"""Grey levels by which a pixel must be darker than both its neighbours to be a hole in a stroke."""

_EVEN = 8
"""Difference of neighbouring grey levels up to which they count as one surface."""


@dataclass(frozen=True, eq=False)
class Measures:
    """One row an image.

    ``darkest`` and ``brightest`` (N,) uint8 are the extreme pixels; ``dark_ink`` (N,) bool says
    that the ground is light; ``likeness`` (N,) float32 is the correlation of the source's
    neighbouring pixels, -1…1, in the best two of four directions, 0 for one grey level;
    ``mark`` (N,) uint64 is the same for images that are the same pixel by pixel.
    """

    darkest: NDArray[np.uint8]
    brightest: NDArray[np.uint8]
    dark_ink: NDArray[np.bool_]
    likeness: NDArray[np.float32]
    mark: NDArray[np.uint64]

    @classmethod
    def joined(cls, parts: list["Measures"]) -> "Measures":
        """The rows of ``parts``, one after the other."""
        return cls(
            *(np.concatenate([getattr(p, field.name) for p in parts]) for field in fields(cls))
        )

    @property
    def contrast(self) -> NDArray[np.uint8]:
        """(N,) difference of the brightest and the darkest pixel."""
        return self.brightest - self.darkest


def measure(images: Images, source_side: int) -> Measures:
    """Measure (N, 50, 50) uint8 images whose source had ``source_side`` pixels a side."""
    pixels = images.reshape(len(images), -1)  # (N, 2500)
    darkest, brightest = pixels.min(1), pixels.max(1)
    return Measures(
        darkest,
        brightest,
        ink_is_dark(images, darkest, brightest),
        np.sort(alike(images, source_side), axis=1)[:, 2:].mean(1),
        np.array([_mark(image) for image in images], np.uint64),
    )


def _mark(image: NDArray[np.uint8]) -> int:
    # 64 bits: among 70,000 images, two different ones share a mark once in 10 billion sets.
    return int.from_bytes(blake2b(np.ascontiguousarray(image).data, digest_size=8).digest())


def ink_is_dark(
    images: NDArray[Any], darkest: NDArray[Any], brightest: NDArray[Any]
) -> NDArray[np.bool_]:
    """(N,) whether the border, by and large, and most of the picture are light: then ink is dark.

    Of (N, H, W) numbers whose extremes are ``darkest`` and ``brightest`` (N,), all of one dtype.
    Both, because a digit cut out tightly may cover either of the two. Of 8×8 scans, whose ink
    reaches the border, 0.70 of the border or more is ground; of noise, 0.5 and seldom above 0.65.
    """
    middle = darkest + (brightest - darkest) / 2  # (N,)
    light = images > middle[:, None, None].astype(images.dtype)
    border = [light[:, 0], light[:, -1], light[:, :, 0], light[:, :, -1]]
    on_border = np.concatenate(border, axis=1).mean(1)  # (N,)
    dark: NDArray[np.bool_] = (on_border > 0.65) & (light.mean((1, 2)) > 0.5)
    return dark


def measure_surface(images: NDArray[np.int16]) -> dict[str, Any]:
    """How the pixels of (N, H, W) pictures with light ink, 0…255, lie, one number each or two.

    ``holes`` are pixels much darker than both neighbours, per pixel at an edge, along rows and
    along columns: smooth strokes have next to none, wrapped ones as many either way, and rows from
    other images have them along columns alone. ``flat`` is the share of even surface and
    ``flat_spread`` how it differs between images (90 % of them).
    """
    flat = 1 - (np.abs(np.diff(images, axis=2)) > _EVEN).mean((1, 2))  # (N,)
    low, high = np.quantile(flat, (0.05, 0.95))
    return {
        "holes": [_count_holes(images, 2), _count_holes(images, 1)],
        "flat": float(np.median(flat)),
        "flat_spread": float(high - low),
    }


def _count_holes(images: NDArray[np.int16], axis: int) -> float:
    """Holes along ``axis``, per pixel at an edge; mean over images."""
    along = np.moveaxis(images, axis, 2)
    holes = np.minimum(along[:, :, :-2], along[:, :, 2:]) - along[:, :, 1:-1] > _DEEP
    edges = np.abs(np.diff(along, axis=2)) > _EVEN
    return float((holes.sum((1, 2)) / np.maximum(edges.sum((1, 2)), 1)).mean())


def alike(images: NDArray[np.generic], source_side: int) -> NDArray[np.float32]:
    """(N, 4) correlation of (N, 50, 50) images' neighbouring pixels: across, down, two diagonals.

    Neighbours are those of the source, see ``_source_pixels``.
    """
    x = _source_pixels(images, source_side)
    power = np.maximum(np.einsum("nij,nij->n", x, x) / x[0].size, 1e-6)
    pairs = (
        (x[:, :, 1:], x[:, :, :-1]),
        (x[:, 1:], x[:, :-1]),
        (x[:, 1:, 1:], x[:, :-1, :-1]),
        (x[:, 1:, :-1], x[:, :-1, 1:]),
    )
    products = [np.einsum("nij,nij->n", a, b) / a[0].size for a, b in pairs]
    correlation: NDArray[np.float32] = np.stack(products, axis=1) / power[:, None]
    return correlation


def order(images: Images, source_side: int) -> tuple[float, float]:
    """How much more alike neighbouring columns are than any two, and neighbouring rows.

    1: neighbours are the same; 0: no more alike than columns, or rows, drawn by lot. Taken over
    all of (N, 50, 50) ``images``, each with the same weight.
    """
    x = _source_pixels(images, source_side)  # (N, S, S)
    x /= np.maximum(np.sqrt(np.einsum("nij,nij->n", x, x)), 1e-3)[:, None, None]
    return _order_of_rows(x.swapaxes(1, 2)), _order_of_rows(x)


def _order_of_rows(x: NDArray[np.float32]) -> float:
    products = np.tensordot(x, x, axes=((0, 2), (0, 2)))  # (S, S) of row with row
    rows = len(products)
    same = float(np.trace(products)) / rows
    neighbours = float(np.diag(products, 1).mean())
    any_two = float(products.sum() - np.trace(products)) / (rows * (rows - 1))
    return (neighbours - any_two) / max(same - any_two, 1e-6)


def _source_pixels(images: NDArray[np.generic], source_side: int) -> NDArray[np.float32]:
    """(N, 50, 50) → (N, S, S): the pixels of the source, with each image's mean taken off.

    Enlarging makes pixels alike, even those of noise; the source's own tell more. Where the source
    was larger, its pixels are lost, and those of the 50×50 image are taken.
    """
    if source_side < IMAGE_SIZE:
        centres = ((np.arange(source_side) + 0.5) * IMAGE_SIZE / source_side).astype(int)
        images = images[:, centres[:, None], centres]
    x = images.astype(np.float32)
    x -= x.mean((1, 2), keepdims=True)
    return x
