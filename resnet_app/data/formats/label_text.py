"""Small text tables of labels, for images that came as an array."""

from resnet_app.config import MAX_IMAGES
from resnet_app.data.formats.array_file import MAX_MEMBERS, ArrayFile, check_names, damaged
from resnet_app.data.formats.roles import Hint
from resnet_app.data.source import Array, Progress, SourceFile, as_array, shown
from resnet_app.errors import DataError, LimitError

FORM = "text file of labels"

_MAX_BYTES = 8 * 2**20
_DELIMITERS = "\t;,"


def read_label_text(file: SourceFile, room: int, progress: Progress) -> ArrayFile:
    """The columns of a text table by their headings; a single one under the name ``""``.

    Each is (N,) numbers, where all of it are, or texts. Raises ``DataError`` or ``LimitError``.
    """
    size = file.path.stat().st_size
    if size > _MAX_BYTES:
        raise LimitError(
            f"A file of labels may have at most {_MAX_BYTES // 2**20} MiB: one label a line for "
            f"the images in the other file. Received: {shown(file.name)}, {size / 2**20:,.0f} MiB"
        )
    columns = _read_columns(file)
    headings = [str(column[0]) for column in columns]
    if _are_headings(columns, headings):
        columns = [column[1:] for column in columns]
    else:
        headings = [f"column {number}" for number in range(1, len(columns) + 1)]
    names = headings if len(columns) > 1 else [""]
    check_names(names)
    return ArrayFile(FORM, dict(zip(names, map(_numbers_or_texts, columns), strict=True)))


def _read_columns(file: SourceFile) -> list[Array]:
    """The columns as (N,) texts, with their headings."""
    from pandas import read_csv

    with file.path.open("rb") as opened:
        first = opened.readline().decode("utf-8", "replace")
    delimiter = next((sign for sign in _DELIMITERS if sign in first), ",")
    if first.count(delimiter) >= MAX_MEMBERS:
        raise DataError(
            "A text file beside a file of images should hold their labels, one a line. "
            f"Received: {shown(file.name)} with {first.count(delimiter) + 1:,} columns"
        )
    try:
        table = read_csv(
            file.path, sep=delimiter, header=None, dtype=str, keep_default_na=False,
            nrows=MAX_IMAGES + 2, encoding="utf-8-sig", skipinitialspace=True,
        )  # fmt: skip
    except (ValueError, OverflowError, OSError) as error:  # pandas' own are kinds of ValueError
        raise damaged(error, FORM, file) from error
    return [as_array(table[column].str.strip().to_numpy(object)) for column in table]


def _are_headings(columns: list[Array], first: list[str]) -> bool:
    """Whether the first row tells what the columns are: words over numbers, or “label”."""
    if any(_numbers(column[:1]) is not None for column in columns):
        return False
    over_numbers = any(len(column) > 1 and _numbers(column[1:]) is not None for column in columns)
    return over_numbers or any(Hint.of(text).labels is not None for text in first)


def _numbers_or_texts(column: Array) -> Array:
    numbers = _numbers(column)
    return column if numbers is None else numbers


def _numbers(texts: Array) -> Array | None:
    try:
        return texts.astype(float)
    except ValueError:
        return None
