"""Making the mistakes of a configuration; without any, everything passes as it came.

The order is that of a run: ``mistaken_config`` before anything else, ``mistaken_split`` on the
split of its data, ``feed`` on what goes into the network. ``resnet_app.faults.network`` changes the
network itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import TrainingConfig
from resnet_app.faults.data import (
    SPLIT_FAULTS,
    labels_outside,
    one_hot,
    scaled_labels,
    with_nan,
)
from resnet_app.faults.recipe import RECIPE_FAULTS, scaled_by
from resnet_app.faults.registry import Mistake, parse_mistakes
from resnet_app.imaging import Normalizer
from resnet_app.training.split import Split


@dataclass(frozen=True, eq=False)
class Feed:
    """What goes into the network: images (N, 50, 50) and labels, with each part's normalizer.

    ``shuffled`` says whether training batches are drawn anew each epoch; ``better`` is ``min`` or
    ``max``: which validation loss counts as better when it is decided whether to stop.
    """

    train: tuple[NDArray[Any], NDArray[Any]]
    validation: tuple[NDArray[Any], NDArray[Any]]
    normalizer: Normalizer
    validation_normalizer: Normalizer
    shuffled: bool = True
    better: str = "min"


def mistakes_in(config: TrainingConfig, *names: str) -> Iterator[Mistake]:
    """The mistakes of ``config``, in its order; with ``names``, only those of these faults."""
    for mistake in parse_mistakes(config.mistakes):
        if not names or mistake.fault.name in names:
            yield mistake


def mistaken_config(config: TrainingConfig) -> TrainingConfig:
    """``config`` with the faults of its settings; ``mistakes`` itself stays."""
    for mistake in mistakes_in(config, *RECIPE_FAULTS):
        config = RECIPE_FAULTS[mistake.fault.name](config, mistake.severity)
    return config


def mistaken_split(split: Split, config: TrainingConfig) -> Split:
    """``split`` with the faults of the data; the same ``config.seed`` repeats them exactly.

    The test part is never touched: it tells what the network is really worth.
    """
    if not config.mistakes:
        return split
    for mistake in mistakes_in(config, *SPLIT_FAULTS):
        rng = _generator(config, mistake)
        split = SPLIT_FAULTS[mistake.fault.name](split, mistake.severity, rng)
    return replace(split, train=_without_lone_batch(split.train, config.batch_size))


def feed(split: Split, normalizer: Normalizer, config: TrainingConfig) -> Feed:
    """What the network is fed with ``split`` and ``normalizer``, with the faults of ``config``."""
    fed = Feed(split.train, split.validation, normalizer, normalizer)
    for mistake in mistakes_in(config):
        fed = _fed(fed, mistake, _generator(config, mistake))
    return fed


def _fed(fed: Feed, mistake: Mistake, rng: np.random.Generator) -> Feed:
    severity = mistake.severity
    (images, labels), (other_images, other_labels) = fed.train, fed.validation
    match mistake.fault.name:
        case "labels_scaled" | "labels_from_one" | "labels_one_hot" as name:
            change = _ENCODINGS[name]
            return replace(
                fed,
                train=(images, change(labels, severity)),
                validation=(other_images, change(other_labels, severity)),
            )
        case "binary_loss" | "squared_loss" as name:
            # A column of numbers is broadcast against ten outputs without a word.
            column = name == "squared_loss" and severity == 3
            form = _as_column if column else one_hot
            return replace(
                fed,
                train=(images, form(labels)),
                validation=(other_images, form(other_labels)),
            )
        case "nan_pixels":
            return replace(fed, train=(with_nan(images, severity, rng), labels))
        case "sorted_batches":
            return replace(fed, shuffled=False)
        case "stopped_early":
            return replace(fed, better="max")
        case _:
            return _scaled(fed, mistake)


def _as_column(labels: NDArray[Any]) -> NDArray[np.float32]:
    """(N,) labels as (N, 1) float32."""
    return labels.astype(np.float32)[:, None]


_ENCODINGS: dict[str, Callable[[NDArray[Any], int], NDArray[Any]]] = {
    "labels_scaled": scaled_labels,
    "labels_from_one": labels_outside,
    "labels_one_hot": one_hot,
}


def _scaled(fed: Feed, mistake: Mistake) -> Feed:
    """``fed`` with the faults of its scale."""
    index = mistake.severity - 1
    match mistake.fault.name:
        case "raw_pixels":
            both = scaled_by(fed.normalizer, (1 / 4, 1.0, 257.0)[index])
        case "scaled_twice":
            both = scaled_by(fed.normalizer, (1 / 64, 1 / 255, 1 / 255**2)[index])
        case "scaled_differently":
            return replace(fed, validation_normalizer=_other_scale(fed.normalizer, index))
        case _:
            return fed
    return replace(fed, normalizer=both, validation_normalizer=both)


def _other_scale(normalizer: Normalizer, index: int) -> Normalizer:
    """-1…1, 0…255 or twice divided; where that is the training's own scale, 0…1."""
    if index == 0:
        return Normalizer("standardized", 127.5, 127.5)
    if index == 1:
        return replace(normalizer, kind="unit" if normalizer.kind == "raw" else "raw")
    return scaled_by(normalizer, 1 / 255)


def _generator(config: TrainingConfig, mistake: Mistake) -> np.random.Generator:
    return np.random.default_rng([config.seed, crc32(mistake.fault.name.encode())])


def _without_lone_batch(
    part: tuple[NDArray[Any], NDArray[Any]], batch_size: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """``part`` without its last image where that would be a batch of its own.

    TensorFlow 2.21 ends the process in the gradient of a strided convolution of one image.
    """
    if len(part[1]) % batch_size != 1:
        return part
    return part[0][:-1], part[1][:-1]
