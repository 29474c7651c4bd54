"""Fine-tuning a run on one's own drawings. Import it only where TensorFlow may load.

Its own drawings get their right digits; everything else, letters and scribbles included, gets the
answer that the network gave before, so that nothing is forgotten (Li, Hoiem, "Learning without
forgetting", 2016). Batch normalization keeps its averages: a few drawings say little about those.
"""

import time
from dataclasses import asdict, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_app.calibration import softmax
from resnet_app.config import CLASSES, IMAGE_SIZE, TrainingConfig
from resnet_app.files import replacing, write_json
from resnet_app.model.light import export_light
from resnet_app.model.resnet import build_resnet
from resnet_app.predict import Predictor
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run, Tally, Tuning, count_confusion
from resnet_app.runs.writer import RunWriter, write_history
from resnet_app.training.callbacks import LiveCallback, StopRequested
from resnet_app.training.fit import plain_copy, save_plain, tell_end, where
from resnet_app.training.input import evaluation_batches, training_batches
from resnet_app.training.lessons import Lessons, Part, prepare_lessons
from resnet_app.training.precision import choose_precision
from resnet_app.training.prepare import make_optimizer, make_variables
from resnet_app.training.schedule import rate_at

_TRAINING_SECONDS = 7.0
"""After so long the steps end, on whatever machine and with whatever network; the first step, which
traces, is not counted."""

_READING_SECONDS = 1.5
"""So long the light model may read the digits that it is to remember, or is tested with."""

_TIMED = 16
"""Pictures by which its pace is measured."""


def tune_run(run: Run, writer: RunWriter) -> None:
    """Go on from the parent of ``run`` and save it; a stop request keeps what has been learned.

    Raises ``DataError`` if there are too few drawings, ``RunError`` if the parent is gone.
    """
    config = run.config
    assert run.parent is not None
    parent = runs.open_run(run.parent)
    writer.status("starting", "Preparing the drawings", epochs=config.epochs)
    before = Predictor.load(parent)
    lessons = prepare_lessons(run, before.framing, _affordable(before))
    write_json(
        run.directory / "preprocessing.json",
        {"normalizer": before.normalizer.to_json(), "framing": before.framing.to_json()},
    )
    model = _go_on_from(parent, config, writer)
    stopped = _fit(model, config, lessons, before, writer)
    _finish(run, plain_copy(model, config), lessons, before, writer)
    tell_end(run, writer, stopped)


