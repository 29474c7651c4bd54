"""``.npz`` files from anybody: size, zip directory, headers, and only then the data."""

import io
import math
import struct
import tokenize
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import (
    CLASSES,
    IMAGE_SIZE,
    MAX_ARRAY_BYTES,
    MAX_IMAGES,
    MAX_UPLOAD_BYTES,
)
from resnet_app.data.dataset import Dataset, Images, Labels
from resnet_app.data.resize import to_model_size
from resnet_app.errors import DataError, LimitError

_MAX_MEMBERS = 64
_MAX_HEADER_BYTES = 2**14
_MAX_RATIO = 500
_RATIO_MATTERS_FROM = 100 * 2**20
"""Below this size, in bytes, even a file of nothing but zeros is harmless."""
_MIN_SIDE, _MAX_SIDE = 4, 1000
_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601
_DIM = 64
_CHUNK_PIXELS = 2**22
"""Pixels converted at once, so that no float copy of everything is ever made."""

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
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(OSError, EOFError, ValueError, KeyError, TypeError, OverflowError),
    *(NotImplementedError, RuntimeError),  # unknown compression, encryption
    *(SyntaxError, tokenize.TokenError, MemoryError),  # numpy's parsing of a header
)
"""What zipfile and numpy raise on damaged files; found by flipping bits."""


def read_npz(data: bytes, name: str) -> Dataset:
    """A checked ``Dataset`` from the bytes of an ``.npz`` file; ``name`` is only shown.

    Images are N×H×W, N×H×W×1, N×1×H×W, N×H×W×3, N×H×W×4 or N×k², numbers in 0…255, 0…1 or
    -1…1; labels are whole numbers 0 to 9, (N,), (N, 1) or one-hot (N, 10). Raises ``LimitError``
    if something is too large, ``DataError`` for anything else that cannot be used. Nothing is
    ever unpickled.
    """
    if not data:
        raise DataError("The file is empty. Choose another file. Received: 0 bytes")
    if len(data) > MAX_UPLOAD_BYTES:
        raise LimitError(
            f"A file may have at most {MAX_UPLOAD_BYTES // 2**20} MiB. Keep fewer images. "
            f"Received: {len(data) / 2**20:.0f} MiB"
        )
    try:
        with _open_archive(data, name) as archive:
            arrays = _read_arrays(archive)
    except _DAMAGE as error:
        raise _damaged(error) from error
    return _assemble(arrays, name)


def _open_archive(data: bytes, name: str) -> zipfile.ZipFile:
    # zipfile builds an object for every entry before anyone can count them; each entry begins
    # with this signature, and chance puts very few into compressed data.
    entries = data.count(b"PK\x01\x02")
    if entries > 10 * _MAX_MEMBERS:
        raise _wrong_member_count(entries)
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        raise DataError(
            "This is not an .npz file, or it was cut off on its way. Save it again with "
            f"numpy.savez_compressed. Received: {_shown(name)}, beginning with {data[:8]!r}"
        ) from None


def _damaged(error: BaseException) -> DataError:
    return DataError(
        "The file is damaged or packed in a way that cannot be read. Save it again with "
        f"numpy.savez_compressed. Received: {_shown(error) or type(error).__name__}"
    )


def _wrong_member_count(count: int) -> DataError:
    return DataError(
        f"The file should hold 2 to {_MAX_MEMBERS} arrays, images and labels. Received: {count:,}"
    )


def _shown(value: object) -> str:
    """Somebody else's text as one short harmless line."""
    return "".join(c for c in str(value)[:1000] if c.isprintable())[:120]


def _read_arrays(archive: zipfile.ZipFile) -> dict[str, Array]:
    """All arrays, lower-case name → array, after every header has been found harmless."""
    members = _listed_members(archive)
    for info in members.values():
        _check_header(archive, info)
    arrays = {}
    for key, info in members.items():
        with archive.open(info) as file:
            arrays[key] = np.lib.format.read_array(file, allow_pickle=False)
    return arrays


