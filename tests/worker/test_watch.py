"""What the watcher writes is true, and watching changes nothing."""

import json
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from resnet_app.config import TrainingConfig
from resnet_app.data.generator import generate
from resnet_app.doctor.evidence import Facts, Layer, Modes, Pixels, Watch
from resnet_app.imaging import Normalizer
from resnet_app.runs.writer import RunWriter
from resnet_app.training.input import training_batches
from resnet_app.training.prepare import prepare
from resnet_app.training.watching import watch_run
from resnet_app.watch import budget, data
from resnet_app.watch.budget import Budget
from resnet_app.watch.data import label_spread
from resnet_app.watch.layers import describe_layers, named_layers
from resnet_app.watch.passes import Passes
from resnet_app.watch.step import STILL, StepReader
from resnet_app.watch.watcher import Probe, Watcher
from tests.conftest import bar_images

_COUNT = 96


def digits() -> tuple[np.ndarray, np.ndarray]:
    """(96, 8, 8, 1) float32 in 0…1 with a bar where the label says, and their labels."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 4, _COUNT)
    images = rng.random((_COUNT, 8, 8, 1), np.float32) * 0.5
    images[np.arange(_COUNT), labels * 2] += 0.5
    return images, labels


def small_network(optimizer: Any = "adam", dropout: float = 0.3) -> keras.Model:
    """Convolution, batch normalization, dropout, a rectifier inside a layer and one outside."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(6, 3, name="conv"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.ReLU(name="relu"),
            keras.layers.Flatten(name="flat"),
            keras.layers.Dense(10, "relu", name="hidden", kernel_regularizer="l2"),
            keras.layers.Dropout(dropout, name="drop"),
            keras.layers.Dense(4, "softmax", name="head"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def watched(
    model: keras.Model, directory: Path, epochs: int = 1, batch: int = _COUNT, **how: Any
) -> dict[str, list[dict[str, Any]]]:
    """Fit ``model`` with a watcher and return its events by kind."""
    x, y = digits()
    held = Probe(x[:20], y[:20])
    watcher = Watcher(
        RunWriter(directory), -(-_COUNT // batch), {}, Probe(x, y), held, {"labels": y}
    )
    model.fit(
        x, y, batch, epochs, verbose=0, callbacks=[watcher], validation_data=(x[:20], y[:20]), **how
    )
    assert not watcher.broken
    return events_of(directory)


def events_of(directory: Path) -> dict[str, list[dict[str, Any]]]:
    """Events of a run directory by kind; each must fit its dataclass."""
    found: dict[str, list[dict[str, Any]]] = {"facts": [], "watch": [], "modes": []}
    for line in (directory / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        found.setdefault(event.pop("event"), []).append(event)
    for kind, name in ((Facts, "facts"), (Watch, "watch"), (Modes, "modes")):
        known = {field.name for field in fields(kind)}
        for event in found[name]:
            assert set(event) <= known
            kind(**event)
    for event in found["facts"]:
        assert all(Layer(**layer) for layer in event["layers"])
        assert all(Pixels(**event[name]) for name in ("pixels",) if name in event)
    return found


def test_watching_leaves_weights_averages_seeds_and_optimizer_bit_for_bit(
    tmp_path: Path, lavish: None
):
    x, y = digits()
    ends = []
    for watching in (False, True):
        model = small_network()
        if watching:
            events = watched(model, tmp_path, 3, 16)
            assert len(events["watch"]) > 8
            assert len(events["modes"]) > 4
        else:
            model.fit(x, y, 16, 3, verbose=0, validation_data=(x[:20], y[:20]))
        metrics = model.get_metrics_result()
        ends.append([v.numpy() for v in [*model.variables, *model.optimizer.variables]])
        ends[-1].append(np.array(list(metrics.values())))
    for alone, seen in zip(*ends, strict=True):
        np.testing.assert_array_equal(alone, seen)


def test_a_watched_run_of_the_app_is_the_same_run_and_tells_its_order(tmp_path: Path):
    config = TrainingConfig(widths=(4, 4, 4), strides=(2, 2, 2), head="pooled", fast_kernels=True)
    part, scale = bar_images(64), Normalizer("unit", 0.0, 1.0)
    ends = []
    for watching in (False, True):
        network, callbacks = prepare(config), []
        batches = training_batches(part, scale, 16, 0, "light", True)
        if watching:
            batches, watcher = watch_run(
                RunWriter(tmp_path), config, batches, (part, scale), (part, scale), network.passes
            )
            callbacks = [watcher]
        network.model.fit(batches, epochs=1, verbose=0, shuffle=False, callbacks=callbacks)
        ends.append(network.model.get_weights())
    for alone, seen in zip(*ends, strict=True):
        np.testing.assert_array_equal(alone, seen)
    events = events_of(tmp_path)
    first, last = events["facts"]
    assert "shuffled" not in first
    assert last["shuffled"] is True
    assert last["batch_entropy"] == pytest.approx(1, abs=0.15)
    assert (last["shared"], last["images"], last["pixels"]["high"]) == (1, 64, 1)
    assert "bn1_relu" in events["watch"][-1]["silent"]


def test_one_image_that_is_no_number_is_seen_among_many(tmp_path: Path):
    images, labels = bar_images(1200)
    broken = images.astype(np.float32)
    broken[700] = np.nan
    scale, config = Normalizer("unit", 0.0, 1.0), TrainingConfig()
    parts = ((broken, labels), scale), ((images[:20], labels[:20]), scale)
    batches = training_batches(parts[0][0], scale, 16, 0, "none", True)
    _, watcher = watch_run(RunWriter(tmp_path), config, batches, *parts)
    watcher.set_model(small_network())
    watcher.set_params({})
    watcher.gather_facts()
    watcher.write_facts()
    (facts,) = events_of(tmp_path)["facts"]
    assert facts["pixels"]["bad"] == pytest.approx(1 / 1200)
    assert facts["validation_pixels"]["bad"] == 0


_OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.01),
    "adamw": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "nadam": lambda: keras.optimizers.Nadam(0.01),
    "sgd": lambda: keras.optimizers.SGD(0.05),
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01),
}


