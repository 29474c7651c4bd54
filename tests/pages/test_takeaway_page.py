"""Taking a run away, and opening one, on the page."""

import shutil
import time
from pathlib import Path

import pytest

from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.quiz import Quiz, keep
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.takeaway import onnx
from resnet_app.training.recipes import RECIPES
from tests.made_runs import fill_run
from tests.pages.conftest import open_page, words

_PRETRAINED = runs.pretrained().directory


@pytest.fixture
def run(bars: Dataset) -> Run:
    """A finished run with the models of the one that comes with the app."""
    made = runs.create(RECIPES["recommended"].config, datasets.save(bars), bars.name)
    for name in ("model.keras", "model.tflite", "preprocessing.json", "calibration.json"):
        shutil.copy(_PRETRAINED / name, made.directory / name)
    fill_run(made)
    return made


def opened(run: Run):
    app = open_page("start")
    app.query_params["run"] = run.id
    app.switch_page("pages/train.py").run()
    assert not app.exception
    return app


def downloads(app) -> list[str]:
    return [found.proto.label for found in app.get("download_button")]


def test_a_finished_run_offers_its_files_and_shows_its_code(run: Run):
    app = opened(run)
    offered = downloads(app)
    assert {"The whole run", "Report", "Script, notebook and digits"} <= set(offered)
    assert any("def build_network" in code.value for code in app.code)


@pytest.mark.parametrize(
    ("installed", "missing"), [((), "tf2onnx and onnx"), (("onnx",), "tf2onnx")], ids=str
)
def test_where_its_converter_is_missing_it_says_which(
    run: Run, monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], missing: str
):
    monkeypatch.setattr(onnx, "find_spec", lambda name: name if name in installed else None)
    app = opened(run)
    assert "ONNX model" not in downloads(app)
    assert f"ONNX needs {missing}, which this installation does not have." in words(app)


def test_where_its_converter_is_there_it_is_offered(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnx, "find_spec", lambda name: name)
    app = opened(run)
    assert "ONNX model" in downloads(app)
    assert "ONNX needs" not in words(app)


def test_without_its_digits_the_model_can_still_be_taken(run: Run):
    datasets.delete(run.dataset_digest)
    app = opened(run)
    assert "no longer here" in words(app)
    assert "Keras model" in downloads(app)
    assert "Python script" not in downloads(app)


def test_a_hidden_fault_cannot_be_read_off_its_files(run: Run):
    keep(run, Quiz(("leak", "nothing"), True))
    app = opened(run)
    assert not downloads(app)
    assert not app.code


def test_a_file_that_is_no_run_is_refused_in_words(tmp_path: Path):
    app = open_page("train")
    app.file_uploader[0].upload("run.zip", b"PK\x03\x04 not a zip", "application/zip").run()
    end = time.monotonic() + 60
    while not app.error and time.monotonic() < end:
        time.sleep(0.2)
        app.run()
    assert "not a run that was taken away" in app.error[0].value
    assert not app.exception
    assert runs.listing() == []