def _listed_members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Lower-case name → entry of the arrays, judged by the zip directory alone."""
    entries = archive.infolist()
    listed = [info for info in entries if info.filename.lower().endswith(".npy")]
    if not listed or len(entries) > _MAX_MEMBERS:
        raise _wrong_member_count(len(listed) if not listed else len(entries))
    total, packed = (sum(sizes) for sizes in zip(*map(_sizes, listed), strict=True))
    if total > MAX_ARRAY_BYTES:
        raise LimitError(
            f"The arrays would take more than {MAX_ARRAY_BYTES // 2**30} GiB of memory. Save "
            f"them as uint8 and keep fewer images. Received: {total / 2**30:.1f} GiB"
        )
    if total > max(_RATIO_MATTERS_FROM, _MAX_RATIO * packed):
        raise LimitError(
            "The file would unpack to far more than images do, so it was not opened. Save fewer "
            f"or smaller images. Received: {packed:,} bytes that become {total:,}"
        )
    members = {info.filename[: -len(".npy")].lower(): info for info in listed}
    if len(members) < len(listed):
        raise DataError(
            "Two arrays in the file have the same name, so it is not clear which to take. Save "
            f"each once. Received: {_shown(', '.join(info.filename for info in listed))}"
        )
    return members


def _sizes(info: zipfile.ZipInfo) -> tuple[int, int]:
    """Declared bytes of an entry, unpacked and packed."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError(f"compression {info.compress_type} of {info.filename}")
    if info.flag_bits & 1:
        raise NotImplementedError(f"{info.filename} is encrypted")
    return info.file_size, info.compress_size


def _check_header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """Refuse an array by what its header declares; its data is not touched."""
    with archive.open(info) as member:
        file = io.BytesIO(member.read(_MAX_HEADER_BYTES))  # a header may claim to be 4 GiB long
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    if dtype.hasobject:
        raise DataError(
            "The file holds pickled Python objects, which could run code, so they are never "
            "opened. Save plain numbers: numpy.savez_compressed(file, x=images, y=labels). "
            f"Received: {_shown(info.filename)} of type {_shown(dtype)}"
        )
    if dtype.kind == "V":
        raise DataError(
            "The file holds a table with named columns, not plain numbers. Save images and labels "
            f"as two arrays. Received: {_shown(info.filename)} of type {_shown(dtype)}"
        )
    _check_declared(shape, dtype, info, info.file_size - file.tell())


def _check_declared(
    shape: tuple[int, ...], dtype: np.dtype[Any], info: zipfile.ZipInfo, held: int
) -> None:
    """Refuse a shape that is absurd or needs other than the ``held`` bytes that are there."""
    if any(not 0 <= length < 2**63 for length in shape):
        raise DataError(
            "An array's header declares an impossible shape, so the file is damaged. Save it "
            f"again. Received: {_shown(info.filename)} of shape {_shown(shape)}"
        )
    declared = math.prod(shape) * dtype.itemsize
    if declared > MAX_ARRAY_BYTES:
        raise LimitError(
            f"An array may take at most {MAX_ARRAY_BYTES // 2**30} GiB. Save fewer images, as "
            f"uint8. Received: {_shown(info.filename)} declares {declared / 2**30:.1f} GiB"
        )
    if declared != held:
        raise DataError(
            "An array's header does not fit its data, so the file is damaged. Save it again. "
            f"Received: {_shown(info.filename)} declares {declared:,} bytes of {held:,}"
        )


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
    images = [name for name, array in arrays.items() if _images_fit(array)]
    labels = [name for name, array in arrays.items() if _labels_fit(array)]
    if len(images) == 1 and len(labels) == 1:
        return images[0], labels[0]
    listed = ", ".join(f"{key} {array.shape}" for key, array in arrays.items())
    missing = "labels are missing" if images and not labels else "names are not known"
    raise DataError(
        f"Images and labels cannot be told apart: their {missing}. Name the arrays x and y: "
        f"numpy.savez_compressed(file, x=images, y=labels). Received: {_shown(listed)}"
    )


def _images_fit(array: Array) -> bool:
    return array.ndim in (3, 4) or (array.ndim == 2 and _side_of_flat(array) >= _MIN_SIDE)


def _labels_fit(array: Array) -> bool:
    return array.ndim == 1 or (array.ndim == 2 and array.shape[1] in (1, CLASSES))


def _side_of_flat(images: Array) -> int:
    """k of (N, k²) images, 0 if the rows are not square pictures."""
    side = math.isqrt(images.shape[1])
    return side if side * side == images.shape[1] else 0


def _read_pair(
    arrays: dict[str, Array], pair: tuple[str, str], notes: list[str]
) -> tuple[Images, Labels]:
    images, labels = _shaped(arrays[pair[0]], notes), arrays[pair[1]]
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