@pytest.mark.parametrize("name", _OPTIMIZERS)
def test_gradients_and_updates_are_those_of_the_step(name: str, tmp_path: Path):
    x, y = digits()
    model = small_network(_OPTIMIZERS[name](), dropout=0.0)
    before = {layer.name: [w.numpy() for w in layer.trainable_weights] for layer in model.layers}
    averages = [weight.numpy() for weight in model.non_trainable_weights]
    with tf.GradientTape() as tape:
        loss = keras.losses.sparse_categorical_crossentropy(y, model(x, training=True))
        loss = tf.reduce_mean(loss) + sum(model.losses)
    gradients = tape.gradient(loss, model.trainable_weights)
    for weight, value in zip(model.non_trainable_weights, averages, strict=True):
        weight.assign(value)
    (first, *_) = watched(model, tmp_path, shuffle=False)["watch"]
    assert first["position"] == 1.0
    norms = [float(tf.norm(gradient)) for gradient in gradients]
    assert first["gradient_norm"] == pytest.approx(np.linalg.norm(norms), rel=2e-3)
    at = iter(norms)
    for layer in model.layers:
        if not before[layer.name]:
            assert layer.name not in first["gradients"]
            continue
        mine = np.linalg.norm([next(at) for _ in before[layer.name]])
        assert first["gradients"][layer.name] == pytest.approx(mine, rel=2e-3, abs=1e-6)
        after = [weight.numpy() for weight in layer.trainable_weights]
        change = np.concatenate(
            [(b - a).ravel() for a, b in zip(before[layer.name], after, strict=True)]
        )
        size = np.concatenate([a.ravel() for a in before[layer.name]])
        ratio = np.log10(np.linalg.norm(change) / np.linalg.norm(size))
        assert first["updates"][layer.name] == pytest.approx(ratio, abs=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float16", "mixed_bfloat16"])
@pytest.mark.parametrize("compiled", [False, True])
def test_what_a_snapshot_holds_stays_as_it_was_while_the_weights_move(dtype: str, compiled: bool):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            layers.Embedding(30, 8, dtype=dtype),  # whose rows are changed one by one
            layers.Flatten(dtype=dtype),
            layers.Dense(3, "softmax", dtype=dtype),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=compiled)
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 30, (16, 4)), rng.integers(0, 3, 16)
    model.train_on_batch(x, y)  # so that the optimizer has averages
    reader = StepReader(model)
    snapshot = reader.snapshot()
    held = [*snapshot.weights, *(snapshot.averages or [])]
    variables = [*model.trainable_variables, *model.optimizer._momentums]
    before = [np.array(variable.numpy(), np.float32) for variable in variables]
    for _ in range(3):
        model.train_on_batch(x, y)
    after = [np.array(variable.numpy(), np.float32) for variable in variables]
    assert len(held) == len(before) == 6
    for mine, earlier, now in zip(held, before, after, strict=True):
        assert mine.dtype == np.float32
        np.testing.assert_array_equal(mine, earlier)
        assert np.abs(now - earlier).max() > 0


