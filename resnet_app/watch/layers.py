"""A model's layers as facts. Import it only where Keras may load."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras.src import backend
from numpy.typing import NDArray

_SETTINGS = (
    "momentum", "epsilon", "rate", "dropout", "stddev", "negative_slope", "units", "filters",
    "scale", "offset",
)  # fmt: skip
_COMPARED = 4_000_000
"""Weights of the largest kernel whose units are compared."""


def named_layers(model: keras.Model) -> dict[str, keras.layers.Layer]:
    """All layers, those within layers too, but for inputs and models; a name told once stands."""
    found: dict[str, keras.layers.Layer] = {}
    seen = set()
    for layer in _in_order(model):
        if id(layer) in seen or isinstance(layer, keras.layers.InputLayer | keras.Model):
            continue
        seen.add(id(layer))
        name, count = layer.name, 1
        while name in found:
            count += 1
            name = f"{layer.name}#{count}"
        found[name] = layer
    if own_weights(model):
        found[model.name] = model
    return found


def _in_order(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """The layers within, each with those within it after it; Keras gives inner ones backwards."""
    for part in layer._flatten_layers(include_self=False, recursive=False):
        yield part
        yield from _in_order(part)


def own_weights(layer: keras.layers.Layer) -> list[keras.Variable]:
    """The trainable weights of ``layer`` that belong to no layer within it."""
    return _not_within(layer, "trainable_weights")


def without_inner(layer: keras.layers.Layer) -> list[keras.Variable]:
    """All weights of ``layer``, learned or not, that belong to no layer within it."""
    return _not_within(layer, "weights")


def _not_within(layer: keras.layers.Layer, which: str) -> list[keras.Variable]:
    parts = layer._flatten_layers(include_self=False)
    inner = {id(weight) for part in parts for weight in getattr(part, which)}
    return [weight for weight in getattr(layer, which) if id(weight) not in inner]


def describe_layers(model: keras.Model, untrained: bool = True) -> list[dict[str, Any]]:
    """Fields of ``doctor.evidence.Layer`` for each; what weights tell only while ``untrained``."""
    return [_describe(name, layer, untrained) for name, layer in named_layers(model).items()]


def _describe(name: str, layer: keras.layers.Layer, untrained: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": name,
        "kind": keras_name(layer),
        "activation": _activation_name(layer),
        "trainable": bool(layer.trainable),
        "parameters": int(sum(np.prod(weight.shape) for weight in layer.weights)),
        "settings": _settings(layer),
    }
    kernel = _kernel(own_weights(layer)) if untrained else None
    if kernel is not None and kernel.size <= _COMPARED:
        described["weight_deviation"] = float(kernel.std())
        described["like_rows"] = _alike(kernel)
    if (untrained or not layer.trainable) and (still := _kernel(without_inner(layer))) is not None:
        described["weight_peak"] = _peak(still)
    return {key: value for key, value in described.items() if value is not None}


def keras_name(thing: Any) -> str:
    """The class of Keras that ``thing`` is, such as ``Dense``; its own for a class of its own."""
    names = [kind.__name__ for kind in type(thing).__mro__ if kind.__module__.startswith("keras.")]
    general = ("Layer", "Model", "Loss", "Optimizer", "Operation")
    return names[0] if names and names[0] not in general else type(thing).__name__


def _activation_name(layer: keras.layers.Layer) -> str | None:
    activation = getattr(layer, "activation", None)
    if activation is None:
        return None
    name = getattr(activation, "__name__", None) or keras_name(activation).lower()
    return str(name).removesuffix("_v2")  # TensorFlow's own


def _settings(layer: keras.layers.Layer) -> dict[str, float]:
    values = {name: getattr(layer, name, None) for name in _SETTINGS}
    regularizer = getattr(layer, "kernel_regularizer", None)
    values |= {name: getattr(regularizer, name, None) for name in ("l1", "l2")}
    if isinstance(layer, keras.layers.RNN):
        values["length"] = _length(layer)
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float | np.number) and not isinstance(value, bool)
    }


def _length(layer: keras.layers.RNN) -> int | None:
    """Steps of the sequences that it reads; None where only its calls know them."""
    try:
        shape = layer.input.shape
    except (AttributeError, ValueError):
        return None
    return shape[1] if len(shape) == 3 else None


def _kernel(weights: list[keras.Variable]) -> NDArray[np.float32] | None:
    """(inputs, units) of the largest of ``weights`` that is no vector; None if there is none."""
    tables = [weight for weight in weights if len(weight.shape) >= 2]
    if not tables:
        return None
    largest = max(tables, key=lambda weight: np.prod(weight.shape))
    values = np.asarray(largest.numpy(), np.float32)  # sums in 16 bits are far too small
    return values.reshape(-1, values.shape[-1])


def _peak(kernel: NDArray[Any]) -> float | None:
    """Largest distance from the mean over the deviation; None of equal weights."""
    deviation = float(kernel.std())
    return float(np.abs(kernel - kernel.mean()).max()) / deviation if deviation > 0 else None


def _alike(kernel: NDArray[Any]) -> float:
    """Share of the columns that equal another."""
    _, group, sizes = np.unique(
        [hash(column.tobytes()) for column in kernel.T], return_inverse=True, return_counts=True
    )
    return float((sizes[group] > 1).mean())


def build(model: keras.Model, x: Any) -> None:
    """Make the weights of ``model``, for inputs like ``x``, as its first step would make them.

    Raises as ``fit`` will if they do not fit.
    """
    if not model.built:
        specification = keras.tree.map_structure(
            lambda part: keras.KerasTensor((None, *part.shape[1:]), str(part.dtype)), x
        )
        backend.compute_output_spec(model, specification, training=False)


def head_inputs(model: keras.Model) -> int | None:
    """Inputs of the last layer that has a table of weights; None if that is no dense layer."""
    kernels = [w for layer in named_layers(model).values() for w in own_weights(layer)]
    tables = [weight for weight in kernels if len(weight.shape) >= 2]
    return int(tables[-1].shape[0]) if tables and len(tables[-1].shape) == 2 else None
