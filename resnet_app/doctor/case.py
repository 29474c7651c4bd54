"""One run as the rules see it: what the evidence says once chance and noise are allowed for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from resnet_app.config import CLASSES
from resnet_app.doctor.evidence import PROBED, Evidence, Facts, Layer, Modes, Pixels, Watch
from resnet_app.doctor.subject import SUBJECTS

DEVIATIONS = 3.0
"""Standard errors by which two accuracies must differ to be told apart: by chance once in 370."""

GOOD = 0.9
"""Validation accuracy that is not in need of a doctor; plain nearest neighbours on 300 digits
reach about as much."""

MORE = 1 / 3
"""Share of what the most frequent answer alone gets wrong that must be right, at least."""

HARD = 0.75
"""The same for images that neighbours cannot tell apart either; below, wrong labels make them
fail."""

GOOD_FIT, TRAINED_FIT = 0.8, 0.9
"""Share of the labels' spread that answers explain, of validation and of training, from which a
network of numbers does as a classifier does from ``GOOD`` and ``TRAINED`` on."""

SHORT, FAR_SHORT = 0.02, 0.05
"""Accuracy, beyond noise, by which neighbours do better than a network that falls short, or far."""

AT_CHANCE = 0.05
"""Accuracy above the largest digit's share up to which a network has learned nothing to speak of,
where the number of images does not ask for more."""

MISCOUNTED = 0.1
"""Accuracy by which the largest output is right less often than reported, on few images."""

FALLING = 0.05
"""Share of the training loss that must go in an epoch for training not to be at its end."""

TRAINED = 0.9
"""Training accuracy from which the optimizer has done its work."""

HALF_WAY = 0.4
"""Training accuracy below which a run is far from its end, and small gains of a test count."""

SILENT, FEW_SILENT = 0.7, 0.4
"""Share of a layer's units that no image wakes: dead from the one, alive below the other."""

LARGE_UPDATE = -1.0
"""log10 of a step's change over the weights that is much: a tenth at once."""

SMALL_UPDATE = -4.0
"""log10 of a step's change over the weights that is little: a ten thousandth."""

WORTH_KNOWING = 0.4
"""Weight of what did no harm that shows, or may have done: less than an accusation's."""

_HUBER, _LOG_COSH = ("huber", "huber_loss"), ("log_cosh", "logcosh")
_SQUARED, _ABSOLUTE = ("mean_squared_error", "mse"), ("mean_absolute_error", "mae")
"""Names of losses that are compared with a constant answer's."""

_OF_SERIES = ("lstm", "gru", "rnn", "bidirectional", "conv1d", "attention")
"""Parts of the names of layers that go along a series."""

_KEEP_SCALE = (
    "input", "flatten", "reshape", "permute", "padding", "crop", "pool", "drop", "random", "noise",
    "resizing", "masking", "mask", "repeatvector", "identity", "concatenate",
)  # fmt: skip
"""Parts of the names of layers without weights that leave the scale of what comes in."""

ROUNDING = 1e-8
"""Norm of a layer's gradient that is none, but for rounding."""

_FIRST = 0.1
"""Epochs at the start whose jumps are everybody's: the answers have not found their scale."""

_LAST_ENDS = 3
"""Ends of epochs over which reported and counted accuracies are held against each other."""

_RECENT = 0.5
"""Epochs at the end over which training figures are averaged while an epoch is not over."""


def standard_error(share: float, count: int | None) -> float:
    """Standard error of ``share`` seen in ``count`` images (binomial); 0 if unknown how many.

    Never less than for a share that one image more or less would make.
    """
    if not count:
        return 0.0
    held = min(max(share, 1 / (count + 2)), 1 - 1 / (count + 2))
    return math.sqrt(held * (1 - held) / count)


def clearly_above(one: float, other: float, count: int | None, by: float = 0.0) -> bool:
    """Whether accuracy ``one`` exceeds ``other`` by more than ``by`` and the noise of ``count``."""
    return one - other > by + DEVIATIONS * standard_error(other, count)


