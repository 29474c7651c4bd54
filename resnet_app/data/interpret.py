"""A ``Source`` and somebody's ``Choices`` → a ``Reading``, and a ``Dataset`` when all is clear."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.dataset import Dataset, Images
from resnet_app.data.labels import LabelColumn, apply_digits, propose, read_labels
from resnet_app.data.orientation import Orientation, look
from resnet_app.data.pixels import check_images, find_scale, to_images
from resnet_app.data.source import (
    Array,
    Choices,
    LabelValue,
    Option,
    Part,
    Progress,
    Question,
    Reading,
    Source,
    no_progress,
    shown,
)
from resnet_app.errors import DataError
from resnet_app.imaging import ink_is_light

EXAMPLES = 5
"""Pictures shown beside each label."""

_LOOKED_AT = 2000
"""Images that decide polarity and orientation."""

Digits = Mapping[str, int | None]
"""What each label text means; None leaves its images out."""


@dataclass(frozen=True, eq=False)
class Understanding:
    """A reading with its pictures: ``examples`` (K, 5, 50, 50) uint8 in the order of
    ``reading.label_values``, black where there are fewer; ``dataset`` unless a question is open.
    """

    reading: Reading
    examples: Images
    dataset: Dataset | None


def interpret(
    source: Source, choices: Choices, name: str, progress: Progress = no_progress
) -> Understanding:
    """Understand ``source`` as ``choices`` say, and otherwise as it looks.

    Raises ``DataError`` or ``LimitError`` if it cannot be used.
    """
    parts = [source.training] + ([source.test] if source.test else [])
    for part in parts:
        _check_part(part)
    column, label_note = read_labels(_joined([part.labels for part in parts]))
    proposal = propose(column.texts, ten_is_zero=source.column_major)
    pictures = _Pictures([part.images for part in parts])
    digits, meaning = dict(proposal.digits), proposal.question
    if choices.digits is not None:
        digits, meaning = dict(choices.digits), None
    elif meaning is not None and len(meaning.options) > 1:
        meaning = _likeliest_first(meaning, pictures, column)
        digits = dict(meaning.options[0].value)
    transpose, turning = _orientation(source, choices, pictures, column, digits)
    settled = Choices(
        source.label_source,
        digits,
        pictures.ink_is_dark if choices.invert is None else choices.invert,
        transpose,
    )
    questions = (_place_of_labels(source, choices), meaning, turning)
    reading = Reading(
        source.recognised,
        tuple(filter(None, (*source.notes, label_note, proposal.note, pictures.scale.note))),
        settled,
        tuple(question for question in questions if question is not None),
        source.label_sources,
        tuple(
            LabelValue(text, int(count), digits.get(text))
            for text, count in zip(column.texts, column.counts, strict=True)
        ),
    )
    examples = _examples(pictures, column, settled)
    if reading.questions:
        return Understanding(reading, examples, None)
    notes = (*reading.notes, *_notes(source, column, settled))
    dataset = _dataset(source, pictures, column, settled, shown(name), notes, progress)
    return Understanding(replace(reading, notes=notes), examples, dataset)


def _check_part(part: Part) -> None:
    check_images(part.images)
    if len(part.images) != len(part.labels):
        raise DataError(
            "Every image needs one label. Check that they were saved together. "
            f"Received: {part.images.shape} images and {part.labels.shape} labels"
        )


def _joined(labels: list[Array]) -> Array:
    if len({array.dtype.kind == "U" for array in labels}) > 1:
        labels = [array.astype(str) for array in labels]
    if len({array.shape[1:] for array in labels}) > 1:
        raise DataError(
            "Training and test labels must have the same form. Save both alike. "
            f"Received: shapes {', '.join(str(array.shape) for array in labels)}"
        )
    return np.concatenate(labels)


class _Pictures:
    """The images of all parts under one scale, numbered through: training first, then test."""

    def __init__(self, parts: list[Array]) -> None:
        self._parts = parts
        self._ends = np.cumsum([len(part) for part in parts])
        self.scale = find_scale(parts)
        count = len(parts[0])
        self.sample = np.arange(0, count, max(1, count // _LOOKED_AT))[:_LOOKED_AT]
        """(M,) numbers of training images, evenly spread, that speak for all."""
        self._sampled = self.take(self.sample)
        self.ink_is_dark = not ink_is_light(self._sampled)
        """Whether the ground is light, judged by the images' borders."""

    def take(
        self,
        numbers: NDArray[np.int64],
        choices: Choices | None = None,
        progress: Progress = no_progress,
    ) -> Images:
        """The images with these ascending ``numbers``, (len, 50, 50) uint8, as ``choices`` say."""
        choices = choices or Choices()
        taken = []
        for part, end in zip(self._parts, self._ends, strict=True):
            inside = numbers[(numbers >= end - len(part)) & (numbers < end)] - (end - len(part))
            if len(inside):
                taken.append(to_images(part, self.scale, inside, bool(choices.transpose), progress))
        images = taken[0] if len(taken) == 1 else np.concatenate([_nothing(), *taken])
        if choices.invert:
            np.subtract(255, images, out=images)
        return images

    def look(self, column: LabelColumn, digits: Digits) -> Orientation:
        """How the sampled images, labelled by ``digits``, compare with upright digits."""
        labels, kept = apply_digits(column, digits)
        table = np.full(len(column.indices), -1)
        table[kept] = labels
        meant = table[self.sample]
        images = self._sampled[meant >= 0]
        return look(255 - images if self.ink_is_dark else images, meant[meant >= 0])


