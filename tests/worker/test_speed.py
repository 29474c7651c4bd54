"""What makes training faster must not change what it computes."""

import math
import os
import subprocess
import sys
import time
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from resnet_app.config import TrainingConfig
from resnet_app.imaging import Normalizer
from resnet_app.model.fused import FusedBatchNormalization
from resnet_app.model.resnet import build_resnet
from resnet_app.training import precision
from resnet_app.training.input import training_batches
from resnet_app.training.optimizer import FusedAdam, FusedSGD
from resnet_app.training.precision import choose_precision
from resnet_app.training.prepare import network_key, prepare, trace
from resnet_app.training.recipes import RECIPES
from resnet_app.training.schedule import rate_at
from tests.conftest import bar_images

_TINY = TrainingConfig(widths=(4, 4, 4), strides=(2, 2, 2), head="pooled")


def train_steps(layer: keras.layers.Layer, images: tf.Tensor, steps: int) -> list[np.ndarray]:
    """Outputs and input gradients of some steps in which the layer's weights move."""
    seen = []
    for step in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images + step, training=True)
            loss = tf.reduce_mean(tf.cast(outputs, tf.float32) ** 3)
        gradients = tape.gradient(loss, [images, *layer.trainable_variables])
        for variable, gradient in zip(layer.trainable_variables, gradients[1:], strict=True):
            variable.assign_sub(0.5 * gradient)
        seen += [tf.cast(outputs, tf.float32).numpy(), tf.cast(gradients[0], tf.float32).numpy()]
    return seen


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize(
    "arguments",
    [{}, {"momentum": 0.9, "epsilon": 0.01}, {"scale": False}, {"center": False}],
    ids=str,
)
def test_fused_batch_normalization_is_kerass_own(dtype: str, arguments: dict[str, float]):
    images = tf.random.stateless_normal([6, 5, 4, 7], [1, 2], 3.0, 2.0)
    images = tf.cast(images, keras.DTypePolicy(dtype).compute_dtype)
    plain = keras.layers.BatchNormalization(dtype=dtype, **arguments)
    fused = FusedBatchNormalization(dtype=dtype, **arguments)
    rounding = 1e-5 if dtype == "float32" else 2**-7
    pairs = zip(train_steps(plain, images, 4), train_steps(fused, images, 4), strict=True)
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=rounding, atol=rounding)
    assert [v.path.split("/")[-1] for v in plain.weights] == [
        v.path.split("/")[-1] for v in fused.weights
    ]
    for ours, theirs in zip(fused.weights, plain.weights, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=rounding, atol=1e-6)
    inferred = fused(images, training=False)
    assert inferred.dtype == images.dtype
    np.testing.assert_allclose(
        tf.cast(inferred, tf.float32).numpy(),
        tf.cast(plain(images, training=False), tf.float32).numpy(),
        rtol=rounding,
        atol=rounding,
    )


def test_what_the_kernel_cannot_do_keras_does():
    images = tf.random.stateless_normal([3, 4, 5, 6], [3, 4])
    for arguments in ({"axis": 1}, {"renorm": True}):
        plain = keras.layers.BatchNormalization(**arguments)(images, training=True)
        ours = FusedBatchNormalization(**arguments)(images, training=True)
        np.testing.assert_array_equal(plain, ours)
    flat = tf.random.stateless_normal([8, 6], [5, 6])
    np.testing.assert_array_equal(
        keras.layers.BatchNormalization()(flat, training=True),
        FusedBatchNormalization()(flat, training=True),
    )


