"""Other people's Keras programs: every model, loss and kind of data, and every bad end."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from resnet_app import RunLogger
from resnet_app.cli import main
from resnet_app.doctor.judge import judge
from resnet_app.doctor.reading import read_evidence
from resnet_app.runs import store
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter
from resnet_app.watch.fitting import describe_call
from resnet_app.watch.likeness import foretell, foretell_numbers
from tests.worker.test_watch import events_of

pytestmark = pytest.mark.usefixtures("lavish")

_PROJECT = Path(__file__).resolve().parents[2]
_SPARSE = "sparse_categorical_crossentropy"
_PLAIN_FIT = {
    "y": None,
    "validation_split": 0.0,
    "validation_data": None,
    "batch_size": None,
    "shuffle": True,
    "callbacks": None,
    "sample_weight": None,
    "class_weight": None,
}
"""What ``fit`` is given if nothing is said."""


@pytest.fixture(autouse=True)
def the_same_weights_every_time() -> None:
    keras.utils.set_random_seed(0)


class Subclassed(keras.Model):
    """A model of somebody's own, built by the first batch."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = keras.layers.Dense(8, "relu")
        self.head = keras.layers.Dense(10)

    def call(self, x: Any) -> Any:
        return self.head(self.hidden(x))


def examples(count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """(N, 6) float32 and labels 0…9."""
    rng = np.random.default_rng(0)
    return rng.random((count, 6), np.float32), np.arange(count) % 10


def classifier(**compiled: Any) -> keras.Model:
    model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(10, "softmax")])
    model.compile(**{"optimizer": "adam", "loss": _SPARSE, "metrics": ["accuracy"], **compiled})
    return model


def fit(model: keras.Model, *data: Any, logger: RunLogger | None = None, **how: Any) -> Run:
    """Fit as a stranger does; return the run that came of it."""
    logger = logger or RunLogger("mine")
    model.fit(*data, **{"epochs": 2, "verbose": 0, "callbacks": [logger], **how})
    assert logger.run is not None
    return logger.run


def with_head(units: int, activation: str | None, loss: Any, **compiled: Any) -> keras.Model:
    inputs = keras.Input((6,))
    model = keras.Model(inputs, keras.layers.Dense(units, activation)(inputs))
    model.compile("sgd", loss, **compiled)
    return model


def logits(model: keras.Model) -> keras.Model:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["sparse_categorical_accuracy"])
    return model


def own_loss(y: Any, outputs: Any) -> Any:
    return keras.ops.mean(keras.ops.square(outputs), -1)


_ONE_HOT = np.eye(10, dtype=np.float32)[examples()[1]]
_PROGRAMS: dict[str, tuple[Callable[[], keras.Model], Any, dict[str, Any]]] = {
    "sequential, sparse": (classifier, examples()[1], {"loss": _SPARSE, "classes": 10}),
    "subclassed, logits": (
        lambda: logits(Subclassed()),
        examples()[1],
        {"loss": _SPARSE, "classes": 10, "from_logits": True},
    ),
    "one-hot": (
        lambda: with_head(10, "softmax", "categorical_crossentropy", metrics=["acc"]),
        _ONE_HOT,
        {"loss": "categorical_crossentropy", "classes": 10, "label_shape": [10]},
    ),
    "binary": (
        lambda: with_head(1, "sigmoid", "binary_crossentropy", metrics=["accuracy"]),
        examples()[1] % 2,
        {"loss": "binary_crossentropy", "classes": 2, "labels": [30, 30]},
    ),
    "regression": (
        lambda: with_head(1, None, "mse"),
        examples()[0].sum(1),
        {"classes": None, "labels": None, "loss": "mean_squared_error"},
    ),
    "own loss": (
        lambda: with_head(3, None, own_loss),
        examples()[0][:, :3],
        {"classes": None, "loss": "own_loss", "from_logits": None},
    ),
}


