"""A compiled network, traced before its run is known. Import it only where TensorFlow may load."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES, IMAGE_SIZE, TrainingConfig
from resnet_app.faults.inject import mistakes_in
from resnet_app.faults.network import OTHER_LOSSES, build_network, objective
from resnet_app.imaging import Normalizer
from resnet_app.training.input import evaluation_batches, training_batches
from resnet_app.training.optimizer import FusedAdam, FusedSGD
from resnet_app.training.precision import Precision, choose_precision
from resnet_app.watch.passes import Passes


@dataclass(frozen=True, eq=False)
class Prepared:
    """A freshly initialized, compiled ``model``, what it was made for, and passes to watch it."""

    key: tuple[Any, ...]
    model: keras.Model
    precision: Precision
    passes: Passes


def network_key(config: TrainingConfig) -> tuple[Any, ...]:
    """What decides the traced training step; two configurations with one key can share it.

    ``config`` has been through ``mistaken_config``, here and in ``prepare``.
    """
    return (
        config.widths,
        config.stem_stride,
        config.strides,
        config.head,
        config.batch_norm,
        config.bn_momentum,
        config.optimizer,
        config.fast_kernels,
        config.precision,
        *(str(mistake) for mistake in mistakes_in(config) if mistake.fault.place == "network"),
    )


def prepare(config: TrainingConfig) -> Prepared:
    """Build and compile the network of ``config``, with its optimizer's and metrics' variables."""
    precision = choose_precision(config.precision)
    model = build_network(config, config.fast_kernels, precision.policy)
    return compiled(model, config, precision)


def compiled(model: keras.Model, config: TrainingConfig, precision: Precision) -> Prepared:
    """``model``, which may be one's own, compiled as ``config`` says."""
    model.compile(optimizer=make_optimizer(config), **objective(config))
    if not any(mistakes_in(config, *OTHER_LOSSES)):  # whose labels have another shape
        make_variables(model, np.zeros(1, np.uint8))
    return Prepared(network_key(config), model, precision, Passes(model))


def trace(prepared: Prepared) -> None:
    """Let ``prepared`` train and validate once on nothing, then forget it all.

    Tracing and the graph's optimization take most of the time to a run's first point.
    """
    weights = prepared.model.get_weights()
    nothing = np.zeros((2, IMAGE_SIZE, IMAGE_SIZE), np.uint8), np.zeros(2, np.uint8)
    scale = Normalizer("unit", 0.0, 1.0)
    batches = training_batches(nothing, scale, 2, 0, "none", True)
    validation = evaluation_batches(nothing, scale, 2)
    prepared.model.fit(batches, validation_data=validation, shuffle=False, verbose=0)
    prepared.passes.compile(scale.apply(nothing[0]))
    renew(prepared.model, weights)


def renew(model: keras.Model, weights: Sequence[NDArray[Any]]) -> None:
    """Give ``model`` these weights and forget what its optimizer and metrics have gathered."""
    model.set_weights(weights)
    for variable in model.optimizer.variables:
        variable.assign(np.zeros(variable.shape))
    model.reset_metrics()


def make_optimizer(config: TrainingConfig) -> keras.optimizers.Optimizer:
    """The optimizer of ``config``, fused where its kernels are to be fast."""
    kinds = {
        ("adam", False): keras.optimizers.Adam,
        ("adam", True): FusedAdam,
        ("sgd", False): keras.optimizers.SGD,
        ("sgd", True): FusedSGD,
    }
    return kinds[config.optimizer, config.fast_kernels](config.learning_rate)


def make_variables(model: keras.Model, labels: NDArray[Any]) -> None:
    """Let the optimizer and metrics of compiled ``model`` make their variables now.

    ``labels`` are one of those it will be given: (1,) numbers or (1, 10) probabilities. A training
    step that has to make them is traced twice, which delays the first batch.
    """
    model.optimizer.build(model.trainable_variables)
    outputs = np.full((1, CLASSES), 1 / CLASSES, np.float32)
    model.compute_loss(y=labels, y_pred=outputs)
    model.compute_metrics(None, labels, outputs)
    model.reset_metrics()
