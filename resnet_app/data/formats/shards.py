"""Tables, one or several, text or parquet → one ``Source``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from resnet_app.config import MAX_ARRAY_BYTES, MAX_IMAGES
from resnet_app.data.formats.columns import (
    Columns,
    Layout,
    find_layouts,
    is_missing,
    left_out,
    merged,
    with_labels,
)
from resnet_app.data.formats.roles import TEST, VALIDATION, Hint
from resnet_app.data.pixels import MIN_SIDE
from resnet_app.data.source import Array, Part, Progress, Source, SourceFile, part_of, shown
from resnet_app.errors import DataError, LimitError

_OPENING = 0.3
"""Share of the progress; the rest is for the pixels."""


@dataclass(eq=False)
class Pixels:
    """Images of one part as they come, in the smallest of uint8, uint16 and float32.

    ``sizes`` are the heights and widths of pictures that were brought to ``shape``.
    """

    count: int
    shape: tuple[int, ...]
    sizes: list[tuple[int, int]] = field(default_factory=list)
    _values: Array | None = None

    def put(self, row: int, column: int, values: Array) -> None:
        """Put (n, c) finite numbers at ``row`` and ``column`` of (count, pixels of an image)."""
        wanted = _smallest_type(values)
        if self._values is None or not np.can_cast(wanted, self._values.dtype):
            self._values = self._widened(wanted)
        rows, columns = values.shape
        with np.errstate(over="ignore"):  # beyond float32; refused with all that is no pixel
            self._values[row : row + rows, column : column + columns] = values

    def images(self) -> Array:
        """(count, H, W[, C])."""
        assert self._values is not None
        return self._values.reshape(self.count, *self.shape)

    def _widened(self, dtype: np.dtype[Any]) -> Array:
        size = self.count * int(np.prod(self.shape))
        if size * dtype.itemsize > MAX_ARRAY_BYTES:
            raise LimitError(
                f"The images would take more than {MAX_ARRAY_BYTES // 2**20} MiB of memory. Keep "
                "fewer or smaller images, with whole numbers from 0 to 255. "
                f"Received: {self.count:,} images of {'×'.join(map(str, self.shape))}"
            )
        if self._values is None:
            return np.zeros((self.count, int(np.prod(self.shape))), dtype)
        return self._values.astype(np.result_type(dtype, self._values.dtype))


def _smallest_type(values: Array) -> np.dtype[Any]:
    if values.dtype in (np.uint8, np.bool_) or not values.size:
        return np.dtype(np.uint8)
    low, high = float(values.min()), float(values.max())
    whole = values.dtype.kind in "iu" or bool((values == np.round(values)).all())
    if not whole or low < 0 or high > 2**16 - 1:
        return np.dtype(np.float32)
    return np.dtype(np.uint8 if high <= 255 else np.uint16)


class Table(Protocol):
    """A table that was looked at, and whose pixels are still to be read."""

    @property
    def form(self) -> tuple[str, str]:
        """Its kind, and what else is to say about it, in words."""

    @property
    def columns(self) -> Columns:
        """Its columns."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was done."""

    @property
    def rows(self) -> int:
        """Number of images."""

    def row_number(self, index: int) -> int:
        """The row, from 1, where a person finds image ``index``."""

    def shape(self, layout: Layout) -> tuple[int, ...]:
        """(H, W) or (H, W, C) of every image."""

    def read(self, layout: Layout, pixels: Pixels, first: int, progress: Progress) -> None:
        """Put all images into ``pixels``, from its image ``first`` on."""


@dataclass(frozen=True, eq=False)
class _Shard:
    """A table with the columns it counts for: its own, or one more with labels from elsewhere."""

    table: Table
    columns: Columns

    @property
    def name(self) -> str:
        return self.columns.file


Opener = Callable[[SourceFile, Progress], Table]


