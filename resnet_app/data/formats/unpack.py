"""What was brought → plain data files and pictures, out of zip and gzip files."""

import gzip
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedIOBase
from pathlib import Path, PurePath
from typing import IO

from resnet_app.config import MAX_ARRAY_BYTES, MAX_IMAGES, MAX_UPLOAD_BYTES
from resnet_app.data.formats.archive import (
    DAMAGE,
    check_ratio,
    damaged,
    harmless_entries,
    is_left_behind,
    open_archive,
    read_entry,
)
from resnet_app.data.formats.kind import ACCEPTED, HEAD_BYTES, Kind, kind_of, recognise
from resnet_app.data.formats.pictures import Picture
from resnet_app.data.source import Progress, SourceFile, shown
from resnet_app.errors import DataError, LimitError

MAX_DATA_FILES = 64
"""Most files in a zip file that are no pictures but hold data."""

_PICTURE_HEAD_BYTES = 64
"""Enough to know a picture by; most entries are pictures, and a longer look takes longer."""

_COPIED_AT_ONCE = 2**20
_NAMED = 3


@dataclass(frozen=True)
class Contents:
    """``pictures``, and the other ``files`` that hold data, with the kind of each.

    No kind is ``ZIP``, ``GZIP``, ``PICTURE`` or ``OTHER``. ``notes`` say what was left out.
    """

    pictures: tuple[Picture, ...]
    files: tuple[tuple[SourceFile, Kind], ...]
    notes: tuple[str, ...] = ()


@contextmanager
def unpack(files: Sequence[SourceFile], folder: Path, progress: Progress) -> Iterator[Contents]:
    """Everything in ``files``; pictures stay in their zip files, which are open until the end.

    Other data files are unpacked into ``folder`` under new names, never those in a zip file.
    Raises ``DataError`` or ``LimitError``.
    """
    with ExitStack() as opened:
        unpacking = _Unpacking(folder, opened)
        for index, file in enumerate(files):
            unpacking.add(file, len(files) == 1, _step(progress, index, len(files)))
        yield unpacking.contents()


