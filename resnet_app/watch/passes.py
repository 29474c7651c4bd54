"""Passes through a model that leave no trace in it. Import it only where Keras may load.

A ``keras.StatelessScope`` keeps moving averages, metrics and the seeds of dropout as they are.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_app.watch.layers import named_layers, without_inner

_ROUNDING = 1e-3
"""Nats between losses of the same numbers, at most."""


@dataclass(frozen=True, eq=False)
class Pass:
    """What came out: ``outputs`` (N, C) or None where the model has others.

    ``penalty`` is what regularization adds to the loss; ``silent`` is by layer, see
    ``doctor.evidence.Watch``; ``entered`` as in ``doctor.evidence.Facts``, where asked for.
    """

    outputs: NDArray[np.float32] | None
    penalty: float
    silent: dict[str, float] = field(default_factory=dict)
    entered: tuple[float, float, float, float] | None = None


class Passes:
    """Reads examples with ``model`` as it is at that moment."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._rectifiers = {
            name: layer for name, layer in named_layers(model).items() if _rectifies(layer)
        }
        self._heard: list[str] = []
        self._compiled: dict[bool, Any] = {}
        self._kind: list[tuple[Any, ...]] = []

    @property
    def compiled(self) -> bool:
        """Whether the passes were traced."""
        return bool(self._compiled)

    def read(self, x: Any, training: bool) -> Pass:
        """One pass over ``x`` in training or inference mode."""
        fits = self.compiled and kind_of(x) == self._kind
        run = self._compiled[training] if fits else self._pass
        outputs, penalty, tops = run(x, training)
        shares = [float((keras.ops.convert_to_numpy(top) <= 0).mean()) for top in tops]
        return Pass(
            None if outputs is None else keras.ops.convert_to_numpy(outputs),
            float(penalty),
            dict(zip(self._heard, shares, strict=True)),
        )

    def read_start(self, x: Any) -> Pass:
        """One pass in inference mode that hears what the first layer with weights gets.

        Not where the passes were traced, which call no layer any more.
        """
        heard: list[Any] = []
        doors = {
            id(layer): (layer, _Door(layer, heard))
            for layer in named_layers(self._model).values()
            if _weighs(layer)
        }
        with _instead_of_calls(doors):
            found = self.read(x, training=False)
        return replace(found, entered=_scale_of(heard[0])) if heard else found

    def compile(self, x: Any) -> None:
        """Trace both passes for any number of examples like ``x``; later ones take less time.

        About half a second a mode for the posted network, so it pays from the third pass on. Each
        is made once, since TensorFlow optimizes a graph, for 0.2 s, when it first runs.
        """
        import tensorflow as tf

        def like(part: Any) -> Any:
            return tf.TensorSpec([None, *part.shape[1:]], part.dtype)

        specification = keras.tree.map_structure(like, x)
        self._kind = kind_of(x)
        function = tf.function(self._pass, autograph=False)
        self._compiled = {
            training: function.get_concrete_function(specification, training)
            for training in (False, True)
        }
        few = keras.tree.map_structure(lambda part: part[:2], x)
        for training in (False, True):
            self.read(few, training)

    def _pass(self, x: Any, training: bool) -> tuple[Any, Any, list[Any]]:
        """Outputs (N, C) float32 or None, penalty, the largest output of each unit heard."""
        # Inside the scope, Keras takes regularized weights from its mapping alone.
        weights = [w for w in self._model.trainable_variables if w.regularizer is not None]
        with (
            keras.StatelessScope([(w, w.value) for w in weights], collect_losses=True),
            _listening(self._rectifiers) as heard,
        ):
            outputs = self._call(x, training)
            losses = self._model.losses
            penalty = sum(keras.ops.cast(loss, "float32") for loss in losses) if losses else 0.0
        single = keras.ops.is_tensor(outputs) and len(outputs.shape) == 2
        self._heard = [name for name, calls in heard.items() if calls]
        tops = [_largest(heard[name]) for name in self._heard]
        return keras.ops.cast(outputs, "float32") if single else None, penalty, tops

    def loss(self, y: Any, outputs: NDArray[np.float32]) -> float | None:
        """Mean loss, without penalty, of ``outputs`` (N, C) against ``y``.

        None where the model has no such loss or it does not fit the labels.
        """
        try:
            with keras.StatelessScope():
                return float(self._model._compile_loss(y, keras.ops.convert_to_tensor(outputs)))
        except Exception:
            return None

    def undoes_softmax(self, x: Any, y: Any, outputs: NDArray[np.float32]) -> bool | None:
        """Whether the loss of a step on ``x`` is that of one softmax, whose ``outputs`` (N, C) are.

        With TensorFlow Keras looks where outputs came from, so it is computed as ``fit`` does.
        None where there is no such loss, or where two softmaxes would come to the same: of outputs
        that are nearly even.
        """
        import tensorflow as tf

        def step() -> Any:
            with keras.StatelessScope():
                return self._model._compile_loss(y, self._call(x, False))

        twice, once = self.loss(y, outputs), self.loss(y, _logits(outputs))
        if twice is None or once is None or abs(twice - once) < 2 * _ROUNDING:
            return None
        if self._model.run_eagerly:
            computed = step()
        else:
            computed = tf.function(step, autograph=False).get_concrete_function()()
        return abs(float(computed) - once) < abs(float(computed) - twice)

    def softmaxes_again(self, y: Any, right: NDArray[np.int64], count: int) -> bool | None:
        """Whether the loss applies softmax to what it gets for ``count`` classes.

        ``right`` (N,) are the classes of ``y``. It is asked for the loss of answers that are rather
        and fairly sure of them. None where the model has no such loss.
        """
        for sure in (0.9, 0.6):
            outputs = np.full((len(right), count), (1 - sure) / (count - 1), np.float32)
            outputs[np.arange(len(right)), right] = sure
            found = self.loss(y, outputs)
            if found is None:
                return None
            if abs(found - (np.log(np.exp(outputs[0]).sum()) - sure)) > _ROUNDING:
                return False
        return True

    def _call(self, x: Any, training: bool) -> Any:
        if self._model._call_has_training_arg:
            return self._model(x, training=training)
        return self._model(x)


