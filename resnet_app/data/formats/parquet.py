"""Parquet: columns of pixels, a column of lists, or pictures as Hugging Face stores them."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from resnet_app.config import IMAGE_SIZE, MAX_IMAGES
from resnet_app.data.formats.columns import (
    MAX_COLUMNS,
    MAX_EDGES,
    MAX_TEXT,
    Columns,
    Layout,
    as_column,
    edge_positions,
)
from resnet_app.data.formats.pictures import decode_picture
from resnet_app.data.formats.shards import Pixels, read_shards, too_many
from resnet_app.data.labels import MAX_VALUES
from resnet_app.data.pixels import MAX_SIDE, MIN_SIDE
from resnet_app.data.source import Array, Progress, Source, SourceFile, no_progress, shown
from resnet_app.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_MAX_DEPTH = 16
_MAX_HEADER_ITEMS = 2**22
_MAX_HEADER_TEXT = 2**24
"""Bytes; a header of 10,000 columns has a few million."""

_COLUMNS_AT_ONCE = 64
_ROWS_AT_ONCE = 2**13
_TEXTS_AT_ONCE = 2**8
_PICTURES_AT_ONCE = 2**8
_VALUES_AT_ONCE = 2**21
_PICTURE_NAMES = ("image", "img", "picture", "pixels")


def read_parquet(
    files: Sequence[SourceFile], label_source: str | None, progress: Progress = no_progress
) -> Source:
    """The images and labels of parquet files; several are parts of one set.

    Pixels are k² columns, lists (flat or nested) or encoded pictures. Names of classes that
    Hugging Face keeps in the header become the labels. Raises ``DataError`` or ``LimitError``.
    """
    return read_shards(files, _ParquetTable, label_source, progress)


class _ParquetTable:
    """A parquet file whose header and edges were read, and whose pixels were not yet."""

    notes: tuple[str, ...] = ()

    def __init__(self, file: SourceFile, progress: Progress) -> None:
        self._file = file
        self._lengths: tuple[int, ...] = ()
        self._list_shape: tuple[int, ...] | None = None
        with _opened(file) as opened:
            _check_header(opened, file.name)
            schema = opened.schema_arrow
            self.rows: int = opened.metadata.num_rows
            pictures = _find_pictures(schema)
            if pictures is not None and _is_list(schema.types[pictures]):
                # Not by what the header tells of a column: pyarrow ends the process, where this
                # is damaged, instead of raising.
                _, batch = next(_batches(opened, [schema.names[pictures]], 1))
                self._lengths = tuple(_lengths(batch.column(schema.names[pictures])))
                self._list_shape = _shape(self._lengths, file.name)
            edges = _read_edges(opened, _edges(schema, pictures), file.name, progress)
        self.columns = Columns(file.name, tuple(schema.names), edges, pictures)

    @property
    def form(self) -> tuple[str, str]:
        """Its kind, and what else is to say about it, in words."""
        if self.columns.pictures is None:
            return "parquet table", ""
        what = "pictures" if self._list_shape is None else "lists of pixels"
        return "parquet table", f" with {what} in {self.columns.called(self.columns.pictures)}"

    def row_number(self, index: int) -> int:
        """The row, from 1, of image ``index``."""
        return index + 1

    def shape(self, layout: Layout) -> tuple[int, ...]:
        """(H, W) or (H, W, C) of every image."""
        if self.columns.pictures is not None:
            return self._list_shape or (IMAGE_SIZE, IMAGE_SIZE)
        side = math.isqrt(len(layout.pixels))
        return side, side

    def read(self, layout: Layout, pixels: Pixels, first: int, progress: Progress) -> None:
        """Put all images into ``pixels``, from its image ``first`` on."""
        names = [self.columns.names[position] for position in layout.pixels]
        with _opened(self._file) as opened:
            if self.columns.pictures is None:
                self._read_columns(opened, names, pixels, first, progress)
            elif self._list_shape is None:
                self._read_pictures(opened, names[0], pixels, first, progress)
            else:
                self._read_lists(opened, names[0], pixels, first, progress)

    def _read_columns(
        self,
        opened: "pq.ParquetFile",
        names: Sequence[str],
        pixels: Pixels,
        first: int,
        progress: Progress,
    ) -> None:
        # A few columns at a time: pages of all of them at once may take far more than the pixels.
        for start in range(0, len(names), _COLUMNS_AT_ONCE):
            progress(start / len(names), _message(self._file.name))
            group = names[start : start + _COLUMNS_AT_ONCE]
            for row, batch in _batches(opened, group, _ROWS_AT_ONCE):
                values = [self._numbers(batch.column(name), row, name) for name in group]
                pixels.put(first + row, start, np.stack(values, axis=1))  # (n, columns)

    def _numbers(self, column: "pa.Array", row: int, name: str) -> Array:
        """(n,) finite numbers. Raises ``DataError`` for a missing one or a column of others."""
        if not _is_number(column.type):
            raise DataError(
                "Pixels must be numbers. Save the table with one column for each pixel. "
                f"Received: column “{shown(name, 40)}” of type {shown(column.type, 40)}"
            )
        values: Array = column.to_numpy(zero_copy_only=False)
        missing = column.null_count or (values.dtype.kind == "f" and not np.isfinite(values).all())
        if missing:
            wrong = ~np.isfinite(values.astype(np.float64))
            raise self._missing(row + int(wrong.argmax()), f", column “{shown(name, 40)}”")
        return values

    def _read_lists(
        self,
        opened: "pq.ParquetFile",
        name: str,
        pixels: Pixels,
        first: int,
        progress: Progress,
    ) -> None:
        step = max(1, _VALUES_AT_ONCE // math.prod(self._lengths))
        for row, batch in _batches(opened, [name], step):
            progress(row / self.rows, _message(self._file.name))
            pixels.put(first + row, 0, self._flattened(batch.column(name), row))

    def _flattened(self, column: "pa.Array", row: int) -> Array:
        """(n, pixels) finite numbers of n lists, all as long as the first."""
        import pyarrow.compute as pc

        count, inner = len(column), 1
        for length in self._lengths:
            found = pc.list_value_length(column).to_numpy(zero_copy_only=False)
            wrong = found != length  # NaN, of a missing list, is different too
            if wrong.any():
                raise DataError(
                    "All images must have the same size, and none may be missing. Repair or "
                    f"remove the row. Received: {shown(self._file.name, 60)}, "
                    f"row {row + int(wrong.argmax()) // inner + 1:,}"
                )
            column, inner = column.flatten(), inner * length
        values: Array = column.to_numpy(zero_copy_only=False).reshape(count, inner)
        finite = (
            np.isfinite(values.astype(np.float64)) if column.null_count else np.isfinite(values)
        )
        if not finite.all():
            raise self._missing(row + int(finite.all(1).argmin()))
        return values

    def _read_pictures(
        self,
        opened: "pq.ParquetFile",
        name: str,
        pixels: Pixels,
        first: int,
        progress: Progress,
    ) -> None:
        for row, batch in _batches(opened, [name], _PICTURES_AT_ONCE):
            progress(row / self.rows, _message(self._file.name))
            column = batch.column(name)
            if not _is_binary(column.type):
                column = column.field("bytes")
            greys = [
                self._picture(data, row + i, pixels) for i, data in enumerate(column.to_pylist())
            ]
            pixels.put(first + row, 0, np.stack(greys).reshape(len(greys), -1))

    def _picture(self, data: bytes | None, row: int, pixels: Pixels) -> Array:
        """(50, 50) uint8."""
        place = f"{shown(self._file.name, 60)}, row {row + 1:,}"
        if data is None:
            raise DataError(
                "A picture is missing: the file has at most the path of it. Save the pictures in "
                f"the file, as Hugging Face's push_to_hub does. Received: {place}"
            )
        grey, size = decode_picture(data, place)
        pixels.sizes.append(size)
        return grey

    def _missing(self, row: int, column: str = "") -> DataError:
        return DataError(
            "A pixel is missing or not a number. Repair or remove the row, and save again. "
            f"Received: {shown(self._file.name, 60)}, row {row + 1:,}{column}"
        )


@contextmanager
def _opened(file: SourceFile) -> "Iterator[pq.ParquetFile]":
    """The file, opened; what pyarrow raises on damage becomes ``DataError``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(
            str(file.path),
            thrift_string_size_limit=_MAX_HEADER_TEXT,
            thrift_container_size_limit=_MAX_HEADER_ITEMS,
            schema_depth_limit=_MAX_DEPTH,
            arrow_extensions_enabled=False,
            pre_buffer=False,
        ) as opened:
            yield opened
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _damaged(file.name, shown(error, 80)) from error


