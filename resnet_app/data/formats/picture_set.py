"""Many picture files with their labels → a ``Source``."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.formats.picture_labels import (
    LabelPlace,
    find_places,
    in_doubt,
    table_places,
    take_apart,
)
from resnet_app.data.formats.pictures import Picture, decode_picture
from resnet_app.data.source import Part, Progress, Source, SourceFile, shown
from resnet_app.errors import DataError, LabError

_FEW = 0.1
"""Share of the pictures that may be damaged."""

_MAX_TABLE_BYTES = 32 * 2**20
"""Size of a table of file names and labels, and more than 70,000 of them need."""

_NAMED = 3
_TOLD_EVERY = 100


def read_pictures(
    pictures: Sequence[Picture],
    tables: Sequence[SourceFile],
    label_source: str | None,
    progress: Progress,
) -> Source:
    """All ``pictures`` with their labels, each brought to 50×50 at once.

    ``tables`` may say which label belongs to which file name. Pictures without a label and a few
    that cannot be read are left out, with a note. Raises ``DataError`` if there are no labels, or
    if more than a tenth of the pictures cannot be read.
    """
    names = [picture.name for picture in pictures]
    paths = take_apart(names)
    in_tables = _read_tables(tables, names)
    places = find_places(paths, in_tables)
    place = _chosen(places, label_source, names)
    labelled = [index for index, label in enumerate(place.labels) if label is not None]
    held_back, part_note = _held_back([paths[index].part for index in labelled])
    order = [labelled[i] for i in np.argsort(held_back, kind="stable")]  # then parts are slices
    read = _read_all([pictures[index] for index in order], progress)
    labels = np.array([place.labels[order[i]] for i in read.kept])
    count = int(np.count_nonzero(read.kept < np.count_nonzero(~held_back)))
    test = Part(read.images[count:], labels[count:]) if count < len(labels) else None
    return Source(
        f"{len(labels):,} pictures of {read.sizes_in_words}, labels from: {place.name}",
        Part(read.images[:count], labels[:count]),
        test,
        notes=tuple(
            note
            for note in (
                _note_on_unlabelled(len(pictures) - len(labelled)),
                None if in_tables else _note_on_unused(tables),
                read.note,
                part_note,
            )
            if note
        ),
        label_sources=tuple(other.name for other in places),
        label_source=place.name,
        labels_in_doubt=in_doubt(places),
        size=read.median_size,
    )


def _read_tables(tables: Sequence[SourceFile], names: Sequence[str]) -> list[LabelPlace]:
    small = [table for table in tables if table.path.stat().st_size <= _MAX_TABLE_BYTES]
    return table_places(names, [(table.name, table.path.read_bytes()) for table in small])


def _note_on_unlabelled(count: int) -> str | None:
    return f"{count:,} pictures without a label were left out." if count else None


def _note_on_unused(tables: Sequence[SourceFile]) -> str | None:
    listed = ", ".join(f"“{shown(table.name, 60)}”" for table in tables[:_NAMED])
    return f"Not used, as no column names these pictures: {listed}." if tables else None


def _chosen(places: Sequence[LabelPlace], wanted: str | None, names: Sequence[str]) -> LabelPlace:
    """The place named ``wanted``, or the first."""
    if not places:
        examples = ", ".join(f"“{shown(name, 40)}”" for name in names[:_NAMED])
        raise DataError(
            "No labels were found for these pictures. Put the pictures of each digit into a "
            "folder of its name (0 to 9), or write the digit into each file name (7_001.png), or "
            "add a labels.csv with a column of file names and one of digits. "
            f"Received: {len(names):,} pictures, such as {examples}"
        )
    for place in places:
        if wanted in (None, place.name):
            return place
    raise DataError(
        "Labels cannot be taken from there. Choose one of: "
        f"{', '.join(place.name for place in places)}. Received: {shown(wanted)}"
    )


@dataclass(frozen=True, eq=False)
class _Decoded:
    """``images`` (M, 50, 50) uint8 of the pictures at ``kept`` (M,); (M, 2) ``sizes`` in files."""

    images: NDArray[np.uint8]
    kept: NDArray[np.int64]
    sizes: NDArray[np.int64]
    note: str | None

    @property
    def median_size(self) -> tuple[int, int]:
        height, width = np.median(self.sizes, axis=0)
        return round(float(height)), round(float(width))

    @property
    def sizes_in_words(self) -> str:
        height, width = self.median_size
        same = (self.sizes == self.sizes[0]).all()
        return f"{height}×{width} pixels" if same else f"many sizes, around {height}×{width} pixels"


def _read_all(pictures: Sequence[Picture], progress: Progress) -> _Decoded:
    images = np.empty((len(pictures), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    sizes: list[tuple[int, int]] = []
    kept: list[int] = []
    failures: list[tuple[str, LabError]] = []
    for index, picture in enumerate(pictures):
        if index % _TOLD_EVERY == 0:
            progress(index / len(pictures), f"Reading {len(pictures):,} pictures")
        try:
            images[len(kept)], size = decode_picture(picture.read(), picture.name)
        except LabError as error:
            failures.append((picture.name, error))
            if len(failures) > max(_FEW * len(pictures), 1):
                raise _too_many_damaged(failures) from error
        else:
            kept.append(index)
            sizes.append(size)
    note = None
    if failures:
        named = ", ".join(f"“{shown(name, 60)}”" for name, _ in failures[:_NAMED])
        number = "1 picture" if len(failures) == 1 else f"{len(failures):,} pictures"
        note = f"{number} could not be read and left out: {named}."
    return _Decoded(images[: len(kept)], np.array(kept), np.array(sizes), note)


def _too_many_damaged(failures: Sequence[tuple[str, LabError]]) -> DataError:
    return DataError(
        f"More than a tenth of the pictures cannot be read, so all were refused. Save them again "
        f"as PNG or JPEG. The first one: {failures[0][1]}"
    )


def _held_back(parts: Sequence[str]) -> tuple[NDArray[np.bool_], str | None]:
    """(N,) which pictures are the test set, judged by ``parts`` of their paths; and a note."""
    test, validation = (
        np.array([part == wanted for part in parts]) for wanted in ("test", "validation")
    )
    note = None
    if validation.any() and not validation.all():
        if test.any():
            note = "The pictures of the validation folder were added to those for training."
        else:
            test = validation
            note = "The pictures of the validation folder are used as the test set."
    return (np.zeros_like(test) if test.all() else test), note
