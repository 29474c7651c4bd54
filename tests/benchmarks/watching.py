"""What watching costs, in per cent of the training time.

Run: ``python -m tests.benchmarks.watching [--networks quick] [--rounds 3] [--seconds 20]``. Each
network trains by turns with and without its watcher, in epochs of ``--seconds`` in all, its
training step traced before; the median of the rounds counts. ``accounted`` is what the watcher
says that it spent. Half a second may always be spent, so a short training costs more in per cent.
``ahead``: the watcher's passes were traced before, as a warm worker does.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from resnet_app.config import TrainingConfig
from resnet_app.imaging import Normalizer
from resnet_app.runs.writer import RunWriter
from resnet_app.training.input import evaluation_batches, training_batches
from resnet_app.training.prepare import prepare
from resnet_app.training.recipes import RECIPES
from resnet_app.training.watching import watch_run
from resnet_app.watch.passes import Passes
from tests.benchmarks import machine

_EPOCHS = 3
_SCALE = Normalizer("unit", 0.0, 1.0)


@dataclass(frozen=True)
class Network:
    """A model to train and the configuration that feeds it."""

    make: Callable[[], keras.Model]
    config: TrainingConfig
    ahead: bool = False


def _plain_cnn() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((50, 50, 1)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(64, "relu"),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _recipe(name: str, ahead: bool) -> Network:
    config = RECIPES[name].config
    return Network(lambda: prepare(config).model, config, ahead)


NETWORKS = {
    **{name: _recipe(name, False) for name in RECIPES},
    **{f"{name}, ahead": _recipe(name, True) for name in RECIPES},
    "plain CNN": Network(_plain_cnn, TrainingConfig(normalization="unit")),
}


def main() -> None:
    """Print one line a network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default=";".join(NETWORKS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    print(machine.describe())
    titles = f"{'without s':>10}{'with s':>9}{'overhead':>10}{'accounted':>11}{'looks':>7}"
    print(f"{'network':<20}{titles}")
    for name in options.networks.split(";"):
        _measure(name, NETWORKS[name], options.rounds, options.seconds)


def _measure(name: str, network: Network, rounds: int, seconds: float) -> None:
    model = network.make()
    passes = Passes(model) if network.ahead else None
    if passes is not None:
        passes.compile(_SCALE.apply(machine.noise(2)[0]))
    count = network.config.batch_size * 10
    _train(model, network.config, count, 1, None)  # traces
    began = time.perf_counter()
    _train(model, network.config, count, 1, None)
    pace = count / (time.perf_counter() - began)
    images = max(int(pace * seconds / _EPOCHS), count)
    plain, watched, shares, looks = [], [], [], 0
    for _ in range(rounds):
        plain.append(_train(model, network.config, images, _EPOCHS, None)[0])
        with tempfile.TemporaryDirectory() as folder:
            took, spent, looks = _train(
                model, network.config, images, _EPOCHS, Path(folder), passes
            )
        watched.append(took)
        shares.append(spent / took)
    without, seen = statistics.median(plain), statistics.median(watched)
    print(
        f"{name:<20}{without:>10.1f}{seen:>9.1f}{seen / without - 1:>10.1%}"
        f"{statistics.median(shares):>11.1%}{looks:>7}",
        flush=True,
    )


def _train(
    model: keras.Model,
    config: TrainingConfig,
    count: int,
    epochs: int,
    folder: Path | None,
    passes: Passes | None = None,
) -> tuple[float, float, int]:
    """Seconds of a fit on noise, those that its watcher accounts for, and its looks."""
    part, held = machine.noise(count), machine.noise(max(count // 10, 2))
    batches: Any = training_batches(part, _SCALE, config.batch_size, 0, config.augmentation, True)
    callbacks = []
    validation = evaluation_batches(held, _SCALE, config.batch_size)
    began = time.perf_counter()
    if folder is not None:
        batches, watcher = watch_run(
            RunWriter(folder), config, batches, (part, _SCALE), (held, _SCALE), passes
        )
        callbacks = [watcher]
    model.fit(
        batches,
        validation_data=validation,
        epochs=epochs,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )
    took = time.perf_counter() - began
    if folder is None:
        return took, 0.0, 0
    events = (folder / "events.jsonl").read_text()
    return took, watcher.budget.spent, events.count('"watch"')


if __name__ == "__main__":
    main()
