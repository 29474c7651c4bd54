"""What ``Model.fit`` is given, told to the callbacks that want to know.

Keras tells a callback neither the data nor how ``fit`` ended, and checks labels and shapes before
it calls the first one. So ``Model.fit`` is wrapped, once, when this module loads; a call without
such a callback goes straight through. Import it only where Keras may load.
"""

import inspect
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_app.watch.data import classes_of
from resnet_app.watch.passing import Passing

_KERAS_BATCH = 32
"""Of ``fit``, for arrays, where none is asked for."""


@dataclass(frozen=True, eq=False)
class Part:
    """Training or validation data as far as they can be looked at without disturbing.

    Arrays, ``x`` perhaps several in a structure; or else ``passing``, where batches will be noted.
    """

    x: Any = None
    y: NDArray[Any] | None = None
    weights: NDArray[np.float64] | None = None
    """(N,) of the examples in the loss, where ``fit`` was given some."""
    passing: Passing | None = None


@dataclass(frozen=True, eq=False)
class Call:
    """One call of ``fit``."""

    train: Part
    validation: Part
    facts: Mapping[str, Any]
    """Fields of ``doctor.evidence.Facts``."""


class Listener(Protocol):
    """A callback that wants to know; both methods never raise."""

    def before_fit(self, model: keras.Model, call: Call) -> None:
        """``fit`` was called and has done nothing yet."""

    def after_fit(self, error: BaseException | None) -> None:
        """``fit`` has returned, or is about to raise ``error``."""


def _wrap(original: Any) -> Any:
    signature = inspect.signature(original)

    @wraps(original)
    def fit(model: keras.Model, *arguments: Any, **named: Any) -> Any:
        try:
            call = signature.bind(model, *arguments, **named)
        except TypeError:
            return original(model, *arguments, **named)  # which says what is wrong
        listeners = list(_listeners(call.arguments.get("callbacks")))
        if not listeners:
            return original(model, *arguments, **named)
        call.apply_defaults()
        described = describe_call(call.arguments)
        for listener in listeners:
            listener.before_fit(model, described)
        try:
            history = original(*call.args, **call.kwargs)
        except BaseException as error:
            for listener in listeners:
                listener.after_fit(error)
            raise
        for listener in listeners:
            listener.after_fit(None)
        return history

    fit.__wrapped_by__ = __name__  # type: ignore[attr-defined]
    return fit


def _listeners(callbacks: Any) -> Iterator[Listener]:
    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    for callback in keras.tree.flatten(callbacks) if callbacks else []:
        if hasattr(callback, "before_fit") and hasattr(callback, "after_fit"):
            yield callback


def describe_call(arguments: dict[str, Any]) -> Call:
    """What ``arguments`` of ``fit`` tell; where batches must be noted, puts that into them."""
    weighed = arguments["class_weight"] is not None or arguments["sample_weight"] is not None
    facts: dict[str, Any] = {**_early_stopping(arguments["callbacks"]), "weighed": weighed}
    try:
        train, validation = _split(arguments)
        if train.y is not None:
            facts |= {
                "images": len(train.y),
                "batch_size": arguments["batch_size"] or _KERAS_BATCH,
                "shuffled": arguments["shuffle"] if arguments["shuffle"] != "batch" else None,
            }
        if validation.y is not None:
            facts["validation_images"] = len(validation.y)
    except Exception:  # data of a kind that this does not know
        train = validation = Part()
    return Call(train, validation, facts)


def _split(arguments: dict[str, Any]) -> tuple[Part, Part]:
    x, y, share = arguments["x"], arguments["y"], arguments["validation_split"]
    if y is None:
        train, arguments["x"] = _note(x)
    else:
        train = arrays(x, y)
        train = replace(train, weights=_weights(train.y, arguments))
    given = arguments["validation_data"]
    if given is None and share and train.y is not None:
        kept = int(len(train.y) * (1 - share))  # as Keras cuts
        return _cut(train, slice(kept)), _cut(train, slice(kept, None))
    if isinstance(given, tuple | list) and len(given) in (2, 3):
        return train, arrays(given[0], given[1])
    validation, arguments["validation_data"] = _note(given)
    return train, validation


def arrays(x: Any, y: Any) -> Part:
    """Data at hand: arrays, tensors, lists of numbers, data frames; none of several outputs."""
    if isinstance(y, tuple | list) and y and hasattr(y[0], "shape") and len(y[0].shape):
        if len(y) > 1:
            return Part()
        y = y[0]
    return Part(keras.tree.map_structure(_array, x), _array(y))


def _array(values: Any) -> NDArray[Any]:
    return np.asarray(keras.ops.convert_to_numpy(values) if keras.ops.is_tensor(values) else values)


def _cut(part: Part, where: slice) -> Part:
    assert part.y is not None
    x = keras.tree.map_structure(lambda values: values[where], part.x)
    return Part(x, part.y[where], None if part.weights is None else part.weights[where])


def _weights(y: NDArray[Any] | None, arguments: Mapping[str, Any]) -> NDArray[np.float64] | None:
    """(N,) by example, or by the class of each."""
    given, by_class = arguments["sample_weight"], arguments["class_weight"]
    if y is None or (given is None and not by_class):
        return None
    weights = np.ones(len(y)) if given is None else _array(given)
    if weights.shape != (len(y),) or weights.dtype.kind not in "buif":
        return None  # several outputs, or a weight for each place
    if by_class:
        classes = classes_of(y, y.shape[1] if y.ndim == 2 else 0)
        if classes is None:
            return None
        named, places = np.unique(classes, return_inverse=True)
        weights = np.array([by_class.get(int(one), 1.0) for one in named])[places]
    return np.asarray(weights, np.float64)


def _note(source: Any) -> tuple[Part, Any]:
    """Nothing at hand yet, and ``source`` as it is but for noting what passes, if that can be."""
    import tensorflow as tf

    passing = Passing()
    if isinstance(source, tf.data.Dataset) and not tf.distribute.has_strategy():
        return Part(passing=passing), passing.through(source)
    if isinstance(source, types.GeneratorType):
        return Part(passing=passing), passing.along(source)
    if isinstance(source, keras.utils.PyDataset) and not source.use_multiprocessing:
        return Part(passing=passing), passing.beside(source)
    return Part(), source


def _early_stopping(callbacks: Any) -> dict[str, Any]:
    found = keras.tree.flatten(callbacks) if callbacks else []
    stops = [each for each in found if isinstance(each, keras.callbacks.EarlyStopping)]
    return {"patience": stops[0].patience, "waits_for": stops[0].monitor} if stops else {}


if not hasattr(keras.Model.fit, "__wrapped_by__"):
    keras.Model.fit = _wrap(keras.Model.fit)
