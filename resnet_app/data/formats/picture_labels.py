"""Where the labels of picture files are: in a table, in folders, or in a part of the file name."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

from resnet_app.config import CLASSES, MAX_IMAGES
from resnet_app.data.formats.kind import decoded
from resnet_app.data.labels import MAX_VALUES, propose
from resnet_app.data.source import shown

_PARTS = {
    "training": ("train", "training"),
    "test": ("test", "testing"),
    "validation": ("val", "valid", "validation", "dev"),
}
"""A part of a data set, and the words in names of folders that mean it."""

_TITLES = ("label", "labels", "class", "classes", "digit", "digits", "target", "y", "category")
"""Headers of a column that is surely the labels."""

_DIGITS = {str(digit) for digit in range(CLASSES)}
_MOSTLY = 0.5
_NEARLY_ALL = 0.95
_MAX_LEVELS = 6
_MAX_NAME_PARTS = 12
_MAX_PIECES, _MAX_PIECE = 12, 255
"""Of a path: how many folders, and characters in each, are looked at."""

_DELIMITERS = ",;\t| "
_MAX_COLUMNS = 64
_MAX_ROWS = 2 * MAX_IMAGES
_TRIED_ROWS = 500
_LABEL_LENGTH = 60

Labels = Sequence[str | None]


@dataclass(frozen=True)
class PicturePath:
    """A picture's name, taken apart.

    ``part`` is ``training``, ``test``, ``validation`` or ``""``; ``folders`` are without it and
    without what all pictures have in common; ``stem`` is the file name without its extension.
    """

    part: str
    folders: tuple[str, ...]
    stem: str


@dataclass(frozen=True)
class LabelPlace:
    """``labels[i]`` is what this place says of picture i.

    ``likely`` if most of it means digits; ``sure`` if it is called labels, too.
    """

    name: str
    labels: tuple[str | None, ...]
    likely: bool
    sure: bool = False

    @property
    def digits(self) -> int:
        """How many different digits are meant."""
        return len({_meaning(label) for label in set(self.labels) - {None} if label} & _DIGITS)

    @property
    def count(self) -> int:
        """Pictures that have a label here."""
        return sum(label is not None for label in self.labels)


def take_apart(names: Sequence[str]) -> list[PicturePath]:
    """The names of all pictures, with their folders, as paths."""
    pieces = [_pieces(name) for name in names]
    folders = _without_common([piece[:-1] for piece in pieces])
    parts = [next(filter(None, map(_part_of, names)), "") for names in folders]
    if len(set(parts)) == 1:  # one part alone is everything
        parts = [""] * len(parts)
    else:
        kept = [tuple(name for name in names if not _part_of(name)) for names in folders]
        folders = _without_common(kept)
    stems = [piece[-1].rsplit(".", 1)[0] if piece else "" for piece in pieces]
    return [PicturePath(*path) for path in zip(parts, folders, stems, strict=True)]


def _pieces(name: str) -> tuple[str, ...]:
    pieces = [piece for piece in name.replace("\\", "/").split("/") if piece.strip(" .")]
    return tuple(piece[:_MAX_PIECE] for piece in pieces[-_MAX_PIECES:])


def _without_common(folders: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without the outer folders that all have in common."""
    first, last = min(folders), max(folders)
    common = 0
    while common < min(len(first), len(last)) and first[common] == last[common]:
        common += 1
    return [names[common:] for names in folders]


@cache
def _part_of(folder: str) -> str:
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", folder)}
    found = [part for part, names in _PARTS.items() if not words.isdisjoint(names)]
    return found[0] if len(found) == 1 else ""


def find_places(paths: Sequence[PicturePath], in_tables: Sequence[LabelPlace]) -> list[LabelPlace]:
    """Every place where labels may be, likely ones first; ``in_tables`` are those of tables."""
    places = [*in_tables, *_folder_places(paths), *_name_places(paths)]
    return _distinct(sorted(places, key=lambda place: (not place.sure, not place.likely)))


