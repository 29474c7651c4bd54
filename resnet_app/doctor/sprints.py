"""Short trainings from one start on the same batches. Import it only where TensorFlow may load."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from resnet_app.config import RANGES
from resnet_app.doctor.battery import OutOfTime
from resnet_app.doctor.rules.scale import RAW
from resnet_app.faults.network import build_network
from resnet_app.imaging import Normalizer
from resnet_app.training.input import evaluation_batches, training_batches
from resnet_app.training.material import Material
from resnet_app.training.prepare import prepare
from resnet_app.training.schedule import rate_at

STEPS = 50
"""Steps of an arm, where time allows."""

_FEWEST = 12
"""Steps below which an arm tells nothing."""

_LARGEST_BATCH = 64
"""Images a step at most; what a rate does to a batch of 1,024 it does to these as well."""

_ARM_SECONDS = 5.0
"""Time for one arm."""

_TRACING_STEPS = 2
"""Steps that tell the pace; the first one is traced."""

_MEMORISED = 32
"""Images to learn by heart."""

_SMOOTHED = 5
"""Steps over which the loss of the range test is averaged."""

_TURNED = 1.05
"""Times its lowest to which the loss of a range test must rise again for the rate to be too far."""

_READ = 500
"""Validation images that are read before and after."""

_AVERAGED = 16
"""Batches from which moving averages are estimated anew."""

_LATE_SECONDS = 3.5
"""By which a test that is begun may end after the time is used up."""

Batch = tuple[NDArray[Any], NDArray[Any]]


@dataclass
class _Course:
    """Losses (T,), without weight penalties, and accuracies (T,) of the steps of an arm."""

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)

    def outcome(self) -> dict[str, float | None]:
        """Mean of the last third of the steps, with the loss's standard error; null if not finite.

        The loss is that of each batch before it is learned from.
        """
        last = max(len(self.losses) // 3, 1)
        losses = np.array(self.losses[-last:])
        if not np.isfinite(self.losses).all():
            return {"loss": None, "error": 0.0, "accuracy": 0.0}
        error = float(losses.std(ddof=1) / math.sqrt(last)) if last > 1 else 0.0
        accuracy = float(np.mean(self.accuracies[-last:]))
        return {"loss": float(losses.mean()), "error": error, "accuracy": accuracy}


class Sprints:
    """The network of ``material``, freshly built, and the first batches of its training.

    Mistakes included; in float32; the fused kernels give the same results to rounding.
    ``seconds_left`` tells how long there is for what follows, and ``may_be_late`` whether a test
    takes what it needs anyway; else it raises ``OutOfTime`` once it knows.
    """

    def __init__(
        self,
        material: Material,
        seconds_left: Callable[[], float],
        may_be_late: Callable[[], bool] = lambda: True,
    ) -> None:
        self._material = material
        self._seconds_left = seconds_left
        self._may_be_late = may_be_late
        self._config = material.config.changed(
            precision="float32",
            fast_kernels=True,
            batch_size=min(material.config.batch_size, _LARGEST_BATCH),
        )
        self._model = prepare(self._config).model
        self._start = self._model.get_weights()
        self._steps: int | None = None
        self._batches = self._take(material.feed.normalizer)

    def rates(self) -> dict[str, Any]:
        """The rate as it is, a tenth and ten times of it."""
        steps = self._affordable(3)
        arms = {"same": 1.0, "tenth": 0.1, "tenfold": 10.0}
        outcomes = {name: self._train(steps, rate=factor) for name, factor in arms.items()}
        return {"steps": steps, **outcomes}

    def sweep(self) -> dict[str, Any]:
        """The loss while the rate grows from a thousandth to a thousand times of what it is.

        Where it has not turned upwards by then, once more, to a million times. After Smith,
        https://arxiv.org/abs/1506.01186: where the smoothed loss is lowest, steps begin to
        overshoot; a tenth of that rate, ``rate``, is a sound one. ``lowest`` and ``first`` are
        smoothed losses; ``rates`` and ``losses`` are the curve, as far as it came.
        """
        swept, turned = self._sweep(-3, 3)
        most = RANGES["learning_rate"][1] / self._config.learning_rate
        return swept if turned or most <= 1e3 else self._sweep(0, 6)[0]

    def _sweep(self, low: int, high: int) -> tuple[dict[str, Any], bool]:
        """The same from 10 to the ``low`` to 10 to the ``high`` times; whether the loss turned."""
        steps = self._affordable(1)
        factors = np.logspace(low, high, steps)
        rates = np.clip(self._config.learning_rate * factors, *RANGES["learning_rate"])
        losses = self._run(list(map(float, rates))).losses
        finite = [loss for loss in losses if math.isfinite(loss)]
        if len(finite) <= _SMOOTHED:
            return {"skipped": "the loss is not a number from the start"}, True
        smooth = np.convolve(finite, np.full(_SMOOTHED, 1 / _SMOOTHED), "valid")
        turn = int(smooth.argmin()) + _SMOOTHED // 2
        lowest = float(smooth.min())
        swept = {
            "steps": len(losses),
            "rates": [float(f"{rate:.3g}") for rate in rates[: len(finite)]],
            "losses": [round(loss, 4) for loss in finite],
            "first": float(smooth[0]),
            "lowest": lowest,
            "rate": float(f"{rates[turn] / 10:.1g}"),
        }
        return swept, len(finite) < steps or smooth[-1] > _TURNED * lowest

    def twins(self) -> dict[str, Any]:
        """Pixels on the run's own scale, or raw where it normalizes, and from 0 to 1."""
        steps = self._affordable(2)
        own = self._material.feed.normalizer
        raw = own if _is_raw(own) else Normalizer("raw", 0.0, 1.0)
        kinds = {"raw": raw, "unit": Normalizer("unit", 0.0, 1.0)}
        outcomes = {
            name: self._train(steps, batches=self._take(kind)) for name, kind in kinds.items()
        }
        return {"steps": steps, **outcomes}

    def head(self) -> dict[str, Any]:
        """The last layer's steps as they are, and a tenth of them."""
        steps = self._affordable(2)
        return {
            "steps": steps,
            "same": self._train(steps),
            "slow": self._train(steps, slow_head=True),
        }

    def free(self) -> dict[str, Any]:
        """As it is, and without dropout and weight penalties."""
        steps = self._affordable(2)
        same = self._train(steps)
        held, self._model = self._model, _let_loose(prepare(self._config).model)
        try:
            return {"steps": steps, "same": same, "free": self._train(steps)}
        finally:
            self._model = held

    def memorise(self) -> dict[str, Any]:
        """One batch, again and again, with the run's own optimizer and rate."""
        images, labels = self._batches[0]
        steps = self._affordable(1)
        batch = images[:_MEMORISED], labels[:_MEMORISED]
        outcome = self._train(steps, batches=[batch])
        return {"steps": steps, "images": len(batch[1]), **outcome}

    def averages(self, path: Path) -> dict[str, Any]:
        """Validation as the trained network in ``path`` is, and with its averages estimated anew.

        Forward passes only: all weights that training changes stay as they are.
        """
        if not path.is_file():
            return {"skipped": "no trained network was kept"}
        plain = build_network(self._config)
        plain.load_weights(path)
        model = build_network(self._config, fast_kernels=True)
        model.set_weights(plain.get_weights())
        answer = tf.function(lambda images: model(images, training=False), autograph=False)
        before = self._accuracy(answer)
        weights = [weight.numpy() for weight in model.trainable_variables]
        _estimate_averages(model, [images for images, _ in self._batches[:_AVERAGED]])
        for weight, value in zip(model.trainable_variables, weights, strict=True):
            assert np.array_equal(weight.numpy(), value)  # the proof rests on it
        count = min(len(self._material.feed.validation[1]), _READ)
        return {"images": count, "before": before, "after": self._accuracy(answer)}

    def _accuracy(self, answer: Callable[[Any], Any]) -> float:
        """Of ``answer``, which maps (B, 50, 50, 1) to (B, 10), on validation images."""
        images, labels = self._material.feed.validation
        part = images[:_READ], self._material.split.validation[1][:_READ]
        normalizer = self._material.feed.validation_normalizer
        batches = evaluation_batches((part[0], labels[:_READ]), normalizer, 64)
        answers = np.concatenate([np.asarray(answer(x)) for x, _ in batches])
        return float((answers.argmax(1) == part[1]).mean())

    def _take(self, normalizer: Normalizer) -> list[Batch]:
        """The first batches of training, unmoved, as arrays."""
        feed = self._material.feed
        batches = training_batches(
            feed.train,
            normalizer,
            self._config.batch_size,
            self._config.seed,
            "none",
            self._material.framing.light_ink,
            feed.shuffled,
        )
        return [(x.numpy(), y.numpy()) for x, y in batches.repeat().take(STEPS)]

    def _affordable(self, arms: int) -> int:
        """Steps that each of ``arms`` may make; the first call measures the pace.

        Raises ``OutOfTime`` if there is no time for the fewest that tell.
        """
        if self._steps is None:
            self._train(1)  # which is traced
            began = time.monotonic()
            self._train(_TRACING_STEPS)
            pace = (time.monotonic() - began) / _TRACING_STEPS
            self._steps = max(_FEWEST, min(STEPS, int(_ARM_SECONDS / pace)))
            self._pace = pace
        left = self._seconds_left()
        if arms * _FEWEST * self._pace > left + _LATE_SECONDS and not self._may_be_late():
            raise OutOfTime
        affordable = int(max(left, 0) / arms / self._pace)
        return max(_FEWEST, min(self._steps, affordable))

    def _train(
        self,
        steps: int,
        rate: float = 1.0,
        batches: list[Batch] | None = None,
        slow_head: bool = False,
    ) -> dict[str, float | None]:
        """Start over and train ``steps`` steps at the schedule's rate times ``rate``."""
        rates = [rate * rate_at(self._config, step, steps) for step in range(steps)]
        return self._run(rates, batches, slow_head).outcome()

    def _run(
        self, rates: list[float], batches: list[Batch] | None = None, slow_head: bool = False
    ) -> _Course:
        """Start over and make a step with each of ``rates``, until the loss is not finite."""
        model = self._model
        model.set_weights(self._start)
        for variable in model.optimizer.variables:
            variable.assign(np.zeros(variable.shape))
        course = _Course()
        batches = batches or self._batches
        head = model.layers[-1].trainable_variables if slow_head else []
        for step, rate in enumerate(rates):
            model.optimizer.learning_rate = rate
            before = [weight.numpy() for weight in head]
            penalty = float(sum(model.losses))
            model.reset_metrics()
            loss, accuracy = model.train_on_batch(*batches[step % len(batches)])[:2]
            for weight, value in zip(head, before, strict=True):
                weight.assign(value + 0.1 * (weight.numpy() - value))
            course.losses.append(float(loss) - penalty)
            course.accuracies.append(float(accuracy))
            if not math.isfinite(course.losses[-1]):
                break
        return course


