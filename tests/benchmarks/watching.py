"""What watching costs, in per cent of the training time.

Run: ``python -m tests.benchmarks.watching [--networks quick] [--rounds 3] [--seconds 20]``. Each
network trains by turns with and without its watcher, in epochs of ``--seconds`` in all, its
training step traced before; the median of the rounds counts. ``overhead`` compares the two by the
clock, in which a few per cent are noise; ``hooks`` is the share of the time that was spent in the
callback's methods, of which ``accounted`` is what the watcher keeps account of. Half a second may
always be spent, so a short training costs more in per cent. ``ahead``: the watcher's passes were
traced before, as a warm worker does. The scripts are somebody's own, with ``RunLogger``.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import keras
import numpy as np

from resnet_app import RunLogger
from resnet_app.config import TrainingConfig
from resnet_app.imaging import Normalizer
from resnet_app.runs.writer import RunWriter
from resnet_app.training.input import evaluation_batches, training_batches
from resnet_app.training.prepare import prepare
from resnet_app.training.recipes import RECIPES
from resnet_app.training.watching import Part, watch_run
from resnet_app.watch.passes import Passes
from tests.benchmarks import machine

_EPOCHS = 3
_BATCH = 32
"""Of the scripts, as Keras has it."""
_SCALE = Normalizer("unit", 0.0, 1.0)


@dataclass(frozen=True)
class Network:
    """A model to train; without ``config`` it is fitted to arrays, as in somebody's own script."""

    make: Callable[[], keras.Model]
    config: TrainingConfig | None = None
    ahead: bool = False


@dataclass(frozen=True)
class Fit:
    """Seconds of one fit, those in the callback's methods and of which it kept account; looks."""

    seconds: float
    hooks: float = 0.0
    accounted: float = 0.0
    looks: int = 0


def _script(*layers: keras.layers.Layer) -> keras.Model:
    head = [keras.layers.Flatten(), keras.layers.Dense(64, "relu"), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((50, 50, 1)), *layers, *head])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def _convolutions() -> list[keras.layers.Layer]:
    return [
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(64, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
    ]


def _recipe(name: str, ahead: bool) -> Network:
    config = RECIPES[name].config
    return Network(lambda: prepare(config).model, config, ahead)


NETWORKS = {
    **{name: _recipe(name, False) for name in RECIPES},
    **{f"{name}, ahead": _recipe(name, True) for name in RECIPES},
    "script, CNN": Network(lambda: _script(*_convolutions())),
    "script, dense": Network(_script),
}


def main() -> None:
    """Print one line a network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default=";".join(NETWORKS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    print(machine.describe())
    titles = (
        f"{'without s':>10}{'with s':>9}{'overhead':>10}{'hooks':>8}{'accounted':>11}{'looks':>7}"
    )
    print(f"{'network':<20}{titles}")
    for name in options.networks.split(";"):
        _measure(name, NETWORKS[name], options.rounds, options.seconds)


def _measure(name: str, network: Network, rounds: int, seconds: float) -> None:
    model = network.make()
    passes = Passes(model) if network.ahead else None
    if passes is not None:
        passes.compile(_SCALE.apply(machine.noise(2)[0]))
    count = network.config.batch_size * 10 if network.config else _BATCH * 100
    _train(model, network.config, count, 1)  # traces
    pace = count / _train(model, network.config, count, 1).seconds
    images = max(int(pace * seconds / _EPOCHS), count)
    plain, watched = [], []
    for _ in range(rounds):
        plain.append(_train(model, network.config, images, _EPOCHS).seconds)
        with tempfile.TemporaryDirectory() as folder:
            watched.append(_train(model, network.config, images, _EPOCHS, Path(folder), passes))
    without, seen = statistics.median(plain), statistics.median(fit.seconds for fit in watched)
    hooks = statistics.median(fit.hooks / fit.seconds for fit in watched)
    accounted = statistics.median(fit.accounted / fit.seconds for fit in watched)
    print(
        f"{name:<20}{without:>10.1f}{seen:>9.1f}{seen / without - 1:>10.1%}{hooks:>8.1%}"
        f"{accounted:>11.1%}{watched[-1].looks:>7}",
        flush=True,
    )


def _train(
    model: keras.Model,
    config: TrainingConfig | None,
    count: int,
    epochs: int,
    folder: Path | None = None,
    passes: Passes | None = None,
) -> Fit:
    """Fit to ``count`` images of noise, watched where there is a ``folder`` for what is seen."""
    images, labels = machine.noise(count + max(count // 10, 2))
    part, held = (images[:count], labels[:count]), (images[count:], labels[count:])
    if config is None:
        return _train_script(model, part, held, epochs, folder)
    batches: Any = training_batches(part, _SCALE, config.batch_size, 0, config.augmentation, True)
    validation = evaluation_batches(held, _SCALE, config.batch_size)
    how = {"validation_data": validation, "epochs": epochs, "shuffle": False, "verbose": 0}
    began = time.perf_counter()
    if folder is None:
        model.fit(batches, **how)
        return Fit(time.perf_counter() - began)
    batches, watcher = watch_run(
        RunWriter(folder), config, batches, (part, _SCALE), (held, _SCALE), passes
    )
    clock = Clock(watcher)
    model.fit(batches, callbacks=[watcher], **how)
    took = time.perf_counter() - began
    return Fit(took, clock.seconds, watcher.budget.spent, len(_events(folder, "watch")))


def _train_script(
    model: keras.Model, part: Part, held: Part, epochs: int, folder: Path | None
) -> Fit:
    (x, y), (held_x, held_y) = _barred(part), _barred(held)
    how = {"validation_data": (held_x, held_y), "epochs": epochs, "verbose": 0}
    began = time.perf_counter()
    if folder is None:
        model.fit(x, y, _BATCH, **how)
        return Fit(time.perf_counter() - began)
    os.environ["RESNET_APP_HOME"] = str(folder)
    logger = RunLogger()
    clock = Clock(logger)
    model.fit(x, y, _BATCH, callbacks=[logger], **how)
    took = time.perf_counter() - began
    assert logger.run is not None
    directory = logger.run.directory
    (watched,) = _events(directory, "watched")
    return Fit(took, clock.seconds, watched["seconds"], len(_events(directory, "watch")))


def _barred(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """(N, 50, 50, 1) float32, 0…1, with a bar whose place tells the label.

    A script that learns nothing is compared with its neighbours at the end, and where all units
    die, numbers too small for float32 slow the sums down.
    """
    images, labels = part
    x = images[..., None].astype(np.float32) / 255
    for label in range(10):
        x[labels == label, 5 * label : 5 * label + 3] = 1.0
    return x, labels


def _events(directory: Path, kind: str) -> list[dict[str, Any]]:
    lines = (directory / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


class Clock:
    """Adds up the ``seconds`` that the methods of ``callback`` take which ``fit`` calls."""

    def __init__(self, callback: keras.callbacks.Callback) -> None:
        self.seconds = 0.0
        for name in dir(callback):
            if name.startswith("on_") or name in ("before_fit", "after_fit"):
                setattr(callback, name, self._timed(getattr(callback, name)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return method(*arguments, **named)
            finally:
                self.seconds += time.perf_counter() - began

        return timed


if __name__ == "__main__":
    main()
