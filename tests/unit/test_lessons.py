"""What fine-tuning shows the network, made of drawings and a stored data set."""

import numpy as np
import pytest

from resnet_app import drawings
from resnet_app.classroom import store as classes
from resnet_app.classroom.session import Answer, Drawn, new_student
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.data.generator import write
from resnet_app.errors import ClassroomError
from resnet_app.imaging import Framing
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.strokes import draw_strokes, place_strokes
from resnet_app.training.lessons import Lessons, prepare_lessons
from resnet_app.training.recipes import RECIPES, fine_tuning
from resnet_app.training.split import split_dataset

_CONFIG = fine_tuning(RECIPES["recommended"].config)
_FRAMING = Framing(36.0, 25.0, 25.0, True, stroke=4.0)


def keep(count: int) -> None:
    for index in range(count):
        strokes = place_strokes(write(index % 3, index), 260)
        drawings.keep(draw_strokes(strokes, 24), index % 3)


def lessons_from(digest: str, framing: Framing = _FRAMING) -> Lessons:
    run: Run = runs.create(_CONFIG, digest, "Some digits", runs.PRETRAINED)
    return prepare_lessons(run, framing)


@pytest.mark.parametrize("light_ink", [True, False])
def test_a_class_trains_with_some_students_and_is_tested_with_others(light_ink: bool):
    session, _ = classes.open_session(runs.PRETRAINED)
    framing = Framing(36.0, 25.0, 25.0, light_ink, stroke=4.0)
    answer = Answer(np.full(10, 0.1, np.float32), False)
    for index in range(6):
        student = new_student()
        for digit in range(3):
            ink = draw_strokes(place_strokes(write(digit, index), 260), 24)
            drawn = Drawn(digit, b"", framing.apply(ink), answer)
            classes.hand_in(session, student, drawn)
    run = runs.create(_CONFIG, "0" * 16, "Some digits", runs.PRETRAINED, session.id)
    lessons = prepare_lessons(run, framing)
    assert (lessons.trained, lessons.held_back_students) == (12, 2)
    images, _, students = classes.framed_drawings(session)
    assert np.array_equal(lessons.held_back[0], images[np.isin(students, (2, 5))])
    assert (np.median(lessons.variants[0]) < 128) == light_ink
    assert np.bincount(lessons.variants[1]).tolist() == [48, 48, 48]
    classes.delete(session)
    with pytest.raises(ClassroomError, match="no longer here"):
        prepare_lessons(run, framing)


def rows(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


def test_a_few_drawings_become_many_different_variants_and_no_held_back_one_trains():
    keep(9)
    lessons = lessons_from("0" * 16)
    assert (lessons.trained, len(lessons.held_back[1])) == (6, 3)
    images, labels = lessons.variants
    assert len(rows(images)) == len(images) == 6 * 12
    assert np.bincount(labels).tolist() == [24, 24, 24]
    assert not rows(images) & rows(lessons.held_back[0])


def test_the_parents_own_digits_are_rehearsed_and_none_that_trained_is_tested(bars: Dataset):
    keep(6)
    digest = datasets.save(bars)
    lessons = lessons_from(digest)
    split = split_dataset(datasets.load(digest), _CONFIG)
    assert rows(lessons.others[0]) <= rows(split.test[0])
    assert len(rows(lessons.rehearsal) & rows(split.train[0])) == len(rows(split.train[0]))
    assert lessons.others_name == "test digits of Bars"


@pytest.mark.parametrize("light_ink", [True, False])
def test_built_in_digits_take_the_place_of_those_that_are_gone(light_ink: bool):
    keep(6)
    framing = Framing(36.0, 25.0, 25.0, light_ink, stroke=4.0)
    lessons = lessons_from("0" * 16, framing)
    assert lessons.others_name == "built-in digits"
    assert not rows(lessons.rehearsal) & rows(lessons.others[0])
    for images in (lessons.variants[0], lessons.held_back[0], lessons.rehearsal, lessons.others[0]):
        assert (np.median(images) < 128) == light_ink


def test_a_flattened_head_is_tuned_at_a_rate_that_fits_its_many_inputs():
    posted = fine_tuning(RECIPES["as-posted"].config)
    assert posted.head == "flatten"
    assert posted.learning_rate <= _CONFIG.learning_rate / 10