def _damaged(name: str, received: str) -> DataError:
    return DataError(
        "The parquet file is damaged or was cut off. Save or download it again. "
        f"Received: {shown(name, 60)}, {received}"
    )


def _check_header(opened: "pq.ParquetFile", name: str) -> None:
    """Refuse a file by what its header declares."""
    metadata = opened.metadata
    if metadata.num_columns > MAX_COLUMNS:
        raise DataError(
            f"A table may have at most {MAX_COLUMNS:,} columns. Keep the pixels and the label. "
            f"Received: {shown(name, 60)} with {metadata.num_columns:,} columns"
        )
    if metadata.num_rows > MAX_IMAGES:
        raise too_many(metadata.num_rows)
    if metadata.num_rows < 1 or metadata.num_columns < 1:
        raise DataError(
            f"There are no rows in this table. Choose another file. Received: {shown(name, 60)}"
        )
    column, count = Counter(opened.schema_arrow.names).most_common(1)[0]
    if count > 1:
        raise DataError(
            "Two columns of the table have the same name. Rename one and save again. "
            f"Received: “{shown(column, 40)}” in {shown(name, 60)}"
        )


def _batches(
    opened: "pq.ParquetFile", names: Sequence[str], size: int
) -> "Iterator[tuple[int, pa.RecordBatch]]":
    """The rows of some columns in pieces, each with the number of its first row from 0."""
    row, rows = 0, opened.metadata.num_rows
    for batch in opened.iter_batches(size, columns=list(names)):
        if row + batch.num_rows > rows:
            break
        yield row, batch
        row += batch.num_rows
    if row != rows:
        raise ValueError(f"its header does not say how many rows it has: {rows:,}")


