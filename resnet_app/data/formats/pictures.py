"""A picture file → grey pixels, whatever its format, mode, size and orientation."""

import io
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.resize import fit
from resnet_app.data.source import shown
from resnet_app.errors import DataError, LimitError

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""What Pillow may open; some of its other formats start programs or are rarely tested."""

_JPEG = ("JPEG", "MPO")  # MPO: several photos in one file, of which the first is read

MAX_JPEG_PIXELS, MAX_PICTURE_PIXELS = 50_000_000, 25_000_000
"""Height times width of the largest photo, which is decoded in reduced size, and of the largest
picture of another format, which takes up to 22 bytes a pixel on the way."""

_DRAFT_SIDE = 4 * IMAGE_SIZE
"""Shorter side in pixels that a JPEG keeps at least when it is decoded in reduced size."""

_OPAQUE = 128
_ONE_INK = 96
"""Spread of brightness below which all opaque pixels count as ink, none as paper."""

_DEPTHS = (255, 4095, 65535)
"""Largest values of 8, 12 and 16 bits."""

_CHUNK_PIXELS = 2**20

warnings.filterwarnings("ignore", module="PIL")  # of odd files; what cannot be read raises

Grey = NDArray[np.uint8]
"""(H, W) uint8, 0…255."""


@dataclass(frozen=True)
class Picture:
    """A picture file, not yet decoded. ``name`` has its folders; ``read`` gives its bytes."""

    name: str
    read: Callable[[], bytes]


def decode_picture(data: bytes, name: str) -> tuple[Grey, tuple[int, int]]:
    """The picture in ``data`` as (50, 50) uint8, padded and antialiased, and its (height, width).

    ``name`` is only shown. Raises ``DataError`` or ``LimitError`` as ``open_picture`` does.
    """
    grey, size = _decode(data, name, reduced=True)
    return fit(grey), size


def open_picture(data: bytes, name: str) -> Grey:
    """The picture in ``data`` as (H, W) uint8 luminance, upright as its EXIF data says.

    Transparent parts take a ground that the ink stands out from; 16-bit and float pixels are
    scaled by their range. Raises ``LimitError`` for more than 25 megapixels, or 50 in a JPEG,
    judged by the header alone, and ``DataError`` for what is no picture or damaged. ``name`` is
    only shown.
    """
    return _decode(data, name, reduced=False)[0]


def _decode(data: bytes, name: str, reduced: bool) -> tuple[Grey, tuple[int, int]]:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
            most = MAX_JPEG_PIXELS if picture.format in _JPEG else MAX_PICTURE_PIXELS
            if height * width > most:
                raise _too_large(name, f"{height}×{width} pixels")
            # A JPEG decodes its brightness alone, and at 1/2, 1/4 or 1/8 of its size.
            picture.draft("L", (_DRAFT_SIDE, _DRAFT_SIDE) if reduced else None)
            turned = _turn_upright(picture)
            return _grey(picture), (width, height) if turned else (height, width)
    except Image.DecompressionBombError as error:
        raise _too_large(name, str(error)) from error
    except (LimitError, MemoryError):
        raise
    except Exception as error:  # Pillow raises nearly anything on damaged files
        raise DataError(
            "This file is not a picture that can be read, or it is damaged "
            f"({shown(error) or type(error).__name__}). Save it again as PNG or JPEG. "
            f"Received: {shown(name)}"
        ) from error


def _too_large(name: str, size: str) -> LimitError:
    return LimitError(
        f"A picture may have at most {MAX_PICTURE_PIXELS // 10**6} megapixels, or "
        f"{MAX_JPEG_PIXELS // 10**6} as JPEG. Make it smaller. "
        f"Received: {shown(name)}, {shown(size)}"
    )


def _turn_upright(picture: Image.Image) -> bool:
    """Load ``picture`` and turn it as its EXIF data says; whether height and width changed."""
    picture.load()
    size = picture.size
    with suppress(Exception):  # whatever is wrong with the EXIF data, the pixels are good
        ImageOps.exif_transpose(picture, in_place=True)
    return picture.size != size


def _grey(picture: Image.Image) -> Grey:
    """A loaded picture of any mode → (H, W) uint8."""
    if picture.mode == "F" or picture.mode.startswith("I"):
        return _scale_down(np.asarray(picture))
    if picture.has_transparency_data:
        return _on_ground(picture.convert("RGBA"))
    if picture.mode not in ("1", "L", "P"):
        picture = picture.convert("RGB")
    return np.asarray(picture.convert("L"))


def _scale_down(values: NDArray[np.generic]) -> Grey:
    """(H, W) integers of more than 8 bits, or floats → (H, W) uint8, by the range they use."""
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise ValueError("some pixels are not numbers")
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= _DEPTHS[-1]:
        low, high = 0.0, next(depth for depth in _DEPTHS if high <= depth)
    factor = 255 / (high - low) if high > low else 0.0
    grey = np.empty(values.shape, np.uint8)
    step = max(1, _CHUNK_PIXELS // values.shape[1])  # no float copy of everything
    for row in range(0, len(values), step):
        block = values[row : row + step].astype(np.float64)
        grey[row : row + step] = np.round((block - low) * factor)
    return grey


def _on_ground(rgba: Image.Image) -> Grey:
    """An RGBA picture → (H, W) uint8, its transparent parts filled with a fitting brightness.

    Where all that is opaque is of one brightness, that is ink, and the ground contrasts with it:
    a shape told by transparency alone must not vanish. Otherwise the opaque part has its own
    paper, and the ground continues that.
    """
    grey, alpha = rgba.convert("L"), rgba.getchannel("A")
    strongest = int(np.asarray(alpha).max())
    if strongest == 0:  # written by a program that forgot about transparency
        return np.asarray(grey)
    opaque = alpha.point([255 * (level >= min(_OPAQUE, strongest)) for level in range(256)])
    below = np.cumsum(grey.histogram(opaque))  # (256,) opaque pixels up to each brightness
    low, middle, high = np.searchsorted(below, below[-1] * np.array([0.02, 0.5, 0.98]))
    ground = middle if high - low >= _ONE_INK else 255 * (middle < 128)
    filled = Image.new("L", grey.size, int(ground))
    filled.paste(grey, mask=alpha)
    return np.asarray(filled)
