"""MATLAB's ``.mat`` files up to version 7.2, through SciPy; those of version 7.3 are HDF5.

Only arrays of plain numbers are loaded. SciPy believes what a file declares, so it sees the file
through ``_Bounded``, and in version 5, where arrays may be packed, what each declares is looked at
first. The layout: https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
"""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from resnet_app.data.formats.array_file import (
    MAX_MEMBERS,
    ArrayFile,
    check_count,
    check_names,
    check_room,
    damaged,
)
from resnet_app.data.source import Progress, SourceFile

FORM = "MATLAB file"

_NUMBERS = {
    *("double", "single", "logical"),
    *("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
}
_DESCRIPTIONS = {
    "cell": "a cell array",
    "char": "text",
    "function": "a function handle",
    "object": "an object",
    "opaque": "an object",
    "sparse": "a sparse matrix",
    "struct": "a struct, whose fields must be saved as arrays of their own",
}
_WORKSPACE = "__function_workspace__"

_DAMAGE = (
    *(struct.error, zlib.error, OSError, ValueError, TypeError),
    *(KeyError, OverflowError, MemoryError),
)
"""What SciPy raises on damaged files beside its own error; found by flipping bits."""

_MAX_STEPS = 10_000
"""Moves in a file; a file with as many arrays as are allowed needs far fewer."""

_HEADER_BYTES = 128
_PACKED = 15
"""The type of an element that is another one packed with zlib."""

_NUMBER_TYPES = (1, 2, 3, 4, 5, 6, 7, 9, 12, 13)
"""Types of elements that are integers of 8 to 64 bits, or floats."""

_HEAD_BYTES = 2**10
_PACKED_HEAD_BYTES = 2**13
"""How much of an element is looked at, unpacked and packed, to see what it declares."""

_NUMBER_CLASSES, _COMPLEX = range(6, 16), 0x0800
"""Classes of plain numbers, and the flag of complex ones, in version 5."""


class _Bounded:
    """A file as SciPy wants it, which does not believe in more bytes than there are.

    A header may claim gigabytes, or lead back to where it stands, without end.
    """

    def __init__(self, file: io.BufferedReader, size: int) -> None:
        self._file, self._size, self._steps = file, size, 0

    def read(self, count: int = -1) -> bytes:
        left = max(0, self._size - self._file.tell())
        return self._file.read(left if count < 0 else min(int(count), left))

    def seek(self, offset: int, whence: int = 0) -> int:
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise ValueError("its parts lead nowhere")
        return self._file.seek(int(offset), whence)

    def tell(self) -> int:
        return self._file.tell()


def read_mat(file: SourceFile, room: int, progress: Progress) -> ArrayFile:
    """All arrays of plain numbers in a ``.mat`` file, at most ``room`` bytes together.

    Raises ``DataError`` or ``LimitError``.
    """
    from scipy.io.matlab import MatReadError

    try:
        with file.path.open("rb") as opened, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SciPy's, about arrays that it cannot read
            return _read(opened, file, room)
    except (*_DAMAGE, MatReadError) as error:
        raise damaged(error, FORM, file) from error


def _read(opened: io.BufferedReader, file: SourceFile, room: int) -> ArrayFile:
    from scipy.io import loadmat, whosmat

    size = file.path.stat().st_size
    elements: Sequence[_Element | None] = ()
    if _is_version_5(opened):  # version 4 packs nothing, so it has no more than the file
        elements = seen = list(islice(_elements(opened, size), MAX_MEMBERS + 1))
        check_count(len(seen))
        check_room(sum(each.data_bytes for each in seen if each.is_numbers), file, room)
    bounded = _Bounded(opened, size)
    listed = [(name, kind) for name, _, kind in whosmat(bounded)]
    check_names(name for name, _ in listed)
    closed = {
        name: reason
        for (name, kind), element in zip(listed, elements or [None] * len(listed), strict=True)
        if (reason := _describe_closed(name, kind, element)) is not None
    }
    wanted = [name for name, _ in listed if name not in closed]
    found = loadmat(bounded, variable_names=wanted) if wanted else {}
    arrays = {name: found[name] for name in wanted}
    if not all(isinstance(a, np.ndarray) and a.dtype.kind in "biufc" for a in arrays.values()):
        raise ValueError("an array of other than numbers")
    closed.pop(_WORKSPACE, None)
    return ArrayFile(FORM, arrays, closed, matlab=True)


def _describe_closed(name: str, kind: str, element: "_Element | None") -> str | None:
    """What an array is, if it is not to be loaded."""
    if name == _WORKSPACE:
        return "part of a function handle"
    if kind not in _NUMBERS or (element is not None and not element.is_numbers):
        return _DESCRIPTIONS.get(kind, "not plain numbers")
    return "complex numbers" if element is not None and element.is_complex else None


def _is_version_5(file: io.BufferedReader) -> bool:
    """As SciPy tells it: version 4 begins with a small number, version 5 with text."""
    file.seek(0)
    return 0 not in file.read(4)


@dataclass(frozen=True)
class _Element:
    """The beginning of an array in a file of version 5, unpacked: what it declares.

    A tag of 8 bytes, 16 bytes of flags, then elements for its shape, its name and its numbers.
    """

    head: bytes
    order: str

    @property
    def _flags(self) -> int:
        return self._number(16)

    @property
    def is_numbers(self) -> bool:
        return self._flags & 0xFF in _NUMBER_CLASSES

    @property
    def is_complex(self) -> bool:
        return bool(self._flags & _COMPLEX)

    @property
    def data_bytes(self) -> int:
        """Bytes of its numbers in the file.

        Raises ``struct.error`` if that is not said, ``ValueError`` for numbers of a type that there
        is not: SciPy looks it up without a check, and crashes.
        """
        place = 24
        for _ in ("shape", "name"):
            _, length, small = self._tag(place)
            place += 8 if small else 8 + (length + 7) // 8 * 8
        kind, length, _ = self._tag(place)
        if kind not in _NUMBER_TYPES:
            raise ValueError(f"numbers of type {kind}")
        return length

    def _tag(self, place: int) -> tuple[int, int, bool]:
        """Type and bytes of the element at ``place``, and whether they are within its tag."""
        word = self._number(place)
        if word >> 16:
            return word & 0xFFFF, word >> 16, True
        return word, self._number(place + 4), False

    def _number(self, place: int) -> int:
        number: int = struct.unpack_from(self.order + "I", self.head, place)[0]
        return number


def _elements(file: io.BufferedReader, size: int) -> Iterator[_Element]:
    """The arrays in a file of version 5, in its order."""
    file.seek(_HEADER_BYTES - 2)
    order = "<" if file.read(2) == b"IM" else ">"
    place = _HEADER_BYTES
    while place + 8 <= size:
        file.seek(place)
        kind, length = struct.unpack(order + "2I", file.read(8))
        if kind == _PACKED:
            packed = file.read(min(length, _PACKED_HEAD_BYTES))
            head = zlib.decompressobj().decompress(packed, _HEAD_BYTES)
        else:
            file.seek(place)
            head = file.read(_HEAD_BYTES)
        yield _Element(head, order)
        place += 8 + length