class _Unpacking:
    """The work of ``unpack``: what has been found so far, and how much room is left."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self._folder = folder
        self._opened = opened
        self._room = MAX_ARRAY_BYTES
        self._pictures: list[Picture] = []
        self._files: list[tuple[SourceFile, Kind]] = []
        self._left_out: list[str] = []
        self._refusal: DataError | None = None

    def contents(self) -> Contents:
        """Everything that was found. Raises ``DataError`` if that is nothing."""
        if len(self._pictures) > MAX_IMAGES:
            raise LimitError(
                f"A data set may have at most {MAX_IMAGES:,} images. Keep fewer. "
                f"Received: {len(self._pictures):,} pictures"
            )
        if not self._pictures and not self._files:
            raise self._refusal or DataError(
                f"There is nothing here that can hold digits. {ACCEPTED} "
                f"Received: {self._shown_left_out() or 'no files'}"
            )
        notes = (f"Left out, as no data: {self._shown_left_out()}.",) if self._left_out else ()
        return Contents(tuple(self._pictures), tuple(self._files), notes)

    def _shown_left_out(self) -> str:
        more = len(self._left_out) - _NAMED
        names = ", ".join(f"“{shown(name, 60)}”" for name in self._left_out[:_NAMED])
        return names + (f" and {more:,} more files" if more > 0 else "")

    def add(self, file: SourceFile, alone: bool, progress: Progress) -> None:
        """Find what a file that was brought holds; ``alone`` if it is the only one."""
        size = file.path.stat().st_size
        if size > MAX_UPLOAD_BYTES:
            raise LimitError(
                f"A file may have at most {MAX_UPLOAD_BYTES // 2**20} MiB. Make it smaller, for "
                f"example with fewer images. Received: {shown(file.name)}, {size / 2**20:.0f} MiB"
            )
        if not alone and is_left_behind(file.name):
            return
        kind = _kind_of_beginning(file)
        if not alone and kind is Kind.OTHER:
            self._left_out.append(file.name)
            return
        if kind in (Kind.OTHER, Kind.ZIP):
            kind = kind_of(file)
        if kind is Kind.ZIP:
            self._add_zip(file, "" if alone else PurePath(file.name).stem + "/", progress)
        elif kind is Kind.GZIP:
            progress(0, f"Unpacking {shown(file.name)}")
            self._add_gzip(file)
        else:
            self._add_plain(file, kind)

    def _add_plain(self, file: SourceFile, kind: Kind) -> None:
        if kind in (Kind.ZIP, Kind.GZIP):
            raise DataError(
                f"Inside this file there is {kind.value} again. Unpack the outer one and bring "
                f"what is inside. Received: {shown(file.name)}"
            )
        if kind is Kind.PICTURE:
            self._pictures.append(Picture(file.name, file.path.read_bytes))
        else:
            self._files.append((file, kind))

    def _add_gzip(self, file: SourceFile) -> None:
        name = file.name[: -len(".gz")] if file.name.lower().endswith(".gz") else file.name
        plain = self._copy(partial(gzip.open, file.path), name, file.path.stat().st_size)
        self._add_plain(plain, kind_of(plain))

    def _add_zip(self, file: SourceFile, prefix: str, progress: Progress) -> None:
        archive = self._opened.enter_context(open_archive(file))
        entries = harmless_entries(archive, file)
        data = []
        for index, info in enumerate(entries):
            if index % 100 == 0:
                progress(index / len(entries), f"Looking at {len(entries):,} files")
            kind = _kind_of_entry(archive, info)
            if kind is Kind.PICTURE:
                read = partial(read_entry, archive, info)
                self._pictures.append(Picture(prefix + info.filename, read))
            elif kind is Kind.OTHER:
                self._left_out.append(info.filename)
            else:
                data.append((info, kind))
        if len(data) > MAX_DATA_FILES:
            self._left_out += [info.filename for info, _ in data]
            self._refuse_crowd(len(data))
        else:
            for info, kind in data:
                progress(1, f"Unpacking {shown(info.filename)}")
                self._unpack_entry(archive, info, kind)

    def _refuse_crowd(self, count: int) -> None:
        """Notes beside every picture can be left out; without pictures they are all there is."""
        if not self._pictures:
            raise LimitError(
                f"A zip file may hold at most {MAX_DATA_FILES} files besides pictures. Put all "
                f"images into one file. Received: {count:,} files"
            )

    def _unpack_entry(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, kind: Kind) -> None:
        file = self._copy(partial(archive.open, info), info.filename, info.compress_size)
        if kind is Kind.GZIP:
            self._add_gzip(file)
            file.path.unlink()
            return
        try:
            kind = kind_of(file)
        except DataError as error:  # such as an Excel workbook, which is a zip file too
            self._left_out.append(file.name)
            self._refusal = self._refusal or error
        else:
            self._add_plain(file, kind)

    def _copy(
        self, open_source: Callable[[], IO[bytes] | BufferedIOBase], name: str, packed: int
    ) -> SourceFile:
        """Unpack what ``packed`` bytes hold into a file of its own."""
        handle, target = tempfile.mkstemp(prefix="unpacked-", dir=self._folder)
        written = 0
        with os.fdopen(handle, "wb") as copy:
            for piece in _pieces(open_source, name):
                written += len(piece)
                check_ratio(written, packed, name)
                if written > self._room:
                    raise LimitError(
                        f"Everything together may unpack to at most {MAX_ARRAY_BYTES // 2**20} "
                        f"MiB. Keep fewer images. Received: more than that in {shown(name)}"
                    )
                copy.write(piece)
        self._room -= written
        return SourceFile(name, Path(target))


def _pieces(open_source: Callable[[], IO[bytes] | BufferedIOBase], name: str) -> Iterator[bytes]:
    try:
        with open_source() as source:
            while piece := source.read(_COPIED_AT_ONCE):
                yield piece
    except DAMAGE as error:
        raise damaged(name, error) from error


def _step(progress: Progress, index: int, count: int) -> Progress:
    """The progress of one file among ``count``."""
    return lambda share, message: progress((index + share) / count, message)


def _kind_of_beginning(file: SourceFile) -> Kind:
    with file.path.open("rb") as opened:
        return recognise(opened.read(HEAD_BYTES))


def _kind_of_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Kind:
    if recognise(read_entry(archive, info, _PICTURE_HEAD_BYTES)) is Kind.PICTURE:
        return Kind.PICTURE if info.file_size <= MAX_UPLOAD_BYTES else Kind.OTHER
    return recognise(read_entry(archive, info, HEAD_BYTES))
