"""The worker on tiny data: what it writes, and that others can read it."""

import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from resnet_app.calibration import softmax
from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.errors import DataError, RunError
from resnet_app.predict import Predictor, load_predictor
from resnet_app.runs.run import Run
from resnet_app.training import launch, queue, workers
from resnet_app.training.recipes import RECIPES
from tests.conftest import bar_images, train_to_the_end, wait_until

_SMALL = RECIPES["recommended"].config.changed(widths=(8, 8, 8), strides=(2, 2, 2))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of twelve epochs on bars; shared by the tests that only read it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_APP_HOME", str(tmp_path_factory.mktemp("finished")))
        bars = Dataset("Bars", *bar_images(400), *bar_images(50))
        config = _SMALL.changed(epochs=12, augmentation="none", batch_size=16)
        return train_to_the_end(config, datasets.save(bars))


def test_a_run_learns_and_leaves_its_files(finished: Run):
    evaluation, history = finished.evaluation(), finished.history()
    assert evaluation is not None
    assert evaluation.count == 50
    assert evaluation.accuracy > 0.9
    assert [point.epoch for point in history.epochs] == list(range(1, 13))
    positions = [point.position for point in history.batches]
    assert positions == sorted(positions)
    assert positions[-1] == 12.0
    assert finished.status().progress == 1.0
    with (finished.directory / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_loss"]) for row in rows] == [p.val_loss for p in history.epochs]


def test_batch_points_average_to_the_epochs_loss(finished: Run):
    history = finished.history()
    first = [point for point in history.batches if point.position <= 1]
    before = [0.0, *(point.position for point in first[:-1])]
    widths = [point.position - start for point, start in zip(first, before, strict=True)]
    mean = sum(p.loss * width for p, width in zip(first, widths, strict=True))
    assert math.isclose(mean, history.epochs[0].loss, rel_tol=0.05)


def test_the_light_model_agrees_with_the_plain_keras_model(finished: Run, tmp_path: Path):
    images = bar_images(20)[0]
    np.save(tmp_path / "x.npy", finished.normalizer().apply(images))
    script = (
        "import keras, numpy, sys;"
        "model = keras.models.load_model(sys.argv[1]);"
        "numpy.save(sys.argv[3], model.predict(numpy.load(sys.argv[2]), verbose=0));"
        "assert not any(name.startswith('resnet_app') for name in sys.modules)"
    )
    paths = [str(finished.directory / "model.keras"), str(tmp_path / "x.npy"), "y.npy"]
    subprocess.run([sys.executable, "-c", script, *paths], cwd=tmp_path, check=True)
    predictor = load_predictor(finished)
    light = softmax(predictor.logits(images))  # as the network gives them, before calibration
    assert light.shape == (20, 10)
    np.testing.assert_allclose(light, np.load(tmp_path / "y.npy"), atol=1e-3)
    calibrated = predictor.probabilities(images)
    np.testing.assert_allclose(calibrated.sum(1), 1, atol=1e-4)
    assert np.array_equal(calibrated.argmax(1), light.argmax(1))


def test_single_and_batched_predictions_agree(finished: Run):
    images = bar_images(70)[0]
    predictor = load_predictor(finished)
    together = predictor.probabilities(images)
    alone = np.concatenate([predictor.probabilities(image[None]) for image in images])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert load_predictor(Run(finished.directory)) is predictor


def test_stopping_keeps_what_was_learned(bars: Dataset):
    run = launch.start(_SMALL.changed(epochs=200), datasets.save(bars))
    wait_until(lambda: run.history().batches or run.status().ended, run)
    assert psutil.Process(run.status().worker.pid).nice() != psutil.Process().nice()  # makes way
    second = launch.start(_SMALL, datasets.save(bars))
    assert second.status().waiting
    queue.cancel(second)
    assert second.status().state == "stopped"
    run.request_stop()
    wait_until(lambda: run.status().ended, run)
    assert run.status().state == "stopped", run.log_tail()
    assert run.status().epoch < 200
    assert run.evaluation() is not None
    assert len(Predictor.load(run).probabilities(bars.images[:3])) == 3


def test_a_killed_worker_is_reported_and_has_no_model(bars: Dataset):
    run = launch.start(_SMALL.changed(epochs=200), datasets.save(bars))
    wait_until(lambda: run.status().worker is not None, run)
    workers._workers[-1].kill()
    wait_until(lambda: run.status().ended, run)
    assert run.status().state == "failed"
    with pytest.raises(RunError, match="no model yet"):
        Predictor.load(run)


def test_no_run_begins_without_data():
    with pytest.raises(DataError, match="no longer here"):
        launch.start(TrainingConfig(), "0" * 16)


def test_the_posted_network_to_the_letter():
    script = (
        "import json; from resnet_app.config import TrainingConfig;"
        "from resnet_app.model.resnet import build_resnet;"
        "model = build_resnet(TrainingConfig());"
        "print(json.dumps([model.count_params(), model.get_layer('D2').input.shape[-1],"
        "[layer.name for layer in model.layers]]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    parameters, inputs, names = json.loads(done.stdout.splitlines()[-1])
    assert (parameters, inputs) == (939_146, 21_632)
    branches = {
        f"{kind}{stage}{block}_branch{branch}"
        for kind in ("res", "bn")
        for stage in (2, 3, 4)
        for block, parts in (("a", ("2a", "2b", "2c", "1")), ("b", ("2a", "2b", "2c")))
        for branch in parts
    }
    assert branches | {"pad0", "conv1", "bn1", "pool1", "Pool0", "D0", "D2"} <= set(names)