@pytest.mark.parametrize("name", _PROGRAMS)
def test_any_model_and_loss_leaves_curves_and_what_can_be_known(name: str):
    make, labels, expected = _PROGRAMS[name]
    run = fit(make(), examples()[0], labels, validation_split=0.25, batch_size=15)
    assert run.foreign
    assert run.title == "mine"
    assert run.status().state == "finished"
    history = run.history()
    assert [point.epoch for point in history.epochs] == [1, 2]
    assert history.batches[-1].position == 2.0
    assert np.isfinite([point.val_loss for point in history.epochs]).all()
    events = events_of(run.directory)
    facts = events["facts"][-1]
    known = {"images": 45, "validation_images": 15, "batch_size": 15, "steps": 3, **expected}
    if expected.get("labels"):
        known["labels"] = np.bincount(labels[:45]).tolist()
    assert {key: facts.get(key) for key in known} == known
    assert facts["start_loss"] > 0
    assert events["watch"][0]["position"] == pytest.approx(1 / 3, abs=1e-4)
    assert events["watch"][-1]["position"] <= 2
    assert bool(events["modes"]) == (expected["classes"] is not None)
    assert (run.directory / "model.keras").is_file()


def batches(labels: bool = True) -> Iterator[Any]:
    x, y = examples()
    while True:
        for at in range(0, 60, 20):
            yield x[at : at + 20], y[at : at + 20]


def of_tensors() -> dict[str, Any]:
    x, y = examples()
    return {"x": tf.constant(x), "y": tf.constant(y), "validation_data": (x[:20], y[:20])}


def of_dataset() -> dict[str, Any]:
    data = tf.data.Dataset.from_tensor_slices(examples()).shuffle(60, seed=1).batch(20)
    return {"x": data, "validation_data": data.take(2)}


def of_generator() -> dict[str, Any]:
    return {"x": batches(), "steps_per_epoch": 3}


def of_unknown_length() -> dict[str, Any]:
    data = tf.data.Dataset.from_generator(
        lambda: zip(*examples(), strict=True),
        output_signature=(tf.TensorSpec((6,), tf.float32), tf.TensorSpec((), tf.int64)),
    )
    return {"x": data.batch(20)}


class ByNumber(keras.utils.PyDataset):
    """Batches that a program loads itself."""

    def __init__(self) -> None:
        super().__init__(workers=2)
        self.order = np.arange(60)

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Any:
        x, y = examples()
        chosen = self.order[20 * index :][:20]
        return x[chosen], y[chosen]

    def on_epoch_end(self) -> None:
        self.order = self.order[::-1]


def of_batches_by_number() -> dict[str, Any]:
    return {"x": ByNumber(), "validation_data": ByNumber()}


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize(
    "make", [of_tensors, of_dataset, of_generator, of_unknown_length, of_batches_by_number]
)
def test_data_of_any_kind_give_probes_and_the_same_training(make: Callable[[], dict[str, Any]]):
    ends = []
    for logger in (None, RunLogger("mine")):
        keras.utils.set_random_seed(3)
        model = classifier()
        model.fit(**make(), epochs=2, verbose=0, callbacks=[logger] if logger else [])
        ends.append(model.get_weights())
    for alone, logged in zip(*ends, strict=True):
        np.testing.assert_array_equal(alone, logged)
    run = logger.run
    assert run.status().state == "finished"
    assert run.history().batches[-1].position == 2.0
    events = events_of(run.directory)
    assert events["facts"][-1]["label_range"] == [0, 9]
    assert events["facts"][-1]["batch_size"] == (32 if make is of_tensors else 20)
    assert 1.0 in [modes["position"] for modes in events["modes"]]
    held = "validation_data" in make()
    assert ("validation_inference_accuracy" in events["modes"][-1]) == held


def test_several_inputs_and_outputs_leave_out_what_does_not_apply():
    x, y = examples()
    inputs = {"a": keras.Input((6,), name="a"), "b": keras.Input((6,), name="b")}
    joined = keras.layers.Concatenate()(list(inputs.values()))
    heads = [keras.layers.Dense(10, "softmax", name=name)(joined) for name in "pq"]
    model = keras.Model(inputs, heads)
    model.compile("adam", [_SPARSE, _SPARSE])
    run = fit(model, {"a": x, "b": x}, [y, y])
    assert run.status().state == "finished"
    events = events_of(run.directory)
    assert "classes" not in events["facts"][0]
    assert not {"label_range", "label_shape", "images"} & set(events["facts"][0])
    assert events["watch"][0]["updates"]["p"] < 0
    assert not events["modes"]


