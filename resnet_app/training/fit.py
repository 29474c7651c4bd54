"""Training one run from its data to its files. Import it only where TensorFlow may load."""

import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from resnet_app.calibration import Calibration
from resnet_app.config import TrainingConfig
from resnet_app.data.dataset import Dataset
from resnet_app.errors import RunError
from resnet_app.faults.network import build_network
from resnet_app.files import replacing, write_json
from resnet_app.model.light import export_light
from resnet_app.runs.checkpoint import Checkpoint
from resnet_app.runs.run import CHECKPOINT, Run, count_confusion
from resnet_app.runs.writer import RunWriter, write_history
from resnet_app.training import memory
from resnet_app.training.callbacks import LiveCallback, StopRequested
from resnet_app.training.checkpoint import CheckpointCallback, restore
from resnet_app.training.input import evaluation_batches, training_batches
from resnet_app.training.material import Material, gather
from resnet_app.training.prepare import Prepared, network_key, prepare
from resnet_app.training.schedule import ScheduleCallback
from resnet_app.training.watching import watch_run

_EVALUATION_BATCH = 64
"""Images of one size through all filters at 50×50: larger batches take memory and save no time."""
_FORWARD_SHARE = 1 / 3
"""A forward pass costs about a third of a training step (forward and two backward products)."""


def train_run(
    run: Run,
    dataset: Dataset,
    writer: RunWriter,
    prepared: list[Prepared] | None = None,
    light: bool = True,
    earlier: Checkpoint | None = None,
) -> None:
    """Train, evaluate and save ``run``; a stop request keeps what has been learned so far.

    It goes on from ``earlier``, if that is given. One of ``prepared`` is used up if it fits the
    run's configuration; the list is emptied, to make room. Without ``light`` the light model, its
    calibration and checkpoints are left out. Raises ``RunError`` if a mistake that was made on
    purpose breaks the training off; what was written until then stays.
    """
    material = gather(run.config, dataset)
    config = material.config
    write_json(
        run.directory / "preprocessing.json",
        {
            "normalizer": material.normalizer.to_json(),
            "framing": material.framing.to_json(),
        },
    )
    writer.status("starting", "Building the network", **where(run, config))
    network = _network(config, prepared or [], earlier, writer)
    keeping = Keeping(earlier, run.facts() or {}, network.precision.policy, light)
    stopped = _fit_or_tell(network, material, writer, keeping)
    model = plain_copy(network.model, config) if light else network.model
    del network  # with its optimizer and traced functions: the conversion needs their room
    memory.give_back()
    _finish(run, model, material, writer, light)
    tell_end(run, writer, stopped)


@dataclass(frozen=True, eq=False)
class Keeping:
    """``earlier`` is where a run is taken up again, with the ``facts`` of its start.

    ``policy`` is its dtype policy; ``later``: keep checkpoints of it.
    """

    earlier: Checkpoint | None
    facts: Mapping[str, Any]
    policy: str
    later: bool

    @property
    def first_epoch(self) -> int:
        """Number of the first epoch to be trained, from 0."""
        return self.earlier.epoch if self.earlier else 0


def _network(
    config: TrainingConfig,
    prepared: list[Prepared],
    earlier: Checkpoint | None,
    writer: RunWriter,
) -> Prepared:
    """A network of ``config``, fresh or as it was at the checkpoint ``earlier``.

    A fresh one is taken from ``prepared``, if one fits; the list is empty afterwards.
    """
    fresh = earlier is None
    fitting = [ready for ready in prepared if fresh and ready.key == network_key(config)]
    prepared.clear()
    if earlier is not None:
        network = prepare(config.changed(precision=earlier.policy))
        restore(earlier, network.model)
        return network
    network = fitting[0] if fitting else prepare(config)
    writer.event("precision", **asdict(network.precision))
    return network


def tell_end(run: Run, writer: RunWriter, stopped: bool) -> None:
    """The last status; a finished run no longer needs its checkpoint."""
    if not stopped:
        (run.directory / CHECKPOINT).unlink(missing_ok=True)
    writer.status(
        "stopped" if stopped else "finished",
        "Stopped; what it had learned is kept." if stopped else "Finished",
        **where(run, run.config),
    )


def where(run: Run, config: TrainingConfig) -> dict[str, int]:
    """How far ``run`` has come, as ``Status`` has it."""
    return {**run.status().place, "epochs": config.epochs}


def _fit_or_tell(
    network: Prepared, material: Material, writer: RunWriter, keeping: Keeping
) -> bool:
    """``_fit``, where an error that a mistake was bound to cause is told in words."""
    try:
        return _fit(network, material, writer, keeping)
    except (ValueError, tf.errors.InvalidArgumentError) as error:
        if not material.config.mistakes:
            raise
        traceback.print_exc()  # into the run's log
        raise RunError(
            "Training broke off because labels and network do not fit together, so there is no "
            "model. Look at the labels' values and shape and at the loss. "
            f"Received: {_last_line(error)}"
        ) from error


