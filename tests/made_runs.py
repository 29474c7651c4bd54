"""Run directories as a worker leaves them, without the training."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from resnet_app.config import TrainingConfig
from resnet_app.doctor.evidence import Facts, Layer, Modes, Watch
from resnet_app.runs import store
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter

DIGEST = "0" * 16


def made_run(
    config: TrainingConfig | None = None,
    accuracy: float | None = 0.9,
    curve: Sequence[tuple[float, float]] = ((0.5, 0.4), (0.9, 0.85)),
    images: int = 400,
    state: str = "finished",
    digest: str = DIGEST,
) -> Run:
    """A run whose ``curve`` holds training and validation accuracy of each epoch.

    ``accuracy`` is that on ``images`` held-back images; without it there is no evaluation.
    """
    run = store.create(config or TrainingConfig(), digest, "Some digits")
    fill_run(run, accuracy, curve, images, state)
    return run


def fill_run(
    run: Run,
    accuracy: float | None = 0.9,
    curve: Sequence[tuple[float, float]] = ((0.5, 0.4), (0.9, 0.85)),
    images: int = 400,
    state: str = "finished",
) -> None:
    """Write what ``made_run`` says into a run that was only created."""
    writer = RunWriter(run.directory)
    layers = (
        Layer("conv1", "Conv2D"),
        Layer("bn1", "BatchNormalization", settings={"momentum": 0.99}),
    )
    known = {"images": images, "validation_images": images, "epochs": len(curve), "batch_size": 32}
    writer.event("facts", **asdict(Facts(classes=10, layers=layers, **known)))
    for epoch, (training, validation) in enumerate(curve, 1):
        writer.event("batch", position=float(epoch), loss=2.4 * (1 - training), accuracy=training)
        writer.event(
            "epoch", epoch=epoch, loss=2.4 * (1 - training), accuracy=training,
            val_loss=2.4 * (1 - validation), val_accuracy=validation, learning_rate=1e-3,
            seconds=1.0,
        )  # fmt: skip
    if accuracy is not None:
        confusion = np.zeros((10, 10), np.int64)
        confusion[0, 0] = round(accuracy * images)
        confusion[0, 1] = images - confusion[0, 0]
        np.savez(run.directory / "evaluation.npz", confusion=confusion)
    writer.status(state, state.capitalize(), epoch=len(curve), epochs=len(curve))


def add_events(run: Run, *events: Watch | Modes) -> None:
    """Append what was watched to a run's events."""
    writer = RunWriter(run.directory)
    for event in events:
        values: dict[str, Any] = asdict(event)
        writer.event("watch" if isinstance(event, Watch) else "modes", **values)
