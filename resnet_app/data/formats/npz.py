"""``.npz`` files from anybody: zip directory, headers, and only then the data."""

import zipfile

import numpy as np

from resnet_app.data.formats import archive, npy
from resnet_app.data.formats.array_file import (
    ArrayFile,
    check_names,
    check_room,
    damaged,
    describe_closed,
    with_text,
)
from resnet_app.data.source import Array, Progress, SourceFile, shown

FORM = "NumPy archive (.npz)"

_DAMAGE = (*npy.DAMAGE, *archive.DAMAGE)
_SUFFIX = ".npy"


def read_npz(file: SourceFile, room: int, progress: Progress) -> ArrayFile:
    """All arrays of an ``.npz`` file, at most ``room`` bytes together.

    Raises ``DataError`` or ``LimitError``. Nothing is ever unpickled.
    """
    try:
        with archive.open_archive(file) as opened:
            return _read(opened, file, room, progress)
    except _DAMAGE as error:
        raise damaged(error, FORM, file) from error


def _read(opened: zipfile.ZipFile, file: SourceFile, room: int, progress: Progress) -> ArrayFile:
    entries = archive.harmless_entries(opened, file)
    members = [info for info in entries if info.filename.lower().endswith(_SUFFIX)]
    names = [info.filename[: -len(_SUFFIX)] for info in members]
    check_names(names)
    check_room(sum(info.file_size for info in members), file, room)
    left_out = {}
    for name, info in zip(names, members, strict=True):
        reason = _checked_header(opened, info)
        if reason is not None:
            left_out[name] = reason
    arrays: dict[str, Array] = {}
    for index, (name, info) in enumerate(zip(names, members, strict=True)):
        progress(index / len(members), f"Reading {shown(name)}")
        if name not in left_out:
            with opened.open(info) as member:
                arrays[name] = with_text(np.lib.format.read_array(member, allow_pickle=False))
    return ArrayFile(FORM, arrays, left_out)


def _checked_header(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> str | None:
    """What an array is, if it is not to be opened. Its data is not touched.

    Raises ``DataError`` if its header does not fit.
    """
    with opened.open(info) as member:
        header = npy.read_header(member.read(npy.MAX_HEADER_BYTES))
    closed = describe_closed(header.dtype)
    if closed is None:
        npy.check_header(header, info.filename, info.file_size)
    return closed