def in_doubt(places: Sequence[LabelPlace]) -> bool:
    """Whether another of ``places``, as ``find_places`` sorts them, may be meant than the first."""
    first, *others = places
    return not first.sure and any(other.likely == first.likely for other in others)


def _place(name: str, labels: Labels) -> LabelPlace | None:
    """A place, if these can be labels at all: several values, and far fewer than pictures."""
    short = {label: shown(label, _LABEL_LENGTH) for label in set(labels) - {None} if label}
    labels = [short.get(label) or None if label else None for label in labels]
    counts = Counter(label for label in labels if label is not None)
    if not 2 <= len(counts) <= MAX_VALUES:
        return None
    digits = propose(sorted(counts)).digits
    meant = sum(count for label, count in counts.items() if digits[label] is not None)
    likely = meant >= _MOSTLY * counts.total()
    if not likely and 2 * len(counts) > counts.total():
        return None
    return LabelPlace(name, tuple(labels), likely)


def _distinct(places: Iterable[LabelPlace]) -> list[LabelPlace]:
    """Without places that say the same as an earlier one, or as one that says more."""
    kept: list[LabelPlace] = []
    for place in places:
        same = [other for other in kept if _agree(place, other)]
        if not same:
            kept.append(place)
        elif len(same) == 1 and place.count > same[0].count:
            kept[kept.index(same[0])] = place
    return kept


def _agree(one: LabelPlace, other: LabelPlace) -> bool:
    pairs = {
        (a, b)
        for a, b in zip(one.labels, other.labels, strict=True)
        if a is not None and b is not None
    }
    return bool(pairs) and all(_meaning(a) == _meaning(b) for a, b in pairs)


@cache
def _meaning(label: str) -> str:
    digit = propose((label,)).digits[label]
    return label.lower() if digit is None else str(digit)


def _folder_places(paths: Sequence[PicturePath]) -> list[LabelPlace]:
    depth = min(_MAX_LEVELS, max(len(path.folders) for path in paths))
    innermost = [path.folders[-1] if path.folders else None for path in paths]
    columns: list[tuple[str, Labels]] = [("innermost folder", innermost)]
    for level in range(depth):
        column = [path.folders[level] if level < len(path.folders) else None for path in paths]
        columns.append((f"folder at level {level + 1}", column))
    places = _distinct(filter(None, (_place(*column) for column in columns)))
    if len(places) == 1:
        return [LabelPlace("folder", places[0].labels, places[0].likely)]
    return sorted(places, key=lambda place: -place.digits)


def _name_places(paths: Sequence[PicturePath]) -> list[LabelPlace]:
    """Positions at which nearly every file name has a digit or a digit's name."""
    parts = [re.findall(r"[^\W\d_]+|\d+", path.stem) for path in paths]
    longest = min(_MAX_NAME_PARTS, max(len(names) for names in parts))
    positions = [(i, f"part {i + 1} of the file name") for i in range(longest)]
    positions += [(-i, f"part {i} of the file name, from its end") for i in range(1, longest + 1)]
    columns = [(name, [_at(names, position) for names in parts]) for position, name in positions]
    places = filter(None, (_place(*column) for column in columns))
    return _distinct(place for place in places if place.count >= _NEARLY_ALL * len(paths))


def _at(names: Sequence[str], place: int) -> str | None:
    inside = -len(names) <= place < len(names)
    return names[place] if inside and _is_digit(names[place]) else None


def _is_digit(text: str) -> bool:
    """``3``, ``03``, ``three``; longer numbers count something else."""
    short = len(text) <= (2 if text.isdigit() else len("seven"))
    return short and _meaning(text) in _DIGITS


Find = Callable[[str], int | None]
"""From a file name in a table to the number of its picture."""