def _is_raw(normalizer: Normalizer) -> bool:
    """Whether pixels come out on a raw scale."""
    return 255 * normalizer.scale_and_offset[0] >= RAW


def _let_loose(model: keras.Model) -> keras.Model:
    """``model`` itself, not yet traced, without dropout and penalties."""
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.Dropout | keras.layers.SpatialDropout2D):
            layer.rate = 0.0
        for weight in layer.weights:
            if getattr(weight, "regularizer", None) is not None:
                weight.regularizer = None
    return model


def _estimate_averages(model: keras.Model, batches: list[NDArray[Any]]) -> None:
    """Make the moving averages the plain means over ``batches``."""
    normalizations = [
        layer
        for layer in model._flatten_layers(include_self=False)
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    averages = [v for layer in normalizations for v in (layer.moving_mean, layer.moving_variance)]
    kept = [layer.momentum for layer in normalizations]
    for layer in normalizations:
        layer.momentum = 0.0  # each batch leaves its own statistics
    forward = tf.function(lambda images: model(images, training=True), autograph=False)
    found = []
    for images in batches:
        forward(images)
        found.append([average.numpy() for average in averages])
    for average, values in zip(averages, zip(*found, strict=True), strict=True):
        average.assign(np.mean(values, axis=0))
    for layer, momentum in zip(normalizations, kept, strict=True):
        layer.momentum = momentum


def outputs_of_scaled(model: keras.Model, images: NDArray[np.float32], factor: float) -> float:
    """Largest difference of ``model``'s outputs for ``images`` and ``factor`` times them.

    Both in training mode, where each batch is normalized by its own mean and deviation: behind
    batch normalization the scale of the inputs cancels, but for its epsilon, and the biases of the
    convolution before it cancel with the mean. ``images`` are (N, 50, 50, 1).
    """
    with keras.StatelessScope(initialize_variables=False):
        plain = np.asarray(model(images, training=True))
        scaled = np.asarray(model(images * np.float32(factor), training=True))
    return float(np.abs(plain - scaled).max())
