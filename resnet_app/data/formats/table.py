"""Text tables: CSV, tab- and semicolon-separated, and columns set apart by spaces."""

import codecs
import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import MAX_ARRAY_BYTES, MAX_IMAGES
from resnet_app.data.formats.columns import (
    MAX_COLUMNS,
    MAX_TEXT,
    Columns,
    Layout,
    as_column,
    edge_positions,
)
from resnet_app.data.formats.shards import Pixels, read_shards, too_many
from resnet_app.data.source import Array, Progress, Source, SourceFile, no_progress, shown
from resnet_app.errors import DataError, LimitError

if TYPE_CHECKING:
    import pandas as pd

_MAX_LINE_BYTES = 2**19
"""A row of 100×100 pixels, as ``numpy.savetxt`` writes them unless told otherwise, has half."""

_BLOCK_BYTES = 2**20
_CHUNK_CELLS = 2**21
"""Cells parsed at once; pandas needs some 30 bytes for each."""

_SAMPLED = 6
"""Rows at the beginning that tell how the table is written."""

_MOST_ENDS = 6
"""Bytes that end a line, for every image: twice what empty lines in between, or Windows, take."""

_HEAD_BYTES = (_SAMPLED + 2) * _MAX_LINE_BYTES
_RUN, _EXTRAS = 16, 3
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d+)$")
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|$)")
_SPACES = r"\s+"
_SEPARATORS = {
    "\t": "tab-separated table",
    ";": "semicolon-separated table",
    "|": "bar-separated table",
    ",": "CSV table",
    _SPACES: "space-separated table",
}


def read_tables(
    files: Sequence[SourceFile], label_source: str | None, progress: Progress = no_progress
) -> Source:
    """The images, one in each row, and labels of text tables.

    Separator, header and decimal comma are found. The columns are k² pixels and a label; several
    files are parts of one set, for test where their names say so. Raises ``DataError`` or
    ``LimitError``.
    """
    return read_shards(files, _TextTable.open, label_source, progress)


@dataclass(frozen=True)
class _Form:
    """How a table is written. Its rows begin at byte ``start``, which is in row ``first_row``."""

    encoding: str
    separator: str
    decimal: str
    names: tuple[str, ...]
    start: int
    first_row: int
    notes: tuple[str, ...] = ()