def test_fast_and_plain_networks_share_weights_and_training():
    # Noise, because in equal pixels all the rounding falls on one side of a ReLU's corner at once.
    rng = np.random.default_rng(3)
    inputs = rng.normal(1, 1, (32, 50, 50, 1)).astype(np.float32)
    labels = rng.integers(0, 10, 32)
    losses = []
    for fast in (False, True):
        model = build_resnet(_TINY, fast_kernels=fast)
        model.compile(keras.optimizers.SGD(0.005), "sparse_categorical_crossentropy")
        # Deep networks double the smallest rounding with every step, so only a few count.
        losses.append([model.train_on_batch(inputs, labels) for _ in range(3)])
        plain = build_resnet(_TINY)
        plain.set_weights(model.get_weights())
        answers = [network.predict(inputs, verbose=0) for network in (plain, model)]
        np.testing.assert_allclose(answers[0], answers[1], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(losses[0], losses[1], rtol=2e-4)


def test_bfloat16_is_chosen_only_where_it_was_measured_to_be_faster(
    monkeypatch: pytest.MonkeyPatch,
):
    assert choose_precision("float32").policy == "float32"
    assert choose_precision("mixed_bfloat16").policy == "mixed_bfloat16"
    for ratio, policy in ((0.4, "float32"), (1.1, "float32"), (1.9, "mixed_bfloat16")):
        monkeypatch.setattr(
            "resnet_app.training.precision._speed_of_bfloat16", lambda ratio=ratio: ratio
        )
        chosen = choose_precision("auto")
        assert chosen.policy == policy
        assert f"{ratio:.1f} times" in chosen.reason


def test_bfloat16_with_slow_gradients_is_not_chosen(monkeypatch: pytest.MonkeyPatch):
    @tf.custom_gradient
    def convolve(x: tf.Tensor, w: tf.Tensor, *how: Any) -> tuple[tf.Tensor, Any]:
        slow = x.dtype == tf.bfloat16

        def learn(upstream: tf.Tensor) -> tuple[Any, ...]:
            time.sleep(0.02 if slow else 0)
            return (x, w, *(None for _ in how))

        time.sleep(0 if slow else 0.005)
        return tf.identity(x), learn

    monkeypatch.setattr(tf.nn, "conv2d", convolve)
    precision._speed_of_bfloat16.cache_clear()
    try:
        assert choose_precision("auto").policy == "float32"
    finally:
        precision._speed_of_bfloat16.cache_clear()


def test_another_programs_busy_moment_does_not_choose_the_precision(
    monkeypatch: pytest.MonkeyPatch,
):
    calls = iter(range(10**6))

    def time_with_a_busy_start(x: tf.Tensor, w: tf.Tensor) -> float:
        busy = 5.0 if 5 <= next(calls) < 10 else 1.0
        return 1e-3 * busy * (1.0 if x.dtype == tf.float32 else 0.5)

    monkeypatch.setattr(precision, "_time", time_with_a_busy_start)
    precision._speed_of_bfloat16.cache_clear()
    try:
        assert precision._speed_of_bfloat16() == pytest.approx(2.0)
    finally:
        precision._speed_of_bfloat16.cache_clear()


@pytest.mark.parametrize("name", ["quick", "recommended"])
def test_recipes_keep_the_posted_blocks(name: str):
    config = RECIPES[name].config
    posted = TrainingConfig()
    assert config.widths == posted.widths
    assert config.recipe == name
    count = build_resnet(posted.changed(head="pooled")).count_params()
    assert build_resnet(config).count_params() == count


def test_the_rate_is_that_of_kerass_cosine_decay():
    config = RECIPES["recommended"].config
    total = 200
    theirs = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 25, 180, warmup_target=config.learning_rate, warmup_steps=20
    )
    for step in range(total):
        assert math.isclose(rate_at(config, step, total), float(theirs(step)), abs_tol=1e-8)
    assert rate_at(_TINY, 7, total) == _TINY.learning_rate


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_tracing_ahead_leaves_no_trace_in_the_network(optimizer: str):
    config = _TINY.changed(fast_kernels=True, optimizer=optimizer)
    images, labels = bar_images(64)
    losses = []
    for ahead in (False, True):
        network = prepare(config)
        if ahead:
            trace(network)
        network.model.optimizer.learning_rate = config.learning_rate
        batches = training_batches(
            (images, labels), Normalizer("unit", 0.0, 1.0), 16, 0, "none", True
        )
        history = network.model.fit(batches, epochs=2, verbose=0, shuffle=False)
        losses.append(history.history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-3)


def test_one_network_serves_what_differs_only_in_data_and_pace():
    same = _TINY.changed(epochs=3, batch_size=7, learning_rate=0.1, normalization="unit", seed=5)
    assert network_key(same) == network_key(_TINY)
    for change in ({"head": "flatten"}, {"precision": "auto"}, {"fast_kernels": True}):
        assert network_key(_TINY.changed(**change)) != network_key(_TINY)