def _shaped(images: Array, notes: list[str]) -> Array:
    """Flat rows (N, k²) and channels first (N, 1, H, W) as (N, H, W); anything else unchanged."""
    if images.ndim == 2 and _side_of_flat(images) >= _MIN_SIDE:
        side = _side_of_flat(images)
        notes.append(f"Rows of {side * side} numbers were read as {side}×{side} images.")
        return images.reshape(-1, side, side)
    if images.ndim == 4 and images.shape[1] == 1 < images.shape[2]:
        return images[:, 0]
    return images


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
    if labels.ndim == 2:
        labels = labels[:, 0] if labels.shape[1] == 1 else _digits_of_one_hot(labels, notes)
    if labels.ndim != 1:
        raise DataError(f"Labels must be one digit per image. Received: shape {labels.shape}")
    return _checked_digits(labels)


def _digits_of_one_hot(labels: Array, notes: list[str]) -> Array:
    columns = labels.shape[1]
    if columns != CLASSES or not (
        ((labels == 0) | (labels == 1)).all() and (labels.sum(1) == 1).all()
    ):
        raise DataError(
            f"Labels with several columns must be one-hot: {CLASSES} columns, a single 1 in each "
            f"row. Save one digit per image instead. Received: labels of shape {labels.shape}"
        )
    notes.append("One-hot labels were read as digits.")
    digits: Array = labels.argmax(1)
    return digits


def _checked_digits(labels: Array) -> Labels:
    """(N,) finite numbers → (N,) uint8 in 0…9."""
    if labels.dtype.kind == "f" and (labels != np.round(labels)).any():
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
            "Images must be N×H×W, N×H×W×1 or N×H×W×3 numbers. Reshape them before saving. "
            f"Received: shape {images.shape}, type {images.dtype}"
        )
    if not all(_MIN_SIDE <= side <= _MAX_SIDE for side in (height, width)):
        raise DataError(
            f"Images must be {_MIN_SIDE} to {_MAX_SIDE} pixels high and wide. "
            f"Received: {height}×{width}"
        )
    scale, offset = _scale_of(images[..., :3] if colours == 4 else images, notes)
    if colours > 1:
        notes.append("Colour was turned into grey by luminance.")
    if colours == 4:
        notes.append("Transparency was left out.")
    if (height, width) != (IMAGE_SIZE, IMAGE_SIZE):
        notes.append(f"Resized from {height}×{width} to {IMAGE_SIZE}×{IMAGE_SIZE}.")
    step = max(1, _CHUNK_PIXELS // (height * width))
    grey = np.empty((len(images), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for start in range(0, len(images), step):
        part = _to_grey(images[start : start + step], scale, offset)
        grey[start : start + step] = to_model_size(part)
    return grey


def _scale_of(images: Array, notes: list[str]) -> tuple[float, float]:
    """``(a, b)`` with which a · pixel + b is in 0…255."""
    if images.dtype.kind == "f":
        bad = sum(int((~np.isfinite(part)).any()) for part in images)
        if bad:
            raise DataError(
                "Some pixels are not numbers (NaN or infinite). Remove or repair these images and "
                f"save again. Received: {bad:,} such images"
            )
    low, high = float(images.min()), float(images.max())
    if low == high:
        raise DataError(
            "All pixels of all images have the same value, so there is nothing to see. Check how "
            f"the images were saved. Received: only {low:g}"
        )
    if low >= 0 and high <= 1:
        notes.append("Pixels from 0 to 1 were multiplied by 255.")
        return 255.0, 0.0
    if low >= -1 and high <= 1:
        notes.append("Pixels from -1 to 1 were brought to 0 to 255.")
        return 127.5, 127.5
    if low < 0 or high > 255:
        raise DataError(
            "Pixels must be 0 to 255, 0 to 1 or -1 to 1. Scale them before saving. "
            f"Received: {low:g} to {high:g}"
        )
    if high < _DIM:
        notes.append(f"The images are dark: the brightest pixel is {high:g} of 255.")
    return 1.0, 0.0


def _to_grey(images: Array, scale: float, offset: float) -> NDArray[np.uint8]:
    """(B, H, W[, C]) numbers → (B, H, W) uint8."""
    if images.ndim == 4:
        images = images[..., 0] if images.shape[3] == 1 else images[..., :3] @ np.array(_LUMINANCE)
    if images.dtype == np.uint8 and scale == 1:
        return images
    return np.round(images.astype(np.float64) * scale + offset).clip(0, 255).astype(np.uint8)
