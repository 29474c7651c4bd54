"""The networks that a run's code builds are the app's own, faults included."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from resnet_app.config import TrainingConfig
from resnet_app.faults.inject import mistaken_config
from resnet_app.faults.network import OTHER_LOSSES, build_network, objective
from resnet_app.faults.registry import FAULTS
from resnet_app.takeaway import code_network, code_training
from resnet_app.training.schedule import ScheduleCallback, rate_at

_SMALL = TrainingConfig(widths=(8, 12, 8), strides=(2, 2, 2), stem_stride=2)

_NETWORK = (
    "zero_start@1", "constant_start@3", "dead_units@2", "frozen_layers@1", "vanishing@2",
    "huge_head@2", "softmax_missing@1", "softmax_missing@2", "softmax_missing@3",
    "double_softmax@3", "relu_head@1", "relu_head@3", "sigmoid_head@2", "too_much_dropout@3",
    "too_much_decay@2",
)  # fmt: skip
"""Each fault, and each way in which its code branches."""

_LOSSES = [f"{name}@{severity}" for name in OTHER_LOSSES for severity in (1, 2, 3)]


def written(config: TrainingConfig) -> dict[str, Any]:
    """What the code of ``config`` defines, from the network to the loss."""
    names = {
        "keras": keras, "layers": layers, "np": np, "tf": tf, "print": lambda *words: None,
        "LEARNING_RATE": config.learning_rate, "EPOCHS": config.epochs, "math": __import__("math"),
        "BATCH_SIZE": config.batch_size, "y_train": range(333),
    }  # fmt: skip
    cells = code_training.cells(config, "float32")[:-2]  # neither trains nor tests
    for cell in (*code_network.cells(config, "float32"), *cells):
        exec(cell.code, names)
    return names


def settings(model: keras.Model) -> list[Any]:
    """What decides each layer, but for the names that Keras gives by itself."""
    found = []
    for layer in model.layers:
        config = layer.get_config()
        if isinstance(layer, layers.Softmax | layers.UnitNormalization):
            del config["name"]
        found.append((type(layer), layer.trainable, config))
    return found


def assert_same(model: keras.Model, own: keras.Model) -> None:
    assert settings(model) == settings(own)
    for weight, expected in zip(model.get_weights(), own.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize("mistake", _NETWORK)
def test_the_code_makes_the_faults_of_the_network(mistake: str):
    config = mistaken_config(_SMALL.changed(mistakes=(mistake,)))
    assert_same(written(config)["model"], build_network(config))


def test_no_fault_of_the_network_is_forgotten():
    there = {mistake.split("@")[0] for mistake in (*_NETWORK, *_LOSSES)}
    assert there == {fault.name for fault in FAULTS.values() if fault.place == "network"}


@pytest.mark.parametrize("mistake", _LOSSES)
def test_the_code_takes_the_faults_loss(mistake: str):
    config = mistaken_config(_SMALL.changed(mistakes=(mistake,)))
    names = {"keras": keras, "LEARNING_RATE": 0.1, "model": keras.Sequential([keras.Input((10,))])}
    exec(code_training.cells(config, "float32")[0].code, names)
    loss, wanted = names["model"].loss, objective(config)["loss"]
    assert getattr(loss, "name", loss) == getattr(wanted, "name", wanted)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"head": "pooled", "bn_momentum": 0.9},
        {"batch_norm": False, "strides": (1, 2, 2), "widths": (16, 16, 16)},
        {"optimizer": "sgd", "stem_stride": 1},
    ],
    ids=str,
)
def test_the_code_builds_the_network_of_the_settings(changes: dict[str, Any]):
    config = _SMALL.changed(**changes)
    model, own = written(config)["model"], build_network(config)
    assert_same(model, own)
    images = np.random.default_rng(0).random((2, 50, 50, 1), np.float32)
    np.testing.assert_allclose(model(images).numpy(), own(images).numpy(), rtol=1e-5, atol=1e-6)
    assert type(model.optimizer).__name__.lower() == config.optimizer


def test_the_codes_learning_rate_is_the_apps():
    config = _SMALL.changed(schedule="warmup_cosine", epochs=5, batch_size=16)
    names = written(config)
    model, schedule = names["model"], names["Schedule"]()
    schedule.set_model(model)
    own = ScheduleCallback(config, -(-333 // 16))
    assert own._total == 105
    for step in range(own._total):
        schedule.on_train_batch_begin(0)
        wanted = rate_at(config, step, own._total)
        assert float(model.optimizer.learning_rate) == pytest.approx(wanted, rel=1e-5)
