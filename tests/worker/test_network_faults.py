"""Faults in the network and its loss, and what a run with a fault leaves behind."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.predict import load_predictor
from resnet_app.runs.run import Run
from resnet_app.training import launch
from tests.conftest import bar_images, wait_until

_SMALL = TrainingConfig(
    normalization="unit",
    widths=(4, 4, 4),
    stem_stride=2,
    strides=(2, 2, 2),
    bn_momentum=0.9,
    epochs=2,
    batch_size=20,
    patience=0,
    split="stratified",
    fast_kernels=True,
)


@pytest.fixture(scope="module")
def made():
    """Compiled networks by their mistake, built once."""
    from resnet_app.faults.inject import mistaken_config
    from resnet_app.training.prepare import prepare

    networks = {}

    def make(text: str | None):
        if text not in networks:
            config = _SMALL.changed(mistakes=(text,) if text else ())
            networks[text] = prepare(mistaken_config(config)).model
        return networks[text]

    return make


def _outputs(model) -> np.ndarray:
    images = np.random.default_rng(0).random((6, 50, 50, 1), np.float32)
    return np.asarray(model(images, training=False))


def _convolutions(model) -> list:
    return [layer for layer in model.layers if type(layer).__name__ == "Conv2D"]


def test_a_sound_network_is_the_plain_one(made):
    model = made(None)
    np.testing.assert_allclose(_outputs(model).sum(1), 1, atol=1e-5)
    assert model.loss == "sparse_categorical_crossentropy"
    assert all(layer.trainable for layer in model.layers)


@pytest.mark.parametrize("severity", [1, 2, 3])
def test_a_second_softmax_flattens_the_answers(made, severity: int):
    outputs = _outputs(made(f"double_softmax@{severity}"))
    np.testing.assert_allclose(outputs.sum(1), 1, atol=1e-5)
    assert outputs.max() <= math.e / (math.e + 9) + 1e-6


@pytest.mark.parametrize("severity", [1, 2, 3])
def test_without_softmax_rows_do_not_sum_to_one(made, severity: int):
    outputs = _outputs(made(f"softmax_missing@{severity}"))
    assert not np.allclose(outputs.sum(1), 1, atol=0.05)
    assert outputs.min() < 0
    if severity == 2:
        np.testing.assert_allclose(np.linalg.norm(outputs, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("relu_head@1", 0, 1),
        ("relu_head@2", 0, math.inf),
        ("relu_head@3", 0, math.inf),
        ("sigmoid_head@1", 0, 1),
        ("sigmoid_head@2", 0, 1),
        ("sigmoid_head@3", -1, 1),
    ],
)
def test_a_wrong_activation_shows_in_the_outputs(made, text: str, low: float, high: float):
    outputs = _outputs(made(text))
    assert low <= outputs.min() <= outputs.max() <= high
    assert np.allclose(outputs.sum(1), 1, atol=1e-4) == (text == "relu_head@1")


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        ("binary_loss@1", "BinaryCrossentropy"),
        ("binary_loss@3", "BinaryFocalCrossentropy"),
        ("squared_loss@1", "mean_squared_error"),
        ("squared_loss@2", "mean_absolute_error"),
        ("squared_loss@3", "mean_squared_error"),
    ],
)
def test_another_loss_is_compiled(made, text: str, loss: str):
    found = made(text).loss
    assert (found if isinstance(found, str) else type(found).__name__) == loss


@pytest.mark.parametrize(("name", "value"), [("zero_start", 0.0), ("constant_start", 0.01)])
def test_weights_start_alike(made, name: str, value: float):
    shares = []
    for severity in (1, 2, 3):
        model = made(f"{name}@{severity}")
        kernels = [np.asarray(layer.kernel) for layer in _convolutions(model)]
        shares.append(np.mean([bool(np.all(kernel == np.float32(value))) for kernel in kernels]))
        head = np.asarray(model.get_layer("D2").kernel)
        assert bool(np.all(head == np.float32(value))) == (severity == 3)
    assert 0 < shares[0] < 1
    assert shares[1:] == [1, 1]


def test_dead_units_are_silent_on_every_image(made):
    import keras

    shares = []
    for severity in (1, 2, 3):
        model = made(f"dead_units@{severity}")
        first = keras.Model(model.input, model.get_layer("bn1_relu").output)
        shares.append(float((_outputs(first).max((0, 1, 2)) == 0).mean()))
    assert shares[0] == pytest.approx(0.8, abs=0.15)
    assert shares == sorted(shares)
    assert shares[2] == 1


def test_frozen_layers_do_not_learn(made):
    names = [
        {layer.name for layer in made(f"frozen_layers@{s}").layers if layer.trainable_weights}
        for s in (1, 2, 3)
    ]
    assert names == [{"conv1", "bn1", "D2"}, {"D2"}, set()]


def test_sigmoids_replace_every_relu(made):
    spreads = []
    for severity in (1, 2, 3):
        model = made(f"vanishing@{severity}")
        kinds = [type(layer).__name__ for layer in model.layers]
        assert "ReLU" not in kinds and "BatchNormalization" not in kinds
        spreads.append(float(np.std(np.asarray(_convolutions(model)[0].kernel))))
    np.testing.assert_allclose(np.divide(spreads, spreads[0]), [1, 0.3, 0.1], rtol=1e-3)


def test_a_huge_head_has_ever_more_inputs(made):
    inputs = [made(f"huge_head@{s}").get_layer("D2").kernel.shape[0] for s in (1, 2, 3)]
    assert inputs[1:] == [4 * inputs[0], 16 * inputs[0]]
    assert inputs[0] > 2 * made(None).get_layer("D2").kernel.shape[0]


def test_dropout_and_decay_grow_with_severity(made):
    for severity, rate, decay in ((1, 0.5, 0.03), (2, 0.75, 0.1), (3, 0.9, 1.0)):
        layers = made(f"too_much_dropout@{severity}").layers
        rates = {layer.rate for layer in layers if type(layer).__name__ == "Dropout"}
        assert rates == {rate}
        assert sum(type(layer).__name__ == "Dropout" for layer in layers) == 9
        convolutions = _convolutions(made(f"too_much_decay@{severity}"))
        assert {round(float(layer.kernel_regularizer.l2), 6) for layer in convolutions} == {decay}


def _run(mistake: str) -> Run:
    bars = Dataset("Bars", *bar_images(200), *bar_images(50))
    run = launch.start(_SMALL.changed(mistakes=(mistake,)), datasets.save(bars))
    wait_until(lambda: run.status().ended, run)
    return run


def test_a_fault_that_breaks_training_off_is_told_in_words():
    run = _run("labels_one_hot@1")
    assert run.status().state == "failed"
    assert "labels and network do not fit together" in run.status().message
    assert "Received: " in run.status().message
    assert "Traceback" not in run.status().message
    assert run.facts() is not None
    assert not run.is_readable()


@pytest.mark.parametrize("mistake", ["softmax_missing@1", "exploding@3"])
def test_a_run_with_a_fault_leaves_a_plain_model(mistake: str, tmp_path: Path):
    run = _run(mistake)
    assert run.status().state == "finished", run.log_tail()
    assert run.evaluation() is not None
    script = "import keras, sys; print(keras.models.load_model(sys.argv[1]).count_params())"
    arguments = [sys.executable, "-c", script, str(run.directory / "model.keras")]
    subprocess.run(arguments, cwd=tmp_path, check=True)
    assert load_predictor(run).logits(bar_images(3)[0]).shape == (3, 10)
