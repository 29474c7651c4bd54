"""One real training step seen from outside: weights and optimizer state before and after it.

Nothing is computed twice for it: the optimizers' own averages tell the gradient that they were
given, exactly but for rounding, and as they were given it, that is, clipped where they clip.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_app.training.schedule import rate_now
from resnet_app.watch.layers import named_layers, own_weights

_MOST_WEIGHTS = 20_000_000
"""Of larger models no copies are made."""
STILL = -30.0
"""log10 of an update that changed nothing."""
_TOLD_BY_WEIGHTS = 1e-6
"""Smallest relative change of float32 weights from which a gradient can be told."""

Arrays = list[NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Trainable weights and, aligned with them, the optimizer's average, if it keeps one."""

    weights: Arrays
    averages: Arrays | None
    rate: float | None


@dataclass(frozen=True)
class StepReading:
    """Norms by layer; ``gradients`` are empty where the optimizer does not tell them."""

    gradient_norm: float | None
    gradients: dict[str, float]
    updates: dict[str, float]


class StepReader:
    """Takes snapshots of ``model`` and compares them."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._variables = list(model.trainable_variables)
        places = {id(variable): place for place, variable in enumerate(self._variables)}
        self._layers = {
            name: found
            for name, layer in named_layers(model).items()
            if (found := [places[id(w)] for w in own_weights(layer) if id(w) in places])
        }
        count = sum(int(np.prod(variable.shape)) for variable in self._variables)
        steps = getattr(model, "steps_per_execution", 1)
        self.possible = 0 < count <= _MOST_WEIGHTS and steps == 1

    def snapshot(self) -> Snapshot:
        """The model as it is now."""
        averages = _averages(self._model.optimizer, self._variables)
        return Snapshot(_hold(self._variables), averages and _hold(averages), rate_now(self._model))

    def compare(self, before: Snapshot, after: Snapshot) -> StepReading:
        """What the step between two snapshots did."""
        with np.errstate(all="ignore"):  # what is not finite is told as such
            return self._compare(before, after)

    def _compare(self, before: Snapshot, after: Snapshot) -> StepReading:
        updates = {
            name: _ratio([before.weights[i] for i in places], [after.weights[i] for i in places])
            for name, places in self._layers.items()
        }
        gradients = self._gradients(before, after)
        if gradients is None:
            return StepReading(None, {}, updates)
        squares = [_square(gradient) for gradient in gradients]
        return StepReading(
            float(np.sqrt(sum(squares))),
            {n: float(np.sqrt(sum(squares[i] for i in at))) for n, at in self._layers.items()},
            updates,
        )

    def _gradients(self, before: Snapshot, after: Snapshot) -> Arrays | None:
        optimizer = self._model.optimizer
        rule = _rule(optimizer)
        if rule is None or optimizer.gradient_accumulation_steps:
            return None
        tell, averages = rule
        if not averages:
            ratio = _ratio(before.weights, after.weights)
            if not before.rate or ratio < np.log10(_TOLD_BY_WEIGHTS):
                return None
            pairs = zip(before.weights, after.weights, strict=True)
        elif after.averages is None:
            return None
        else:
            earlier = before.averages or [np.zeros_like(value) for value in after.averages]
            pairs = zip(earlier, after.averages, strict=True)
        return [tell(optimizer, before.rate or 0.0, old, new) for old, new in pairs]


Rule = Callable[[Any, float, NDArray[Any], NDArray[Any]], NDArray[Any]]


def _rule(optimizer: Any) -> tuple[Rule, str] | None:
    """How this optimizer's state tells the gradient, and the state's name; None if it does not.

    The name is empty where the weights themselves tell it.
    """
    kinds = keras.optimizers
    if isinstance(optimizer, kinds.SGD):
        if optimizer.momentum:
            return _told_by_momentum, "momentums"
        return None if optimizer.weight_decay else (_told_by_weights, "")
    if isinstance(optimizer, kinds.Adam | kinds.Nadam):
        return _told_by_mean, "_momentums"
    if isinstance(optimizer, kinds.RMSprop):
        return _told_by_mean_square, "_velocities"
    return None


def _told_by_weights(optimizer: Any, rate: float, old: Any, new: Any) -> Any:
    return (old - new) / rate


def _told_by_momentum(optimizer: Any, rate: float, old: Any, new: Any) -> Any:
    return (optimizer.momentum * old - new) / rate


def _told_by_mean(optimizer: Any, rate: float, old: Any, new: Any) -> Any:
    return (new - optimizer.beta_1 * old) / (1 - optimizer.beta_1)


def _told_by_mean_square(optimizer: Any, rate: float, old: Any, new: Any) -> Any:
    square = (new - optimizer.rho * old) / (1 - optimizer.rho)
    return np.sqrt(np.maximum(square, 0))  # its signs are lost, its norm is not


def _averages(optimizer: Any, variables: list[Any]) -> list[Any] | None:
    """The optimizer's variables that ``_rule`` names, in the order of ``variables``."""
    rule = _rule(optimizer)
    if rule is None or not rule[1] or not optimizer.built:
        return None
    kept = getattr(optimizer, rule[1])
    places = {id(v): place for place, v in enumerate(optimizer._trainable_variables)}
    if any(id(variable) not in places for variable in variables):
        return None
    return [kept[places[id(variable)]] for variable in variables]


def _hold(variables: list[Any]) -> Arrays:
    """Their values as they are now.

    Nothing is copied here: before TensorFlow changes a variable whose memory is held by somebody,
    it gives it new memory.
    """
    return [_view(variable.value.value()) for variable in variables]


def _view(tensor: Any) -> NDArray[Any]:
    if tensor.dtype.as_numpy_dtype != np.float32:
        return np.asarray(tensor, np.float32)
    return np.asarray(memoryview(tensor))


def _square(values: NDArray[Any]) -> float:
    flat = values.ravel()
    # "@" leaves threads that spin beside the training
    return float(np.einsum("i,i->", flat, flat, dtype=np.float64))


def _ratio(old: Arrays, new: Arrays) -> float:
    """log10 of the change's norm over that of the weights; ``STILL`` for no change."""
    change = sum(_square(b - a) for a, b in zip(old, new, strict=True))
    size = sum(_square(a) for a in old)
    if change == 0:
        return STILL
    return float(np.log10(change) - np.log10(size)) / 2 if size else float("nan")
