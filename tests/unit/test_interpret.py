"""What a source is understood as, and what is asked."""

import numpy as np
import pytest

from resnet_app.data.generator import generate
from resnet_app.data.interpret import interpret
from resnet_app.data.orientation import look
from resnet_app.data.source import Choices, Part, Reading, Source
from resnet_app.errors import DataError

IMAGES, LABELS = generate(300, seed=8)


def source(images=IMAGES, labels=LABELS, **more) -> Source:
    return Source("a test", Part(images, labels), **more)


def asked(reading: Reading) -> list[str]:
    return [question.field for question in reading.questions]


def test_a_clear_source_becomes_a_data_set_with_its_story():
    test = Part(IMAGES[:20], LABELS[:20])
    understood = interpret(source(test=test, notes=("A note.",)), Choices(), "mine")
    dataset = understood.dataset
    assert dataset is not None and not understood.reading.questions
    assert np.array_equal(dataset.images, IMAGES)
    assert np.array_equal(dataset.test_images, IMAGES[:20])
    assert dataset.notes == ("Recognised: a test.", "A note.")
    assert understood.reading.choices == Choices(None, {str(d): d for d in range(10)}, False, False)
    counts = np.bincount(LABELS) + np.bincount(LABELS[:20], minlength=10)
    assert [value.count for value in understood.reading.label_values] == counts.tolist()
    assert understood.examples.shape == (10, 5, 50, 50)
    assert np.array_equal(understood.examples[3, 0], IMAGES[LABELS == 3][0])


def test_a_reading_survives_json():
    reading = interpret(source(labels=LABELS + 1), Choices(), "mine").reading
    assert reading.questions
    assert Reading.from_json(reading.to_json()) == reading


def test_dark_ink_is_found_said_and_can_be_kept():
    understood = interpret(source(255 - IMAGES), Choices(), "mine")
    assert understood.dataset is not None
    assert np.array_equal(understood.dataset.images, IMAGES)
    assert any("Light and dark were swapped" in note for note in understood.reading.notes)
    kept = interpret(source(255 - IMAGES), Choices(invert=False), "mine")
    assert kept.dataset is not None
    assert np.array_equal(kept.dataset.images, 255 - IMAGES)


def test_turned_pictures_are_asked_about_with_the_figures():
    understood = interpret(source(IMAGES.swapaxes(1, 2)), Choices(), "mine")
    assert asked(understood.reading) == ["transpose"]
    assert understood.dataset is None
    assert understood.reading.choices.transpose is True
    assert "likeness" in understood.reading.questions[0].text
    settled = interpret(source(IMAGES.swapaxes(1, 2)), understood.reading.choices, "mine")
    assert settled.dataset is not None
    assert np.array_equal(settled.dataset.images, IMAGES)


def test_matlabs_order_is_undone_and_asked_about_only_if_it_looks_wrong():
    turned = interpret(source(IMAGES.swapaxes(1, 2), column_major=True), Choices(), "mine")
    assert turned.dataset is not None
    assert np.array_equal(turned.dataset.images, IMAGES)
    upright = interpret(source(column_major=True), Choices(), "mine")
    assert asked(upright.reading) == ["transpose"]
    assert upright.reading.choices.transpose is False


@pytest.mark.parametrize(
    ("labels", "first"),
    [(LABELS.astype(int) + 1, "Every label is one more than its digit"),
     ((LABELS.astype(int) + 9) % 10 + 1, "10 stands for 0")],
)  # fmt: skip
def test_labels_from_one_to_ten_are_asked_about_likeliest_first(labels: np.ndarray, first: str):
    understood = interpret(source(labels=labels), Choices(), "mine")
    assert asked(understood.reading) == ["digits"]
    option = understood.reading.questions[0].options[0]
    assert option.label == first
    settled = interpret(source(labels=labels), Choices(digits=option.value), "mine")
    assert settled.dataset is not None
    assert np.array_equal(settled.dataset.labels, LABELS)


def test_images_that_are_no_digits_are_left_out_when_a_person_says_so():
    labels = np.where(LABELS == 4, "cat", LABELS.astype(str))
    understood = interpret(source(labels=labels), Choices(), "mine")
    assert asked(understood.reading) == ["digits"]
    settled = interpret(source(labels=labels), understood.reading.choices, "mine")
    assert settled.dataset is not None
    assert len(settled.dataset.labels) == 270
    assert any("30 images were left out" in note for note in settled.reading.notes)


def test_labels_in_two_places_are_asked_about():
    doubtful = source(
        label_sources=("first column", "last column"),
        label_source="first column",
        labels_in_doubt=True,
    )
    reading = interpret(doubtful, Choices(), "mine").reading
    assert asked(reading) == ["label_source"]
    assert [o.value for o in reading.questions[0].options] == ["first column", "last column"]
    assert not interpret(doubtful, Choices(label_source="first column"), "m").reading.questions


def test_both_parts_share_one_scale():
    dim = Part((IMAGES[:20] / 255 / 2).astype(np.float32), LABELS[:20])
    understood = interpret(source((IMAGES / 255).astype(np.float32), test=dim), Choices(), "mine")
    assert understood.dataset is not None
    halved = np.round(IMAGES[:20].astype(np.float32) / 255 / 2 * 255)
    assert np.abs(understood.dataset.test_images - halved).max() <= 1


@pytest.mark.parametrize("kind", ["u2", "<i4"])
def test_sixteen_bits_are_brought_to_eight(kind: str):
    understood = interpret(source(IMAGES.astype(kind) * 257), Choices(), "mine")
    assert understood.dataset is not None
    assert np.array_equal(understood.dataset.images, IMAGES)
    assert any("16-bit" in note for note in understood.reading.notes)


def test_training_and_test_labels_of_different_forms_are_refused():
    test = Part(IMAGES[:20], np.eye(10)[LABELS[:20]])
    with pytest.raises(DataError, match="same form"):
        interpret(source(test=test), Choices(), "mine")


@pytest.mark.parametrize("count", [60, 300])
@pytest.mark.parametrize("seed", range(5))
def test_orientation_is_told_from_few_digits(count: int, seed: int):
    images, labels = generate(count, seed)
    assert look(images, labels).transposed is False
    assert look(images.swapaxes(1, 2), labels).transposed is True


def test_orientation_is_not_told_from_noise_or_nothing():
    noise = np.random.default_rng(0).integers(0, 256, IMAGES.shape, np.uint8)
    assert look(noise, LABELS).transposed is None
    assert look(IMAGES[:3], LABELS[:3]).transposed is None
    assert look(np.zeros_like(IMAGES), LABELS).transposed is None
