"""Files of any accepted kind → a ``Source`` → an ``Understanding``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from resnet_app.config import MIN_IMAGES
from resnet_app.data.formats.kind import ARRAYS, HEAD_BYTES, Kind, table_width
from resnet_app.data.formats.pictures import Picture
from resnet_app.data.formats.unpack import Contents, unpack
from resnet_app.data.interpret import Understanding, interpret
from resnet_app.data.source import (
    Choices,
    Progress,
    Source,
    SourceFile,
    no_progress,
    part_of,
    shown,
)
from resnet_app.errors import DataError

_UNPACKED, _READ = 0.15, 0.7
"""Progress when everything is unpacked, and when it is read."""

_MAX_LABEL_COLUMNS = 64
"""Columns of a table that tells labels; one with pixels has more."""

_SINGLE_ARRAYS = (Kind.NPY, Kind.IDX)
_NAMED = 3


def read_files(
    files: Sequence[SourceFile],
    choices: Choices,
    folder: Path,
    progress: Progress = no_progress,
) -> Understanding:
    """Recognise, read and understand ``files``; ``folder`` has room for what is unpacked.

    Raises ``DataError`` or ``LimitError``.
    """
    source = find_source(files, choices.label_source, folder, part_of(progress, 0, _READ))
    return interpret(source, choices, name_of(files), part_of(progress, _READ, 1))


def find_source(
    files: Sequence[SourceFile], label_source: str | None, folder: Path, progress: Progress
) -> Source:
    """The images and labels in ``files``, by what the files are and not what they are called.

    Raises ``DataError`` or ``LimitError``.
    """
    with unpack(files, folder, part_of(progress, 0, _UNPACKED)) as contents:
        source, used = _read(contents, label_source, part_of(progress, _UNPACKED, 1))
    return replace(source, notes=(*contents.notes, *_left_out(contents, used), *source.notes))


def name_of(files: Sequence[SourceFile]) -> str:
    """A name for what is in ``files``."""
    more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
    return files[0].name + more


def _read(
    contents: Contents, label_source: str | None, progress: Progress
) -> tuple[Source, Sequence[SourceFile | Picture]]:
    """What the one reader finds that fits ``contents``, and what of these it was given."""
    arrays = _of_kind(contents, *ARRAYS)
    parquet = _of_kind(contents, Kind.PARQUET)
    tables = _of_kind(contents, Kind.TABLE)
    widths = {table: _width_of(table) for table in tables}
    narrow = [table for table in tables if widths[table] <= _MAX_LABEL_COLUMNS]
    others = arrays or parquet or len(narrow) < len(tables)
    if contents.pictures and (len(contents.pictures) >= MIN_IMAGES or not others):
        from resnet_app.data.formats.picture_set import read_pictures

        _refuse_few(contents)
        source = read_pictures(contents.pictures, narrow, label_source, progress)
        return source, (*contents.pictures, *narrow)
    if arrays:
        from resnet_app.data.formats.arrays import read_arrays

        alone = len(arrays) == 1 and _of_kind(contents, *_SINGLE_ARRAYS) == arrays
        used = [*arrays, *(table for table in tables if alone or widths[table] == 1)]
        return read_arrays(used, label_source, progress), used
    if parquet:
        from resnet_app.data.formats.parquet import read_parquet

        return read_parquet(parquet, label_source, progress), parquet
    from resnet_app.data.formats.table import read_tables

    return read_tables(tables, label_source, progress), tables


def _of_kind(contents: Contents, *kinds: Kind) -> list[SourceFile]:
    return [file for file, kind in contents.files if kind in kinds]


def _width_of(table: SourceFile) -> int:
    with table.path.open("rb") as opened:
        return table_width(opened.read(HEAD_BYTES))


def _refuse_few(contents: Contents) -> None:
    count = len(contents.pictures)
    if count < MIN_IMAGES:
        raise DataError(
            f"{'One picture is' if count == 1 else f'{count} pictures are'} no data set to train "
            f"on; that needs {MIN_IMAGES}. To have a digit read by a trained network, use the "
            "Draw page, or “python -m resnet_app predict”. "
            f"Received: {shown(contents.pictures[0].name)}"
        )


def _left_out(contents: Contents, used: Sequence[SourceFile | Picture]) -> list[str]:
    """A note on what holds data but does not belong to what was read."""
    known = {id(item) for item in used}
    everything: list[SourceFile | Picture] = [file for file, _ in contents.files]
    everything += contents.pictures
    names = [item.name for item in everything if id(item) not in known]
    if not names:
        return []
    more = f" and {len(names) - _NAMED:,} more files" if len(names) > _NAMED else ""
    listed = ", ".join(f"“{shown(name, 60)}”" for name in names[:_NAMED])
    return [f"Left out, as it does not belong to the rest: {listed}{more}."]