def test_a_model_whose_weights_are_mirrored_on_several_devices_is_watched_as_any():
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = classifier()
    run = fit(model, *examples(), epochs=2)
    watched = events_of(run.directory)["watch"]
    assert [event["learning_rate"] for event in watched] == pytest.approx([1e-3] * len(watched))
    assert watched[-1]["position"] == 2.0
    names = {layer.name for layer in model.layers}
    assert set(watched[-1]["updates"]) == set(watched[-1]["gradients"]) == names


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("drawn", [False, True])
def test_labels_of_several_outputs_that_pass_by_are_nobodys(
    named: bool, drawn: bool, caplog: pytest.LogCaptureFixture
):
    x, y = examples()
    keras.utils.set_random_seed(7)  # with others the loss may fall in the four steps
    asked: Any = {"p": y, "q": y % 2} if named else (y, y % 2)
    given = keras.Input((6,))
    heads = [keras.layers.Dense(10, "softmax", name=name)(given) for name in "pq"]
    model = keras.Model(given, dict(zip("pq", heads, strict=True)) if named else heads)
    model.compile("adam", dict.fromkeys("pq", _SPARSE) if named else [_SPARSE, _SPARSE])
    dataset = tf.data.Dataset.from_tensor_slices((x, asked)).batch(16)
    run = fit(
        model, (batch for batch in dataset.as_numpy_iterator()) if drawn else dataset, epochs=1
    )
    assert run.status().state == "finished"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    events = events_of(run.directory)
    assert not {"label_range", "label_shape", "classes"} & set(events["facts"][-1])
    assert judge(read_evidence(run)).state == "not sure yet"


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("last", [True, False])
def test_whether_keras_takes_the_numbers_before_a_softmax_is_measured(last: bool, eager: bool):
    """It does so where softmax comes last, and does not know what was reshaped since."""
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(10, "softmax")])
    if not last:
        model.add(keras.layers.Reshape((5, 2)))
        model.add(keras.layers.Flatten())
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, run_eagerly=eager)
    assert read_evidence(fit(model, *examples())).facts.softmax_undone is last


def test_nearly_even_answers_do_not_tell_one_softmax_from_two():
    even = keras.initializers.RandomNormal(stddev=1e-5)
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(10, "softmax", kernel_initializer=even)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    assert read_evidence(fit(model, *examples())).facts.softmax_undone is None


def test_explicit_data_are_used_where_fit_does_not_show_them():
    x, y = examples()

    class Pieces(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> Any:
            return x[index * 20 :][:20], y[index * 20 :][:20]

    elsewhere = Pieces(use_multiprocessing=True)
    given = {**_PLAIN_FIT, "x": elsewhere}
    assert describe_call(given).train.passing is None  # batches are made in another process
    assert given["x"] is elsewhere
    logger = RunLogger("mine", training_data=(x, y), validation_data=(x[:9], y[:9]))
    shown = events_of(fit(classifier(), Pieces(), logger=logger).directory)
    assert shown["facts"][-1]["labels"] == [6] * 10
    assert 1.0 in [modes["position"] for modes in shown["modes"]]
    assert "validation_inference_accuracy" in shown["modes"][-1]


def test_validation_split_is_kerass_own():
    x, y = examples(47)
    seen: dict[str, Any] = {}

    class Spy(keras.callbacks.Callback):
        def on_test_begin(self, logs: Any = None) -> None:
            adapter = self.model._eval_epoch_iterator.data_adapter
            seen["held"] = np.concatenate([b[1] for b in adapter.get_numpy_iterator()])

    classifier().fit(x, y, validation_split=0.3, epochs=1, verbose=0, callbacks=[Spy()])
    call = describe_call({**_PLAIN_FIT, "x": x, "y": y, "validation_split": 0.3})
    np.testing.assert_array_equal(call.validation.y, seen["held"].ravel())
    np.testing.assert_array_equal(call.train.y, y[: 47 - len(call.validation.y)])


def test_labels_in_their_order_are_told_from_shuffled_ones():
    x, y = examples()
    for shuffle in (True, False):
        run = fit(classifier(), x, np.sort(y), shuffle=shuffle, batch_size=6)
        facts = events_of(run.directory)["facts"][-1]
        assert facts["shuffled"] is shuffle
        assert facts.get("batch_entropy") == (None if shuffle else 0)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"class_weight": {0: 5.0, 1: 0.0}}, [300, 0] + [60] * 8),
        ({"sample_weight": np.where(np.arange(60) < 30, 1.0, 3.0)}, [60] * 10),
        ({"sample_weight": (np.arange(60) % 10 == 3) * 1.0}, [0, 0, 0, 60] + [0] * 6),
    ],
)
def test_what_each_class_weighs_in_the_loss_is_told(how: dict[str, Any], expected: list[int]):
    facts = events_of(fit(classifier(), *examples(), **how).directory)["facts"][-1]
    assert facts["labels"] == [6] * 10
    wanted = 60 * np.array(expected) / sum(expected)
    np.testing.assert_allclose(facts["weighed_labels"], wanted)
    unweighed = events_of(fit(classifier(), *examples()).directory)["facts"][-1]
    assert "weighed_labels" not in unweighed
    half = {**how, "validation_split": 0.5}
    cut = describe_call({**_PLAIN_FIT, "x": examples()[0], "y": examples()[1], **half})
    assert cut.train.weights is not None and len(cut.train.weights) == 30
    odd = describe_call({**_PLAIN_FIT, "x": examples()[0], "y": examples()[1], "sample_weight": {}})
    assert odd.train.y is not None and odd.train.weights is None


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("huber", ("huber", 1.0)),
        (keras.losses.Huber(delta=0.5), ("huber", 0.5)),
        ("mse", ("mean_squared_error", None)),
    ],
)
def test_where_a_loss_bends_is_told(loss: Any, expected: tuple[str, float | None]):
    x, y = examples()
    facts = events_of(fit(with_head(1, None, loss), x, y / 10).directory)["facts"][-1]
    assert (facts["loss"], facts.get("bend")) == expected


