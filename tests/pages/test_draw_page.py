"""The page for drawing, with a canvas that a test fills."""

import io
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from resnet_app import drawings
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.data.generator import write
from resnet_app.files import write_json
from resnet_app.owners import owner_of
from resnet_app.runs import store as runs
from resnet_app.runs.run import Tally, Tuning
from resnet_app.strokes import draw_strokes, place_strokes
from resnet_app.training import workers
from tests.pages.conftest import button, open_page, words


def drawn(digit: int, pen: int = 24, size: int = 280) -> np.ndarray:
    return draw_strokes(place_strokes(write(digit, 3), size), pen)


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> dict:
    """What the canvas holds; a browser is needed for a real one."""
    held: dict = {"ink": None}
    monkeypatch.setattr("resnet_app.ui.canvas.draw_digit", lambda pen: held["ink"])
    return held


def until(app: AppTest, condition: Callable[[], bool]) -> None:
    """Look again, as a browser does, until a picture has been read by its own process."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        assert not app.exception
        app.run()


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
    until(app, lambda: any(metric.label == "Answer" for metric in app.metric))
    assert answer(app) == "4"
    app.file_uploader[0].upload("bad.png", b"no picture").run()
    until(app, lambda: bool(app.error))
    assert "not a picture" in app.error[0].value


def test_a_picture_file_that_is_too_large_is_told_in_words(
    canvas: dict, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("resnet_app.data.launch.MAX_PHOTO_BYTES", 2**20)
    app = open_page("draw")
    app.segmented_control[0].set_value("picture").run()
    app.file_uploader[0].upload("large.png", bytes(2**20 + 1)).run()
    assert not app.exception
    assert "at most 1 MiB" in app.error[0].value


def test_a_kept_drawing_is_listed_with_its_right_digit(canvas: dict):
    canvas["ink"] = drawn(2)
    app = open_page("draw")
    next(box for box in app.selectbox if box.label == "It was a …").set_value(3).run()
    button(app, "Keep it").click().run()
    assert not app.exception
    (kept,) = drawings.listing(owner_of(app.session_state["visitor_token"]))
    assert (kept.digit, np.array_equal(kept.ink(), canvas["ink"])) == (3, True)
    assert any("reads **0 of 1** right" in text.value for text in app.markdown)


def test_fine_tuning_is_offered_and_made_ready_from_five_drawings_on(
    canvas: dict, monkeypatch: pytest.MonkeyPatch
):
    asked: list = []
    monkeypatch.setattr(workers, "warm_up", asked.append)
    for digit in (2, 2, 2, 3):
        drawings.keep(drawn(digit), digit)
    app = open_page("draw")
    assert button(app, "Fine-tune the model on them").disabled
    assert None not in asked  # the start page has had a network prepared
    drawings.keep(drawn(3), 3)
    app.run()
    assert not button(app, "Fine-tune the model on them").disabled
    assert asked[-1] is None


def test_the_model_before_is_fine_tuned_and_both_are_compared(
    canvas: dict, monkeypatch: pytest.MonkeyPatch
):
    """A click begins it, here without a worker; when it has ended its model is asked first."""
    for digit in (2, 2, 2, 3, 3):
        drawings.keep(drawn(digit), digit)
    monkeypatch.setattr(workers, "_spawn", lambda: None)
    monkeypatch.setattr(workers, "_tell", lambda worker, command: True)
    monkeypatch.setattr(workers, "_workers", [])
    canvas["ink"] = drawn(5)
    app = open_page("draw")
    button(app, "Fine-tune the model on them").click().run()
    assert not app.exception
    (run,) = runs.listing()
    assert (run.parent, run.status().active) == (runs.PRETRAINED, True)
    assert button(app, "Stop")
    for file in runs.pretrained().directory.iterdir():
        if file.name != "config.json":
            shutil.copy(file, run.directory)
    tuning = Tuning(3, Tally(2, 0, 1), Tally(500, 495, 494), "built-in digits")
    write_json(run.directory / "tuning.json", asdict(tuning))
    app.run()
    assert not app.exception
    said = words(app)
    assert "Trained on 3 drawings. Of the 2 that were held back it reads **1** right" in said
    assert "99.0% right before, 98.8% after" in said
    assert "fine\\-tuned on 5 drawings, from the model that comes with the app" in said
    boxes = {box.label: box.value for box in app.selectbox}
    assert (boxes["Model"], boxes["Beside it"]) == (run.id, runs.PRETRAINED)
    assert [metric.value for metric in app.metric if metric.label == "Answer"] == ["5", "5"]


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
