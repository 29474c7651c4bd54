"""A tiny run taken away: its code trains the same, its zip opens again, its files can be read."""

import ast
import csv
import io
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
import tensorflow as tf

from resnet_app.data import store as datasets
from resnet_app.data.source import SourceFile, no_progress
from resnet_app.errors import DataError
from resnet_app.predict import load_predictor
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run, count_confusion
from resnet_app.takeaway.cells import write_cells
from resnet_app.takeaway.kinds import KINDS, write
from resnet_app.takeaway.launch import open_run, opened_run, take
from resnet_app.takeaway.notebook import as_notebook
from resnet_app.takeaway.opening import open_bundle
from resnet_app.takeaway.script import as_script
from tests.conftest import bar_images

_LIMIT_SECONDS = 240


@pytest.fixture(scope="module")
def home(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("takeaway")
    shutil.copytree(trained_home, home, dirs_exist_ok=True)
    return home


@pytest.fixture
def finished() -> Run:
    (run,) = runs.listing()
    return run


@pytest.fixture(autouse=True)
def same_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_APP_HOME", str(home))


def outcome(code: str, run: Run, folder: Path) -> tuple[list[dict[str, float]], float]:
    """What ``code`` says after each epoch and of the test, run far from this project."""
    (folder / "digits.npz").write_bytes(datasets.arrays_path(run.dataset_digest).read_bytes())
    (folder / "train.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "train.py"], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == 0, done.stderr
    epochs = [
        {name: float(value) for name, value in re.findall(r"(\w+): ([\d.e+-]+)(?= -|$)", line)}
        for line in done.stdout.splitlines()
        if "val_loss" in line
    ]
    return epochs, float(re.search(r"Test accuracy: ([\d.]+)", done.stdout)[1])


def test_the_notebooks_code_is_the_scripts_and_repeats_the_run(finished: Run, tmp_path: Path):
    cells = write_cells(finished)
    notebook = nbformat.reads(as_notebook(cells), as_version=4)
    nbformat.validate(notebook)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    script = ast.parse(as_script(cells))
    assert ast.dump(ast.parse(code)) == ast.dump(ast.Module(script.body[1:], script.type_ignores))

    epochs, accuracy = outcome(code, finished, tmp_path)
    own = finished.history().epochs
    assert len(epochs) == len(own)
    for told, point in zip(epochs, own, strict=True):
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert told[name] == pytest.approx(getattr(point, name), abs=1e-3), (told, point)
    assert accuracy == pytest.approx(finished.evaluation().accuracy, abs=1e-4)


def test_the_zip_opens_in_another_house_and_answers_the_same(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    images = bar_images(40)[0]
    before = load_predictor(finished).probabilities(images)
    (tmp_path / "run.zip").write_bytes(take(finished, "run"))
    monkeypatch.setenv("RESNET_APP_HOME", str(tmp_path / "elsewhere"))
    opened = runs.open_run(opened_run(open_run(SourceFile("run.zip", tmp_path / "run.zip"))))
    assert opened.imported
    assert opened.id != finished.id
    np.testing.assert_allclose(load_predictor(opened).probabilities(images), before, atol=1e-6)
    assert opened.config == finished.config
    assert opened.history() == finished.history()
    assert np.array_equal(opened.evaluation().confusion, finished.evaluation().confusion)
    assert opened.calibration() == finished.calibration()
    assert opened.status().state == "finished"
    assert [stored.digest for stored in datasets.listing()] == [finished.dataset_digest]
    assert take(opened, "script") == take(finished, "script")


def test_weights_of_another_network_are_refused_and_nothing_is_kept(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(finished, KINDS["run"], tmp_path / "own.zip")
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(tmp_path / "own.zip") as own, zipfile.ZipFile(changed, "w") as other:
        for name in own.namelist():
            if name != "weights/res3a_branch1.kernel.npy":
                other.writestr(name, own.read(name))
    monkeypatch.setenv("RESNET_APP_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(DataError, match="do not belong to the network"):
        open_bundle(SourceFile("run.zip", changed), tmp_path, no_progress)
    assert runs.listing() == []
    assert datasets.listing() == []


def test_the_answers_are_those_that_were_counted(finished: Run):
    rows = list(csv.DictReader(io.StringIO(take(finished, "predictions").decode())))
    true, answers = (np.array([int(row[n]) for row in rows]) for n in ("true_digit", "answer"))
    counted = count_confusion(true, answers).confusion
    assert np.array_equal(counted, finished.evaluation().confusion)
    assert all(cell[0].isdigit() for row in rows for cell in row.values())  # none is a formula
    shares = np.array([[float(row[f"p{digit}"]) for digit in range(10)] for row in rows])
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-4)
    stored = datasets.load(finished.dataset_digest)
    assert np.array_equal(stored.labels[[int(row["image"]) for row in rows]], true)


def test_tensorboard_logs_hold_the_epochs(finished: Run, tmp_path: Path):
    write(finished, KINDS["tensorboard"], tmp_path / "logs.zip")
    with zipfile.ZipFile(tmp_path / "logs.zip") as logs:
        logs.extractall(tmp_path)
    told = {
        (file.parent.name, value.tag, event.step): float(tf.make_ndarray(value.tensor))
        for file in tmp_path.rglob("events.*")
        for event in tf.compat.v1.train.summary_iterator(str(file))
        for value in event.summary.value
    }
    for index, point in enumerate(finished.history().epochs):
        assert told["train", "epoch_loss", index] == pytest.approx(point.loss)
        assert told["validation", "epoch_accuracy", index] == pytest.approx(point.val_accuracy)


def test_the_report_needs_nothing_else(finished: Run):
    page = take(finished, "report").decode()
    assert f"{finished.evaluation().accuracy:.1%}" in page
    for title in ("Question", "Data", "Recipe", "Curves", "Verdict", "Results", "Examples"):
        assert f"<h2>{title}</h2>" in page
    assert page.count("<svg") == 2
    assert not re.search(r"<script|https?://|<link|@import|url[(]", page)