def test_outputs_that_outnumber_the_labels_are_no_classes_with_a_loss_of_ones_own():
    x, y = examples()
    embedding = with_head(16, None, own_loss)
    assert "classes" not in events_of(fit(embedding, x, y).directory)["facts"][-1]
    own = with_head(10, None, own_loss)
    assert events_of(fit(own, x, y).directory)["facts"][-1]["classes"] == 10


def test_a_class_for_each_place_is_told():
    inputs = keras.Input((6,))
    model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(keras.ops.expand_dims(inputs, -1)))
    model.compile("sgd", _SPARSE)
    x, y = examples()
    places = fit(model, x, np.repeat(y[:, None] % 3, 6, axis=1), epochs=30)
    assert events_of(places.directory)["facts"][-1]["one_row"] is False
    assert judge(read_evidence(places)).primary is None


def test_yes_or_no_from_a_pipeline_is_as_sound_as_from_arrays():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(640, 6)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.float32)
    pipeline = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
    model = with_head(1, "sigmoid", "binary_crossentropy", metrics=["accuracy"])
    model.compile(keras.optimizers.Adam(0.05), model.loss, metrics=["accuracy"])
    run = fit(model, pipeline, epochs=6, validation_data=pipeline)
    verdict = judge(read_evidence(run))
    assert verdict.state == "healthy"
    assert not verdict.others


def test_a_loss_under_another_name_is_no_broken_one():
    class Own(keras.Model):
        def train_step(self, batch: Any) -> dict[str, Any]:
            logs = super().train_step(batch)
            return {"total": logs["loss"], "accuracy": logs["accuracy"]}

    inputs = keras.Input((6,))
    model = Own(inputs, keras.layers.Dense(10, "softmax")(inputs))
    model.compile("adam", _SPARSE, metrics=["accuracy"])
    evidence = read_evidence(fit(model, *examples()))
    assert len(evidence.history.epochs) == 2
    assert judge(evidence).primary is None


