import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from resnet_app import drawings
from resnet_app.errors import DataError
from resnet_app.imaging import Framing
from resnet_app.strokes import draw_strokes, place_strokes, read_pen_digits
from tests.unit.uploads import dataset_of

_FRAMING = Framing(36.0, 25.0, 25.0, True, stroke=4.0)
_LINE = np.array([[0.0, 0.0], [0.0, 1.0]])


def test_kept_drawings_are_listed_newest_first_and_forgotten():
    ink = draw_strokes(place_strokes([_LINE], 200), 20)
    drawings.keep(ink, 1)
    newest = drawings.keep(ink, 7)
    assert [drawing.digit for drawing in drawings.listing()] == [7, 1]
    assert np.array_equal(drawings.listing()[0].ink(), ink)
    drawings.forget(newest)
    assert [drawing.digit for drawing in drawings.listing()] == [1]


def test_the_export_is_a_file_that_the_data_page_reads():
    ink = draw_strokes(place_strokes([_LINE], 200), 20)
    for index in range(60):
        drawings.keep(ink, index % 10)
    dataset = dataset_of({"drawings.npz": drawings.export(drawings.listing(), _FRAMING)})
    assert dataset.class_counts().tolist() == [6] * 10
    again = drawings.as_dataset(drawings.listing(), _FRAMING)
    assert np.array_equal(again.images, dataset.images)


def test_too_few_to_train_on_is_told_in_words():
    drawings.keep(draw_strokes(place_strokes([_LINE], 200), 20), 1)
    with pytest.raises(DataError, match="Received: 1"):
        drawings.as_dataset(drawings.listing(), _FRAMING)
    with pytest.raises(DataError, match="Received: 12"):
        drawings.keep(np.zeros((9, 9), np.uint8), 12)


def test_strokes_are_drawn_where_and_as_wide_as_asked():
    ink = draw_strokes(place_strokes([_LINE], 200, centre=(100, 250)), 20)
    rows, columns = np.nonzero(ink > 127)
    assert rows.max() - rows.min() + 1 == pytest.approx(220, abs=2)
    assert columns.max() - columns.min() + 1 == pytest.approx(20, abs=2)
    assert (columns.mean(), rows.mean()) == pytest.approx((100, 250), abs=1)


def test_slanted_strokes_lean_to_the_right():
    leaning = place_strokes([_LINE], 200, slant=15)[0]
    assert leaning[0, 0] - leaning[1, 0] > 40  # the upper end lies further right


def test_pen_digits_are_read_with_y_downwards(tmp_path: Path):
    path = tmp_path / "pens.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write(json.dumps({"digit": 7, "writer": 3, "strokes": [[[1, 5], [2, 9]]]}) + "\n")
    (digit,) = read_pen_digits(path)
    assert (digit.digit, digit.writer, digit.strokes[0].tolist()) == (7, 3, [[1, -5], [2, -9]])
    path.write_bytes(b"no gzip")
    with pytest.raises(DataError, match="Received: "):
        read_pen_digits(path)


def test_a_third_is_held_back_and_later_drawings_change_nothing_about_it():
    ink = draw_strokes(place_strokes([_LINE], 200), 20)
    kept = [drawings.keep(ink, digit) for digit in (1, 1, 7, 1, 7)]
    trained, held_back = drawings.split(drawings.listing())
    assert held_back == [kept[1], kept[4]]
    assert trained == [kept[0], kept[2], kept[3]]
    more = [drawings.keep(ink, digit) for digit in (1, 1, 1, 7)]
    assert drawings.split(drawings.listing())[1] == [*held_back, more[1]]


def test_why_nothing_can_be_held_back_is_told_in_words():
    ink = draw_strokes(place_strokes([_LINE], 200), 20)
    for digit in range(4):
        drawings.keep(ink, digit)
    with pytest.raises(DataError, match="Received: 4"):
        drawings.split(drawings.listing())
    drawings.keep(ink, 4)
    with pytest.raises(DataError, match="Received: 5 different digits"):
        drawings.split(drawings.listing())
    drawings.keep(ink, 4)
    assert len(drawings.split(drawings.listing())[1]) == 1