def test_a_layer_that_gets_no_gradient_stands_still(tmp_path: Path):
    model = small_network(dropout=0.0)
    head = model.get_layer("hidden")
    head.kernel_regularizer = None
    head.bias.assign(np.full(10, -1e3))
    (first, *_) = watched(model, tmp_path)["watch"]
    assert first["updates"]["conv"] == STILL
    assert first["gradients"]["conv"] == 0
    assert first["updates"]["head"] > STILL


def test_an_optimizer_that_does_not_tell_its_gradient_is_not_guessed(tmp_path: Path):
    (first, *_) = watched(small_network("lion"), tmp_path)["watch"]
    assert "gradient_norm" not in first
    assert "gradients" not in first
    assert first["updates"]["conv"] < 0


def test_the_spread_of_labels_is_what_constant_answers_leave():
    numbers = np.array([[1.0, 10.0], [3.0, 10.0], [8.0, 10.0]])
    squared, absolute = label_spread(numbers) or (0.0, 0.0)
    assert squared == pytest.approx(numbers[:, 0].var() / 2)
    assert absolute == pytest.approx((2 + 0 + 5) / 6)
    assert label_spread(np.array([1.0, np.nan])) is None
    assert label_spread(np.array(["a"])) is None
    many = np.random.default_rng(0).normal(5.0, 3.0, 100_000)
    assert label_spread(many) == pytest.approx((9.0, 2.4), rel=0.15)  # mean |z| is 0.8


def test_layers_within_layers_are_told_in_the_order_in_which_they_are_used():
    inner = [keras.layers.Dense(4, name="b"), keras.layers.ReLU(name="c")]
    deeper = keras.Sequential([keras.Input((4,)), *inner], name="deeper")
    nested = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="a"), deeper])
    ends = [keras.layers.Dense(4, name="d"), keras.layers.Dense(2, "softmax", name="e")]
    model = keras.Sequential([nested, *ends])
    assert list(named_layers(model)) == ["a", "b", "c", "d", "e"]


