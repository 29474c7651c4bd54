"""Zip files from anybody: what is in them, found harmless before anything is unpacked."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from resnet_app.config import MAX_IMAGES
from resnet_app.data.source import SourceFile, shown
from resnet_app.errors import DataError, LimitError

MAX_ENTRIES = 3 * MAX_IMAGES
"""Most entries of a zip file: macOS adds a hidden one to every picture, and folders count too."""

_MAX_RATIO = 500
_RATIO_MATTERS_FROM = 100 * 2**20
"""Below this size, in bytes, even a file of nothing but zeros is harmless."""

DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError),
    *(NotImplementedError, RuntimeError),  # unknown compression, encryption
)
"""What zipfile raises on damaged files; found by flipping bits."""

_ENTRY = b"PK\x01\x02"
"""Beginning of an entry in a zip file's directory."""

_SCANNED_AT_ONCE = 2**20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_LOCAL_HEADER_BYTES = 30


def open_archive(file: SourceFile) -> zipfile.ZipFile:
    """The zip file, its directory read and nothing else.

    Raises ``LimitError`` for too many entries, ``DataError`` for a damaged directory.
    """
    count = _count_entries(file.path)
    if count > MAX_ENTRIES:
        raise LimitError(
            f"A zip file may hold at most {MAX_ENTRIES:,} files. Keep fewer. "
            f"Received: {shown(file.name)} with {count:,}"
        )
    try:
        archive = zipfile.ZipFile(file.path)
    except DAMAGE as error:
        raise damaged(file.name, error) from error
    if not all(info.filename for info in archive.infolist()):
        raise damaged(file.name, ValueError("an entry without a name"))
    return archive


def _count_entries(path: Path) -> int:
    """Entries in the directory of a zip file, or a few more.

    zipfile builds an object for every entry before anyone can count them. Chance puts very few of
    these signatures into compressed data.
    """
    count, tail = 0, b""
    with path.open("rb") as file:
        while piece := file.read(_SCANNED_AT_ONCE):
            count += (tail + piece).count(_ENTRY)
            tail = piece[1 - len(_ENTRY) :]
    return count


def harmless_entries(archive: zipfile.ZipFile, file: SourceFile) -> list[zipfile.ZipInfo]:
    """The entries of ``file`` that can be data, judged by the directory alone.

    Folders, links, and what systems and authors leave behind are left out. Raises ``DataError``
    or ``LimitError`` if an entry is encrypted, packed in an unusual way or overlaps another, or
    if all of them would unpack to far more than images do.
    """
    entries = [
        info
        for info in archive.infolist()
        if not is_left_behind(info.filename) and not _is_link(info)
    ]
    for info in entries:
        _refuse_unusual(info)
    _refuse_overlap(entries, file.name)
    check_ratio(sum(info.file_size for info in entries), file.path.stat().st_size, file.name)
    return entries


def check_ratio(total: int, packed: int, name: str) -> None:
    """Raise ``LimitError`` if ``packed`` bytes would unpack to far more than images do."""
    if total > max(_RATIO_MATTERS_FROM, _MAX_RATIO * packed):
        raise LimitError(
            "The file would unpack to far more than images do, so it was given up. Pack the "
            f"images again. Received: {shown(name)}, {packed:,} bytes that become {total:,}"
        )


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, count: int = -1) -> bytes:
    """The first ``count`` bytes of an entry, or all of it. Raises ``DataError`` if damaged."""
    try:
        with archive.open(info) as file:
            return file.read(count)
    except DAMAGE as error:
        raise damaged(info.filename, error) from error


def is_left_behind(name: str) -> bool:
    """Whether this is a folder, or a file that systems and authors add: hidden, readme…"""
    parts = [part.lower() for part in PurePosixPath(name.replace("\\", "/")).parts]
    return (
        any(part.startswith(".") or part == "__macosx" for part in parts if part.strip("."))
        or not parts
        or name.endswith("/")
        or parts[-1] in ("thumbs.db", "desktop.ini")
        or parts[-1].startswith(("readme", "license", "licence"))
    )


def damaged(name: str, error: BaseException) -> DataError:
    """The refusal of a zip file, or an entry, that cannot be unpacked."""
    return DataError(
        "This zip file is damaged, or was cut off on its way, or is packed in a way that cannot "
        "be read. Pack or download it again. "
        f"Received: {shown(name)} ({shown(error) or type(error).__name__})"
    )


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _refuse_unusual(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise DataError(
            "This zip file is encrypted. Pack it again without a password. "
            f"Received: {shown(info.filename)}"
        )
    if info.compress_type not in _METHODS:
        raise DataError(
            "This zip file is packed in a way that cannot be read. Pack it again as a usual zip "
            f"file (“deflate”). Received: {shown(info.filename)}, compression {info.compress_type}"
        )


def _refuse_overlap(entries: Sequence[zipfile.ZipInfo], name: str) -> None:
    """A bomb may let many entries share the same packed bytes."""
    end = 0
    for info in sorted(entries, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise DataError(
                "Files in this zip file overlap, as no usual program writes it. Pack it again. "
                f"Received: {shown(name)}, entry {shown(info.filename)}"
            )
        end = info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size
