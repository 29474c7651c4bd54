"""Labels as people write them."""

import numpy as np
import pytest

from resnet_app.data.labels import apply_digits, propose, read_labels
from resnet_app.errors import DataError


@pytest.mark.parametrize(
    ("labels", "texts"),
    [
        (np.array([3, 1, 3]), ("1", "3")),
        (np.array([3.0, 1.0]), ("1", "3")),
        (np.array([[3], [1]]), ("1", "3")),
        (np.array(["b", " a ", "a"]), ("a", "b")),
        (np.array([10, 9, 2]), ("2", "9", "10")),
        (np.array(["10", "9", "x"]), ("9", "10", "x")),
        (np.array([True, False]), ("0", "1")),
        (np.array([0.5]), ("0.5",)),
    ],
)
def test_labels_become_texts_in_natural_order(labels: np.ndarray, texts: tuple[str, ...]):
    column, note = read_labels(labels)
    assert (column.texts, note) == (texts, None)
    assert column.counts.sum() == len(labels)
    again = [column.texts[i] for i in column.indices]
    assert np.array_equal(np.array(again) == again[0], labels.ravel() == labels.ravel()[0])


def test_one_hot_rows_become_digits_and_that_is_said():
    column, note = read_labels(np.eye(10)[[7, 2, 7]])
    assert column.texts == ("2", "7")
    assert column.counts.tolist() == [1, 2]
    assert note is not None and "One-hot" in note


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.array([1, np.nan]), "1 such labels"),
        (np.array([1 + 2j]), "complex"),
        (np.eye(3), "10 columns"),
        (np.eye(10) * 2, "one-hot"),
        (np.zeros((2, 10)), "one-hot"),
        (np.zeros((2, 2, 2)), "one per image"),
        (np.arange(101), "101 different"),
        (np.eye(10).astype(str), "one-hot"),
    ],
)
def test_what_cannot_be_labels_is_refused_in_words(labels: np.ndarray, words: str):
    with pytest.raises(DataError) as caught:
        column, _ = read_labels(labels)
        propose(column.texts)
    assert words in str(caught.value)
    assert "Received: " in str(caught.value)


@pytest.mark.parametrize(
    ("texts", "digits"),
    [
        (("0", "7"), [0, 7]),
        (("zero", "Nine"), [0, 9]),
        (("digit_3", "digit_4"), [3, 4]),
        (("class 1", "class 2"), [1, 2]),
        (("03", "8"), [3, 8]),
        (("number-two", "number-six"), [2, 6]),
    ],
)
def test_plain_spellings_are_understood(texts: tuple[str, ...], digits: list[int]):
    proposal = propose(texts)
    assert proposal.question is None
    assert [proposal.digits[text] for text in texts] == digits
    assert (proposal.note is None) == (texts == ("0", "7"))


def test_one_to_ten_is_asked_about_unless_the_format_is_known_for_it():
    texts = tuple(map(str, range(1, 11)))
    asked = propose(texts)
    assert asked.question is not None and asked.question.field == "digits"
    ways = {option.label: option.value["10"] for option in asked.question.options}
    assert sorted(ways.values()) == [0, 9]
    known = propose(texts, ten_is_zero=True)
    assert known.question is None
    assert known.digits["10"] == 0 and known.digits["9"] == 9
    assert known.note is not None and "10" in known.note


@pytest.mark.parametrize("divisor", [255, 9, 10])
def test_divided_labels_are_asked_about(divisor: int):
    texts = tuple(f"{digit / divisor:g}" for digit in range(10))
    proposal = propose(texts)
    assert proposal.question is not None
    assert [proposal.digits[text] for text in texts] == list(range(10))


@pytest.mark.parametrize(
    ("text", "digit"),
    [("cat", None), ("11", None), ("-3", None), ("3.5", None), ("1e1", None), ("3a4", None),
     ("one two", None), ("", None), ("someone", None), ("nan", None), ("-inf", None), ("7", 7)],
)  # fmt: skip
def test_what_is_no_digit_is_asked_about(text: str, digit: int | None):
    proposal = propose(("0", text))
    assert proposal.digits[text] == digit
    assert (proposal.question is None) == (digit is not None)
    if proposal.question is not None:
        assert f"“{text}”" in proposal.question.text


def test_images_without_a_digit_are_left_out():
    column, _ = read_labels(np.array(["a", "3", "a", "4"]))
    labels, kept = apply_digits(column, {"a": None, "3": 3, "4": 4})
    assert (labels.tolist(), kept.tolist()) == ([3, 4], [1, 3])
    assert labels.dtype == np.uint8
    with pytest.raises(DataError, match="Received: 12"):
        apply_digits(column, {"a": 12})