def _last_line(error: Exception) -> str:
    """The line of ``error`` that says what was wrong; TensorFlow puts a traceback before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "eceived" in line or "must" in line]
    return (telling or lines or [type(error).__name__])[-1][:200]


def _fit(network: Prepared, material: Material, writer: RunWriter, keeping: Keeping) -> bool:
    """Fit the model of ``network`` in place; True if a person stopped it."""
    config, feed = material.config, material.feed
    batches = _batches(material, keeping.first_epoch)
    share = _FORWARD_SHARE * len(feed.validation[1]) / len(feed.train[1])
    schedule = ScheduleCallback(config, len(batches), keeping.first_epoch)
    live = LiveCallback(writer, config.epochs, len(batches), share)
    batches, watcher = watch_run(
        writer,
        config,
        batches,
        (feed.train, feed.normalizer),
        (feed.validation, feed.validation_normalizer),
        network.passes,
        keeping.facts if keeping.earlier else None,
    )
    keeper = keras.callbacks.EarlyStopping(
        monitor="val_loss",
        patience=config.patience or config.epochs,
        mode=feed.better,
        restore_best_weights=config.restore_best,
    )
    checkpoints = CheckpointCallback(writer, keeping.policy, keeper, keeping.earlier, keeping.later)
    ended = keeping.earlier is not None and keeping.earlier.ended
    validation = evaluation_batches(feed.validation, feed.validation_normalizer, config.batch_size)
    try:
        network.model.fit(
            batches,
            validation_data=validation,
            epochs=config.epochs,
            initial_epoch=config.epochs if ended else keeping.first_epoch,
            # The watcher must know that it is the last epoch, and the checkpoint what all wrote.
            callbacks=[schedule, live, keeper, watcher, checkpoints],
            shuffle=False,  # the batches are shuffled already
            verbose=0,
        )
        return False
    except StopRequested:
        if config.restore_best and keeper.best_weights is not None:
            network.model.set_weights(keeper.best_weights)
        return True
    finally:
        writer.event("watched", seconds=round(watcher.budget.spent, 3))
        writer.event("peak_memory", bytes=memory.peak())
        writer.event("kept", seconds=round(checkpoints.budget.spent, 3))


def _batches(material: Material, first_epoch: int) -> Any:
    config, feed = material.config, material.feed
    return training_batches(
        feed.train,
        feed.normalizer,
        config.batch_size,
        config.seed,
        config.augmentation,
        material.framing.light_ink,
        feed.shuffled,
        first_epoch,
    )


def _finish(
    run: Run, model: keras.Model, material: Material, writer: RunWriter, light: bool
) -> None:
    """Test ``model``, which is a plain copy already if ``light``, and save it."""
    progress = where(run, material.config)
    split, normalizer = material.split, material.normalizer
    writer.status("finishing", "Testing on held-back digits", **progress)
    batches = evaluation_batches(split.test, normalizer, _EVALUATION_BATCH)
    outputs = model.predict(batches, verbose=0)  # (N, 10)
    predicted = outputs.argmax(1)  # (N,)
    with replacing(run.directory / "evaluation.npz") as temporary:
        np.savez(temporary, confusion=count_confusion(split.test[1], predicted).confusion)
    if light and _are_probabilities(outputs):
        watched = evaluation_batches(split.validation, normalizer, _EVALUATION_BATCH)
        calibration = Calibration.fit(
            (_logits(model.predict(watched, verbose=0)), split.validation[1]),
            (_logits(outputs), split.test[1]),
        )
        write_json(run.directory / "calibration.json", calibration.to_json())
    write_history(run)
    writer.status("finishing", "Saving the model", **progress)
    plain = model if light else plain_copy(model, material.config)
    save_plain(plain, run.directory / "model.keras")
    if light:
        export_light(plain, run.directory / "model.tflite")


def _are_probabilities(outputs: NDArray[np.float32]) -> bool:
    """Whether (N, 10) outputs can be calibrated: a wrong head or NaN weights give anything."""
    return bool(np.all(outputs >= 0) and np.allclose(outputs.sum(1), 1, atol=1e-2))


def _logits(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 10) probabilities → (N, 10) logits, up to a constant in each row."""
    return np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))


def plain_copy(model: keras.Model, config: TrainingConfig) -> keras.Model:
    """``model`` as plain Keras layers in float32, which everybody can load."""
    plain = build_network(config)
    plain.set_weights(model.get_weights())
    return plain


def save_plain(model: keras.Model, path: Path) -> None:
    """Write ``model`` for prediction anywhere, without optimizer state."""
    with replacing(path) as temporary:
        model.save(temporary, include_optimizer=False)
