"""The tests that compute, in their own process, on tiny data."""

import re
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.builtin import scanned_digits
from resnet_app.data.dataset import Dataset
from resnet_app.doctor import sprints as sprints_module
from resnet_app.doctor import worker
from resnet_app.doctor.battery import Battery, OutOfTime
from resnet_app.doctor.launch import start_tests
from resnet_app.doctor.reading import read_tests
from resnet_app.doctor.sprints import STEPS, Sprints, _estimate_averages, outputs_of_scaled
from resnet_app.errors import DataError, RunError
from resnet_app.model.resnet import build_resnet
from resnet_app.runs import store
from resnet_app.runs.run import Run
from resnet_app.training.material import gather

_SMALL = TrainingConfig(
    widths=(8, 8, 8),
    strides=(1, 2, 2),
    stem_stride=2,
    head="pooled",
    normalization="unit",
    batch_size=16,
    split="stratified",
)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """300 scanned digits."""
    every = scanned_digits()
    return Dataset("Some", every.images[:300], every.labels[:300])


def sprints(digits: Dataset, **changes: object) -> Sprints:
    return Sprints(gather(_SMALL.changed(**changes), digits), lambda: 30.0)


def test_the_scale_of_pixels_cancels_behind_batch_normalization(digits: Dataset):
    images = digits.images[:32, ..., None].astype(np.float32) / 255
    model = build_resnet(_SMALL)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.epsilon = 0.0
    assert outputs_of_scaled(model, images, 255.0) < 1e-3
    without = build_resnet(_SMALL.changed(batch_norm=False))
    assert outputs_of_scaled(without, images, 255.0) > 0.1


def test_another_rate_wins_where_the_rate_is_wrong(digits: Dataset):
    low = sprints(digits, learning_rate=1e-6).rates()
    assert low["tenfold"]["loss"] < low["same"]["loss"]
    assert 12 <= low["steps"] <= 50
    high = sprints(digits, learning_rate=1.0).rates()
    assert high["same"]["loss"] is None or high["tenth"]["loss"] < high["same"]["loss"]


def test_the_range_test_finds_a_rate_that_learns(digits: Dataset):
    wild = sprints(digits, learning_rate=1.0)
    wild._steps, wild._pace = STEPS, 0.01  # a slow machine's few steps would tell the rate coarsely
    swept = wild.sweep()
    assert swept["rates"] == sorted(swept["rates"])
    assert len(swept["rates"]) == len(swept["losses"])
    assert swept["lowest"] < swept["first"]
    assert 1e-4 <= swept["rate"] <= 0.1
    taken = wild._train(30, rate=swept["rate"])  # times a rate of 1
    as_it_was = wild._train(30)
    assert as_it_was["loss"] is None or taken["loss"] < as_it_was["loss"]


def test_the_range_test_goes_on_where_the_loss_has_not_turned(digits: Dataset):
    creeping = sprints(digits, learning_rate=1e-7)
    creeping._steps, creeping._pace = STEPS, 0.01
    swept = creeping.sweep()
    assert swept["rates"][0] == 1e-7
    assert swept["rates"][-1] == pytest.approx(0.1)
    assert swept["lowest"] < 0.95 * swept["first"]
    assert 1e-4 <= swept["rate"] <= 0.1


def test_twins_compare_with_the_pixels_that_the_run_was_fed(digits: Dataset):
    wide = sprints(digits, batch_norm=False, mistakes=("raw_pixels@3",)).twins()
    assert wide["raw"]["loss"] is None or wide["raw"]["loss"] > 1.3 * wide["unit"]["loss"]


def test_a_weight_penalty_is_no_part_of_an_arms_loss(digits: Dataset):
    heavy = sprints(digits, mistakes=("too_much_decay@3",)).free()
    assert heavy["same"]["loss"] < 20  # with the penalty it is in the hundreds
    assert heavy["free"]["loss"] < 0.97 * heavy["same"]["loss"]