def _logits(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Numbers whose softmax, or sigmoid where there is one a row, (N, C) ``probabilities`` are."""
    held = np.clip(probabilities, 1e-30, 1.0)
    if probabilities.shape[1] > 1:
        return np.log(held)
    other = np.clip(1 - probabilities, 1e-7, 1.0)
    return np.asarray(np.log(held) - np.log(other), np.float32)


def kind_of(x: Any) -> list[tuple[Any, ...]]:
    """Shape of an example and dtype, of each array in ``x``."""
    return [(*part.shape[1:], str(part.dtype)) for part in keras.tree.flatten(x)]


def _rectifies(layer: keras.layers.Layer) -> bool:
    """Whether what is negative comes out of ``layer`` as exactly 0, so that a unit can die."""
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope
    activation = getattr(layer, "activation", None)
    if not callable(activation) or isinstance(activation, keras.layers.Layer):
        return False  # a layer as an activation is listened to itself
    try:
        answer = activation(keras.ops.convert_to_tensor(np.array([[-3.0, -0.5, 2.0]], np.float32)))
    except Exception:
        return False
    low, middle, high = keras.ops.convert_to_numpy(answer)[0]
    return bool(low == 0 and middle == 0 and high > 0)


@contextmanager
def _listening(layers: dict[str, keras.layers.Layer]) -> Iterator[dict[str, list[Any]]]:
    """Within, the largest output of each unit of ``layers`` is heard at every call, (C,)."""
    heard: dict[str, list[Any]] = {name: [] for name in layers}
    with _instead_of_calls({n: (layer, _Ear(layer, heard[n])) for n, layer in layers.items()}):
        yield heard


@contextmanager
def _instead_of_calls(stands: Mapping[Any, tuple[keras.layers.Layer, Any]]) -> Iterator[None]:
    """Within, each layer's ``call`` is what stands beside it; afterwards what it was before."""
    before = [(layer, vars(layer).get("call")) for layer, _ in stands.values()]
    for layer, stand in stands.values():
        object.__setattr__(layer, "call", stand)
    try:
        yield
    finally:
        for layer, call in before:
            if call is None:
                object.__delattr__(layer, "call")
            else:
                object.__setattr__(layer, "call", call)


def _weighs(layer: keras.layers.Layer) -> bool:
    """Whether ``layer`` has weights of its own that what comes in meets.

    A model's may be met anywhere, and statistics of the inputs only scale them.
    """
    others = (keras.Model, keras.layers.Normalization)
    return not isinstance(layer, others) and bool(without_inner(layer))


class _Door:
    """Stands for the ``call`` of a layer, and keeps the inputs of whichever is called first."""

    def __init__(self, layer: keras.layers.Layer, heard: list[Any]) -> None:
        self._layer, self._call = layer, layer.call
        self._heard = heard

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if not self._heard:
            looked_up = isinstance(self._layer, keras.layers.Embedding)  # the numbers of words
            self._heard.append(arguments[0] if arguments and not looked_up else None)
        return self._call(*arguments, **named)


def _scale_of(inputs: Any) -> tuple[float, float, float, float] | None:
    """Smallest, largest, mean and deviation of a tensor; None of other things and of no numbers."""
    if not keras.ops.is_tensor(inputs):
        return None
    try:
        values = keras.ops.convert_to_numpy(keras.ops.cast(inputs, "float32"))
    except Exception:  # words, or a graph of somebody's own
        return None
    values = np.asarray(values, np.float64)
    if not values.size or not np.isfinite(values).all():
        return None
    return float(values.min()), float(values.max()), float(values.mean()), float(values.std())


class _Ear:
    """Stands for a layer's ``call``."""

    def __init__(self, layer: keras.layers.Layer, tops: list[Any]) -> None:
        self._call = layer.call
        self._tops = tops
        first = getattr(layer, "data_format", None) == "channels_first"
        self._channel = 1 if first else -1

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        outputs = self._call(*arguments, **named)
        if keras.ops.is_tensor(outputs) and len(outputs.shape) >= 2:
            unit = self._channel % len(outputs.shape)
            others = [axis for axis in range(len(outputs.shape)) if axis != unit]
            self._tops.append(keras.ops.max(outputs, axis=others))
        return outputs


def _largest(tops: list[Any]) -> Any:
    """(C,) float32, the largest of several calls of one layer."""
    tops = [keras.ops.cast(top, "float32") for top in tops]
    return keras.ops.max(keras.ops.stack(tops), axis=0) if len(tops) > 1 else tops[0]