def _affordable(predictor: Predictor) -> int:
    """How many pictures ``predictor`` reads in the time that there is for them."""
    pictures = np.zeros((_TIMED, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    predictor.logits(pictures)  # the first call makes room
    began = time.perf_counter()
    predictor.logits(pictures)
    return max(_TIMED, int(_TIMED * _READING_SECONDS / (time.perf_counter() - began)))


def _go_on_from(parent: Run, config: TrainingConfig, writer: RunWriter) -> keras.Model:
    """The parent's network, compiled to be taught probabilities."""
    precision = choose_precision(config.precision)
    writer.event("precision", **asdict(precision))
    model = build_resnet(config, config.fast_kernels, precision.policy)
    learned = keras.models.load_model(parent.directory / "model.keras", compile=False)
    model.set_weights(learned.get_weights())
    for layer in model.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(make_optimizer(config), "categorical_crossentropy", metrics=["accuracy"])
    make_variables(model, np.eye(CLASSES, dtype=np.float32)[:1])
    return model


def _fit(
    model: keras.Model,
    config: TrainingConfig,
    lessons: Lessons,
    before: Predictor,
    writer: RunWriter,
) -> bool:
    """Fit ``model`` in place; True if a person stopped it."""
    images = np.concatenate([lessons.variants[0], lessons.rehearsal])
    wanted = np.concatenate([_certain(lessons.variants), softmax(before.logits(lessons.rehearsal))])
    batches = training_batches(
        (images, wanted),
        before.normalizer,
        config.batch_size,
        config.seed,
        config.augmentation,
        before.framing.light_ink,
    )
    watched = lessons.held_back[0], _certain(lessons.held_back)
    try:
        model.fit(
            batches,
            epochs=config.epochs,
            callbacks=[
                _Pace(config, len(batches)),
                _Validation(evaluation_batches(watched, before.normalizer, config.batch_size)),
                LiveCallback(writer, config.epochs, len(batches), 0.0),
            ],
            shuffle=False,  # the batches are shuffled already
            verbose=0,
        )
        return False
    except StopRequested:
        return True


def _certain(part: Part) -> NDArray[np.float32]:
    """(N, 10) probabilities that say nothing but the labels."""
    certain: NDArray[np.float32] = np.eye(CLASSES, dtype=np.float32)[part[1]]
    return certain


class _Validation(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Adds ``val_loss`` and ``val_accuracy`` to each epoch's logs, for the callbacks after it.

    ``batches`` are read eagerly: Keras's own validation traces the network first, which takes
    seconds, for a few drawings.
    """

    def __init__(self, batches: Any) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        pairs = [(self.model(images, training=False), wanted) for images, wanted in self._batches]
        outputs, wanted = (np.concatenate(part) for part in zip(*pairs, strict=True))
        losses = keras.losses.categorical_crossentropy(wanted, outputs)
        logs["val_loss"] = float(np.mean(losses))
        logs["val_accuracy"] = float((outputs.argmax(1) == wanted.argmax(1)).mean())


class _Pace(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Sets the rate before each batch, so that it has cooled down when steps or time end."""

    def __init__(self, config: TrainingConfig, steps: int) -> None:
        super().__init__()
        self._config = config
        self._total = steps * config.epochs
        self._step = 0
        self._began: float | None = None

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        timed = round(self._spent() * self._total)
        self.model.optimizer.learning_rate = rate_at(
            self._config, max(self._step, timed), self._total
        )
        self._step += 1

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self._began is None:
            self._began = time.monotonic()
        if self._spent() >= 1:
            self.model.stop_training = True

    def _spent(self) -> float:
        """Share of the time that is over."""
        return 0.0 if self._began is None else (time.monotonic() - self._began) / _TRAINING_SECONDS


def _finish(
    run: Run, model: keras.Model, lessons: Lessons, before: Predictor, writer: RunWriter
) -> None:
    """Save the model and compare it with its parent, both as the page uses them."""
    progress = where(run, run.config)
    writer.status("finishing", "Saving the model", **progress)
    write_history(run)
    save_plain(model, run.directory / "model.keras")
    # Its answers were held to the parent's, so the parent's temperature holds; not measured anew.
    calibration = replace(before.calibration, error_before=None, error_after=None, count=0)
    write_json(run.directory / "calibration.json", calibration.to_json())
    with replacing(run.directory / "model.tflite") as light:
        export_light(model, light)
        writer.status("finishing", "Comparing it with the model before", **progress)
        after = Predictor(light, before.normalizer, before.framing, calibration)
        _compare(run, lessons, before, after)


def _compare(run: Run, lessons: Lessons, before: Predictor, after: Predictor) -> None:
    """Write ``tuning.json`` and ``evaluation.npz``."""
    held_back, others = (
        [each.logits(images).argmax(1) for each in (before, after)]
        for images, _ in (lessons.held_back, lessons.others)
    )
    with replacing(run.directory / "evaluation.npz") as temporary:
        np.savez(temporary, confusion=count_confusion(lessons.others[1], others[1]).confusion)
    tuning = Tuning(
        lessons.trained,
        _tally(lessons.held_back[1], held_back),
        _tally(lessons.others[1], others),
        lessons.others_name,
        lessons.held_back_students,
    )
    write_json(run.directory / "tuning.json", asdict(tuning))


def _tally(labels: NDArray[np.uint8], answers: list[NDArray[np.int64]]) -> Tally:
    """How many of ``labels`` (N,) the ``answers`` (N,) of the model before and after meet."""
    return Tally(len(labels), *(int((each == labels).sum()) for each in answers))