@dataclass(frozen=True, eq=False)
class Case:
    """``evidence`` with what follows from it. A property is None where it is not known."""

    evidence: Evidence

    @property
    def facts(self) -> Facts:
        """What was known before the first step."""
        return self.evidence.facts

    @cached_property
    def tests(self) -> Mapping[str, Mapping[str, Any]]:
        """Outcomes of the tests that compute, without those that could not be made."""
        tests = self.evidence.tests
        return {name: test for name, test in tests.items() if "skipped" not in test}

    @property
    def watch(self) -> Watch | None:
        """The last look at the network."""
        return self.evidence.watches[-1] if self.evidence.watches else None

    @property
    def silent(self) -> Mapping[str, float]:
        """Shares of silent units by layer, from the last look that took in a whole probe set."""
        looks = (look.silent for look in reversed(self.evidence.watches) if look.silent)
        known = next(looks, {})
        return {name: value for name, value in known.items() if not math.isnan(value)}

    @property
    def silent_share(self) -> float | None:
        """Share of silent units, mean over layers."""
        return float(np.mean(list(self.silent.values()))) if self.silent else None

    @property
    def modes(self) -> Modes | None:
        """The last comparison of training and inference mode."""
        return self.evidence.modes[-1] if self.evidence.modes else None

    @property
    def have_died(self) -> bool | None:
        """Whether units that woke at the start are silent now; None where the start is unknown."""
        start, now = self.facts.start_silent, self.silent_share
        if now is None or (start is None and not self._leapt_awake):
            return None
        return (start or 0.0) < FEW_SILENT and now >= SILENT

    @property
    def _leapt_awake(self) -> bool:
        """Whether a gradient reached every layer in the first step that was looked at, and it
        changed one by more than a tenth, so that units that are silent now may have died of it."""
        first = next((look for look in self.evidence.watches if look.gradients), None)
        if first is None or not all(norm > ROUNDING for norm in first.gradients.values()):
            return False
        return max(first.updates.values(), default=-math.inf) > LARGE_UPDATE

    @property
    def first_updates(self) -> Mapping[str, float]:
        """By layer, log10 of the change in the first step that was looked at; empty if unknown."""
        return next((look.updates for look in self.evidence.watches if look.updates), {})

    @property
    def range_rate(self) -> float | None:
        """Learning rate that the range test suggests; None where the loss hardly fell in it."""
        return suggested_rate(self.tests.get("range", {}))

    @property
    def classes(self) -> int:
        """How many digits there are to tell apart."""
        return self.facts.classes or CLASSES

    @cached_property
    def classifies(self) -> bool:
        """Whether each image has one class of several, as far as known, and not another task."""
        shape, loss = self.facts.label_shape or (), (self.facts.loss or "crossentropy").lower()
        if len(shape) > 1 or self.facts.one_row is False:
            return False  # a class for each place
        if self.facts.classes is None:
            return "crossentropy" in loss and not (self.facts.loss is None and self.facts.one_row)
        return not (self.ticks_several and "binary" in loss)

    @property
    def ticks_several(self) -> bool:
        """Whether each image has several yes-or-no labels: rows of 0 and 1 that are not one-hot."""
        shape, classes = self.facts.label_shape or (), self.facts.classes
        ticked = shape == (classes,) and self.facts.label_range == (0, 1)
        counted = self.facts.labels is not None or self.facts.some_labels is not None
        return ticked and not counted

    @cached_property
    def training_fit(self) -> float | None:
        """Share of the spread of training labels that is explained, where numbers are asked for."""
        return None if self.training_loss is None else self._explained(self.training_loss)

    @cached_property
    def validation_fit(self) -> float | None:
        """The same of validation, against training's spread."""
        epochs = self.evidence.history.epochs
        return self._explained(epochs[-1].val_loss) if epochs else None

    def _explained(self, loss: float) -> float | None:
        """One less ``loss`` over that of the best constant answers; None for other losses.

        Of Huber's loss and log-cosh, which grow ever less than squares do, their loss is at least
        that of the mean absolute error (Jensen's inequality), which is taken; of yes-or-no
        cross-entropy it is at least 4 ln 2 times their squared error, for it is concave in that.
        """
        if self.classifies or self.facts.label_spread is None or not math.isfinite(loss):
            return None
        squared, absolute = self.facts.label_spread
        constant = squared if self._loss_name in _SQUARED else self.loss_of(absolute)
        if "binary_crossentropy" in self._loss_name and self.facts.label_range == (0, 1):
            constant = 4 * math.log(2) * squared
        return 1 - loss / constant if 0 < constant < math.inf else None

    def loss_of(self, error: float) -> float:
        """Loss of answers that are all off by ``error`` (0 or more); infinite where unknown."""
        if self._loss_name in _SQUARED:
            return error**2
        if self._loss_name in _LOG_COSH:
            return error + math.log1p(math.exp(-2 * error)) - math.log(2)
        if self._loss_name in _HUBER:
            bend = self.facts.bend or 1.0
            return error**2 / 2 if error <= bend else bend * (error - bend / 2)
        return error if self._loss_name in _ABSOLUTE else math.inf

    @property
    def _ticked_fit(self) -> float | None:
        """Share of the errors of the best constant ticks that validation does not make."""
        if self.facts.label_spread is None or self.validation is None:
            return None
        constant = self.facts.label_spread[1]
        return 1 - (1 - self.validation) / constant if constant > 0 else None

    @property
    def _loss_name(self) -> str:
        return (self.facts.loss or "").lower()

    @property
    def one_output(self) -> bool:
        """Whether a single output tells two classes apart, and so is its own sum."""
        looks = [(self.facts.row_sums, self.facts.outputs)]
        looks += [(watch.row_sums, watch.outputs) for watch in self.evidence.watches]
        rows, outputs = next((look for look in looks if look[0] is not None), (None, None))
        if self.facts.classes != 2 or rows is None:
            return False
        if all(map(math.isfinite, rows)):
            return rows == outputs
        kernels = [layer for layer in self.facts.layers if has_kernel(layer)]
        return bool(kernels) and kernels[-1].settings.get("units") == 1

    @cached_property
    def median_update(self) -> float | None:
        """Median over layers with kernels, and over the looks after the first, of log10 changes."""
        kernels = {layer.name for layer in self.facts.layers if has_kernel(layer)}
        medians = []
        for watch in self.evidence.watches:
            chosen = [v for name, v in watch.updates.items() if not kernels or name in kernels]
            finite = [value for value in chosen if math.isfinite(value)]
            if finite and watch.position > 0:
                medians.append(float(np.median(finite)))
        return float(np.median(medians)) if medians else None

    @cached_property
    def chance(self) -> float:
        """Accuracy of one who always gives the most frequent answer."""
        counts = self.facts.validation_labels or self.facts.labels
        if counts and sum(counts):
            return max(max(counts) / sum(counts), 1 / self.classes)
        return 1 / self.classes

    @cached_property
    def inputs(self) -> Pixels | None:
        """Pixels as the first layer with weights gets them, which others before it may scale.

        Measured where it was, else followed through the layers. None where that layer looks up the
        numbers of words, or something before it does to the scale what is not told.
        """
        pixels, entered = self.facts.pixels, self.facts.entered
        for layer in self.facts.layers:
            kind = layer.kind.lower()
            if "embedding" in kind or pixels is None:
                return None
            if entered is not None and kind == "normalization":
                continue
            if layer.parameters and kind != "normalization":
                break
            if entered is None and kind == "rescaling":
                pixels = _rescaled(pixels, layer.settings)
            elif entered is None and not any(part in kind for part in _KEEP_SCALE):
                return None
        if pixels is None or entered is None:
            return pixels
        low, high, mean, deviation = entered
        return replace(pixels, low=low, high=high, mean=mean, deviation=deviation)

    @cached_property
    def subject(self) -> str:
        """Which of ``SUBJECTS`` the run is about: digits only where it is this app's own."""
        if self.evidence.testable:
            return "digits"
        pixels = self.facts.pixels
        drawn = pixels is not None and pixels.border is not None and not self.reads_series
        return "images" if drawn else "examples"

    def say(self, text: str) -> str:
        """``text``, written for digits, about the run's subject."""
        return SUBJECTS[self.subject].say(text)

    @property
    def reads_series(self) -> bool:
        """Whether the first layer with weights takes rows for moments of a series, no image."""
        first = next((layer for layer in self.facts.layers if layer.parameters), None)
        return first is not None and any(part in first.kind.lower() for part in _OF_SERIES)

    @property
    def reads_words(self) -> bool:
        """Whether inputs are the numbers of words, which say nothing of likeness."""
        return any(layer.kind.lower() == "embedding" for layer in self.facts.layers)

    @property
    def training_count(self) -> int | None:
        """Training images."""
        return self.facts.images or (sum(self.facts.labels) if self.facts.labels else None)

    @property
    def validation_count(self) -> int | None:
        """Validation images."""
        counts = self.facts.validation_labels
        return self.facts.validation_images or (sum(counts) if counts else None)

    @cached_property
    def epochs_done(self) -> float:
        """Epochs trained, with the share of the present one."""
        history = self.evidence.history
        last = history.batches[-1].position if history.batches else 0.0
        return max(float(len(history.epochs)), last)

    @cached_property
    def steps_done(self) -> int | None:
        """Weight changes so far."""
        steps = self.facts.steps
        if not steps and self.training_count and self.facts.batch_size:
            steps = -(-self.training_count // self.facts.batch_size)
        return round(steps * self.epochs_done) if steps else None

    @cached_property
    def training(self) -> float | None:
        """Accuracy on training images as they came, over the last epoch or what there is."""
        epochs = self.evidence.history.epochs
        if epochs and not math.isnan(epochs[-1].accuracy):
            return epochs[-1].accuracy
        recent = [p.accuracy for p in self._recent_batches if not math.isnan(p.accuracy)]
        return float(np.mean(recent)) if recent else None

    @cached_property
    def training_loss(self) -> float | None:
        """Loss on training images as they came, over the last epoch or what there is."""
        epochs = self.evidence.history.epochs
        values = [epochs[-1].loss] if epochs else [p.loss for p in self._recent_batches]
        return float(np.mean(values)) if values else None

    @property
    def _recent_batches(self) -> list[Any]:
        batches = self.evidence.history.batches
        return [point for point in batches if point.position > self.epochs_done - _RECENT]

    @cached_property
    def trainings(self) -> tuple[float, ...]:
        """Training accuracy of each epoch that has one."""
        values = (point.accuracy for point in self.evidence.history.epochs)
        return tuple(value for value in values if not math.isnan(value))

    @cached_property
    def validations(self) -> tuple[float, ...]:
        """Validation accuracy of each epoch that has one."""
        values = (point.val_accuracy for point in self.evidence.history.epochs)
        return tuple(value for value in values if not math.isnan(value))

    @property
    def validation(self) -> float | None:
        """Validation accuracy of the last epoch."""
        return self.validations[-1] if self.validations else None

    @cached_property
    def breaks_at(self) -> float | None:
        """Where the loss stops being a number, in epochs; None if it never does.

        Nor where no loss is told at all, and so no point of the curve.
        """
        history = self.evidence.history
        if not history.batches:
            return None
        places = [p.position for p in history.batches if not math.isfinite(p.loss)]
        places += [float(p.epoch) for p in history.epochs if not math.isfinite(p.loss)]
        return min(places) if places else None

    @cached_property
    def highest_loss(self) -> float | None:
        """Highest finite loss of a point on the curve."""
        history = self.evidence.history
        losses = [p.loss for p in history.batches] + [p.loss for p in history.epochs]
        losses = [loss for loss in losses if math.isfinite(loss)]
        return max(losses) if losses else None

    @cached_property
    def largest_penalty(self) -> float:
        """Largest share of the loss that a look found to be penalty; 0 where none did."""
        return max((look.penalty or 0.0 for look in self.evidence.watches), default=0.0)

    @cached_property
    def fall(self) -> float | None:
        """Share of the training loss that went in the last epoch; needs two epochs."""
        losses = [p.loss for p in self.evidence.history.epochs if math.isfinite(p.loss)]
        if len(losses) < 2 or losses[-2] <= 0:
            return None
        return 1 - losses[-1] / losses[-2]

    @cached_property
    def has_batch_norm(self) -> bool | None:
        """Whether batch normalization is among the layers."""
        if not self.facts.layers:
            return None
        return any(is_batch_norm(layer) for layer in self.facts.layers)

    @cached_property
    def mode_gap(self) -> float | None:
        """Accuracy in training mode less that in inference mode, of the same images."""
        if self.modes is None:
            return None
        return self.modes.training_accuracy - self.modes.inference_accuracy

    @property
    def read_alike(self) -> float | None:
        """Training accuracy read as validation is, in inference mode."""
        if self.modes is not None:
            return self.modes.inference_accuracy
        return self.training if self.has_batch_norm is False else None

    @cached_property
    def stuck(self) -> bool | None:
        """Whether training accuracy is still that of the most frequent answer."""
        if self.training is None or self.epochs_done < 1:
            return None
        counts = self.facts.labels
        share = max(counts) / sum(counts) if counts and sum(counts) else 1 / self.classes
        room = max(AT_CHANCE, DEVIATIONS * standard_error(share, self.training_count))
        probed = max(room, DEVIATIONS * standard_error(share, PROBED))
        return self.training <= share + room and self._in_training_mode <= share + probed

    @property
    def _in_training_mode(self) -> float:
        return self.modes.training_accuracy if self.modes is not None else 0.0

    @cached_property
    def far_from_learned(self) -> bool:
        """Whether after an epoch or more most training images are still answered wrongly."""
        if self.training is None or self.epochs_done < 1:
            return False
        return max(self.training, self._in_training_mode) < HALF_WAY

    @cached_property
    def trained(self) -> bool:
        """Whether the training images are learned, in training mode; of numbers, their spread."""
        if self.breaks_at is not None:
            return False
        if self.training_fit is not None:
            return self.training_fit >= TRAINED_FIT
        if self.training is None or self.accuracy_misleads:
            return False
        return max(self.training, self._in_training_mode) >= TRAINED

    @cached_property
    def overshoot(self) -> float | None:
        """Highest mean loss of a point after the first tenth of an epoch; None without points.

        None, too, where losses are not those of classes and have no scale of their own.
        """
        if not self.classifies:
            return None
        losses = [p.loss for p in self.evidence.history.batches if p.position > _FIRST]
        finite = [loss for loss in losses if math.isfinite(loss)]
        return max(finite) if finite else None

    @cached_property
    def learned_well(self) -> bool:
        """Whether validation is as good as it needs to be, and similar images foretell no more."""
        return self.reads_well and not self.falls_short

    @cached_property
    def reads_well(self) -> bool:
        """Whether validation is as good as it needs to be, its noise allowed for.

        Without validation images, training in inference mode has to do. Of numbers it is good where
        most of the labels' spread is explained, of several labels where most are told.
        """
        if self.breaks_at is not None:
            return False
        fits = [self.validation_fit, self._ticked_fit if self.ticks_several else None]
        known = [fit for fit in fits if fit is not None]  # what is counted of ticks, Keras decides
        if known or self.ticks_several:
            return max(known, default=0.0) >= GOOD_FIT
        reached = self.validation if self.validations else self.read_alike
        if reached is None or (self.validations and self.accuracy_misleads):
            return False
        count = self.validation_count if self.validations else None
        if reached < self.chance + MORE * (1 - self.chance):  # one answer may do for nearly all
            return False
        neighbours = self.tests.get("baseline", {}).get("accuracy")
        if neighbours is not None and neighbours < GOOD:
            return reached >= max(float(neighbours), HARD)  # low enough to leave no room for noise
        return reached + 2 * standard_error(reached, count) >= GOOD

    @property
    def falls_short(self) -> bool:
        """Whether similar images alone foretell labels clearly better than the network does."""
        return self._falls_short_by(SHORT)

    @property
    def falls_far_short(self) -> bool:
        """The same, by far."""
        return self._falls_short_by(FAR_SHORT)

    def _falls_short_by(self, accuracy: float) -> bool:
        foretold = self.tests.get("baseline", {}).get("accuracy")
        if foretold is None or self.validation is None:
            return False
        return clearly_above(float(foretold), self.validation, self.validation_count, accuracy)

    @property
    def accuracy_misleads(self) -> bool:
        """Whether the reported accuracy may not be that of the largest output.

        That was counted on some images, and is held against the last epochs' ends.
        """
        loss = self._loss_name
        asks_each = "binary" in loss or ("hinge" in loss and "categorical" not in loss)
        if not asks_each or self.classes <= 2:
            return False
        reported = {float(point.epoch): point.accuracy for point in self.evidence.history.epochs}
        apart = [
            reported[watch.position] - watch.argmax_accuracy
            for watch in self.evidence.watches
            if watch.argmax_accuracy is not None and watch.position in reported
        ]
        return not apart or not float(np.mean(apart[-_LAST_ENDS:])) <= MISCOUNTED


def _rescaled(pixels: Pixels, settings: Mapping[str, float]) -> Pixels | None:
    """``pixels`` times ``scale`` plus ``offset``; None where they differ by channel."""
    if "scale" not in settings or "offset" not in settings:
        return None
    scale, offset = settings["scale"], settings["offset"]
    ends = [scale * end + offset for end in (pixels.low, pixels.high)]
    return replace(
        pixels,
        low=min(ends),
        high=max(ends),
        mean=scale * pixels.mean + offset,
        deviation=abs(scale) * pixels.deviation,
    )


def suggested_rate(swept: Mapping[str, Any]) -> float | None:
    """The rate of a range test's outcome; None where the loss hardly fell, so that it tells none.

    ``swept`` may be empty or a test that could not be made.
    """
    if "rate" not in swept or swept["lowest"] > (1 - FALLING) * swept["first"]:
        return None
    return float(swept["rate"])


def is_batch_norm(layer: Layer) -> bool:
    """Whether ``layer`` is a batch normalization, Keras's or one of its kind."""
    return "batchnorm" in layer.kind.lower().replace("_", "")


def is_softmax(layer: Layer) -> bool:
    """Whether ``layer`` ends with a softmax."""
    return layer.kind.lower() == "softmax" or layer.activation == "softmax"


def has_kernel(layer: Layer) -> bool:
    """Whether ``layer`` is a convolution or dense layer."""
    kind = layer.kind.lower()
    return layer.parameters > 0 and ("conv" in kind or "dense" in kind)