def test_pixels_of_validation_batches_are_facts_once_they_have_passed():
    x, y = examples()
    train, held = (tf.data.Dataset.from_tensor_slices((x * by, y)).batch(20) for by in (1, 255))
    facts = events_of(fit(classifier(), train, validation_data=held).directory)["facts"][-1]
    assert facts["pixels"]["high"] < 1.01 < 200 < facts["validation_pixels"]["high"]


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
def test_labels_and_pixels_are_those_of_the_later_batches_too():
    x, y = examples(40)
    began = threading.Event()

    def slow() -> Iterator[Any]:
        low = y < 5
        for _ in range(2):  # Keras looks at two before it begins
            yield x[low] / 2, y[low]
        assert began.wait(60)
        yield x[~low], y[~low]

    class Tell(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            began.set()

    logger = RunLogger("mine")
    fit(classifier(), slow(), logger=logger, callbacks=[logger, Tell()], epochs=1)
    facts = events_of(logger.run.directory)["facts"]
    assert facts[0]["label_range"] == [0, 4]
    assert facts[-1]["label_range"] == [0, 9]
    assert facts[0]["pixels"]["high"] <= 0.5 < facts[-1]["pixels"]["high"]


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
@pytest.mark.parametrize("in_order", [True, False])
def test_the_order_of_a_dataset_is_told_by_the_labels_of_validation(in_order: bool):
    x, y = examples(200)
    order = np.argsort(y, kind="stable") if in_order else np.arange(200)
    data = tf.data.Dataset.from_tensor_slices((x[order], y[order])).batch(20)
    facts = events_of(fit(classifier(), data, validation_data=(x, y)).directory)["facts"][-1]
    assert facts["batch_entropy"] < 0.1 if in_order else facts["batch_entropy"] > 0.8
    assert "shuffled" not in facts
    alone = events_of(fit(classifier(), data).directory)["facts"][-1]
    assert alone["batch_entropy"] < 0.1 if in_order else alone["batch_entropy"] > 0.8


@pytest.mark.parametrize("in_order", [True, False])
def test_the_order_of_a_dataset_is_told_by_a_dataset_that_validates(in_order: bool):
    x, y = examples(200)
    order = np.argsort(y, kind="stable") if in_order else np.arange(200)
    data = tf.data.Dataset.from_tensor_slices((x[order], y[order])).batch(20)
    held = tf.data.Dataset.from_tensor_slices((x, y)).batch(50)
    facts = events_of(fit(classifier(), data, validation_data=held).directory)["facts"][-1]
    assert facts["batch_entropy"] < 0.1 if in_order else facts["batch_entropy"] > 0.8


def test_a_pipeline_of_nearly_one_class_is_not_taken_for_a_sorted_one():
    x, y = examples(200)
    lopsided = np.where(np.arange(200) % 25 == 7, y, 1)
    data = tf.data.Dataset.from_tensor_slices((x, lopsided)).batch(20)
    for held in ((x, y), tf.data.Dataset.from_tensor_slices((x, y)).batch(50)):
        evidence = read_evidence(fit(classifier(), data, validation_data=held))
        assert evidence.facts.batch_entropy > 0.75
        assert evidence.facts.some_labels[1] == 192
        assert judge(evidence).primary.cause == "imbalance"
    only = tf.data.Dataset.from_tensor_slices((x, np.ones(200, int))).batch(20)
    assert read_evidence(fit(classifier(), only, validation_data=(x, y))).facts.batch_entropy == 0


def clusters(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """(N, 12, 12) pictures of squares of ten kinds with some noise, and their kinds."""
    rng = np.random.default_rng(1)
    squares, y = rng.random((10, 3, 3)), rng.integers(0, 10, count)
    kinds = squares.repeat(4, 1).repeat(4, 2)
    return (0.8 * kinds[y] + 0.2 * rng.random((count, 12, 12))).astype(np.float32), y


def flat_classifier() -> keras.Model:
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    model.compile("adam", _SPARSE, metrics=["accuracy"])
    return model


@pytest.mark.parametrize("piped", [False, True])
def test_labels_that_do_not_belong_to_the_inputs_are_told_by_inputs_that_are_alike(piped: bool):
    def diagnosed(y: np.ndarray) -> Any:
        data = [tf.data.Dataset.from_tensor_slices((x, y)).batch(20)] if piped else [x, y]
        return read_evidence(fit(flat_classifier(), *data))

    x, y = clusters()
    assert diagnosed(y).tests["baseline"]["accuracy"] > 0.95
    shuffled = diagnosed(np.random.default_rng(2).permutation(y))
    assert shuffled.tests["baseline"]["accuracy"] < 0.25
    assert judge(shuffled).primary.cause == "labels_shuffled"
    assert judge(diagnosed(np.roll(y, -2))).primary.cause == "labels_shifted"


def test_labels_of_validation_that_do_not_belong_are_told_by_training_inputs_that_are_alike():
    rng = np.random.default_rng(0)
    y = np.arange(400) % 4
    x = (np.eye(4)[y] + rng.normal(0, 0.1, (400, 4))).astype(np.float32)
    others = np.roll(y[300:], 1)
    for labels, right in ((y[300:], 1.0), (others, 0.0)):
        told = foretell(x[:300], y[:300], 4, (x[300:], labels))
        assert told is not None
        assert told["validation"] == pytest.approx(right, abs=0.02)
        assert told["validation_images"] == 100
        assert told["nearest"] == pytest.approx(1.0, abs=0.02)
        assert told["validation_rolls"]["-1"] == pytest.approx(1 - right, abs=0.02)
    assert "validation" not in (foretell(x[:300], y[:300], 4, (x[300:, :2], others)) or {})
    head = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, "softmax")])
    head.compile(keras.optimizers.Adam(0.05), _SPARSE, metrics=["accuracy"])
    for labels, cause in ((others, "labels_shifted"), (rng.permutation(others), "labels_shuffled")):
        run = fit(head, x[:300], y[:300], validation_data=(x[300:], labels), epochs=8)
        assert judge(read_evidence(run)).primary.cause == cause


