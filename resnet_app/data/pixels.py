"""Pixels of any usual scale, size, colour and polarity → 50×50 uint8."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import IMAGE_SIZE, MAX_IMAGES
from resnet_app.data.dataset import Images
from resnet_app.data.resize import to_model_size
from resnet_app.data.source import Array, Progress
from resnet_app.errors import DataError, LimitError

MIN_SIDE, MAX_SIDE = 4, 1000
"""Smallest and largest height and width in pixels of an image in an array."""

_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601
_DIM = 64
_SIXTEEN_BITS = 2**16 - 1
_CHUNK_PIXELS = 2**22
"""Pixels converted at once, so that no float copy of everything is ever made."""


@dataclass(frozen=True)
class Scale:
    """``factor`` · pixel + ``offset`` is in 0…255; ``note`` says so, where it is worth saying."""

    factor: float
    offset: float
    note: str | None = None


def check_images(images: Array) -> None:
    """Raise ``DataError`` or ``LimitError`` unless these are (N, H, W[, 1, 3 or 4]) numbers."""
    colours = images.shape[3] if images.ndim == 4 else 1
    if images.ndim not in (3, 4) or colours not in (1, 3, 4) or images.dtype.kind not in "biuf":
        raise DataError(
            "Images must be N×H×W, N×H×W×1 or N×H×W×3 numbers. Reshape them before saving. "
            f"Received: shape {images.shape}, type {images.dtype}"
        )
    if not images.size:
        raise DataError(
            "There are no images in this file. Choose another file. "
            f"Received: images of shape {images.shape}"
        )
    height, width = images.shape[1:3]
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in (height, width)):
        raise DataError(
            f"Images must be {MIN_SIDE} to {MAX_SIDE} pixels high and wide. "
            f"Received: {height}×{width}"
        )
    if len(images) > MAX_IMAGES:
        raise LimitError(
            f"A data set may have at most {MAX_IMAGES:,} images. Keep fewer. "
            f"Received: {len(images):,}"
        )


def find_scale(parts: list[Array]) -> Scale:
    """The one scale of all ``parts``, each (N, H, W[, C]) numbers.

    Raises ``DataError`` for NaN, infinity, a single value throughout, or an unknown range.
    """
    colour = [part[..., :3] if part.ndim == 4 and part.shape[3] == 4 else part for part in parts]
    for part in colour:
        _refuse_missing(part)
    low = min(float(part.min()) for part in colour)
    high = max(float(part.max()) for part in colour)
    if low == high:
        raise DataError(
            "All pixels of all images have the same value, so there is nothing to see. Check how "
            f"the images were saved. Received: only {low:g}"
        )
    if low >= 0 and high <= 1:
        return Scale(255.0, 0.0, "Pixels from 0 to 1 were multiplied by 255.")
    if low >= -1 and high <= 1:
        return Scale(127.5, 127.5, "Pixels from -1 to 1 were brought to 0 to 255.")
    if low >= 0 and high > 4095 and high <= _SIXTEEN_BITS and parts[0].dtype.kind in "iu":
        return Scale(
            255 / _SIXTEEN_BITS, 0.0, "16-bit pixels, 0 to 65,535, were brought to 0 to 255."
        )
    if low < 0 or high > 255:
        raise DataError(
            "Pixels must be 0 to 255, 0 to 1, -1 to 1 or 16-bit. Scale them before saving. "
            f"Received: {low:g} to {high:g}"
        )
    dark = f"The images are dark: the brightest pixel is {high:g} of 255." if high < _DIM else None
    return Scale(1.0, 0.0, dark)


def _refuse_missing(images: Array) -> None:
    if images.dtype.kind != "f":
        return
    bad = sum(int((~np.isfinite(part)).any()) for part in images)
    if bad:
        raise DataError(
            "Some pixels are not numbers (NaN or infinite). Remove or repair these images and "
            f"save again. Received: {bad:,} such images"
        )


def to_images(
    images: Array, scale: Scale, indices: NDArray[np.int64], transpose: bool, progress: Progress
) -> Images:
    """The images at ``indices`` of (N, H, W[, C]) numbers as (len(indices), 50, 50) uint8."""
    height, width = images.shape[1:3]
    step = max(1, _CHUNK_PIXELS // (height * width))
    result = np.empty((len(indices), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for start in range(0, len(indices), step):
        progress(start / len(indices), "Bringing the images to 50×50 pixels")
        part = _to_grey(images[indices[start : start + step]], scale)  # (B, H, W) uint8
        part = part.swapaxes(1, 2) if transpose else part
        result[start : start + step] = to_model_size(np.ascontiguousarray(part))
    return result


def _to_grey(images: Array, scale: Scale) -> NDArray[np.uint8]:
    """(B, H, W[, C]) numbers → (B, H, W) uint8."""
    if images.ndim == 4:
        images = images[..., 0] if images.shape[3] == 1 else images[..., :3] @ np.array(_LUMINANCE)
    if images.dtype == np.uint8 and scale.factor == 1:
        return images
    wide = images.astype(np.float64) * scale.factor + scale.offset
    return np.round(wide).clip(0, 255).astype(np.uint8)
