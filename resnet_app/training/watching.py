"""The watcher of the app's own runs. Import it only where TensorFlow may load."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import TrainingConfig
from resnet_app.imaging import Normalizer
from resnet_app.runs.writer import RunWriter
from resnet_app.watch import data
from resnet_app.watch.passes import Passes
from resnet_app.watch.passing import Passing
from resnet_app.watch.watcher import Probe, Watcher

Part = tuple[NDArray[np.uint8], NDArray[Any]]


def watch_run(
    writer: RunWriter,
    config: TrainingConfig,
    batches: Any,
    train: tuple[Part, Normalizer],
    validation: tuple[Part, Normalizer],
    passes: Passes | None = None,
    known: Mapping[str, Any] | None = None,
) -> tuple[Any, Watcher]:
    """``batches`` to fit on, and the callback that watches.

    ``train`` and ``validation`` are images (N, 50, 50) uint8, labels (N, ...) and how the network
    gets these images; ``passes`` those of the model, where they are traced already; ``known`` the
    facts that were written when a run began which is taken up again.
    """
    passing = Passing()
    (images, labels), normalizer = train
    (held, held_labels), held_normalizer = validation
    facts = {
        "batch_size": config.batch_size,
        "learning_rate": config.learning_rate,  # a network made ready does not have it yet
        "patience": config.patience or None,
        "waits_for": "val_loss" if config.patience else None,
        "images": len(images),
        "augmented": config.augmentation != "none",
        "validation_images": len(held),
        "pixels": _measure(images, normalizer),
        "validation_pixels": _measure(held, held_normalizer),
        "label_range": data.label_range(labels),
        "label_shape": labels.shape[1:],
        "shared": data.count_shared(images, held),
    }
    watcher = Watcher(
        writer,
        len(batches),
        facts,
        _probe(images, labels, normalizer, len(images)),
        _probe(held, held_labels, held_normalizer, len(images)),
        {"labels": labels, "validation_labels": held_labels},
        passing=passing if known is None else None,
        passes=passes,
        known=known,
    )
    if known is None:
        batches = passing.through(batches, labels_only=True)
    return batches, watcher


def _measure(images: NDArray[Any], normalizer: Normalizer) -> dict[str, Any] | None:
    """Fields of ``Pixels``: some images as the network gets them; what is no number, of all."""
    found = data.measure_pixels(normalizer.apply(data.some(images)))
    return found and {**found, "bad": data.bad_share(images)}


def _probe(
    images: NDArray[np.uint8], labels: NDArray[Any], normalizer: Normalizer, count: int
) -> Probe:
    probe = Probe.pick(images, labels, count)
    return Probe(normalizer.apply(probe.x), probe.y)