def test_augmentation_is_new_each_epoch_and_repeats_with_its_seed():
    images, labels = bar_images(40)
    scale = Normalizer("raw", 0.0, 1.0)

    def epoch(batches: tf.data.Dataset) -> np.ndarray:
        pairs = [(x.numpy(), y.numpy()) for x, y in batches]
        order = np.argsort(np.concatenate([y for _, y in pairs]), kind="stable")
        return np.concatenate([x for x, _ in pairs])[order]

    first = training_batches((images, labels), scale, 16, 3, "light", True)
    again = training_batches((images, labels), scale, 16, 3, "light", True)
    one, two = epoch(first), epoch(first)
    np.testing.assert_array_equal(one, epoch(again))
    np.testing.assert_array_equal(two, epoch(again))
    assert not np.array_equal(one, two)
    other = training_batches((images, labels), scale, 16, 4, "light", True)
    assert not np.array_equal(one, epoch(other))
    moved = np.abs(one - images[np.argsort(labels, kind="stable"), :, :, None]).mean()
    assert 5 < moved < 60


@pytest.mark.parametrize(
    ("fused", "plain"),
    [(FusedAdam, keras.optimizers.Adam), (FusedSGD, keras.optimizers.SGD)],
)
def test_fused_optimizers_are_kerass_own(fused: type, plain: type):
    rng = np.random.default_rng(1)
    shapes = [(3, 3, 4, 8), (8,), (1, 5)]
    starts = [rng.normal(0, 1, shape).astype(np.float32) for shape in shapes]
    gradients = [[rng.normal(0, 0.1, s).astype(np.float32) for s in shapes] for _ in range(20)]
    ends = []
    for kind in (plain, fused):
        optimizer = kind(0.01)
        variables = [keras.Variable(start) for start in starts]
        optimizer.build(variables)

        for index, parts in enumerate(gradients):
            optimizer.learning_rate = 0.01 / (1 + index)
            optimizer.apply(list(map(tf.constant, parts)))
        ends.append([v.numpy() for v in [*variables, *optimizer.variables]])
    assert len(ends[0]) == len(ends[1])
    for ours, theirs in zip(ends[1], ends[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


def test_without_batch_normalization_no_layer_keeps_averages_and_the_head_stays():
    model = build_resnet(TrainingConfig(batch_norm=False))
    kinds = {type(layer).__name__ for layer in model.layers}
    assert "BatchNormalization" not in kinds
    assert not model.non_trainable_weights
    assert model.get_layer("D2").input.shape[-1] == 21_632


def test_a_step_before_narrow_convolutions_is_their_own_step():
    wide, narrow = (build_resnet(TrainingConfig(widths=(w, 16, 16), strides=(1, 2, 3)))
                    for w in (16, 8))  # fmt: skip
    assert "res3a_step" not in {layer.name for layer in wide.layers}
    step, convolution = narrow.get_layer("res3a_step"), narrow.get_layer("res3a_branch2a")
    images = tf.random.normal([3, 26, 26, 8])
    stepped = tf.nn.conv2d(images, convolution.kernel, 2, "VALID")
    np.testing.assert_allclose(convolution(step(images)), stepped, atol=1e-5)
    assert narrow.get_layer("Pool0").input.shape == wide.get_layer("Pool0").input.shape


def test_a_narrow_network_trains_with_an_odd_number_of_images():
    script = (
        "import numpy as np; from resnet_app.config import TrainingConfig;"
        "from resnet_app.imaging import Normalizer;"
        "from resnet_app.training.input import training_batches;"
        "from resnet_app.training.prepare import prepare;"
        "config = TrainingConfig(widths=(8, 8, 16), strides=(1, 2, 2), head='pooled');"
        "part = np.zeros((97, 50, 50), np.uint8), np.zeros(97, np.uint8);"
        "batches = training_batches(part, Normalizer('unit', 0, 1), 32, 0, 'none', True);"
        "prepare(config).model.fit(batches, epochs=12, shuffle=False, verbose=0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-300:]


def test_keras_is_loaded_without_table_libraries_that_stay_usable():
    script = (
        "import sys; from resnet_app.training.loading import load_keras; load_keras(); "
        "assert 'keras' in sys.modules and not {'pandas', 'sklearn'} & set(sys.modules); "
        "import pandas, sklearn; assert pandas.DataFrame and sklearn.__version__"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_onednn_is_asked_for_before_tensorflow_loads_and_a_setting_of_ones_own_stays():
    script = (
        "import os; from resnet_app.training.loading import load_keras; load_keras(); "
        "print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    )
    for own, wanted in ({}, "1"), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "0"):
        others = {k: v for k, v in os.environ.items() if k != "TF_ENABLE_ONEDNN_OPTS"}
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, env=others | own
        )
        assert done.stdout.strip() == wanted, done.stderr[-300:]