def test_facts_tell_loss_outputs_labels_and_layers_before_the_first_step(tmp_path: Path):
    x, y = digits()
    model = small_network(keras.optimizers.Adam(0.02, clipnorm=3.0))
    loss = np.mean(keras.losses.sparse_categorical_crossentropy(y, model(x, training=False)))
    kernel = model.get_layer("conv").kernel.numpy()
    (facts, *_) = watched(model, tmp_path)["facts"]
    assert facts["start_loss"] == pytest.approx(float(loss), rel=1e-5)
    assert facts["classes"] == 4
    assert facts["labels"] == np.bincount(y).tolist()
    assert facts["row_sums"] == pytest.approx([1, 1], abs=1e-5)
    assert facts["loss"] == "sparse_categorical_crossentropy"
    assert facts["from_logits"] is False
    assert (facts["optimizer"], facts["clip"]) == ("adam", 3.0)
    assert facts["learning_rate"] == pytest.approx(0.02)
    assert (facts["steps"], facts["epochs"], facts["head_inputs"]) == (1, 1, 10)
    layers = {layer["name"]: layer for layer in facts["layers"]}
    assert list(layers) == ["conv", "norm", "relu", "flat", "hidden", "drop", "head"]
    assert layers["conv"]["weight_deviation"] == pytest.approx(float(kernel.std()))
    assert layers["conv"]["like_rows"] == 0
    assert layers["norm"]["settings"] == pytest.approx({"momentum": 0.99, "epsilon": 1e-3})
    assert layers["drop"]["settings"] == pytest.approx({"rate": 0.3})
    assert layers["hidden"]["activation"] == "relu"
    assert layers["hidden"]["settings"]["l2"] == pytest.approx(0.01)


def test_activations_of_tensorflows_own_are_told_by_their_usual_names():
    layers = [keras.layers.Dense(3, activation=one) for one in (tf.nn.softmax, tf.nn.relu)]
    model = keras.Sequential([keras.Input((2,)), *layers])
    told = [layer["activation"] for layer in describe_layers(model)]
    assert told == ["softmax", "relu"]


def test_how_a_layer_scales_its_inputs_is_a_fact():
    divides = keras.layers.Rescaling(1 / 255, offset=-0.5)
    each = keras.layers.Rescaling([1.0, 2.0, 3.0])
    model = keras.Sequential([keras.Input((8, 8, 3)), divides, each])
    first, second = (layer.get("settings") for layer in describe_layers(model))
    assert first == pytest.approx({"scale": 1 / 255, "offset": -0.5})
    assert "scale" not in second


def _divides(model: keras.Model, how: str) -> keras.Model:
    """``small_network``'s ``model`` behind a division by 255 that is no ``Rescaling``."""
    inputs = keras.Input((8, 8, 1))
    if how == "lambda":
        scaled = keras.layers.Lambda(lambda x: x / 255.0)(inputs)
    elif how == "operation":
        scaled = inputs / 255.0
    else:
        statistics = keras.layers.Normalization(axis=None, mean=0.0, variance=255.0**2)
        scaled = statistics(inputs)
    whole = keras.Model(inputs, model(scaled))
    whole.compile("adam", "sparse_categorical_crossentropy")
    return whole


@pytest.mark.parametrize("how", ["lambda", "operation", "statistics"])
def test_what_the_first_layer_with_weights_gets_is_measured(how: str, tmp_path: Path):
    x, y = digits()
    model = _divides(small_network(), how)
    before = model.get_layer(index=-1).get_layer("hidden").__dict__.get("call")
    watcher = Watcher(RunWriter(tmp_path), 1, {}, Probe(255 * x, y), None, {"labels": y})
    model.fit(255 * x, y, _COUNT, verbose=0, callbacks=[watcher])
    assert not watcher.broken
    entered = events_of(tmp_path)["facts"][0]["entered"]
    assert entered == pytest.approx([x.min(), x.max(), x.mean(), x.std()], rel=1e-4, abs=1e-6)
    assert model.get_layer(index=-1).get_layer("hidden").__dict__.get("call") is before


class Tokens(keras.layers.Layer):
    """Words looked up inside a layer of somebody's own, as in Keras's examples."""

    def __init__(self) -> None:
        super().__init__()
        self.words = keras.layers.Embedding(300, 4)

    def call(self, x: Any) -> Any:
        return keras.ops.mean(self.words(x), axis=1)


