"""A tiny run taken away: its code trains the same, its zip opens again, its files can be read."""

import ast
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.runs.run import Run
from resnet_app.takeaway.cells import write_cells
from resnet_app.takeaway.notebook import as_notebook
from resnet_app.takeaway.script import as_script
from resnet_app.training import launch
from resnet_app.training.recipes import RECIPES
from tests.conftest import bar_images

_LIMIT_SECONDS = 240


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("takeaway")


@pytest.fixture(scope="module")
def finished(home: Path) -> Run:
    """A run of two epochs on bars with augmentation, a schedule and the best weights put back.

    Without fast kernels: their other rounding leads a young network elsewhere within some steps.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_APP_HOME", str(home))
        images, labels = bar_images(300)
        config = RECIPES["recommended"].config.changed(
            widths=(16, 8, 8), strides=(2, 2, 2), epochs=2, batch_size=16,
            fast_kernels=False, precision="float32",
        )  # fmt: skip
        run = launch.start(config, datasets.save(Dataset("Bars", images, labels)))
        end = time.monotonic() + _LIMIT_SECONDS
        while not run.status().ended:
            assert time.monotonic() < end, run.log_tail()
            time.sleep(0.1)
    assert run.status().state == "finished", run.log_tail()
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