def test_every_arm_starts_from_the_same_weights(digits: Dataset):
    one = sprints(digits)
    assert one._train(5) == pytest.approx(one._train(5), rel=1e-3)


def test_averages_estimated_anew_cure_a_network_that_lags(digits: Dataset, tmp_path: Path):
    lagging = sprints(digits, bn_momentum=0.999, learning_rate=5e-3)
    lagging._train(150)
    path = tmp_path / "model.keras"
    plain = build_resnet(_SMALL)
    plain.set_weights(lagging._model.get_weights())
    plain.save(path)
    outcome = lagging.averages(path)
    assert outcome["after"] > outcome["before"] + 0.2
    assert lagging.averages(tmp_path / "none.keras").keys() == {"skipped"}


def test_averages_estimated_anew_are_the_means_over_all_batches(digits: Dataset):
    model = build_resnet(_SMALL)
    batches = np.split(digits.images[:96, ..., None].astype(np.float32) / 255, 3)
    layers = [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]
    momentum = [layer.momentum for layer in layers]
    first = keras.Model(model.input, layers[0].input)
    seen = [np.asarray(first(images)) for images in batches]  # (32, h, w, C) each
    _estimate_averages(model, batches)
    mean = np.mean([values.mean((0, 1, 2)) for values in seen], axis=0)
    variance = np.mean([values.var((0, 1, 2)) for values in seen], axis=0)
    assert layers[0].moving_mean.numpy() == pytest.approx(mean, rel=1e-3, abs=1e-5)
    assert layers[0].moving_variance.numpy() == pytest.approx(variance, rel=1e-2, abs=1e-5)
    assert [layer.momentum for layer in layers] == momentum


def test_what_would_end_far_too_late_waits_unless_it_comes_first(digits: Dataset):
    material = gather(_SMALL, digits)
    with pytest.raises(OutOfTime):
        Sprints(material, lambda: -4.0, lambda: False).rates()
    assert Sprints(material, lambda: -4.0, lambda: True).rates()["steps"] == 12


def test_a_battery_breaks_off_before_what_it_has_no_time_for(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
):
    run = store.create(_SMALL, datasets.save(digits), digits.name)
    battery = Battery(run, time.monotonic() + 60)
    assert battery.make("pixels")["images"] > 0
    monkeypatch.setattr(sprints_module, "_FEWEST", 10**9)
    with pytest.raises(OutOfTime):
        battery.make("rates")


def test_each_battery_makes_a_test_and_says_that_more_wait(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "BUDGET_SECONDS", 1e-3)
    run = store.create(_SMALL, datasets.save(digits), digits.name)
    (run.directory / "status.json").write_text('{"state": "finished", "message": "Finished"}')
    for made in (1, 2):
        summary = worker.make_tests(run, lambda share, words: None)
        assert re.fullmatch(r"1 test made in \d+ s, and more wait: run the tests again", summary)
        assert len(read_tests(run.directory)) == made


def test_tests_run_in_their_own_process_and_can_be_stopped(digits: Dataset):
    run = store.create(_SMALL, datasets.save(digits), digits.name)
    (run.directory / "status.json").write_text('{"state": "finished", "message": "Finished"}')
    job = start_tests(run)
    assert job.wait(90)
    assert re.match(r"\d+ tests made in \d+ s", job.summary())
    tests = read_tests(run.directory)
    assert {"pixels", "baseline"} <= set(tests)
    assert tests["baseline"]["accuracy"] > 0.9
    (run.directory / "tests.json").unlink()
    again = start_tests(run)
    again.stop()
    with pytest.raises(DataError, match="what the tests found until then is kept"):
        again.summary()


def test_a_run_recorded_elsewhere_is_told_that_its_images_are_not_here(tmp_path: Path):
    (tmp_path / "config.json").write_text('{"config": null, "kind": "foreign"}')
    with pytest.raises(RunError, match="keeps none"):
        start_tests(Run(tmp_path))
    assert read_tests(tmp_path) == {}
