"""Fine-tuning on kept drawings, in the worker, from a run on tiny data."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from resnet_app import drawings
from resnet_app.classroom import store as classes
from resnet_app.classroom.export import split_class
from resnet_app.classroom.handing_in import read_and_hand_in
from resnet_app.classroom.session import new_student
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.errors import DataError, RunError
from resnet_app.predict import load_predictor
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter
from resnet_app.strokes import draw_strokes
from resnet_app.training import launch, tune
from resnet_app.training.recipes import RECIPES, fine_tuning
from tests.conftest import bar_images, train_to_the_end, wait_until

_CONFIG = RECIPES["recommended"].config.changed(
    widths=(8, 8, 8),
    stem_stride=2,
    strides=(1, 2, 2),
    epochs=12,
    augmentation="none",
    batch_size=16,
)  # small maps: fine-tuning has a few seconds, and the machine may be slow


def keep_strokes(count: int) -> None:
    """Upright lines that are meant as a 7 and crosses that are meant as a 3, half and half."""
    for digit, ink in strokes(count, seed=4):
        drawings.keep(ink, digit)


def strokes(count: int, seed: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    rng = np.random.default_rng(seed)
    for index in range(count):
        line = np.array([[200.0, 60.0], [200.0, 340.0]]) + rng.normal(0, 8, (2, 2))
        across = np.array([[60.0, 200.0], [340.0, 200.0]]) + rng.normal(0, 8, (2, 2))
        ink = draw_strokes([line] if index % 2 else [line, across], 24)
        yield 7 if index % 2 else 3, ink


@pytest.fixture(scope="module")
def home_of_bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one finished run, on bars."""
    home = tmp_path_factory.mktemp("bars")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_APP_HOME", str(home))
        bars = Dataset("Bars", *bar_images(400), *bar_images(50))
        train_to_the_end(_CONFIG, datasets.save(bars))
    return home


@pytest.fixture
def parent(home_of_bars: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The run on bars, with no drawings kept yet."""
    monkeypatch.setenv("RESNET_APP_HOME", str(home_of_bars))
    for drawing in drawings.listing():
        drawings.forget(drawing)
    return next(run for run in runs.listing() if run.parent is None)


def test_drawings_are_learned_and_the_old_digits_kept(parent: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tune, "_TRAINING_SECONDS", 1000.0)  # all steps, on a slow machine too
    keep_strokes(60)
    before = (parent.directory / "model.keras").read_bytes()
    run = runs.create(fine_tuning(parent.config), parent.dataset_digest, "60 drawings", parent.id)
    step, traced = keras.Model.train_step, []
    monkeypatch.setattr(keras.Model, "train_step", lambda *a: traced.append(a) or step(*a))
    tune.tune_run(run, RunWriter(run.directory))
    assert run.status().state == "finished"
    assert len(traced) == 1  # each time takes seconds
    tuning = run.tuning()
    assert tuning is not None
    assert (tuning.trained, tuning.held_back.count) == (40, 20)
    assert tuning.held_back.before < tuning.held_back.after >= 16
    assert tuning.others_name == "test digits of Bars"
    assert tuning.others.count == 50
    # Bars of neighbouring digits lie 4 pixels apart, and training moves them by up to 3.
    assert tuning.others.after >= 0.8 * tuning.others.before
    assert (parent.directory / "model.keras").read_bytes() == before
    ends = run.history().epochs
    assert abs(round(20 * ends[-1].val_accuracy) - tuning.held_back.after) <= 1
    assert ends[-1].loss < ends[0].loss  # that of 20 drawings alone goes either way

    # What was measured is what the light models answer.
    held_back = drawings.framed(drawings.split(drawings.listing())[1], run.framing())
    for model, right in ((parent, tuning.held_back.before), (run, tuning.held_back.after)):
        answers = load_predictor(model).probabilities(held_back[0]).argmax(1)
        assert (answers == held_back[1]).sum() == right


def test_a_class_is_learned_and_students_who_did_not_train_tell_how_well(parent: Run):
    session, _ = classes.open_session(parent.id, asks=(3, 7))
    for writer in range(6):
        student = new_student()
        for digit, ink in strokes(4, seed=writer):
            read_and_hand_in(session, student, digit, ink)
    run = launch.fine_tune_on_class(session)
    wait_until(lambda: run.status().ended, run)
    assert run.status().state == "finished", run.log_tail()
    assert (run.parent, run.classroom) == (parent.id, session.id)
    assert run.config.recipe == "fine-tuned"
    tuning = run.tuning()
    assert tuning is not None
    assert (tuning.trained, tuning.held_back.count, tuning.held_back_students) == (16, 8, 2)
    assert tuning.held_back.before < tuning.held_back.after  # how far depends on the time it has
    images, digits = split_class(session).held_back
    for model, right in ((parent, tuning.held_back.before), (run, tuning.held_back.after)):
        answers = load_predictor(model).probabilities(images).argmax(1)
        assert (answers == digits).sum() == right


def test_a_fine_tuned_run_can_be_stopped_and_fine_tuned_again(parent: Run):
    keep_strokes(6)
    first = launch.fine_tune(parent)
    first.request_stop()
    wait_until(lambda: first.status().ended, first)
    assert first.status().state == "stopped", first.log_tail()
    assert first.tuning() is not None
    images = bar_images(50)[0]  # one or two steps at a rate that warms up change next to nothing
    ours, theirs = (load_predictor(each).logits(images) for each in (first, parent))
    assert np.abs(ours - theirs).max() < 0.1 * np.abs(theirs).max()
    second = launch.fine_tune(first)
    wait_until(lambda: second.status().ended, second)
    assert second.status().state == "finished", second.log_tail()
    assert second.parent == first.id
    assert second.dataset_digest == parent.dataset_digest


def test_what_cannot_be_fine_tuned_is_told_in_words(parent: Run, tmp_path: Path):
    keep_strokes(4)
    with pytest.raises(DataError, match="5 drawings or more.*Received: 4"):
        launch.fine_tune(parent)
    keep_strokes(4)
    with pytest.raises(RunError, match="no model to go on from"):
        launch.fine_tune(Run(tmp_path))
