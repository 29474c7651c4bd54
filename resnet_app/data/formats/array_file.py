"""The arrays of one file, and the checks that every file of arrays goes through."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from resnet_app.config import MAX_ARRAY_BYTES
from resnet_app.data.formats.archive import check_ratio
from resnet_app.data.source import Array, SourceFile, shown
from resnet_app.errors import DataError, LimitError

MAX_MEMBERS = 64
"""Most arrays in one file."""


@dataclass(frozen=True, eq=False)
class ArrayFile:
    """What one file holds: ``arrays`` of numbers or texts by their names in the file.

    ``form`` names the format. ``left_out`` says of each array that was not opened what it is.
    ``matlab`` says that rows of pixels hold a picture column by column; the arrays have the
    shapes that MATLAB shows.
    """

    form: str
    arrays: Mapping[str, Array]
    left_out: Mapping[str, str] = field(default_factory=dict)
    matlab: bool = False


def check_room(declared: int, file: SourceFile, room: int) -> None:
    """Raise ``LimitError`` unless the arrays in ``file``, ``declared`` bytes, fit into ``room``."""
    if declared > room:
        raise LimitError(
            f"All arrays together may take at most {MAX_ARRAY_BYTES // 2**20} MiB of memory. Save "
            f"fewer images, as uint8. Received: {shown(file.name)} with {declared / 2**20:,.0f} MiB"
        )
    check_ratio(declared, file.path.stat().st_size, file.name)


def check_count(count: int) -> None:
    """Raise ``DataError`` unless there are some arrays in a file, and not too many."""
    if not 0 < count <= MAX_MEMBERS:
        raise DataError(
            f"The file should hold 1 to {MAX_MEMBERS} arrays, images and labels. "
            f"Received: {'more' if count > MAX_MEMBERS else count}"
        )


def check_names(names: Iterable[str]) -> None:
    """Raise ``DataError`` unless there are some arrays, not too many, each with its own name."""
    listed = list(names)
    check_count(len(listed))
    if len(set(listed)) < len(listed):
        raise DataError(
            "Two arrays in the file have the same name, so it is not clear which to take. Save "
            f"each once. Received: {shown(', '.join(listed))}"
        )


def describe_closed(dtype: np.dtype[Any]) -> str | None:
    """What arrays of this type are, if they are never opened; None for numbers and texts."""
    if dtype.hasobject:
        return "pickled Python objects, which could run code"
    if dtype.kind == "V":
        return "a table with named columns, not plain numbers"
    if dtype.kind not in "biufcSU" or dtype.itemsize == 0:
        return f"of type {shown(dtype, 40)}"
    return None


def with_text(array: Array) -> Array:
    """``array``, bytes decoded: texts are ``str`` everywhere else.

    Raises ``ValueError`` for what is no text: Python would break on it.
    """
    if array.dtype.kind == "S":
        decoded: Array = np.char.decode(array, "utf-8", "replace")
        return decoded
    if array.dtype.kind == "U":
        codes = np.ascontiguousarray(array).view(array.dtype.byteorder + "u4")
        if codes.size and codes.max() > sys.maxunicode:
            raise ValueError("texts with impossible characters")
    return array


def damaged(error: BaseException, form: str, file: SourceFile) -> DataError:
    """The refusal of a file that a library could not read."""
    return DataError(
        f"This {form} is damaged or packed in a way that cannot be read. Save it again. "
        f"Received: {shown(file.name)} ({shown(error) or type(error).__name__})"
    )
