"""``.npy`` files from anybody: header, then size, and only then the data."""

import io
import math
import struct
import tokenize
from dataclasses import dataclass
from typing import Any

import numpy as np

from resnet_app.data.formats.array_file import (
    ArrayFile,
    check_room,
    damaged,
    describe_closed,
    with_text,
)
from resnet_app.data.source import Progress, SourceFile, shown
from resnet_app.errors import DataError

FORM = "NumPy file (.npy)"
MAX_HEADER_BYTES = 2**14

DAMAGE = (
    *(struct.error, OSError, EOFError, ValueError, KeyError, TypeError, OverflowError),
    *(SyntaxError, tokenize.TokenError, MemoryError, RecursionError),  # parsing of a header
)
"""What NumPy raises on damaged files; found by flipping bits."""


@dataclass(frozen=True)
class Header:
    """What an array declares: ``start`` is where its data begins, in bytes."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int

    @property
    def declared(self) -> int:
        """Bytes of the data."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(head: bytes) -> Header:
    """The header at the beginning of an ``.npy`` file; raises one of ``DAMAGE``."""
    file = io.BytesIO(head[:MAX_HEADER_BYTES])  # a header may claim to be 4 GiB long
    if np.lib.format.read_magic(file) == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    return Header(shape, dtype, file.tell())


def check_header(header: Header, name: str, size: int) -> None:
    """Raise ``DataError`` unless a file of ``size`` bytes has what its ``header`` declares."""
    if any(not 0 <= length < 2**63 for length in header.shape):
        raise DataError(
            "An array's header declares an impossible shape, so the file is damaged. Save it "
            f"again. Received: {shown(name)} of shape {shown(header.shape)}"
        )
    if header.declared != size - header.start:
        raise DataError(
            "An array's header does not fit its data, so the file is damaged. Save it again. "
            f"Received: {shown(name)} declares {header.declared:,} bytes of "
            f"{size - header.start:,}"
        )


def read_npy(file: SourceFile, room: int, progress: Progress) -> ArrayFile:
    """The one array of an ``.npy`` file, under the name ``""``; at most ``room`` bytes.

    Raises ``DataError`` or ``LimitError``. Nothing is ever unpickled.
    """
    size = file.path.stat().st_size
    try:
        with file.path.open("rb") as opened:
            header = read_header(opened.read(MAX_HEADER_BYTES))
            closed = describe_closed(header.dtype)
            if closed is not None:
                return ArrayFile(FORM, {}, {"": closed})
            check_header(header, file.name, size)
            check_room(header.declared, file, room)
            opened.seek(0)
            array = with_text(np.lib.format.read_array(opened, allow_pickle=False))
    except DAMAGE as error:
        raise damaged(error, FORM, file) from error
    return ArrayFile(FORM, {"": array})
