"""Named arrays of one file or several → images and labels, for training and for the test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from resnet_app.config import MAX_ARRAY_BYTES
from resnet_app.data.formats.array_file import ArrayFile
from resnet_app.data.formats.hdf5 import read_hdf5
from resnet_app.data.formats.idx import read_idx
from resnet_app.data.formats.kind import Kind, kind_of
from resnet_app.data.formats.label_text import read_label_text
from resnet_app.data.formats.mat import read_mat
from resnet_app.data.formats.npy import read_npy
from resnet_app.data.formats.npz import read_npz
from resnet_app.data.formats.pairing import (
    Pair,
    find_pair,
    join_classes,
    listed,
    parts_by_position,
    split_parts,
)
from resnet_app.data.formats.roles import Hint, NamedArray
from resnet_app.data.source import Part, Progress, Source, SourceFile, shown
from resnet_app.errors import DataError

READERS: Mapping[Kind, Callable[[SourceFile, int, Progress], ArrayFile]] = {
    Kind.NPZ: read_npz,
    Kind.NPY: read_npy,
    Kind.IDX: read_idx,
    Kind.MAT: read_mat,
    Kind.HDF5: read_hdf5,
    Kind.TABLE: read_label_text,
}
"""Kind of file → its reader; it takes the file, the room for its arrays in bytes, and progress."""


def read_arrays(
    files: Sequence[SourceFile], label_source: str | None, progress: Progress
) -> Source:
    """Images and labels in ``files``, each of one of the kinds in ``READERS``.

    Several files may hold an array each, or a part of the data each. Rows of k² numbers, planes
    of colour that come first, and pictures along the last axis are brought into the usual form
    without a copy. Raises ``DataError`` or ``LimitError``.
    """
    arrays: list[NamedArray] = []
    forms: list[str] = []
    closed: list[str] = []
    room, alone = MAX_ARRAY_BYTES, len(files) == 1
    for index, file in enumerate(files):
        reader = READERS.get(kind_of(file))
        if reader is None:
            raise DataError(
                "This file holds no arrays, so it cannot be read together with files that do. "
                f"Bring it by itself. Received: {shown(file.name)}"
            )
        opened = reader(file, room, _step(progress, index, len(files), file.name))
        room -= sum(array.nbytes for array in opened.arrays.values())
        arrays += [_named(file, key, opened, alone) for key in opened.arrays]
        forms.append(opened.form)
        closed += [
            f"“{shown(_place(file, key, alone))}” was not opened: {what}."
            for key, what in opened.left_out.items()
        ]
    return _source(arrays, closed, " and ".join(dict.fromkeys(forms)), label_source)


def _step(progress: Progress, index: int, count: int, name: str) -> Progress:
    """The progress of one file among ``count``."""
    progress(index / count, f"Reading {shown(name)}")
    return lambda share, message: progress((index + share) / count, message)


def _place(file: SourceFile, key: str, alone: bool) -> str:
    """Where a person finds an array: its name in the only file, its file, or both."""
    if key and not alone:
        return f"{file.name}: {key}"
    return key or file.name


def _named(file: SourceFile, key: str, opened: ArrayFile, alone: bool) -> NamedArray:
    """The array under ``key``; where its name is silent, that of one file among several speaks."""
    stem = PurePath(file.name).stem
    hint = Hint.of(key or stem)
    if key and not alone:
        outer = Hint.of(stem)
        silent = len(opened.arrays) == 1 and hint.images is None and hint.labels is None
        hint = replace(
            hint,
            part=hint.part or outer.part,
            images=outer.images if silent else hint.images,
            labels=outer.labels if silent else hint.labels,
        )
    array = opened.arrays[key]
    return NamedArray(key or stem, _place(file, key, alone), array, hint, file.name, opened.matlab)


def _source(
    arrays: Sequence[NamedArray], closed: Sequence[str], form: str, label_source: str | None
) -> Source:
    arrays, class_notes = join_classes([item for item in arrays if item.array.ndim])
    arrays = parts_by_position(arrays)
    for_training, for_test, part_notes = split_parts(arrays)
    training = find_pair(for_training, arrays, closed)
    if label_source is not None:
        training = training.with_labels(label_source)
    pairs = [training]
    if for_test:
        pairs.append(find_pair(for_test, arrays, closed).with_labels_like(training.labels))
    layout_notes = [pair.layout.note for pair in pairs if pair.layout.note]
    notes = [*class_notes, *part_notes, *layout_notes, *_unused(arrays, pairs), *closed]
    return Source(
        _recognised(form, pairs),
        _part(training),
        _part(pairs[1]) if for_test else None,
        notes=tuple(dict.fromkeys(notes)),
        label_sources=tuple(item.place for item in training.candidates),
        label_source=training.labels.place,
        labels_in_doubt=training.is_doubtful,
        column_major=training.images.matlab and training.layout.flat,
    )


def _part(pair: Pair) -> Part:
    labels = pair.labels.labels
    assert labels is not None  # it was chosen for having some
    return Part(pair.layout.images, labels)


def _recognised(form: str, pairs: Sequence[Pair]) -> str:
    training = pairs[0]
    images = training.layout.images
    height, width = images.shape[1:3]
    words = [
        form,
        f"images “{shown(training.images.place)}”",
        f"labels “{shown(training.labels.place)}”",
        f"{len(images):,} pictures of {height}×{width} pixels",
    ]
    words += [f"{len(test.layout.images):,} more for the test" for test in pairs[1:]]
    return ", ".join(words)


def _unused(arrays: Sequence[NamedArray], pairs: Sequence[Pair]) -> list[str]:
    used = [item for pair in pairs for item in (pair.images, *pair.candidates)]
    unused = [item for item in arrays if not any(item is one for one in used)]
    return [f"Not used: {listed(unused)}."] if unused else []