def read_shards(
    files: Sequence[SourceFile], opener: Opener, label_source: str | None, progress: Progress
) -> Source:
    """Look at every table, decide which is what, and read the pixels.

    Raises ``DataError`` or ``LimitError``.
    """
    share = _OPENING / len(files)
    tables = [
        opener(file, part_of(progress, index * share, (index + 1) * share))
        for index, file in enumerate(files)
    ]
    shards, notes = _with_labels(tables)
    _refuse_unlike(shards)
    layouts = find_layouts(merged([shard.columns for shard in shards]))
    if not layouts.ways:
        raise _no_labels(tables)
    layout = layouts.choose(label_source)
    training, test = _split(shards)
    notes += [note for shard in shards for note in shard.table.notes]
    notes += _uses(training, test) + left_out(shards[0].columns, layout)
    reader = _Reader(layout, [*training, *test], progress)
    part, test_part = reader.read(training), reader.read(test) if test else None
    size = reader.size or part.images.shape[1:3]
    return Source(
        _recognised(training, test, layout, size),
        part,
        test_part,
        tuple(notes),
        tuple(way.text for way in layouts.ways),
        layout.text,
        layouts.in_doubt,
        size=size,
    )


def _with_labels(tables: Sequence[Table]) -> tuple[list[_Shard], list[str]]:
    """The tables with images and labels, and notes on those that were left out."""
    shards = [_Shard(table, table.columns) for table in tables]
    if len(tables) == 1:
        return shards, []
    large = [shard for shard in shards if _may_have_pixels(shard)]
    small = [shard for shard in shards if not _may_have_pixels(shard)]
    labelled = [shard for shard in large if find_layouts(shard.columns).ways]
    if not labelled:
        return _paired(large, small)
    notes = [
        f"{shown(shard.name, 60)} was left out: it has no labels."
        for shard in large
        if shard not in labelled
    ]
    notes += [f"{shown(shard.name, 60)} was left out: it has no pixels." for shard in small]
    return labelled, notes


def _may_have_pixels(shard: _Shard) -> bool:
    return shard.columns.pictures is not None or len(shard.columns.names) >= MIN_SIDE**2


def _paired(images: list[_Shard], labels: list[_Shard]) -> tuple[list[_Shard], list[str]]:
    """Tables of pixels, each with its labels from the table that alone fits it.

    Such tables are alike in rows, and in being for training or test by their names.
    """
    shards, notes = [], []
    for shard in images:
        fitting = [
            (joined, other)
            for other in labels
            if other.table.rows == shard.table.rows
            and Hint.of(other.name).part == Hint.of(shard.name).part
            and (joined := with_labels(shard.columns, other.columns)) is not None
        ]
        if len(fitting) != 1:
            raise _no_labels([shard.table])
        columns, other = fitting[0]
        shards.append(_Shard(shard.table, columns))
        notes.append(f"{shown(shard.name, 60)} has its labels from {shown(other.name, 60)}.")
    if not shards:
        raise _no_labels([other.table for other in labels])
    return shards, notes


def _no_labels(tables: Sequence[Table]) -> DataError:
    received = ", ".join(
        f"{shown(table.columns.file, 40)} with {len(table.columns.names):,} columns"
        for table in tables
    )
    return DataError(
        "Labels are missing: no column can be the digits of the images. Bring the table that has "
        "them (of Kaggle's tables, train.csv), or add a column named label. "
        f"Received: {shown(received)}"
    )


def _refuse_unlike(shards: Sequence[_Shard]) -> None:
    """Raise ``DataError`` if the tables do not have the same columns."""
    one = shards[0].columns
    for other in (shard.columns for shard in shards[1:]):
        named = any(one.names) and any(other.names)
        if len(one.names) == len(other.names) and (not named or one.names == other.names):
            continue
        pairs = zip(one.names, other.names, strict=False)
        first = next((f", first “{a}” for “{b}”" for a, b in pairs if named and a != b), "")
        raise DataError(
            "Tables that are read together must have the same columns. Save them alike, or bring "
            f"them one by one. Received: {shown(one.file, 60)} with {len(one.names):,} columns, "
            f"{shown(other.file, 60)} with {len(other.names):,}{shown(first)}"
        )


