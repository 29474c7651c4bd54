"""Which columns of a table are pixels and which hold the label: for text tables and parquet alike.

Names decide where they can; otherwise the columns at the edges are judged by all their values.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data.labels import MAX_VALUES
from resnet_app.data.pixels import MIN_SIDE
from resnet_app.data.source import Array, shown
from resnet_app.errors import DataError

MAX_TABLE_SIDE = 100
"""Largest height and width in pixels of a picture whose pixels are columns."""

MAX_COLUMNS = MAX_TABLE_SIDE**2 + 4 * CLASSES
"""Pixels, one-hot labels, and some columns besides."""

MAX_TEXT = 60
"""Characters of a cell that are looked at; longer texts are no labels."""

_LABEL_NAMES = (
    *("label", "labels", "class", "classes", "class label", "digit", "digits", "target"),
    *("targets", "y", "category", "number", "answer", "truth", "ground truth"),
)
"""The clearest first."""

_ID_NAMES = re.compile(
    r"index|idx|id|(row|image|img|picture|file|sample) ?(id|name|number|no|index|path)?|path"
    r"|row ?names|name|key|unnamed: ?\d+.*|level \d+|index level \d+"
)

MAX_EDGES = 40
"""Most columns that are read as a whole before anything is decided."""

_FIRST, _LAST = 3, CLASSES + 2
"""Columns at both ends that are among them in any case."""

_DIGITS = re.compile("[0-9]+")
_ORDINALS = ("first", "second", "third")
_LEVELS = 256  # of a pixel
_CLEAR = 3  # likeness from which a column may well be the label
_NEARLY_ALL = 0.9  # share of rows that make columns one-hot; the others are damaged
_LISTED = 6


@dataclass(frozen=True, eq=False)
class Columns:
    """What is known of a table before its pixels are read.

    ``names`` has one for every column, empty where there is none. ``edges`` has all values of the
    columns at ``edge_positions``: (N,) float64 with NaN, or str with "", for an empty cell.
    ``pictures`` is the column whose cells are whole pictures, if the table is of that kind;
    ``file`` is the name of the file, only shown.
    """

    file: str
    names: tuple[str, ...]
    edges: Mapping[int, Array]
    pictures: int | None = None

    def called(self, position: int) -> str:
        """How to speak of a column."""
        name = self.names[position]
        if name and self.names.count(name) == 1:
            return f"column “{shown(name, 40)}”"
        if position < len(_ORDINALS):
            return f"{_ORDINALS[position]} column"
        return "last column" if position == len(self.names) - 1 else f"column {position + 1}"


@dataclass(frozen=True)
class Layout:
    """One way to read a table: the columns of labels and pixels, and what to call the former."""

    text: str
    labels: tuple[int, ...]
    pixels: tuple[int, ...]


@dataclass(frozen=True)
class Layouts:
    """All likely ways to read a table, best first; none where it has no labels.

    ``in_doubt`` says that the second may well be right.
    """

    ways: tuple[Layout, ...] = ()
    in_doubt: bool = False

    def choose(self, asked: str | None) -> Layout:
        """The way that was asked for, or the best. Raises ``DataError`` if it is not there."""
        for way in self.ways:
            if asked in (None, way.text):
                return way
        places = ", ".join(way.text for way in self.ways)
        raise DataError(
            f"There are no labels in the place that was chosen. They may be in: {places}. "
            f"Received: {shown(asked)}"
        )


def edge_positions(names: Sequence[str]) -> list[int]:
    """The columns that may hold labels or count rows, in order."""
    count = len(names)
    edges = {*range(min(_FIRST, count)), *range(max(0, count - _LAST), count)}
    numbered = set(_numbered(names))
    named = [position for position in range(count) if names[position] and position not in numbered]
    named.sort(key=lambda position: _rank(names[position]))
    return sorted(edges | set(named[:MAX_EDGES]))


def find_layouts(columns: Columns) -> Layouts:
    """All likely ways to read a table.

    Raises ``DataError`` if the columns besides labels cannot be the pixels of square pictures.
    """
    used = [i for i in range(len(columns.names)) if not _is_empty(columns.edges.get(i))]
    if columns.pictures is not None:
        pixels: tuple[int, ...] = (columns.pictures,)
    else:
        pixels = _numbered(columns.names)
    if columns.pictures is not None or _side(len(pixels)):
        taken = set(pixels)
        return _beside(columns, pixels, [position for position in used if position not in taken])
    return _by_place(columns, used)


def merged(tables: Sequence[Columns]) -> Columns:
    """The columns of tables that are alike, below each other."""
    first = next((table for table in tables if any(table.names)), tables[0])
    edges = {
        position: _stacked([table.edges[position] for table in tables])
        for position in first.edges
        if all(position in table.edges for table in tables)
    }
    return Columns(first.file, first.names, edges, first.pictures)


def with_labels(pixels: Columns, labels: Columns) -> Columns | None:
    """A table of pixels with the single column of another table behind its own, if that fits."""
    columns = [i for i in labels.edges if not _counts_rows(labels, i)]
    if len(columns) != 1 or len(labels.names) > _FIRST:
        return None
    last = len(pixels.names)
    edges = {**pixels.edges, last: labels.edges[columns[0]]}
    return replace(pixels, names=(*pixels.names, "label"), edges=edges)


def left_out(columns: Columns, layout: Layout) -> list[str]:
    """A sentence on the columns that are neither labels nor pixels, if there are any."""
    used = {*layout.labels, *layout.pixels}
    others = [i for i in range(len(columns.names)) if i not in used]
    called = [columns.called(i) for i in others if not _is_empty(columns.edges.get(i))]
    if not called:
        return []
    listed = ", ".join(called[:_LISTED]) + (" and more" if len(called) > _LISTED else "")
    return [f"Neither labels nor pixels, so left out: {listed}."]


def as_column(texts: NDArray[np.str_]) -> Array:
    """(N,) texts, "" for an empty cell, as Columns has them: numbers if all of them are."""
    filled = texts[texts != ""]
    try:
        filled.astype(np.float64)
    except ValueError:
        return texts
    return np.where(texts == "", "nan", texts).astype(np.float64)


def is_missing(values: Array) -> NDArray[np.bool_]:
    """(N,) whether each cell of an edge column is empty."""
    missing: NDArray[np.bool_] = values == "" if values.dtype.kind == "U" else np.isnan(values)
    return missing


def _stacked(parts: list[Array]) -> Array:
    if len({part.dtype.kind for part in parts}) > 1:
        parts = [part if part.dtype.kind == "U" else _spelled(part) for part in parts]
    return np.concatenate(parts)


def _spelled(numbers: Array) -> Array:
    """(N,) float64 → (N,) str; NaN becomes an empty cell."""
    values, places = np.unique(numbers, return_inverse=True)
    texts = ["" if np.isnan(value) else f"{value:g}" for value in values]
    return np.array(texts)[places]


def _side(count: int) -> int:
    """k if ``count`` is k² and k a usual side, else 0."""
    side = math.isqrt(max(0, count))
    return side if side * side == count and MIN_SIDE <= side <= MAX_TABLE_SIDE else 0


def _numbered(names: Sequence[str]) -> tuple[int, ...]:
    """The largest group of columns that differ only in their numbers, such as pixel0, 3x4, r1c2.

    In the order of their numbers, if there is one number in each and they are out of order.
    """
    groups: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        pattern, numbers = _DIGITS.subn("\0", name)
        if numbers:
            groups.setdefault(pattern, []).append(position)
    if not groups:
        return ()
    pattern, group = max(groups.items(), key=lambda item: len(item[1]))
    if pattern.count("\0") == 1:
        group.sort(key=lambda position: _number_in(names[position]))
    return tuple(group)


def _number_in(name: str) -> tuple[int, str]:
    """Sorts names by their only number, of whatever length."""
    digits = "".join(_DIGITS.findall(name)).lstrip("0")
    return len(digits), digits


def _rank(name: str) -> int:
    """Place of a name among those of labels, their number if it is none of them."""
    plain = " ".join(re.split(r"[\s_-]+", name.strip().lower()))
    return _LABEL_NAMES.index(plain) if plain in _LABEL_NAMES else len(_LABEL_NAMES)


def _is_label_name(name: str) -> bool:
    return _rank(name) < len(_LABEL_NAMES)


def _is_id_name(name: str) -> bool:
    plain = " ".join(re.split(r"[\s_-]+", name.strip(" _").lower()))
    return bool(plain) and _ID_NAMES.fullmatch(plain) is not None


def _beside(columns: Columns, pixels: tuple[int, ...], others: list[int]) -> Layouts:
    """Layouts of a table whose pixels are known."""
    others = [position for position in others if position in columns.edges]
    if len(others) >= CLASSES and _is_one_hot([columns.edges[i] for i in others[-CLASSES:]]):
        return _one_hot(others[-CLASSES:], pixels)
    named = [position for position in others if _is_label_name(columns.names[position])]
    if not named:
        others = [position for position in others if not _counts_rows(columns, position)]
    return _ranked(columns, dict.fromkeys(named or others, pixels), named=bool(named))


def _by_place(columns: Columns, used: list[int]) -> Layouts:
    """Layouts of a table whose names do not tell the pixels."""
    named = [position for position in used if _is_label_name(columns.names[position])]
    rest = [position for position in used if not _counts_rows(columns, position)]
    if named:
        pixels = tuple(position for position in rest if position not in named)
        _refuse_odd(columns, len(pixels))
        return _ranked(columns, dict.fromkeys(named, pixels), named=True)
    last = rest[-CLASSES:]
    if _side(len(rest) - CLASSES) and _is_one_hot([columns.edges.get(i) for i in last]):
        return _one_hot(last, tuple(rest[:-CLASSES]))
    if _side(len(rest) - 2) and _is_varied(columns.edges.get(rest[0])):
        rest = rest[1:]
    if _side(len(rest)):
        return Layouts()
    _refuse_odd(columns, len(rest) - 1)
    ways = {rest[0]: tuple(rest[1:]), rest[-1]: tuple(rest[:-1])}
    ways = {position: pixels for position, pixels in ways.items() if position in columns.edges}
    return _ranked(columns, ways, named=False)


def _refuse_odd(columns: Columns, count: int) -> None:
    if not _side(count):
        raise DataError(
            "The columns of a table must be one label and the pixels of a square picture, from "
            f"{MIN_SIDE}×{MIN_SIDE} to {MAX_TABLE_SIDE}×{MAX_TABLE_SIDE}, one image in each row. "
            f"Received: {shown(columns.file, 60)} with {len(columns.names):,} columns"
        )


def _one_hot(labels: list[int], pixels: tuple[int, ...]) -> Layouts:
    return Layouts((Layout("last ten columns", tuple(labels), pixels),))


def _ranked(columns: Columns, ways: Mapping[int, tuple[int, ...]], named: bool) -> Layouts:
    """``ways``, label's column → pixels' columns, from the likeliest label to the least.

    Without a name only what looks like labels is taken.
    """
    marks = {position: _likeness(columns.edges[position]) for position in ways}
    likely = [position for position in ways if marks[position]]
    if named and not likely:
        likely = list(ways)
    likely.sort(key=lambda i: (-marks[i], _rank(columns.names[i])))
    if likely and marks[likely[0]] > 1:  # a constant column is a label only if nothing else is
        likely = [position for position in likely if marks[position] > 1]
    in_doubt = len(likely) > 1 and marks[likely[1]] >= min(_CLEAR, marks[likely[0]])
    layouts = [Layout(columns.called(i), (i,), ways[i]) for i in likely]
    return Layouts(tuple(layouts), in_doubt)


def _likeness(values: Array) -> int:
    """How much a column looks like labels: 4 as the ten digits, 3 as classes, down to 0."""
    filled = values[~is_missing(values)]
    kinds, counts = np.unique(filled, return_counts=True)
    if not 1 <= len(kinds) <= MAX_VALUES or (values.dtype.kind == "U" and _is_long(kinds)):
        return 0
    if len(kinds) == 1:
        return 1
    even = counts.max() < len(filled) / 2  # a pixel at the edge is nearly always the ground
    if values.dtype.kind == "U":
        return _CLEAR if even else 2
    if not np.array_equal(kinds, np.round(kinds)):
        return 2 if even and len(kinds) <= CLASSES else 0  # divided together with the pixels
    digits = len(kinds) == CLASSES and kinds[0] in (0, 1) and kinds[-1] - kinds[0] == CLASSES - 1
    return 2 if not even else 4 if digits else _CLEAR


def _is_long(texts: Array) -> bool:
    return bool((np.char.str_len(texts) >= MAX_TEXT).any())


def _is_empty(values: Array | None) -> bool:
    return values is not None and bool(is_missing(values).all())


def _is_varied(values: Array | None) -> bool:
    """Whether there are too many different values for labels."""
    kinds = 0 if values is None else len(np.unique(values))
    return kinds > MAX_VALUES or (values is not None and kinds == len(values))


def _counts_rows(columns: Columns, position: int) -> bool:
    """Whether a column only numbers or names the rows."""
    values = columns.edges.get(position)
    if values is None or _is_label_name(columns.names[position]):
        return False
    if _is_id_name(columns.names[position]):
        return True
    if values.dtype.kind == "U":
        return _is_varied(values) and not _is_mostly_numbers(values)
    if len(values) > CLASSES and bool((np.diff(values) == 1).all()):
        return True
    if position or columns.names[0]:
        return False
    # An index out of order: pandas writes it without a name.
    return _is_varied(values) if any(columns.names) else _is_index(values)


def _is_index(values: Array) -> bool:
    """Whether numbers are whole and all different, and too many for pixels."""
    many = len(values) > _LEVELS and len(np.unique(values)) == len(values)
    return many and np.array_equal(values, np.round(values))


def _is_mostly_numbers(texts: Array) -> bool:
    """Whether a column of texts is one of numbers with something wrong in it."""
    counts = Counter(bool(re.match(r"[+-]?[\d.]", text)) for text in texts.tolist() if text)
    return counts[True] > counts[False]


def _is_one_hot(columns: Sequence[Array | None]) -> bool:
    """Whether (N,) columns hold 0 and 1, a single 1 in a row; some rows may be damaged."""
    numbers = [column for column in columns if column is not None and column.dtype.kind == "f"]
    if len(numbers) < len(columns):
        return False
    values = np.stack(numbers, axis=1)  # (N, 10)
    fitting = ((values == 0) | (values == 1)).all(1) & (values.sum(1) == 1)
    return bool(fitting.mean() > _NEARLY_ALL)
