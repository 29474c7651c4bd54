"""Every test has a data folder of its own; a run that was really trained can be copied into it."""

import gc
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.results import launch as results
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.training import launch
from resnet_app.training.recipes import RECIPES

_LIMIT_SECONDS = 240

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # two test processes share the cores


@pytest.fixture(autouse=True)
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``RESNET_APP_HOME``."""
    home = tmp_path / "home"
    monkeypatch.setenv("RESNET_APP_HOME", str(home))
    monkeypatch.setenv("RESNET_APP_WARM_WORKER", "0")  # a page test would leave one behind
    return home


@pytest.fixture(autouse=True, scope="module")
def freeze_what_others_left() -> None:
    """Keep the collector from going through TensorFlow's graphs at every run of a page."""
    gc.collect()
    gc.freeze()


def bar_images(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images that a tiny network can tell apart: digit d is a bar at row 4 d."""
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = np.zeros((count, 50, 50), np.uint8)
    for index, label in enumerate(labels):
        images[index, 4 * label + 3 : 4 * label + 8, 10 + index % 7 : 40] = 255
    return images, labels


@pytest.fixture
def bars() -> Dataset:
    """200 training and 50 test images of bars."""
    return Dataset("Bars", *bar_images(200), *bar_images(50))


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one run of two epochs on bars, to be copied and not to be changed.

    With augmentation, a schedule and the best weights put back. Without fast kernels: their other
    rounding leads a young network elsewhere within some steps.
    """
    return made_once(tmp_path_factory, "trained", _train)


def _train(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_APP_HOME", str(home))
        patch.setenv("RESNET_APP_WARM_WORKER", "0")
        config = RECIPES["recommended"].config.changed(
            widths=(16, 8, 8), strides=(2, 2, 2), epochs=2, batch_size=16,
            fast_kernels=False, precision="float32",
        )  # fmt: skip
        train_to_the_end(config, datasets.save(Dataset("Bars", *bar_images(300))))


def train_to_the_end(config: TrainingConfig, digest: str) -> Run:
    """A finished run on a kept data set, trained by the process that does that."""
    run = launch.start(config, digest)
    wait_until(lambda: run.status().ended, run)
    assert run.status().state == "finished", run.log_tail()
    return run


def wait_until(condition: Callable[[], object], run: Run) -> None:
    """Wait for ``condition()``; fail with the log of ``run`` if it does not come."""
    end = time.monotonic() + _LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < end, run.log_tail()
        time.sleep(0.1)


@pytest.fixture(scope="session")
def studied_home(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That folder, with the run's results, computed by the process that does that."""

    def study(home: Path) -> None:
        shutil.copytree(trained_home, home, dirs_exist_ok=True)
        _study(home)

    return made_once(tmp_path_factory, "studied", study)


def _study(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_APP_HOME", str(home))
        (run,) = runs.listing()
        for job in (results.measure(run), results.trace(run)):
            job.answer()
            job.forget()


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that ``make`` has filled: once for all processes that share the tests."""
    shared = "PYTEST_XDIST_WORKER" in os.environ
    place = (factory.getbasetemp().parent if shared else factory.getbasetemp()) / f"made-{name}"
    ready = place.with_suffix(".ready")
    try:
        place.mkdir()
    except FileExistsError:  # another process is at it, or has done it
        end = time.monotonic() + _LIMIT_SECONDS
        while not ready.exists():
            assert time.monotonic() < end, f"nobody made {place}"
            time.sleep(0.1)
    else:
        make(place)
        ready.touch()
    return place


@pytest.fixture
def studied(studied_home: Path, lab_home: Path) -> Run:
    """The run with results, in this test's own data folder."""
    shutil.copytree(studied_home, lab_home)
    (run,) = runs.listing()
    return run
