"""The page for drawing, with a canvas that a test fills."""

import io
import shutil

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from resnet_app import drawings
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.data.generator import write
from resnet_app.runs import store as runs
from resnet_app.strokes import draw_strokes, place_strokes
from tests.pages.conftest import button, open_page


def drawn(digit: int, pen: int = 24, size: int = 280) -> np.ndarray:
    return draw_strokes(place_strokes(write(digit, 3), size), pen)


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> dict:
    """What the canvas holds; a browser is needed for a real one."""
    held: dict = {"ink": None}
    monkeypatch.setattr("resnet_app.ui.canvas.draw_digit", lambda pen: held["ink"])
    return held


def answer(app: AppTest) -> str:
    return next(metric.value for metric in app.metric if metric.label == "Answer")


@pytest.mark.parametrize("digit", range(10))
def test_with_nothing_trained_a_drawn_digit_is_read(canvas: dict, digit: int):
    canvas["ink"] = drawn(digit)
    app = open_page("draw")
    assert not app.error
    assert answer(app) == str(digit)


def test_why_not_another_digit_shows_its_votes(canvas: dict):
    canvas["ink"] = drawn(7)
    app = open_page("draw")
    pills = next(group for group in app.button_group if group.label.startswith("Why 7"))
    pills.set_value(4).run()
    assert not app.exception
    captions = [image.caption for images in app.get("image") for image in images.proto.imgs]
    assert any(caption.startswith("Why 7: votes") for caption in captions)
    assert any(caption.startswith("Why not 4: votes") for caption in captions)


@pytest.mark.parametrize(
    "ink",
    [
        pytest.param(draw_strokes([np.array([[200.0, 200.0], [201.0, 201.0]])], 30), id="dot"),
        pytest.param(
            draw_strokes([np.random.default_rng(2).uniform(60, 340, (25, 2))], 12), id="scribble"
        ),
        pytest.param(
            np.maximum(np.roll(drawn(3, 16, 150), -90, 1), np.roll(drawn(5, 16, 150), 90, 1)),
            id="two digits",
        ),
    ],
)
def test_what_is_no_digit_is_not_called_one(canvas: dict, ink: np.ndarray):
    canvas["ink"] = ink
    assert answer(open_page("draw")) == "Not sure"


def test_a_sample_is_read_by_who_cannot_draw():
    app = open_page("draw")
    app.segmented_control[0].set_value("sample").run()
    next(group for group in app.button_group if group.label == "Which digit").set_value(6).run()
    assert not app.exception
    assert answer(app) == "6"


def test_a_photo_is_read_and_a_bad_file_is_told_in_words(canvas: dict):
    app = open_page("draw")
    app.segmented_control[0].set_value("picture").run()
    paper = np.linspace(140, 240, 400)[None, :] * (1 - 0.7 * drawn(4) / 255)
    png = io.BytesIO()
    Image.fromarray(paper.astype(np.uint8)).save(png, "PNG")
    app.file_uploader[0].upload("four.png", png.getvalue()).run()
    assert not app.exception
    assert answer(app) == "4"
    app.file_uploader[0].upload("bad.png", b"no picture").run()
    assert "not a picture" in app.error[0].value


def test_a_kept_drawing_is_listed_with_its_right_digit(canvas: dict):
    canvas["ink"] = drawn(2)
    app = open_page("draw")
    next(box for box in app.selectbox if box.label == "It was a …").set_value(3).run()
    button(app, "Keep it").click().run()
    assert not app.exception
    (kept,) = drawings.listing()
    assert (kept.digit, np.array_equal(kept.ink(), canvas["ink"])) == (3, True)
    assert any("reads **0 of 1** right" in text.value for text in app.markdown)


def test_two_models_read_the_same_drawing_side_by_side(canvas: dict, bars: Dataset):
    run = runs.create(runs.pretrained().config, datasets.save(bars), "Copied")
    for file in runs.pretrained().directory.iterdir():
        if file.name != "config.json":
            shutil.copy(file, run.directory)
    canvas["ink"] = drawn(5)
    app = open_page("draw")
    next(box for box in app.selectbox if box.label == "Beside it").set_value(run.id).run()
    assert not app.exception
    assert [metric.value for metric in app.metric if metric.label == "Answer"] == ["5", "5"]