def _message(name: str) -> str:
    return f"Reading {shown(name, 60)}"


def _find_pictures(schema: "pa.Schema") -> int | None:
    """The column whose cells are whole pictures; None if the pixels are columns."""
    if sum(map(_is_number, schema.types)) >= MIN_SIDE**2:
        return None
    able = [
        position
        for position, kind in enumerate(schema.types)
        if _is_list(kind) or _is_binary(kind) or _has_bytes(kind)
    ]

    def rank(position: int) -> tuple[int, bool]:
        name = schema.names[position].lower()
        named = _PICTURE_NAMES.index(name) if name in _PICTURE_NAMES else len(_PICTURE_NAMES)
        return named, _is_list(schema.types[position])

    return min(able, key=rank, default=None)


def _is_number(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    )


def _is_binary(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _has_bytes(kind: "pa.DataType") -> bool:
    """Whether this is Hugging Face's picture: bytes and a path."""
    import pyarrow as pa

    return bool(
        pa.types.is_struct(kind)
        and kind.get_field_index("bytes") >= 0
        and _is_binary(kind.field("bytes").type)
    )


def _is_list(kind: "pa.DataType") -> bool:
    """Whether this is a list, or lists of lists, of numbers."""
    import pyarrow as pa

    depth = 0
    while (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        kind, depth = kind.value_type, depth + 1
    return depth > 0 and _is_number(kind)


def _lengths(column: "pa.Array") -> Iterator[int]:
    """Lengths of the first cell: of its list, of the first list in that, and so on."""
    import pyarrow.compute as pc

    while _is_list(column.type) and len(column):
        yield pc.list_value_length(column)[0].as_py() or 0
        column = column.flatten()


def _shape(lengths: tuple[int, ...], file: str) -> tuple[int, ...]:
    """(H, W) or (H, W, C) of lists (k²), (H, W), (H, W, C) or (1, H, W) long.

    Raises ``DataError`` if they are no pictures.
    """
    shape = lengths[1:] if len(lengths) == 3 and lengths[0] == 1 else lengths
    side = math.isqrt(math.prod(lengths))
    if len(shape) == 1 and side**2 == shape[0]:
        shape = (side, side)
    colours = shape[2] if len(shape) == 3 else 1
    sides = shape[:2] if len(shape) in (2, 3) and colours in (1, 3, 4) else (0,)
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in sides):
        raise DataError(
            "Lists of pixels must be k² numbers, or rows of a picture. Reshape them before saving. "
            f"Received: {'×'.join(map(str, lengths))} in {shown(file, 60)}"
        )
    return shape


def _edges(schema: "pa.Schema", pictures: int | None) -> list[int]:
    """The columns that may hold labels or count rows."""
    if pictures is None:
        words = [i for i, kind in enumerate(schema.types) if not _is_number(kind)]
        return sorted({*edge_positions(schema.names), *words[:MAX_EDGES]})
    others = [i for i in range(len(schema.names)) if i != pictures]
    return others[:MAX_EDGES]


def _read_edges(
    opened: "pq.ParquetFile", positions: Sequence[int], file: str, progress: Progress
) -> dict[int, Array]:
    """All values of some columns, as ``Columns.edges`` has them."""
    schema = opened.schema_arrow
    names = [schema.names[position] for position in positions]
    parts: list[list[Array]] = [[] for _ in positions]
    for row, batch in _batches(opened, names, _TEXTS_AT_ONCE):
        progress(row / opened.metadata.num_rows, _message(file))
        for part, name in zip(parts, names, strict=True):
            part.append(_values(batch.column(name)))
    classes = _class_names(schema)
    values = (
        _named(np.concatenate(part), classes.get(n)) for part, n in zip(parts, names, strict=True)
    )
    return dict(zip(positions, values, strict=True))


def _values(column: "pa.Array") -> Array:
    """(n,) numbers with NaN, or short texts with ""; of any other type nothing but NaN."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if _is_number(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False)).astype(np.float64)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return np.array([(text or "").strip()[:MAX_TEXT] for text in column.to_pylist()], np.str_)
    return np.full(len(column), np.nan)


def _class_names(schema: "pa.Schema") -> dict[str, list[str]]:
    """The names of classes of each column, as Hugging Face's datasets keep them in the header."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        named = {
            column: feature["names"] for column, feature in features.items() if "names" in feature
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {
        column: [str(name)[:MAX_TEXT] for name in names]
        for column, names in named.items()
        if isinstance(names, list) and 0 < len(names) <= MAX_VALUES
    }


def _named(values: Array, names: list[str] | None) -> Array:
    """Numbers of classes → their names. -1, by custom, is a label that was kept back."""
    if names is None or values.dtype.kind == "U":
        return values
    if not np.isin(values, np.arange(-1, len(names))).all():
        return values
    return as_column(np.array([*names, ""])[values.astype(np.int64)])