def test_numbers_that_were_moved_or_shuffled_are_told_by_similar_rows():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (400, 3)).astype(np.float32)
    y = (x @ [1.0, -2.0, 0.5]).astype(np.float32)
    head = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)]
    )
    head.compile(keras.optimizers.Adam(0.01), "mse")
    run = fit(head, x, np.roll(y, 2)[:, None], validation_split=0.2, epochs=3)
    first = judge(read_evidence(run)).primary
    assert first is not None and (first.cause, first.known) == ("labels_shifted", "tested")
    assert "moved by -2" in first.exhibits[0].measured
    right = foretell_numbers(x, y)
    assert right is not None and right["explained"] > 0.8 and right["images"] == 400
    lost = foretell_numbers(x, rng.permutation(y))
    assert lost is not None and max(lost["explained"], *lost["rolls"].values()) < 0.1
    lagged = np.column_stack([x, np.roll(y, 1)])  # as of a series
    assert "1" not in (foretell_numbers(lagged, y) or {})["rolls"]
    others = (
        (x[:50], y[:50]),
        (x[:, :, None], y),
        (x, np.ones(400)),
        (x, y.astype(str)),
        (x, None),
    )
    assert [foretell_numbers(*other) for other in others] == [None] * 5


def test_words_are_not_compared_by_their_numbers():
    x = np.random.default_rng(0).integers(1, 90, (600, 6))
    y = np.random.default_rng(1).integers(0, 10, 600)
    words = [keras.layers.Embedding(90, 4), keras.layers.Flatten()]
    model = keras.Sequential([*words, keras.layers.Dense(10, "softmax")])
    model.compile("adam", _SPARSE, metrics=["accuracy"])
    run = fit(model, x, y, validation_split=0.2)
    assert "baseline" not in read_evidence(run).tests


def test_inputs_are_not_compared_where_that_tells_nothing():
    x, y = clusters()
    learned = fit(flat_classifier(), x, y, epochs=40, validation_split=0.2)
    assert judge(read_evidence(learned)).state == "healthy"
    assert not (learned.directory / "tests.json").exists()
    few = fit(flat_classifier(), x[:60], y[:60])
    assert not (few.directory / "tests.json").exists()
    assert foretell({"a": x}, y, 10) is None
    assert foretell(x, y * 1.5, 10) is None
    assert foretell(np.repeat(x[:50], 8, 0), np.repeat(y[:50], 8), 10) is None  # copies of fifty


def test_columns_of_any_size_and_large_pictures_are_compared():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 5000)
    table = np.stack([y + rng.normal(0, 0.1, 5000), rng.normal(0, 1e6, 5000)], 1)
    told = foretell(table, y, 3)
    assert told["images"] == 2000
    assert told["accuracy"] > 0.9
    kinds = rng.random((3, 100, 80, 3), np.float32)
    noise = rng.random((300, 100, 80, 3), np.float32)
    assert foretell(kinds[y[:300]] + noise, y[:300], 3)["accuracy"] > 0.9


def test_labels_out_of_range_are_told_though_fit_raises():
    x, y = examples()
    logger = RunLogger("mine")
    with pytest.raises(Exception, match="valid range"):
        fit(classifier(), x, y + 1, logger=logger)
    status = logger.run.status()
    assert status.state == "failed"
    assert "label value of 10" in status.message
    facts = events_of(logger.run.directory)["facts"][-1]
    assert facts["label_range"] == [1, 10]
    assert not (logger.run.directory / "model.keras").exists()


