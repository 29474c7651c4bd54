"""Training one run from its data to its files. Import it only where TensorFlow may load."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_app.calibration import Calibration
from resnet_app.config import TrainingConfig
from resnet_app.data.dataset import Dataset
from resnet_app.files import replacing, write_json
from resnet_app.imaging import Framing, Normalizer
from resnet_app.model.light import export_light
from resnet_app.model.resnet import build_resnet
from resnet_app.runs.run import Run, count_confusion
from resnet_app.runs.writer import RunWriter, write_history
from resnet_app.training.callbacks import LiveCallback, StopRequested
from resnet_app.training.input import evaluation_batches, training_batches
from resnet_app.training.prepare import Prepared, network_key, prepare
from resnet_app.training.schedule import ScheduleCallback
from resnet_app.training.split import Split, split_dataset
from resnet_app.training.watching import watch_run

_EVALUATION_BATCH = 256
_FORWARD_SHARE = 1 / 3
"""A forward pass costs about a third of a training step (forward and two backward products)."""


def train_run(
    run: Run, dataset: Dataset, writer: RunWriter, prepared: Sequence[Prepared] = ()
) -> None:
    """Train, evaluate and save ``run``; a stop request keeps what has been learned so far.

    One of ``prepared`` is used up if it fits the run's configuration.
    """
    config = run.config
    split = split_dataset(dataset, config)
    normalizer = Normalizer.fit(config.normalization, split.train[0])
    framing = Framing.measure(split.train[0])
    write_json(
        run.directory / "preprocessing.json",
        {"normalizer": normalizer.to_json(), "framing": framing.to_json()},
    )
    writer.status("starting", "Building the network", epochs=config.epochs)
    fitting = (ready for ready in prepared if ready.key == network_key(config))
    network = next(fitting, None) or prepare(config)
    writer.event("precision", **asdict(network.precision))
    stopped = _fit(network, config, split, normalizer, framing, writer)
    _finish(run, plain_copy(network.model, config), split, normalizer, writer)
    writer.status(
        "stopped" if stopped else "finished",
        "Stopped; what it had learned is kept." if stopped else "Finished",
        **where(run, config),
    )


def where(run: Run, config: TrainingConfig) -> dict[str, int]:
    """How far ``run`` has come, as ``Status`` has it."""
    return {**run.status().place, "epochs": config.epochs}


def _fit(
    network: Prepared,
    config: TrainingConfig,
    split: Split,
    normalizer: Normalizer,
    framing: Framing,
    writer: RunWriter,
) -> bool:
    """Fit the model of ``network`` in place; True if a person stopped it."""
    batches = training_batches(
        split.train,
        normalizer,
        config.batch_size,
        config.seed,
        config.augmentation,
        framing.light_ink,
    )
    share = _FORWARD_SHARE * len(split.validation[1]) / len(split.train[1])
    schedule = ScheduleCallback(config, len(batches))
    live = LiveCallback(writer, config.epochs, len(batches), share)
    batches, watcher = watch_run(
        writer,
        config,
        batches,
        (split.train, normalizer),
        (split.validation, normalizer),
        network.passes,
    )
    keeper = keras.callbacks.EarlyStopping(
        monitor="val_loss",
        patience=config.patience or config.epochs,
        restore_best_weights=config.restore_best,
    )
    try:
        network.model.fit(
            batches,
            validation_data=evaluation_batches(split.validation, normalizer, config.batch_size),
            epochs=config.epochs,
            callbacks=[schedule, live, watcher, keeper],
            shuffle=False,  # the batches are shuffled already
            verbose=0,
        )
        return False
    except StopRequested:
        if config.restore_best and keeper.best_weights is not None:
            network.model.set_weights(keeper.best_weights)
        return True


def _finish(
    run: Run, model: keras.Model, split: Split, normalizer: Normalizer, writer: RunWriter
) -> None:
    progress = where(run, run.config)
    writer.status("finishing", "Testing on held-back digits", **progress)
    batches = evaluation_batches(split.test, normalizer, _EVALUATION_BATCH)
    probabilities = model.predict(batches, verbose=0)  # (N, 10)
    predicted = probabilities.argmax(1)  # (N,)
    with replacing(run.directory / "evaluation.npz") as temporary:
        np.savez(temporary, confusion=count_confusion(split.test[1], predicted).confusion)
    watched = evaluation_batches(split.validation, normalizer, _EVALUATION_BATCH)
    calibration = Calibration.fit(
        (_logits(model.predict(watched, verbose=0)), split.validation[1]),
        (_logits(probabilities), split.test[1]),
    )
    write_json(run.directory / "calibration.json", calibration.to_json())
    write_history(run)
    writer.status("finishing", "Saving the model", **progress)
    save_plain(model, run.directory / "model.keras")
    export_light(model, run.directory / "model.tflite")


def _logits(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 10) probabilities → (N, 10) logits, up to a constant in each row."""
    return np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))


def plain_copy(model: keras.Model, config: TrainingConfig) -> keras.Model:
    """``model`` as plain Keras layers in float32, which everybody can load."""
    plain = build_resnet(config)
    plain.set_weights(model.get_weights())
    return plain


def save_plain(model: keras.Model, path: Path) -> None:
    """Write ``model`` for prediction anywhere, without optimizer state."""
    with replacing(path) as temporary:
        model.save(temporary, include_optimizer=False)
