"""``.npz`` files from anybody: size, then header, then allocation, then data."""

import io
import math
import struct
import tokenize
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES, MAX_ARRAY_BYTES, MAX_IMAGES, MAX_UPLOAD_BYTES
from resnet_app.data.dataset import Dataset, Images, Labels
from resnet_app.data.resize import to_model_size
from resnet_app.errors import DataError, LimitError

_MAX_MEMBERS = 64
_MIN_SIDE, _MAX_SIDE = 4, 1000
_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601
_CHUNK = 2048

_TRAINING_KEYS = (
    ("x_train", "y_train"),
    ("train_images", "train_labels"),
    ("training_images", "training_labels"),
    ("images", "labels"),
    ("x", "y"),
    ("data", "target"),
    ("data", "labels"),
    ("arr_0", "arr_1"),
)
_TEST_KEYS = (("x_test", "y_test"), ("test_images", "test_labels"), ("arr_2", "arr_3"))

Array = NDArray[Any]

_DAMAGE = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, zlib.error, struct.error),
    *(NotImplementedError, RuntimeError),  # unknown compression, encryption
    *(SyntaxError, tokenize.TokenError, MemoryError),  # numpy's parsing of a header
)
"""What zipfile and numpy raise on damaged files; found by flipping bits."""


def read_npz(data: bytes, name: str) -> Dataset:
    """A checked ``Dataset`` from the bytes of an ``.npz`` file; ``name`` is only shown.

    Images are N×H×W, N×H×W×1, N×H×W×3 or N×H×W×4, numbers in 0…255 or 0…1; labels are whole
    numbers 0 to 9, (N,), (N, 1) or one-hot (N, 10). Raises ``LimitError`` if something is too
    large, ``DataError`` for anything else that cannot be used. Nothing is ever unpickled.
    """
    if not data:
        raise DataError("The file is empty. Choose another file. Received: 0 bytes")
    if len(data) > MAX_UPLOAD_BYTES:
        raise LimitError(
            f"A file may have at most {MAX_UPLOAD_BYTES // 2**20} MiB. Keep fewer images. "
            f"Received: {len(data) / 2**20:.0f} MiB"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            arrays = _read_arrays(archive)
    except zipfile.BadZipFile:
        raise DataError(
            "This is not an .npz file, or it was cut off on its way. Save it again with "
            f"numpy.savez_compressed. Received: {_shown(name)}, beginning with {data[:8]!r}"
        ) from None
    except _DAMAGE as error:
        raise _damaged(error) from error
    return _assemble(arrays, name)


def _damaged(error: BaseException) -> DataError:
    reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return DataError(
        "The file is damaged or packed in a way that cannot be read. Save it again with "
        f"numpy.savez_compressed. Received: {reason}"
    )


def _shown(name: str) -> str:
    """A file name as harmless text."""
    return "".join(c for c in name if c.isprintable())[:80]


def _read_arrays(archive: zipfile.ZipFile) -> dict[str, Array]:
    """All arrays, lower-case name → array, after every header has been found harmless."""
    members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
    if not members or len(members) > _MAX_MEMBERS:
        raise DataError(
            f"The file should hold 2 to {_MAX_MEMBERS} arrays, images and labels. "
            f"Received: {len(members)}"
        )
    headers = {info.filename: _read_header(archive, info) for info in members}
    total = sum(math.prod(shape) * dtype.itemsize for shape, dtype in headers.values())
    if total > MAX_ARRAY_BYTES:
        raise LimitError(
            f"The arrays would take more than {MAX_ARRAY_BYTES // 2**30} GiB of memory. Save "
            f"them as uint8 and keep fewer images. Received: {total / 2**30:.1f} GiB"
        )
    arrays = {}
    for info in members:
        with archive.open(info) as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
        arrays[info.filename.removesuffix(".npy").lower()] = array
    return arrays


def _read_header(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo
) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype that a member declares; its data is not touched."""
    with archive.open(info) as file:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        else:
            shape, _, dtype = np.lib.format.read_array_header_2_0(file)
        begun = file.tell()
    if dtype.hasobject:
        raise DataError(
            "The file holds pickled Python objects, which could run code, so they are never "
            "opened. Save plain numbers: numpy.savez_compressed(file, x=images, y=labels). "
            f"Received: {_shown(info.filename)} of type {dtype}"
        )
    declared = math.prod(shape) * dtype.itemsize
    if declared > MAX_ARRAY_BYTES:
        raise LimitError(
            f"An array may take at most {MAX_ARRAY_BYTES // 2**30} GiB. Save fewer images, as "
            f"uint8. Received: {_shown(info.filename)} declares {declared / 2**30:.1f} GiB"
        )
    if any(length < 0 for length in shape) or declared != info.file_size - begun:
        raise DataError(
            "An array's header does not fit its data, so the file is damaged. Save it again. "
            f"Received: {_shown(info.filename)} declares {declared:,} bytes of "
            f"{info.file_size - begun:,}"
        )
    return shape, dtype


def _assemble(arrays: dict[str, Array], name: str) -> Dataset:
    notes: list[str] = []
    found = [pair for pair in _TRAINING_KEYS if all(key in arrays for key in pair)]
    tests = [pair for pair in _TEST_KEYS if all(key in arrays for key in pair)]
    if found:
        pair = found[0]
    elif tests:
        pair = tests.pop(0)
        notes.append(f"Only {pair[0]} and {pair[1]} were there; they are used as all the data.")
    else:
        pair = _guess_pair(arrays)
        notes.append(f"Used {_shown(pair[0])} as images and {_shown(pair[1])} as labels.")
    images, labels = _read_pair(arrays, pair, notes)
    if not tests:
        return Dataset(_shown(name), images, labels, notes=tuple(notes))
    test_images, test_labels = _read_pair(arrays, tests[0], notes)
    return Dataset(
        _shown(name), images, labels, test_images, test_labels, tuple(dict.fromkeys(notes))
    )


def _guess_pair(arrays: dict[str, Array]) -> tuple[str, str]:
    """Names of the only array that can hold images and the only one that can hold labels."""
    images = [name for name, array in arrays.items() if array.ndim >= 3]
    labels = [name for name, array in arrays.items() if array.ndim in (1, 2)]
    if len(images) == 1 and len(labels) == 1:
        return images[0], labels[0]
    listed = ", ".join(f"{_shown(key)} {array.shape}" for key, array in arrays.items())
    missing = "labels are missing" if images and not labels else "names are not known"
    raise DataError(
        f"Images and labels cannot be told apart: their {missing}. Name the arrays x and y: "
        f"numpy.savez_compressed(file, x=images, y=labels). Received: {listed[:300]}"
    )


def _read_pair(
    arrays: dict[str, Array], pair: tuple[str, str], notes: list[str]
) -> tuple[Images, Labels]:
    images, labels = arrays[pair[0]], arrays[pair[1]]
    plain = _plain_labels(labels, notes)
    if not plain.size or not images.size:
        raise DataError(
            "There are no images in this file. Choose another file. "
            f"Received: {images.shape} images and {labels.shape} labels"
        )
    if images.ndim < 3 or len(images) != len(plain):
        raise DataError(
            "Images must be N×H×W and every image needs one label. Check that they were saved "
            f"together. Received: {images.shape} images and {labels.shape} labels"
        )
    if len(images) > MAX_IMAGES:
        raise LimitError(
            f"A data set may have at most {MAX_IMAGES:,} images. Keep fewer. "
            f"Received: {len(images):,}"
        )
    return _grey_images(images, notes), plain


def _plain_labels(labels: Array, notes: list[str]) -> Labels:
    """Labels of any accepted form → (N,) uint8 in 0…9."""
    if labels.dtype.kind not in "biuf":
        raise DataError(
            "Labels must be the digits 0 to 9 as whole numbers. Map them before saving. "
            f"Received: labels of type {labels.dtype}"
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        bad = int((~np.isfinite(labels)).sum())
        raise DataError(
            "Some labels are not numbers (NaN or infinite). Remove these images and save again. "
            f"Received: {bad:,} such labels"
        )
    if labels.ndim == 2 and labels.shape[1] > 1:
        if not (((labels == 0) | (labels == 1)).all() and (labels.sum(1) == 1).all()):
            raise DataError(
                "Labels with several columns must be one-hot: a single 1 in each row. "
                f"Received: labels of shape {labels.shape}"
            )
        notes.append("One-hot labels were read as digits.")
        labels = labels.argmax(1)
    elif labels.ndim == 2:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(f"Labels must be one digit per image. Received: shape {labels.shape}")
    if labels.size and (labels != np.round(labels)).any():
        raise DataError(
            "Labels must be whole numbers 0 to 9; perhaps they were scaled with the pixels. "
            f"Received: a label {float(labels[labels != np.round(labels)][0]):g}"
        )
    if labels.size and not (labels.min() >= 0 and labels.max() < CLASSES):
        count = len(np.unique(labels))
        raise DataError(
            f"Labels must be 0 to 9. Leave the other classes out or map them. Received: {count} "
            f"classes from {labels.min():g} to {labels.max():g}"
        )
    return labels.astype(np.uint8)


def _grey_images(images: Array, notes: list[str]) -> Images:
    """Images of any accepted form → (N, 50, 50) uint8."""
    colours = images.shape[3] if images.ndim == 4 else 1
    height, width = images.shape[1:3]
    if images.ndim > 4 or colours not in (1, 3, 4) or images.dtype.kind not in "biuf":
        raise DataError(
            "Images must be N×H×W, N×H×W×1 or N×H×W×3 numbers. "
            f"Received: shape {images.shape}, type {images.dtype}"
        )
    if not all(_MIN_SIDE <= side <= _MAX_SIDE for side in (height, width)):
        raise DataError(
            f"Images must be {_MIN_SIDE} to {_MAX_SIDE} pixels high and wide. "
            f"Received: {height}×{width}"
        )
    scale = _scale_of(images, notes)
    if colours > 1:
        notes.append("Colour was turned into grey by luminance.")
    if (height, width) != (50, 50):
        notes.append(f"Resized from {height}×{width} to 50×50.")
    return np.concatenate(
        [
            to_model_size(_to_grey(images[start : start + _CHUNK], scale))
            for start in range(0, len(images), _CHUNK)  # no float copy of everything at once
        ]
    )


def _scale_of(images: Array, notes: list[str]) -> float:
    """Factor that brings the pixels to 0…255."""
    if images.dtype.kind == "f":
        bad = sum(int((~np.isfinite(part)).any()) for part in images)
        if bad:
            raise DataError(
                "Some pixels are not numbers (NaN or infinite). Remove or repair these images and "
                f"save again. Received: {bad:,} such images"
            )
    low, high = float(images.min()), float(images.max())
    if low < 0 or high > 255:
        raise DataError(
            "Pixels must be 0 to 255 or 0 to 1. Scale them before saving. "
            f"Received: {low:g} to {high:g}"
        )
    if images.dtype.kind in "fb" and high <= 1:
        notes.append("Pixels from 0 to 1 were multiplied by 255.")
        return 255.0
    return 1.0


def _to_grey(images: Array, scale: float) -> NDArray[np.uint8]:
    """(B, H, W[, C]) numbers → (B, H, W) uint8."""
    if images.ndim == 4:
        images = images[..., 0] if images.shape[3] == 1 else images[..., :3] @ np.array(_LUMINANCE)
    if images.dtype == np.uint8:
        return images
    return np.round(images.astype(np.float64) * scale).clip(0, 255).astype(np.uint8)
