"""HDF5 files through h5py, MATLAB's version 7.3 among them.

Only what lies in the file itself is read: no links to other files, no arrays kept elsewhere or put
together from others, no references and no texts of varying length. What is declared is checked
before anything is allocated.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from resnet_app.data.formats.array_file import (
    ArrayFile,
    check_names,
    check_room,
    damaged,
    describe_closed,
    with_text,
)
from resnet_app.data.source import Array, Progress, SourceFile, shown
from resnet_app.errors import DataError, LimitError

if TYPE_CHECKING:
    import h5py

FORM, MATLAB_FORM = "HDF5 file", "MATLAB file of version 7.3 (HDF5)"

_MATLAB = b"MATLAB 7."
_MATLAB_INTERNAL = "#"
"""Beginning of the names of groups that MATLAB keeps for itself."""

_MAX_OBJECTS = 1000
_MAX_CHUNK_BYTES = 128 * 2**20
_READ_AT_ONCE = 16 * 2**20

_FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32", 5: "nbit", 6: "scaleoffset", 32000: "lzf"}
"""What may have been done to the data, by HDF5's numbers; others would need a plug-in."""

_DAMAGE = (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError, MemoryError)
"""What h5py raises on damaged files; found by flipping bits."""


def read_hdf5(file: SourceFile, room: int, progress: Progress) -> ArrayFile:
    """All arrays of numbers or texts in an HDF5 file, at most ``room`` bytes together.

    A name has its groups in front: ``train/x``. Raises ``DataError`` or ``LimitError``.
    """
    import h5py

    with file.path.open("rb") as beginning:
        matlab = beginning.read(len(_MATLAB)) == _MATLAB
    try:
        with h5py.File(file.path, "r", locking=False) as opened:
            found, closed = _look(opened)
            check_names([*found, *closed])
            check_room(sum(map(_bytes, found.values())), file, room)
            arrays = _read(found, progress)
    except _DAMAGE as error:
        raise damaged(error, FORM, file) from error
    if matlab:  # whose axes are the other way round in HDF5
        arrays = {name: array.T for name, array in arrays.items()}
    return ArrayFile(MATLAB_FORM if matlab else FORM, arrays, closed, matlab)


def _look(opened: "h5py.File") -> tuple[dict[str, "h5py.Dataset"], dict[str, str]]:
    """The arrays to read, and what the others are; nothing is read yet."""
    import h5py

    found: dict[str, h5py.Dataset] = {}
    closed: dict[str, str] = {}
    seen = 0

    def note(name: str, item: Any) -> bool | None:
        nonlocal seen
        seen += 1
        if isinstance(item, h5py.Dataset) and not name.startswith(_MATLAB_INTERNAL):
            reason = _describe_unread(item)
            if reason is not None:
                closed[name] = reason
            else:
                found[name] = item
        return True if seen > _MAX_OBJECTS else None

    # Soft links and links to other files are not followed, and nothing is met twice.
    if opened.visititems(note):
        raise DataError(
            f"The file should hold images and labels, and has more than {_MAX_OBJECTS:,} groups "
            f"and arrays. Save only images and labels. Received: {_MAX_OBJECTS:,} and more"
        )
    return found, closed


def _describe_unread(dataset: "h5py.Dataset") -> str | None:
    """What an array is, if it is not to be read. Raises ``LimitError`` for absurd pieces."""
    if dataset.is_virtual:
        return "put together from other arrays or files"
    if dataset.external:
        return "kept in another file"
    try:
        dtype = dataset.dtype
    except (TypeError, ValueError, NotImplementedError):
        return "of a type that NumPy does not have"
    if dtype.hasobject:
        return "references or texts of varying length"
    if dataset.shape is None:
        return "empty"
    settings = dataset.id.get_create_plist()
    filters = {settings.get_filter(index)[0] for index in range(settings.get_nfilters())}
    if not filters <= set(_FILTERS):
        return f"packed with a filter that is not known here ({min(filters - set(_FILTERS))})"
    piece = math.prod(dataset.chunks or ()) * dtype.itemsize
    if piece > _MAX_CHUNK_BYTES:
        raise LimitError(
            f"Pieces of an array may take at most {_MAX_CHUNK_BYTES // 2**20} MiB. Save with "
            f"smaller chunks. Received: {shown(dataset.name)} with pieces of "
            f"{piece / 2**20:,.0f} MiB"
        )
    return describe_closed(dtype)


def _read(found: dict[str, "h5py.Dataset"], progress: Progress) -> dict[str, Array]:
    """The arrays, read slice by slice."""
    total = sum(map(_bytes, found.values())) or 1
    arrays, done = {}, 0
    for name, dataset in found.items():
        array = np.empty(dataset.shape, dataset.dtype)
        for rows in _slices(dataset):
            progress(done / total, f"Reading {shown(name)}")
            dataset.read_direct(array, rows, rows)
            done += array[rows].nbytes
        arrays[name] = with_text(array)
    return arrays


def _bytes(dataset: "h5py.Dataset") -> int:
    """What an array declares; ``nbytes`` overflows where a shape is absurd."""
    return int(math.prod(dataset.shape) * dataset.dtype.itemsize)


def _slices(dataset: "h5py.Dataset") -> list[Any]:
    """Parts of the first axis of some MiB, each of whole chunks; all of a scalar."""
    if not dataset.shape or not dataset.size:
        return [()] if dataset.size else []
    count = dataset.shape[0]
    chunk = dataset.chunks[0] if dataset.chunks else 1
    step = max(1, _READ_AT_ONCE * count // _bytes(dataset) // chunk) * chunk
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]
