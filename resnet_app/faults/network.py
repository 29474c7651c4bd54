"""Faults in the network and its loss. Import it only where TensorFlow may load."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

from resnet_app.config import TrainingConfig
from resnet_app.faults.inject import mistakes_in
from resnet_app.model.resnet import build_resnet

OTHER_LOSSES = ("binary_loss", "squared_loss")
"""Faults that bring another loss."""

_HEAD, _POOL = "D2", "Pool0"


def build_network(
    config: TrainingConfig, fast_kernels: bool = False, dtype: str = "float32"
) -> keras.Model:
    """``build_resnet`` with the faults of ``config``'s mistakes; without any it is the same.

    ``config`` has been through ``mistaken_config``. The weights come in the same order whatever
    the kernels and the dtype.
    """
    model = build_resnet(config, fast_kernels, dtype)
    severities = {mistake.fault.name: mistake.severity for mistake in mistakes_in(config)}
    for name in _REBUILT.keys() & severities.keys():
        model = _REBUILT[name](model, severities[name])
    for name in _SPOILED.keys() & severities.keys():
        _SPOILED[name](model, severities[name])
    return model


def objective(config: TrainingConfig) -> dict[str, Any]:
    """``loss`` and ``metrics`` for ``compile``."""
    severities = {mistake.fault.name: mistake.severity for mistake in mistakes_in(config)}
    if severity := severities.get("binary_loss"):
        focal = keras.losses.BinaryFocalCrossentropy
        loss = focal() if severity == 3 else keras.losses.BinaryCrossentropy()
        right = keras.metrics.CategoricalAccuracy(name="accuracy")
        wrong = keras.metrics.BinaryAccuracy(name="accuracy")
        return {"loss": loss, "metrics": [right if severity == 1 else wrong]}
    if severity := severities.get("squared_loss"):
        kind = "mean_absolute_error" if severity == 2 else "mean_squared_error"
        return {"loss": kind, "metrics": ["accuracy"]}
    return {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}


def _rebuilt(
    model: keras.Model,
    replaced: Callable[[Any, dict[str, Any]], Any] = lambda layer, settings: None,
    after: Callable[[Any, Any], Any] = lambda layer, outputs: outputs,
) -> keras.Model:
    """A copy of ``model``, freshly initialized.

    ``replaced`` gives another layer for a layer and its settings, or None to keep it; ``after``
    may add to what a layer gives.
    """

    def clone(layer: Any) -> Any:
        settings = layer.get_config()
        return replaced(layer, settings) or type(layer).from_config(settings)

    def call(layer: Any, *arguments: Any, **options: Any) -> Any:
        return after(layer, layer(*arguments, **options))

    return keras.models.clone_model(model, clone_function=clone, call_function=call)


def _with_head(activation: Any, **settings: Any) -> Callable[[Any, dict[str, Any]], Any]:
    """A replacement of the last layer's activation, and of other ``settings`` of it."""

    def replaced(layer: Any, own: dict[str, Any]) -> Any:
        if layer.name != _HEAD:
            return None
        return layers.Dense.from_config({**own, "activation": activation, **settings})

    return replaced


def _add_to_head(*added: Callable[[], Any]) -> Callable[[Any, Any], Any]:
    def after(layer: Any, outputs: Any) -> Any:
        if layer.name == _HEAD:
            for make in added:
                outputs = make()(outputs)
        return outputs

    return after


def _softmax() -> Any:
    return layers.Softmax(dtype="float32")


def _without_softmax(model: keras.Model, severity: int) -> keras.Model:
    if severity == 2:
        unit = _add_to_head(lambda: layers.UnitNormalization(dtype="float32"))
        return _rebuilt(model, _with_head(None), unit)
    return _rebuilt(model, _with_head(None if severity == 1 else "log_softmax"))


def _with_softmax_again(model: keras.Model, severity: int) -> keras.Model:
    return _rebuilt(model, after=_add_to_head(*[_softmax] * severity))


def _with_relu_head(model: keras.Model, severity: int) -> keras.Model:
    if severity == 1:
        return _rebuilt(model, _with_head("relu"), _add_to_head(_softmax))
    low = {"bias_initializer": keras.initializers.Constant(-0.5)} if severity == 3 else {}
    return _rebuilt(model, _with_head("relu", **low))


