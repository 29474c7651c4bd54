"""MNIST's own format, IDX: http://yann.lecun.com/exdb/mnist (“the IDX file format”).

Two zero bytes, a byte for the type, a byte for the number of dimensions, then the length of each
as a big-endian 32-bit number, then the data.
"""

import math

import numpy as np

from resnet_app.data.formats.array_file import ArrayFile, check_room
from resnet_app.data.source import Progress, SourceFile, shown
from resnet_app.errors import DataError

FORM = "MNIST's own format (IDX)"

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The type byte → NumPy's name."""

_MAX_DIMENSIONS = 4


def read_idx(file: SourceFile, room: int, progress: Progress) -> ArrayFile:
    """The one array of an IDX file, under the name ``""``; at most ``room`` bytes.

    Raises ``DataError`` or ``LimitError``.
    """
    size = file.path.stat().st_size
    with file.path.open("rb") as opened:
        magic = opened.read(4)
        if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES:
            raise _damaged(file, f"it begins with {magic.hex(' ')}")
        if not 1 <= magic[3] <= _MAX_DIMENSIONS:
            raise _damaged(file, f"{magic[3]} dimensions")
        lengths = opened.read(4 * magic[3])
        if len(lengths) < 4 * magic[3]:
            raise _damaged(file, f"only {size} bytes")
        shape = tuple(int(length) for length in np.frombuffer(lengths, ">u4"))
        dtype = np.dtype(TYPES[magic[2]])
        declared, held = math.prod(shape) * dtype.itemsize, size - opened.tell()
        if declared != held:
            raise _damaged(file, f"a declared shape of {shape} and {held:,} bytes of data")
        check_room(declared, file, room)
        array = np.fromfile(opened, dtype, math.prod(shape)).reshape(shape)
    return ArrayFile(FORM, {"": array})


def _damaged(file: SourceFile, received: str) -> DataError:
    return DataError(
        "This IDX file's header does not fit the file, so it is damaged or was cut off on its "
        f"way. Download it again. Received: {shown(file.name)}, {received}"
    )