def _split(shards: Sequence[_Shard]) -> tuple[list[_Shard], list[_Shard]]:
    """Tables for training and for test, by their names and in the order of these."""
    ordered = sorted(shards, key=lambda shard: shard.name)
    parts = {shard: Hint.of(shard.name).part for shard in ordered}
    # Beside a test set, validation is one more part to train on: a run makes its own split.
    held_back = TEST if TEST in parts.values() else VALIDATION
    test = [shard for shard in ordered if parts[shard] == held_back]
    training = [shard for shard in ordered if shard not in test]
    return (training, test) if training else (test, [])


def _uses(training: Sequence[_Shard], test: Sequence[_Shard]) -> list[str]:
    """Sentences on what each of several tables is used for."""
    if len(training) + len(test) == 1:
        return []
    uses = {"training": training, "test": test}
    return [
        f"Used for {use}: {', '.join(shown(shard.name, 60) for shard in group)}."
        for use, group in uses.items()
        if group
    ]


class _Reader:
    """Reads tables one after the other, and knows how far all of them are."""

    def __init__(self, layout: Layout, shards: Sequence[_Shard], progress: Progress) -> None:
        self._layout = layout
        self._labels = _labels(shards, layout)
        self._done = 0
        self._progress = part_of(progress, _OPENING, 1)
        self._sizes: list[tuple[int, int]] = []

    @property
    def size(self) -> tuple[int, int] | None:
        """Median height and width of pictures that were brought to one size."""
        if not self._sizes:
            return None
        height, width = np.median(self._sizes, axis=0)
        return int(height), int(width)

    def read(self, shards: Sequence[_Shard]) -> Part:
        """The images and labels of the next tables, below each other."""
        count, first = sum(shard.table.rows for shard in shards), self._done
        if count > MAX_IMAGES:
            raise too_many(count)
        shapes = {shard.table.shape(self._layout) for shard in shards}
        if len(shapes) > 1:
            listed = ", ".join("×".join(map(str, shape)) for shape in sorted(shapes))
            raise DataError(
                "All images must have the same size. Bring the files one by one. "
                f"Received: {listed}"
            )
        pixels = Pixels(count, shapes.pop())
        for shard in shards:
            begin, self._done = self._done, self._done + shard.table.rows
            total = len(self._labels)
            progress = part_of(self._progress, begin / total, self._done / total)
            shard.table.read(self._layout, pixels, begin - first, progress)
        self._sizes += pixels.sizes
        return Part(pixels.images(), self._labels[first : self._done])


def _labels(shards: Sequence[_Shard], layout: Layout) -> Array:
    """(N,) or (N, 10) of all tables, below each other. Raises ``DataError`` if one is missing."""
    for shard in shards:
        for position in layout.labels:
            missing = is_missing(shard.columns.edges[position])
            if missing.any():
                row = shard.table.row_number(int(missing.argmax()))
                raise DataError(
                    "A label is missing. Fill it in, or remove the row, and save again. "
                    f"Received: {shown(shard.name, 60)}, row {row:,}"
                )
    columns = merged([shard.columns for shard in shards])
    values = [columns.edges[position] for position in layout.labels]
    return values[0] if len(values) == 1 else np.stack(values, axis=1)


def too_many(count: int) -> LimitError:
    """The error for more images than a data set may have."""
    return LimitError(
        f"A data set may have at most {MAX_IMAGES:,} images. Keep fewer. Received: {count:,}"
    )


def _recognised(
    training: list[_Shard], test: list[_Shard], layout: Layout, size: tuple[int, ...]
) -> str:
    kind, more = training[0].table.form
    tables = [*training, *test]
    what = kind[0].upper() + kind[1:] if len(tables) == 1 else f"{len(tables)} {kind}s"
    rows = f"{sum(shard.table.rows for shard in training):,} rows"
    if test:
        rows += f" and {sum(shard.table.rows for shard in test):,} for test"
    text = layout.text
    labels = f"label {text}" if text.startswith("column") else f"labels in the {text}"
    return f"{what}{more}, {rows}, {labels}, {size[0]}×{size[1]} pixels"