def _with_sigmoid_head(model: keras.Model, severity: int) -> keras.Model:
    return _rebuilt(model, _with_head(("sigmoid", "hard_sigmoid", "tanh")[severity - 1]))


def _with_sigmoids(model: keras.Model, severity: int) -> keras.Model:
    def replaced(layer: Any, settings: dict[str, Any]) -> Any:
        if isinstance(layer, layers.ReLU):
            return layers.Activation("sigmoid", name=layer.name, dtype=settings["dtype"])
        return None

    model = _rebuilt(model, replaced)
    factor = (1.0, 0.3, 0.1)[severity - 1]
    for layer in _convolutions(model):
        layer.kernel.assign(layer.kernel.numpy() * factor)
    return model


def _with_huge_head(model: keras.Model, severity: int) -> keras.Model:
    """Without pooling, and with the last feature map repeated."""
    side = 2 ** (severity - 1)

    def replaced(layer: Any, settings: dict[str, Any]) -> Any:
        if layer.name == _POOL:
            return layers.UpSampling2D(side, name=layer.name, dtype=settings["dtype"])
        return None

    return _rebuilt(model, replaced)


def with_dropout(model: keras.Model, rate: float) -> keras.Model:
    """A copy of ``model``, freshly initialized, with dropout of ``rate`` after every block."""

    def after(layer: Any, outputs: Any) -> Any:
        if _ends_block(layer):
            name = layer.name.replace("_relu", "_dropout")
            return layers.Dropout(rate, seed=0, name=name, dtype=layer.dtype_policy)(outputs)
        return outputs

    return _rebuilt(model, after=after)


def _with_decay(model: keras.Model, severity: int) -> keras.Model:
    def replaced(layer: Any, settings: dict[str, Any]) -> Any:
        if isinstance(layer, (layers.Conv2D, layers.Dense)):
            penalty = keras.regularizers.L2((0.03, 0.1, 1.0)[severity - 1])
            return type(layer).from_config({**settings, "kernel_regularizer": penalty})
        return None

    return _rebuilt(model, replaced)


_REBUILT: dict[str, Callable[[keras.Model, int], keras.Model]] = {
    "vanishing": _with_sigmoids,
    "huge_head": _with_huge_head,
    "softmax_missing": _without_softmax,
    "double_softmax": _with_softmax_again,
    "relu_head": _with_relu_head,
    "sigmoid_head": _with_sigmoid_head,
    "too_much_dropout": lambda model, severity: with_dropout(model, (0.5, 0.75, 0.9)[severity - 1]),
    "too_much_decay": _with_decay,
}


def _fill(model: keras.Model, severity: int, value: float, stems: tuple[str, ...]) -> None:
    """Set kernels to ``value``: those of ``stems``, of all convolutions, or of all layers."""
    for layer in _convolutions(model):
        if severity > 1 or layer.name.startswith(stems):
            layer.kernel.assign(np.full(layer.kernel.shape, value, np.float32))
    if severity == 3:
        head = model.get_layer(_HEAD)
        head.kernel.assign(np.full(head.kernel.shape, value, np.float32))


def _silence(model: keras.Model, severity: int) -> None:
    """Give a share of the units before each ReLU a bias that no input outweighs."""
    share = (0.8, 0.95, 1.0)[severity - 1]
    kind = layers.BatchNormalization
    found = [layer for layer in model.layers if isinstance(layer, kind)]
    rng = np.random.default_rng(0)
    for layer in found or _convolutions(model):
        bias = layer.beta if found else layer.bias
        values = bias.numpy()
        values[rng.random(values.shape) < share] = -20.0
        bias.assign(values)


def _freeze(model: keras.Model, severity: int) -> None:
    thawed = ("conv1", "bn1", _HEAD), (_HEAD,), ()
    for layer in model.layers:
        layer.trainable = layer.name in thawed[severity - 1]


_SPOILED: dict[str, Callable[[keras.Model, int], None]] = {
    "zero_start": lambda model, severity: _fill(model, severity, 0.0, ("res4",)),
    "constant_start": lambda model, severity: _fill(model, severity, 0.01, ("conv1", "res4")),
    "dead_units": _silence,
    "frozen_layers": _freeze,
}


def _convolutions(model: keras.Model) -> list[Any]:
    return [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]


def _ends_block(layer: Any) -> bool:
    return bool(layer.name.startswith("res") and layer.name.endswith("_relu"))