def table_places(names: Sequence[str], tables: Sequence[tuple[str, bytes]]) -> list[LabelPlace]:
    """A place for every column that can be labels; equal columns of several tables are one.

    ``names`` are those of the pictures, with their folders; ``tables`` are (name, bytes) of text.
    """
    found: dict[str, tuple[list[str], list[str | None]]] = {}
    find = _finder(names)
    for name, data in tables:
        columns = _label_columns(decoded(data) or "", find, len(names))
        for title, labels in columns.items():
            files, known = found.setdefault(title, ([], [None] * len(names)))
            files.append(shown(name, 60))
            known[:] = [
                new if new is not None else old for new, old in zip(labels, known, strict=True)
            ]
    titled = any(title.lower() in _TITLES for title in found)
    places = []
    for title, (files, known) in found.items():
        listed = " and ".join(files)
        place = _place(listed if len(found) == 1 else f"“{shown(title, 40)}” in {listed}", known)
        if place is not None:
            sure = title.lower() in _TITLES
            places.append(replace(place, likely=place.likely and sure >= titled, sure=sure))
    return places


def _finder(names: Sequence[str]) -> Find:
    """Finds pictures by path, end of a path, or file name, with or without the extension."""
    numbers: dict[str, int] = {}
    for number, name in enumerate(names):
        for key in _keys(_pieces(name.lower())):
            numbers[key] = number if numbers.get(key, number) == number else -1  # -1: several

    def find(text: str) -> int | None:
        pieces = _pieces(text.strip().lower())
        number = numbers.get("/".join(pieces), numbers.get(_plain("".join(pieces)), -1))
        return number if number >= 0 else None

    return find


def _keys(pieces: tuple[str, ...]) -> Iterator[str]:
    for start in range(len(pieces)):
        path = "/".join(pieces[start:])
        yield path
        if "." in pieces[-1]:
            yield path.rpartition(".")[0]
    if pieces:
        yield _plain(pieces[-1].rpartition(".")[0])


def _plain(stem: str) -> str:
    """A number without the zeros before it, as tables write it."""
    return stem.lstrip("0") or "0" if stem.isdigit() else stem


def _label_columns(text: str, find: Find, count: int) -> dict[str, list[str | None]]:
    """Title → labels of ``count`` pictures, for each column beside the one of file names."""
    rows, place = _rows_with_files(text, find)
    numbers = [find(row[place]) if place < len(row) else None for row in rows]
    known = len({number for number in numbers if number is not None})
    if known < _MOSTLY * min(len(rows), count) or not known:
        return {}
    titles = [f"column {index + 1}" for index in range(len(rows[0]))]
    if numbers[0] is None:
        titles = [title.strip() or titles[index] for index, title in enumerate(rows[0])]
    columns: dict[str, list[str | None]] = {}
    for index, title in enumerate(titles):
        if index != place:
            labels = columns[title] = [None] * count
            for row, number in zip(rows, numbers, strict=True):
                if number is not None and index < len(row):
                    labels[number] = row[index].strip() or None
    return {title: labels for title, labels in columns.items() if _place(title, labels)}


def _rows_with_files(text: str, find: Find) -> tuple[list[list[str]], int]:
    """The table's rows, and which of their columns is the names of picture files.

    The delimiter is the one with which most names are found.
    """
    best: tuple[int, list[list[str]], int] = (0, [], 0)
    for delimiter in _DELIMITERS:
        rows = _rows(text, delimiter)
        for place in range(min(_MAX_COLUMNS, max(map(len, rows[:_TRIED_ROWS]), default=0))):
            names = {row[place] for row in rows[:_TRIED_ROWS] if place < len(row)}
            known = len({find(name) for name in names} - {None})
            if known > best[0] and any(len(row) > 1 for row in rows[:_TRIED_ROWS]):
                best = (known, rows, place)
    return best[1:]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
    try:
        return [row for row in islice(reader, _MAX_ROWS) if row]
    except csv.Error:  # such as a field of more than 128 KiB
        return []