def _nothing() -> Images:
    return np.zeros((0, IMAGE_SIZE, IMAGE_SIZE), np.uint8)


def _place_of_labels(source: Source, choices: Choices) -> Question | None:
    if not source.labels_in_doubt or choices.label_source is not None:
        return None
    others = [place for place in source.label_sources if place != source.label_source]
    places = [place for place in (source.label_source, *others) if place]
    return Question(
        "label_source",
        "Labels may be in more than one place. Which is theirs?",
        tuple(Option(place, place) for place in places),
    )


def _likeliest_first(question: Question, pictures: _Pictures, column: LabelColumn) -> Question:
    """The options sorted by how well the pictures then fit scanned digits, and these figures."""
    fits = [(_fit(pictures.look(column, option.value)), option) for option in question.options]
    fits.sort(key=lambda pair: -pair[0])
    figures = ", ".join(f"{fit:.2f} for “{option.label}”" for fit, option in fits)
    return Question(
        question.field,
        f"{question.text} Likeness of the pictures to scanned digits: {figures}.",
        tuple(option for _, option in fits),
    )


def _fit(seen: Orientation) -> float:
    return max(seen.upright, seen.swapped)


def _orientation(
    source: Source, choices: Choices, pictures: _Pictures, column: LabelColumn, digits: Digits
) -> tuple[bool, Question | None]:
    """Whether to swap rows and columns, and a question if format and looks disagree."""
    usual = source.column_major
    if choices.transpose is not None:
        return choices.transpose, None
    seen = pictures.look(column, digits)
    if seen.transposed is None or seen.transposed == usual:
        return usual, None
    as_is, turned = Option("As they are in the file", False), Option("Swap rows and columns", True)
    question = Question(
        "transpose",
        f"The pictures look more like digits {'with' if seen.transposed else 'without'} their "
        f"rows and columns swapped (likeness to scanned digits: {seen.upright:.2f} as they are, "
        f"{seen.swapped:.2f} swapped). Which way do the examples look right?",
        (turned, as_is) if seen.transposed else (as_is, turned),
    )
    return seen.transposed, question


def _examples(pictures: _Pictures, column: LabelColumn, choices: Choices) -> Images:
    """(K, 5, 50, 50) uint8: the first pictures of each label."""
    found = np.zeros((len(column.texts), EXAMPLES, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for row in range(len(column.texts)):
        members = np.flatnonzero(column.indices == row)[:EXAMPLES]
        found[row, : len(members)] = pictures.take(members, choices)
    return found


def _notes(source: Source, column: LabelColumn, choices: Choices) -> list[str]:
    """Sentences on what happened to the pictures."""
    notes = []
    images = source.training.images
    if images.ndim == 4 and images.shape[3] > 1:
        notes.append("Colour was turned into grey by luminance.")
    if images.ndim == 4 and images.shape[3] == 4:
        notes.append("Transparency was left out.")
    height, width = source.original_size
    if (height, width) != (IMAGE_SIZE, IMAGE_SIZE):
        notes.append(f"Resized from {height}×{width} to {IMAGE_SIZE}×{IMAGE_SIZE}.")
    if choices.transpose:
        notes.append("Rows and columns of every picture were swapped.")
    if choices.invert:
        notes.append("Light and dark were swapped, so that ink is light on a dark ground.")
    left_out = [
        (text, count)
        for text, count in zip(column.texts, column.counts, strict=True)
        if (choices.digits or {}).get(text) is None
    ]
    if left_out:
        notes.append(
            f"{sum(int(count) for _, count in left_out):,} images were left out, whose labels are "
            f"no digits: {shown(', '.join(text for text, _ in left_out))}."
        )
    return notes


def _dataset(
    source: Source,
    pictures: _Pictures,
    column: LabelColumn,
    choices: Choices,
    name: str,
    notes: tuple[str, ...],
    progress: Progress,
) -> Dataset:
    labels, kept = apply_digits(column, choices.digits or {})
    inside = kept < len(source.training.labels)
    return Dataset(
        name,
        pictures.take(kept[inside], choices, progress),
        labels[inside],
        pictures.take(kept[~inside], choices, progress),
        labels[~inside],
        notes=(f"Recognised: {source.recognised}.", *notes),
        source_side=max(source.original_size),
    )