class TokenModel(keras.Model):
    """Scales in its own call, and has a weight of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first = keras.layers.Dense(4, "softmax")
        self.token = self.add_weight(shape=(8, 8))

    def call(self, x: Any) -> Any:
        return self.first(keras.ops.reshape(x[..., 0] / 255.0 + self.token, (-1, 64)))


def test_numbers_of_words_and_what_a_model_scales_itself_are_not_taken_for_raw_inputs(
    tmp_path: Path,
):
    x, y = digits()
    words = np.asarray(x.reshape(_COUNT, 64) * 250, np.int32)
    looked_up = keras.Sequential([Tokens(), keras.layers.Dense(4, "softmax")])
    for number, (model, inputs) in enumerate(((looked_up, words), (TokenModel(), 255 * x))):
        model.compile("adam", "sparse_categorical_crossentropy")
        place = tmp_path / str(number)
        place.mkdir()
        watcher = Watcher(RunWriter(place), 1, {}, Probe(inputs, y), None, {"labels": y})
        model.fit(inputs, y, _COUNT, verbose=0, callbacks=[watcher])
        assert not watcher.broken
        facts = events_of(place)["facts"][0]
        assert facts["start_loss"] > 0
        told = facts.get("entered")
        assert told is None if model is looked_up else max(map(abs, told)) < 3


@pytest.mark.parametrize(
    ("loss", "named"),
    [
        ("crossentropy", "crossentropy"),
        (
            partial(keras.losses.sparse_categorical_crossentropy, ignore_class=9),
            "sparse_categorical_crossentropy",
        ),
    ],
)
def test_a_loss_in_a_short_or_odd_form_does_not_end_the_watching(
    loss: Any, named: str, tmp_path: Path
):
    model = small_network()
    model.compile("adam", loss)
    (facts, *_) = watched(model, tmp_path)["facts"]
    assert facts["loss"] == named
    assert facts["classes"] == 4 and facts["layers"]


def test_weights_that_were_trained_reach_further_than_drawn_ones():
    model = small_network()
    kernel = model.get_layer("hidden").kernel
    peaks = {layer["name"]: layer.get("weight_peak", 0.0) for layer in describe_layers(model)}
    assert 1.5 < peaks["conv"] < 2 and 1.5 < peaks["hidden"] < 2
    kernel.assign(keras.initializers.HeNormal(seed=0)(kernel.shape))
    drawn = {layer["name"]: layer.get("weight_peak", 0.0) for layer in describe_layers(model)}
    assert 2 < drawn["hidden"] < 2.4
    x, y = digits()
    model.fit(x, y, 16, 60, verbose=0)
    model.get_layer("hidden").trainable = False
    layers = {layer["name"]: layer for layer in describe_layers(model, untrained=False)}
    assert layers["hidden"]["weight_peak"] > 2.4  # which tells it from one that nobody trained
    assert "weight_peak" not in layers["conv"] and "weight_deviation" not in layers["hidden"]


def test_weights_in_16_bits_are_as_spread_as_they_are():
    dense = keras.layers.Dense(128, dtype="bfloat16")
    keras.Sequential([keras.Input((784,)), dense])
    described = describe_layers(keras.Sequential([keras.Input((784,)), dense]))[0]
    spread = np.asarray(dense.kernel.numpy(), np.float32).std()
    assert described["weight_deviation"] == pytest.approx(float(spread), rel=1e-3)
    assert described["weight_peak"] < 2


def test_equal_weights_of_units_are_counted(tmp_path: Path):
    model = small_network()
    kernel = model.get_layer("hidden").kernel.numpy()
    kernel[:, :3] = 0.5
    model.get_layer("hidden").kernel.assign(kernel)
    (facts, *_) = watched(model, tmp_path)["facts"]
    layers = {layer["name"]: layer for layer in facts["layers"]}
    assert layers["hidden"]["like_rows"] == pytest.approx(0.3)


def test_modes_and_histograms_are_those_of_keras(tmp_path: Path, lavish: None):
    x, y = digits()
    model = small_network(dropout=0.0)
    events = watched(model, tmp_path, 2, 32)
    modes, watch = events["modes"][-1], events["watch"][-1]
    assert modes["position"] == watch["position"] == 2.0
    inferred = np.array(model(x, training=False))
    trained = np.array(model(x, training=True))
    cross = keras.losses.sparse_categorical_crossentropy
    for outputs, mode in ((inferred, "inference"), (trained, "training")):
        assert modes[f"{mode}_loss"] == pytest.approx(float(np.mean(cross(y, outputs))), rel=1e-3)
        assert modes[f"{mode}_accuracy"] == pytest.approx((outputs.argmax(1) == y).mean())
    held = inferred[:20].argmax(1)
    assert watch["validation_predicted"] == np.bincount(held, minlength=4).tolist()
    assert modes["validation_inference_accuracy"] == pytest.approx((held == y[:20]).mean())
    assert watch["argmax_accuracy"] == pytest.approx((trained.argmax(1) == y).mean())
    assert watch["predicted"] == np.bincount(trained.argmax(1), minlength=4).tolist()
    penalty = float(sum(model.losses))
    assert watch["penalty"] == pytest.approx(
        penalty / (penalty + modes["inference_loss"]), rel=0.01
    )


def test_silent_units_are_counted_inside_and_outside_of_layers_compiled_or_not():
    x, _ = digits()
    model = small_network(dropout=0.0)
    hidden = model.get_layer("hidden")
    hidden.kernel.assign(np.zeros(hidden.kernel.shape))
    hidden.bias.assign(np.float32([-1] * 4 + [1] * 6))
    model.get_layer("norm").beta.assign(np.float32([-1e3, 1e3, 1e3, 1e3, 1e3, 1e3]))
    passes = Passes(model)
    alone = passes.read(x, training=True)
    assert alone.silent == pytest.approx({"relu": 1 / 6, "hidden": 0.4})
    passes.compile(x)
    traced = passes.read(x, training=True)
    assert traced.silent == pytest.approx(alone.silent)
    np.testing.assert_allclose(traced.outputs, alone.outputs, atol=1e-5)
    assert traced.penalty == pytest.approx(alone.penalty, rel=1e-5)
    assert passes.read(x[:3], training=False).outputs.shape == (3, 4)


def test_an_error_of_the_watcher_does_not_reach_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("told once")

    monkeypatch.setattr("resnet_app.watch.step.StepReader.compare", fail)
    x, y = digits()
    watcher = Watcher(RunWriter(tmp_path), 6, {}, Probe(x, y))
    history = small_network().fit(x, y, 16, 2, verbose=0, callbacks=[watcher])
    assert len(history.history["loss"]) == 2
    assert watcher.broken
    assert caplog.text.count("Watching this training broke off") == 1


def test_the_budget_is_a_share_of_the_time_that_training_took(monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr(budget.time, "perf_counter", lambda: now[0])
    account = Budget(0.5, 0.02)
    assert account.allows("look")
    with account.spending("look"):
        now[0] += 1.0
    assert not account.allows("look")
    now[0] += 99.0
    assert not account.allows("look")
    now[0] += 2.0
    assert account.allows("look")
    assert not account.allows("look", 2)
    account.keep("end", 0.5)
    account.expect("end", 1.0)
    assert not account.allows("look")
    account.keep("end", 0)
    assert account.allows("look")
    short = Budget(0.5, 0.02)
    short.expect("look", 0.4)
    assert short.allows("look")
    assert not short.allows("look", floor=False)
    assert not short.allows("look", 2)


def test_pixels_are_told_from_noise_and_from_blank_images():
    rng = np.random.default_rng(0)
    smooth = np.cumsum(rng.normal(0, 1, (40, 12, 12)), axis=2)
    noise = rng.normal(0, 1, (40, 12, 12))
    assert data.measure_pixels(smooth)["correlation"] > 0.3
    assert abs(data.measure_pixels(noise)["correlation"]) < 0.05
    noise[:10] = 3.0
    noise[20, 3, 4] = np.nan
    found = data.measure_pixels(noise)
    assert found["constant"] == 0.25
    assert found["bad"] == pytest.approx(1 / noise.size)
    assert np.isfinite([found["low"], found["mean"], found["border"]]).all()
    assert data.measure_pixels(np.array(["a", "b"])) is None
    assert "border" not in data.measure_pixels(rng.random((5, 7)))


def test_drawings_of_both_polarities_are_told_and_textures_have_none():
    digits = generate(120, seed=4)[0] / 255
    dark = np.arange(120) % 4 == 0
    mixed = np.where(dark[:, None, None], 1 - digits, digits)
    for pictures in (mixed, 2 * mixed[..., None] - 1, np.repeat(mixed[..., None], 3, axis=3)):
        assert data.measure_pixels(pictures)["dark"] == 0.25
    assert data.measure_pixels(np.where(digits > 0.5, 255, 0).astype(np.uint8))["dark"] == 0
    texture = np.cumsum(np.random.default_rng(0).normal(0, 1, (40, 24, 24)), axis=2)
    assert "dark" not in data.measure_pixels(texture)
    assert "dark" not in data.measure_pixels(np.zeros((5, 8, 8)))


def test_strokes_that_wrapped_around_are_pierced_whatever_the_polarity_and_the_scale():
    digits = generate(80, seed=5)[0]
    sound, wrapped = (data.measure_pixels(each) for each in (digits, digits * np.uint8(2)))
    assert min(wrapped["holes"]) > 0.03 > 0.012 > max(sound["holes"])
    assert wrapped["flat"] > 0.8
    dark = data.measure_pixels(1 - digits[..., None] / np.float32(255))
    assert dark["holes"] == pytest.approx(sound["holes"], abs=1e-3)
    assert "holes" not in data.measure_pixels(digits[:, ::4, ::4])  # 13 pixels a side
    speckled = np.where(np.random.default_rng(0).random(digits.shape) < 0.1, 255, digits)
    assert "holes" not in data.measure_pixels(speckled)


def test_the_share_of_different_images_is_told():
    digits = generate(30, seed=6)[0]
    assert data.measure_pixels(digits)["distinct"] == 1
    assert data.measure_pixels(np.repeat(digits[:3], 10, axis=0))["distinct"] == 0.1


def test_classes_weigh_what_their_examples_do_and_nothing_where_that_is_unknown():
    chosen = np.array([0, 0, 1, 5])
    assert data.weigh_classes(chosen, np.array([1.0, 1.0, 2.0, 0.0]), 2) == (2.0, 2.0)
    for weights in (np.zeros(4), np.array([1.0, np.nan, 1.0, 1.0])):
        assert data.weigh_classes(chosen, weights, 2) is None
    assert data.weigh_classes(None, np.ones(4), 2) is None


def test_the_length_of_a_sequence_is_noted_where_the_network_knows_it():
    row = keras.layers.SimpleRNN(4)
    model = keras.Sequential([keras.Input((24, 2)), row, keras.layers.Dense(3)])
    assert describe_layers(model)[0]["settings"]["length"] == 24
    anything = keras.Sequential([keras.Input((None, 2)), keras.layers.SimpleRNN(4)])
    assert "length" not in describe_layers(anything)[0]["settings"]


def test_a_loss_of_ones_own_is_asked_whether_it_applies_softmax_again():
    right = np.arange(8) % 4
    hot = np.eye(4, dtype=np.float32)[right]

    def twice(truth: Any, answers: Any) -> Any:
        return -keras.ops.sum(truth * keras.ops.log_softmax(answers), axis=-1)

    def once(truth: Any, answers: Any) -> Any:
        return -keras.ops.sum(truth * keras.ops.log(answers), axis=-1)

    smooth = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    for loss, told in ((twice, True), (once, False), ("mse", False), (smooth, False)):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "softmax")])
        model.compile("sgd", loss)
        model.fit(np.ones((8, 3)), hot, verbose=0)
        assert Passes(model).softmaxes_again(hot, right, 4) is told
    assert Passes(keras.Sequential([keras.Input((3,))])).softmaxes_again(hot, right, 4) is None


def test_a_softmax_that_keras_takes_away_again_is_seen_in_a_loss_of_ones_own(tmp_path: Path):
    def told(truth: Any, answers: Any) -> Any:
        return keras.losses.sparse_categorical_crossentropy(truth, answers, from_logits=True)

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 3)).astype(np.float32), np.arange(64) % 4
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "softmax")])
    model.compile("sgd", told)
    watcher = Watcher(RunWriter(tmp_path), 2, {}, Probe(x * 9, y), labels={"labels": y})
    model.fit(x * 9, y, callbacks=[watcher], verbose=0)
    (facts, *_) = events_of(tmp_path)["facts"]
    assert facts["softmaxes_again"] is True
    assert facts["softmax_undone"] is True


def test_the_sums_of_labels_are_of_rows_of_numbers():
    assert data.label_sums(np.tri(4, dtype=np.float32)) == (1.0, 4.0)
    assert data.label_empty(np.tri(4, 4, -1, dtype=np.float32)) == 0.25
    assert data.label_empty(np.arange(4)) is None
    assert data.label_sums(np.arange(4)) is None
    assert data.label_sums(np.array([["a", "b"]])) is None


def test_rows_copied_with_some_noise_are_counted_and_no_others():
    rng = np.random.default_rng(0)
    clients = rng.normal(size=(500, 12)).astype(np.float32)
    noisy = [clients + rng.normal(0, 0.03, clients.shape) for _ in range(5)]
    table = rng.permutation(np.concatenate([clients, *noisy]))
    assert data.count_near(table[:2400], table[2400:]) > 0.9
    others = rng.normal(size=(3000, 12))
    assert data.count_near(others[:2400], others[2400:]) == 0
    whole = rng.integers(0, 4, (3000, 8))  # the same again and again, by chance
    assert data.count_near(whole[:2400], whole[2400:]) is None
    flags = rng.integers(0, 2, (3000, 8)), rng.normal(size=(3000, 1))
    mixed = np.concatenate(flags, axis=1)  # rows with the same flags are close, and no copies
    assert data.count_near(mixed[:2400], mixed[2400:]) is None
    dated = np.concatenate([table, np.full((3000, 1), 0.1), rng.random((3000, 1)) + 1.7e9], axis=1)
    assert data.count_near(dated[:2400, :13], dated[2400:, :13]) > 0.9
    assert data.count_near(dated[:2400], dated[2400:]) is not None
    line = rng.normal(size=(3000, 2))  # so close together that chance brings copies
    assert data.count_near(line[:2400], line[2400:]) is None
    assert data.count_near(np.zeros((200, 5, 5)), np.zeros((50, 5, 5))) is None


def test_sorted_batches_shared_images_and_odd_labels_are_told():
    labels = np.repeat(np.arange(10), 64)
    batches = [labels[at : at + 32] for at in range(0, 256, 32)]
    assert data.batch_entropy(batches, labels) == 0
    mixed = np.random.default_rng(1).permutation(labels)
    batches = [mixed[at : at + 32] for at in range(0, 256, 32)]
    assert data.batch_entropy(batches, labels) == pytest.approx(1, abs=0.05)
    assert data.batch_entropy([np.zeros(32, int)], np.zeros(64, int)) is None
    few = [mixed[at : at + 64] for at in range(0, 256, 64)] + [mixed[256:260]]  # all of an epoch
    assert data.batch_entropy(few, mixed[:260]) == pytest.approx(1, abs=0.05)
    rare = np.where(np.arange(640) % 30 == 7, labels, 1)  # 3 % are not of one class
    drawn = np.random.default_rng(2).permutation(rare)
    batches = [drawn[at : at + 32] for at in range(0, 128, 32)]  # few of them, by chance
    assert data.batch_entropy(batches, rare) == 1
    images = np.random.default_rng(2).integers(0, 255, (30, 4, 4))
    assert data.count_shared(images, np.concatenate([images[:3], images[:9] + 1])) == 0.25
    one_hot = np.eye(10)[labels]
    np.testing.assert_array_equal(data.classes_of(one_hot, 10), labels)
    assert data.classes_of(labels / 255, 10) is None
    assert data.count_classes(labels + 1, 10) == (0, *[64] * 9)