def test_one_hot_labels_with_the_sparse_loss_are_told_though_fit_refuses_them():
    logger = RunLogger("mine")
    with pytest.raises(ValueError, match="rank"):
        fit(classifier(), examples()[0], _ONE_HOT, logger=logger)
    status = logger.run.status()
    assert status.state == "failed"
    assert "ValueError" in status.message
    facts = events_of(logger.run.directory)["facts"][-1]
    assert facts["label_shape"] == [10]
    assert facts["loss"] == _SPARSE


def test_a_loss_that_is_not_a_number_is_recorded():
    x, y = examples()
    x[3, 2] = np.nan
    run = fit(with_head(10, "softmax", _SPARSE), x, y)
    assert run.status().state == "finished"
    assert np.isnan(run.history().epochs[-1].loss)
    assert events_of(run.directory)["facts"][-1]["label_range"] == [0, 9]


def test_an_interrupt_is_a_stop_and_keeps_the_model():
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise KeyboardInterrupt

    logger = RunLogger("mine")
    with pytest.raises(KeyboardInterrupt):
        classifier().fit(*examples(), verbose=0, epochs=3, callbacks=[logger, Interrupt()])
    assert logger.run.status().state == "stopped"
    assert (logger.run.directory / "model.keras").is_file()


def test_the_stop_button_ends_the_fit_in_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("resnet_app.training.callbacks._INTERVAL_SECONDS", 0.0)

    class Stop(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            logger.run.request_stop()

    logger = RunLogger("mine")
    model = classifier()
    history = model.fit(*examples(), batch_size=5, verbose=0, epochs=50, callbacks=[logger, Stop()])
    assert len(history.epoch) == 1
    assert logger.run.status().state == "stopped"


def test_each_fit_is_a_run_and_two_loggers_do_not_meet():
    model, first = classifier(), RunLogger("first")
    x, y = examples()
    runs = [fit(model, x, y, logger=first, callbacks=[first, RunLogger("second")])]
    runs.append(fit(model, x, y, logger=first))
    assert runs[0].id != runs[1].id
    assert sorted(run.title for run in store.listing()) == ["first", "first", "second"]
    for run in store.listing():
        assert run.status().state == "finished"
        assert len(run.history().epochs) == 2
        events = events_of(run.directory)
        assert len(events["facts"]) == 1
        (watched,) = events["watched"]
        assert 0 < watched["seconds"] < run.status().seconds


def test_a_logger_that_breaks_does_not_break_the_fit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr("resnet_app.runs.writer.RunWriter.event", fail)
    history = classifier().fit(*examples(), epochs=2, verbose=0, callbacks=[RunLogger("mine")])
    assert len(history.epoch) == 2
    assert caplog.text.count("RunLogger broke off") == 1


def test_who_sees_a_point_sees_that_the_run_trains(monkeypatch: pytest.MonkeyPatch):
    seen, write = [], RunWriter.event

    def look(writer: RunWriter, kind: str, **values: Any) -> None:
        write(writer, kind, **values)
        if kind == "batch":
            seen.append(store.listing()[0].status().state)

    monkeypatch.setattr(RunWriter, "event", look)
    fit(classifier(), *examples())
    assert seen
    assert set(seen) == {"training"}


def test_the_command_line_lists_it(capsys: pytest.CaptureFixture[str]):
    fit(classifier(), *examples())
    assert main(["runs"]) == 0
    assert "mine, a Keras script: finished" in capsys.readouterr().out


def test_a_killed_program_is_seen_as_failed_and_importing_loads_no_keras(tmp_path: Path):
    script = (
        "import sys, resnet_app; assert not {'keras', 'tensorflow'} & set(sys.modules)\n"
        "from resnet_app import RunLogger\n"
        "import keras, numpy as np\n"
        "model = keras.Sequential([keras.layers.Dense(10)])\n"
        "model.compile('sgd', 'mse')\n"
        "model.fit(np.zeros((64, 3)), np.zeros((64, 10)), epochs=10**6, verbose=0,\n"
        "          callbacks=[RunLogger('endless')])\n"
    )
    program = subprocess.Popen([sys.executable, "-c", script], cwd=_PROJECT)
    end = time.monotonic() + 60
    while not (runs := store.listing()) or not runs[0].history().batches:
        assert program.poll() is None and time.monotonic() < end
        time.sleep(0.1)
    assert runs[0].status().state == "training"
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert runs[0].status().state == "failed"
    assert [run.title for run in store.listing()] == ["endless"]
