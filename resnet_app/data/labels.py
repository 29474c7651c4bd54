"""Labels of any spelling → the digits 0 to 9, or a question."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data.source import Array, Option, Question, shown
from resnet_app.errors import DataError

MAX_VALUES = 100
"""Most different labels that a person could be asked about (EMNIST has 62)."""

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LISTED = 6


@dataclass(frozen=True, eq=False)
class LabelColumn:
    """Labels as texts: image i has ``texts[indices[i]]``; ``counts`` (K,) says how often."""

    texts: tuple[str, ...]
    indices: NDArray[np.int64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class Proposal:
    """A mapping from label texts to digits, the question it leaves open, and what was done."""

    digits: Mapping[str, int | None]
    question: Question | None = None
    note: str | None = None


def read_labels(labels: Array) -> tuple[LabelColumn, str | None]:
    """(N,) numbers or texts, (N, 1), or (N, 10) one-hot → texts, and a note on what was done.

    Raises ``DataError`` for anything that cannot be labels.
    """
    note = None
    if labels.dtype.kind not in "biufU":
        raise DataError(
            "Labels must be numbers or texts, one per image. Save them again in that form. "
            f"Received: labels of type {labels.dtype}"
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        bad = int((~np.isfinite(labels)).sum())
        raise DataError(
            "Some labels are missing or not numbers (NaN or infinite). Remove these images and "
            f"save again. Received: {bad:,} such labels"
        )
    if labels.ndim == 2:
        if labels.shape[1] == 1:
            labels = labels[:, 0]
        else:
            labels, note = _digits_of_one_hot(labels), "One-hot labels were read as digits."
    if labels.ndim != 1:
        raise DataError(f"Labels must be one per image. Received: shape {labels.shape}")
    return _as_texts(labels), note


def _as_texts(labels: Array) -> LabelColumn:
    values, indices = np.unique(labels, return_inverse=True)
    if len(values) > MAX_VALUES:
        raise DataError(
            f"These do not look like labels of digits: there are more than {MAX_VALUES} different "
            "ones. Choose another column or map them before saving. "
            f"Received: {len(values):,} different labels, among them {shown(values[0], 40)}"
        )
    plain = [_text(value) for value in values]
    texts = tuple(sorted(set(plain), key=_natural))  # "3" and " 3" are one
    places = np.array([texts.index(text) for text in plain])
    indices = places[indices].astype(np.int64)
    return LabelColumn(texts, indices, np.bincount(indices, minlength=len(texts)))


def _natural(text: str) -> tuple[float, str]:
    """Sorts numbers by value and before words."""
    try:
        return float(text), text
    except ValueError:
        return math.inf, text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return shown(value.strip(), 60)
    number = float(value)
    return str(int(number)) if number.is_integer() else f"{number:g}"


def _digits_of_one_hot(labels: Array) -> Array:
    columns = labels.shape[1]
    if (
        columns != CLASSES
        or labels.dtype.kind == "U"
        or not (((labels == 0) | (labels == 1)).all() and (labels.sum(1) == 1).all())
    ):
        raise DataError(
            f"Labels with several columns must be one-hot: {CLASSES} columns, a single 1 in each "
            f"row. Save one digit per image instead. Received: labels of shape {labels.shape}"
        )
    digits: Array = labels.argmax(1)
    return digits


def propose(texts: Sequence[str], ten_is_zero: bool = False) -> Proposal:
    """What ``texts`` most likely mean; ``ten_is_zero`` where the format is known for that."""
    plain = {str(digit): digit for digit in range(CLASSES)}
    if all(text in plain for text in texts):
        return Proposal({text: plain[text] for text in texts})
    if set(texts) == {str(number) for number in range(1, CLASSES + 1)}:
        return _from_one_to_ten(texts, ten_is_zero)
    found = {text: _digit_in(text) for text in texts}
    if all(digit is not None for digit in found.values()):
        example = max(texts, key=len)
        return Proposal(
            found, note=f"Labels such as “{example}” were read as the digit {found[example]}."
        )
    scaled = _scaled(texts)
    if scaled is not None:
        return scaled
    return _ask(texts, found)


def _digit_in(text: str) -> int | None:
    """3 for ``3``, ``03``, ``three``, ``digit_3``; None where no single digit is meant."""
    word = text.strip().lower()
    numbers = re.findall(r"\d+", word)
    if len(numbers) == 1 and re.fullmatch(r"([^\d.+-]+[ _-]?)?\d+", word):
        return int(numbers[0]) if int(numbers[0]) < CLASSES else None
    spelled = [digit for digit, name in enumerate(_WORDS) if name in re.split(r"[^a-z]+", word)]
    return spelled[0] if len(spelled) == 1 and not numbers else None


def _from_one_to_ten(texts: Sequence[str], ten_is_zero: bool) -> Proposal:
    matlab: dict[str, int | None] = {text: int(text) % CLASSES for text in texts}
    if ten_is_zero:
        return Proposal(matlab, note="Label 10 was read as the digit 0, as is usual in MATLAB.")
    shifted: dict[str, int | None] = {text: int(text) - 1 for text in texts}
    return Proposal(
        matlab,
        Question(
            "digits",
            "The labels go from 1 to 10. Does 10 stand for the digit 0, or is every label one "
            "more than its digit? The examples beside each label tell.",
            (
                Option("10 stands for 0", matlab),
                Option("Every label is one more than its digit", shifted),
            ),
        ),
    )


def _scaled(texts: Sequence[str]) -> Proposal | None:
    """Labels that were divided together with the pixels, such as 7/255."""
    try:
        numbers = {text: float(text) for text in texts}
    except ValueError:
        return None
    if not all(map(math.isfinite, numbers.values())):  # the words "nan" and "inf" are no numbers
        return None
    for divisor in (255, 9, 10):
        products = {text: number * divisor for text, number in numbers.items()}
        close = all(abs(p - round(p)) < 1e-3 and 0 <= round(p) < CLASSES for p in products.values())
        if close and any(not float(text).is_integer() for text in texts):
            digits: dict[str, int | None] = {text: round(p) for text, p in products.items()}
            return Proposal(
                digits,
                Question(
                    "digits",
                    f"The labels are fractions. Multiplied by {divisor} they are whole digits; "
                    "were they divided together with the pixels?",
                    (Option(f"Multiply by {divisor}", digits),),
                ),
            )
    return None


def _ask(texts: Sequence[str], found: Mapping[str, int | None]) -> Proposal:
    unclear = [text for text in texts if found[text] is None]
    listed = ", ".join(f"“{text}”" for text in unclear[:_LISTED])
    more = f" and {len(unclear) - _LISTED} more" if len(unclear) > _LISTED else ""
    return Proposal(
        found,
        Question(
            "digits",
            f"Which digit do these labels mean: {listed}{more}? Leave out what is no digit.",
            (Option("Leave these out", dict(found)),),
        ),
    )


def apply_digits(
    column: LabelColumn, digits: Mapping[str, int | None]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Digits (M,) uint8 of the images that have one, and the (M,) indices of these images.

    Raises ``DataError`` if ``digits`` names something that is no digit or nothing is left.
    """
    wrong = [d for d in digits.values() if d is not None and not 0 <= d < CLASSES]
    if wrong:
        raise DataError(f"A label can be a digit from 0 to 9. Received: {wrong[0]}")
    table = np.array([-1 if digits.get(t) is None else int(digits[t] or 0) for t in column.texts])
    mapped = table[column.indices]
    kept = np.flatnonzero(mapped >= 0)
    return mapped[kept].astype(np.uint8), kept