class _TextTable:
    """A text table whose columns at the edges were read, and whose pixels were not yet."""

    def __init__(
        self, file: SourceFile, form: _Form, columns: Columns, kept: NDArray[np.bool_]
    ) -> None:
        self.columns = columns
        self._file = file
        self._form = form
        self._kept = kept  # of every row, whether anything is in it

    @classmethod
    def open(cls, file: SourceFile, progress: Progress) -> "_TextTable":
        """Check the file, find its form, and read the columns at the edges."""
        encoding = _check_bytes(file)
        with file.path.open("rb") as opened:
            form = _find_form(opened.read(_HEAD_BYTES), encoding, file.name)
        positions = edge_positions(form.names)
        pieces: dict[int, list[NDArray[np.str_]]] = {position: [] for position in positions}
        empty = {"keep_default_na": False, "na_values": [""]}
        for frame in _frames(file, form, progress, usecols=positions, dtype=str, **empty):
            for position in positions:
                pieces[position].append(_texts(frame[position], form.decimal))
        texts = [np.concatenate(pieces[position]) for position in positions if pieces[position]]
        kept: NDArray[np.bool_] = np.any([column != "" for column in texts], axis=0)
        if not kept.any():
            raise _empty(file.name)
        edges = [as_column(column[kept]) for column in texts]
        columns = Columns(file.name, form.names, dict(zip(positions, edges, strict=True)))
        return cls(file, form, columns, kept)

    @property
    def form(self) -> tuple[str, str]:
        """Its kind, and what else is to say about it, in words."""
        header = " with a header" if any(self._form.names) else " without a header"
        return _SEPARATORS[self._form.separator], header

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was done."""
        between = int((~self._kept[: np.flatnonzero(self._kept)[-1]]).sum())
        empty = (f"{between:,} empty rows were left out.",) if between else ()
        return (*self._form.notes, *empty)

    @property
    def rows(self) -> int:
        """Number of images."""
        return int(self._kept.sum())

    def row_number(self, index: int) -> int:
        """The row of the file, from 1, that has image ``index``."""
        return self._form.first_row + int(np.flatnonzero(self._kept)[index])

    def shape(self, layout: Layout) -> tuple[int, ...]:
        """(k, k)."""
        side = math.isqrt(len(layout.pixels))
        return side, side

    def read(self, layout: Layout, pixels: Pixels, first: int, progress: Progress) -> None:
        """Put all images into ``pixels``, from its image ``first`` on."""
        wanted = list(layout.pixels)
        others = dict.fromkeys({*range(len(self._form.names))}.difference(wanted), str)
        for frame in _frames(self._file, self._form, progress, dtype=others):
            kept = self._kept[frame.index]
            frame = frame[wanted]
            if not kept.all():
                self._refuse_pixels(frame[~kept])
                frame = frame[kept]
            values = self._numbers(frame)  # (n, k²)
            pixels.put(first, 0, values)
            first += len(values)

    def _refuse_pixels(self, frame: "pd.DataFrame") -> None:
        """Raise ``DataError`` if rows that seemed empty have pixels."""
        filled = frame.notna().any(axis=1)
        if filled.any():
            raise DataError(
                "A row has pixels and no label. Fill it in or remove the row, and save again. "
                f"Received: {self._place(frame.index[filled][0])}"
            )

    def _numbers(self, frame: "pd.DataFrame") -> Array:
        """(n, k²) finite numbers. Raises ``DataError`` for any other cell."""
        if not all(dtype.kind in "iuf" for dtype in frame.dtypes):
            frame = frame.apply(self._as_numbers)
        values: Array = frame.to_numpy()
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            row, column = (int(index) for index in np.argwhere(~np.isfinite(values))[0])
            raise DataError(
                "A pixel is missing: its cell is empty or no number, or the row is too short. "
                "Repair or remove the row, and save again. "
                f"Received: {self._place(frame.index[row], frame.columns[column])}"
            )
        return values

    def _as_numbers(self, column: "pd.Series[Any]") -> "pd.Series[Any]":
        import pandas as pd

        if column.dtype.kind in "iuf":
            return column
        texts = column.astype(str).str.strip().str.replace(self._form.decimal, ".", regex=False)
        truths = texts.replace({"True": "1", "False": "0"})
        numbers = pd.to_numeric(truths, errors="coerce").astype(np.float64)
        wrong = numbers.isna() & column.notna()
        if wrong.any():
            raise self._no_number(column, int(wrong.to_numpy().argmax()))
        return numbers

    def _no_number(self, column: "pd.Series[Any]", row: int) -> DataError:
        cell, place = str(column.iloc[row]), self._place(column.index[row], column.name)
        if cell and cell == self._form.names[int(str(column.name))]:
            return DataError(
                "A row repeats the header, as when tables were put below each other. Remove it "
                f"and save again. Received: {place}"
            )
        return DataError(
            "Pixels must be numbers. Repair the cell or remove the row, and save again. "
            f"Received: “{shown(cell, 40)}” in {place}"
        )

    def _place(self, index: Any, column: Any = None) -> str:
        """Where in the file a person finds a cell."""
        place = f"row {self._form.first_row + int(index):,} of {shown(self._file.name, 60)}"
        return place if column is None else f"{place}, {self.columns.called(int(column))}"


def _texts(column: "pd.Series[Any]", decimal: str) -> NDArray[np.str_]:
    """(n,) short texts, "" for an empty cell; a decimal comma becomes a point."""
    texts = column.fillna("").str.strip().str.slice(0, MAX_TEXT)
    if decimal == ",":
        texts = texts.str.replace(_DECIMAL_COMMA, r"\1.\2", regex=True)
    return np.array(texts.to_list(), np.str_)


def _frames(
    file: SourceFile, form: _Form, progress: Progress, **options: Any
) -> "Iterator[pd.DataFrame]":
    """The rows in pieces, columns and rows numbered from 0, empty rows included."""
    import pandas as pd

    size = file.path.stat().st_size
    with file.path.open("rb") as opened:
        opened.seek(form.start)
        try:
            with pd.read_csv(
                opened,
                sep=form.separator,
                decimal=form.decimal,
                encoding=form.encoding,
                header=None,
                names=range(len(form.names)),
                index_col=False,
                skip_blank_lines=False,
                skipinitialspace=True,
                low_memory=False,
                chunksize=max(1, _CHUNK_CELLS // len(form.names)),
                **options,
            ) as reader:
                for frame in reader:
                    progress(opened.tell() / size, f"Reading {shown(file.name, 60)}")
                    yield frame
        except (ValueError, OverflowError) as error:  # ParserError is a ValueError
            raise _unreadable(error, form, file.name) from error


def _unreadable(error: Exception, form: _Form, name: str) -> DataError:
    ragged = re.search(r"Expected \d+ fields in line (\d+), saw (\d+)", str(error))
    if ragged:
        row = form.first_row + int(ragged[1]) - 1
        return _ragged(len(form.names), int(ragged[2]), row, name)
    return DataError(
        "The table cannot be read. Save it again as CSV. "
        f"Received: {shown(name, 60)}, {shown(error, 80)}"
    )


def _ragged(expected: int, found: int, row: int, name: str) -> DataError:
    return DataError(
        f"Every row must have as many cells as the others, {expected:,}. Repair or remove the row, "
        f"and save again. Received: {found:,} cells in row {row:,} of {shown(name, 60)}"
    )


def _empty(name: str) -> DataError:
    return DataError(
        f"There are no rows in this table. Choose another file. Received: {shown(name, 60)}"
    )


def _check_bytes(file: SourceFile) -> str:
    """The encoding of a file that may be a table, judged by all its bytes, a block at a time.

    Raises ``LimitError`` for too many bytes or rows, ``DataError`` for what is no text in lines.
    """
    size = file.path.stat().st_size
    if size > MAX_ARRAY_BYTES:
        raise LimitError(
            f"A table may have at most {MAX_ARRAY_BYTES // 2**20} MiB. Keep fewer images. "
            f"Received: {size // 2**20:,} MiB"
        )
    lines = _Lines(file.name)
    with file.path.open("rb") as opened:
        if opened.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise DataError(
                "The table is written in UTF-16, which Excel calls Unicode text. Save it as "
                f"“CSV UTF-8” instead. Received: {shown(file.name, 60)}"
            )
        opened.seek(0)
        while block := opened.read(_BLOCK_BYTES):
            lines.add(block)
        lines.add(b"\n")  # ends the last line, whatever it ended with
    if lines.count > MAX_IMAGES + _SAMPLED:
        raise too_many(lines.count)
    if lines.ends > _MOST_ENDS * MAX_IMAGES:
        raise LimitError(
            "The table has far more empty lines than a data set may have images. Remove them and "
            f"save again. Received: {shown(file.name, 60)} with {lines.ends:,} lines"
        )
    return lines.encoding


class _Lines:
    """Counts lines and refuses what no table has, without keeping anything."""

    def __init__(self, name: str) -> None:
        self.count = 0  # of lines that are not empty
        self.ends = 0
        self._name = name
        self._open_bytes = 0
        self._open_quotes = 0
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8 = True

    @property
    def encoding(self) -> str:
        """UTF-8, or the encoding of older programs, in which every byte is a character."""
        return "utf-8" if self._is_utf8 else "latin-1"

    def add(self, block: bytes) -> None:
        """Take the next bytes of the file. Raises ``DataError``."""
        if b"\0" in block:
            raise self._no_table("bytes that are no text")
        self._decode(block)
        values = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero((values == 10) | (values == 13))  # of lines, \n or \r
        lengths = np.diff(ends, prepend=-1 - self._open_bytes) - 1
        unended = len(values) - 1 - int(ends[-1]) if len(ends) else self._open_bytes + len(values)
        if max(unended, lengths.max(initial=0)) > _MAX_LINE_BYTES:
            raise self._no_table(f"a line of more than {_MAX_LINE_BYTES // 2**10} KiB")
        if b'"' in block or self._open_quotes:
            self._pair_quotes(values, ends)
        self._open_bytes = unended
        self.ends += len(ends)
        self.count += int((lengths > 0).sum())

    def _decode(self, block: bytes) -> None:
        if self._is_utf8:
            try:
                self._utf8.decode(block)
            except UnicodeDecodeError:
                self._is_utf8 = False

    def _pair_quotes(self, values: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        """Refuse a text in quotes that goes on in the next line: it may go on to the end."""
        quotes = np.cumsum(values == ord('"')) + self._open_quotes
        if (quotes[ends] % 2).any():
            raise self._no_table("a quotation mark without its counterpart in the same row")
        self._open_quotes = int(quotes[-1]) % 2

    def _no_table(self, received: str) -> DataError:
        return DataError(
            "This is no table of images, or it is damaged: a table is text, with one image in "
            f"each row. Save it again as CSV. Received: {shown(self._name, 60)} with {received}"
        )


def _find_form(head: bytes, encoding: str, name: str) -> _Form:
    """How a table is written that begins with ``head``. Raises ``DataError`` if it is none."""
    comments, lines = _first_lines(head, encoding)
    if not lines:
        raise _empty(name)
    separator = _find_separator([text for _, _, text in lines[1:] or lines])
    rows = [_cells(text, separator) for _, _, text in lines]
    width = Counter(len(row) for row in rows[1:] or rows).most_common(1)[0][0]
    if width > MAX_COLUMNS:
        raise DataError(
            f"A table may have at most {MAX_COLUMNS:,} columns. Keep the pixels and the label. "
            f"Received: {shown(name, 60)} with {width:,} columns"
        )
    comment = _cells(comments[-1], separator) if comments else []
    header = _find_header(rows, comment, width, separator != ",")
    body = rows[header.rows :]
    if not body:
        raise _empty(name)
    for (row, _, _), cells in zip(lines[header.rows :], body, strict=True):
        if len(cells) > width:
            raise _ragged(width, len(cells), row, name)
    comma = separator != "," and any(_DECIMAL_COMMA.fullmatch(cell) for row in body for cell in row)
    first_row, start, _ = lines[header.rows]
    names = _fitted(header.names, body, width, name)
    return _Form(encoding, separator, "," if comma else ".", names, start, first_row, header.notes)


def _first_lines(head: bytes, encoding: str) -> tuple[list[str], list[tuple[int, int, str]]]:
    """Texts of comments at the top, and row from 1, first byte and text of the lines after that.

    Empty lines are left out, and the last one if ``head`` may end within it.
    """
    comments: list[str] = []
    lines: list[tuple[int, int, str]] = []
    start = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    for row, line in enumerate(_LINE.finditer(head, start), 1):
        text = line[1].decode(encoding, "replace")
        cut_off = line.end() == len(head) == _HEAD_BYTES
        if len(lines) == _SAMPLED or cut_off:
            break
        if not lines and text.startswith("#"):
            comments.append(text.lstrip("# "))
        elif text.strip():
            lines.append((row, line.start(), text))
    return comments, lines


def _find_separator(texts: Sequence[str]) -> str:
    """What sets most numbers apart."""

    def numbers(separator: str) -> int:
        comma = separator != ","
        cells = (cell for text in texts for cell in _cells(text, separator))
        return sum(_number(cell, comma) is not None for cell in cells)

    return max(_SEPARATORS, key=numbers)


def _cells(text: str, separator: str) -> list[str]:
    """The cells of a line; a line that cannot be split is a single one."""
    if separator == _SPACES:
        text, separator = " ".join(text.split()), " "
    try:
        row = next(csv.reader([text], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a cell of more than 128 KiB
        return [text]
    return [cell.strip() for cell in row]


def _number(cell: str, comma: bool = False) -> float | None:
    """The number in a cell, with a decimal comma if ``comma`` allows that."""
    if comma:
        cell = _DECIMAL_COMMA.sub(r"\1.\2", cell)
    return float(cell) if _NUMBER.fullmatch(cell) else None


@dataclass(frozen=True)
class _Header:
    """Names, without a place yet if they are fewer than columns, and the rows they take."""

    names: tuple[str, ...] = ()
    rows: int = 0
    notes: tuple[str, ...] = ()


def _find_header(
    rows: Sequence[list[str]], comment: Sequence[str], width: int, comma: bool
) -> _Header:
    """The header, in the first row or, as ``numpy.savetxt`` writes it, in a comment."""
    if len(comment) == width > 1:
        return _Header(tuple(comment))
    first = [_number(cell, comma) for cell in rows[0] if cell]
    numbers = [number for number in first if number is not None]
    if 2 * len(numbers) < len(first):
        return _Header(tuple(rows[0]), 1)
    steps = sum(b - a == 1 for a, b in pairwise(numbers))
    if steps >= max(_RUN - 1, len(numbers) - _EXTRAS):  # names that only count: 0, 1, 2…
        return _Header(tuple(rows[0]), 1)
    if _is_spoilt(rows[0], numbers, rows[1:]):
        note = (
            "The first row looks like an image that a program took for the names of columns and "
            "changed; it was left out."
        )
        return _Header((), 1, (note,))
    return _Header()


def _is_spoilt(first: list[str], numbers: list[float], others: Sequence[list[str]]) -> bool:
    """Whether equal pixels were told apart as pandas does it: 0, 0.1, 0.2…"""
    rest = [_number(cell) or 0 for row in others for cell in row]
    return (
        max(rest, default=0) > 1
        and all(number.is_integer() for number in map(float, rest))
        and not all(number.is_integer() for number in numbers)
        and len(set(first)) == len(first) >= _RUN
    )


def _fitted(
    names: tuple[str, ...], body: Sequence[list[str]], width: int, file: str
) -> tuple[str, ...]:
    """A name for every column. Raises ``DataError`` if there are too few or too many."""
    if not names:
        return ("",) * width
    while len(names) > width and not names[-1]:
        names = names[:-1]  # a separator at the end of the line
    if len(names) == width - 1:
        ended = all(not row[-1] for row in body if len(row) == width)
        names = (*names, "") if ended else ("", *names)  # as R writes the names of rows
    if len(names) != width:
        raise DataError(
            "The header must have a name for every column. Repair it and save again. "
            f"Received: {len(names):,} names for {width:,} columns in {shown(file, 60)}"
        )
    return names
