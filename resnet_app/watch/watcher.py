"""The Keras callback that writes the evidence. Import it only where Keras may load."""

import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, TypeVar

import keras
import numpy as np
from numpy.typing import NDArray

from resnet_app.doctor.evidence import PROBED
from resnet_app.runs.timeline import Timeline
from resnet_app.runs.writer import RunWriter
from resnet_app.training.schedule import rate_now
from resnet_app.watch import data
from resnet_app.watch.budget import Budget
from resnet_app.watch.layers import build, describe_layers, head_inputs, keras_name
from resnet_app.watch.passes import Pass, Passes, kind_of
from resnet_app.watch.passing import Passing
from resnet_app.watch.step import Snapshot, StepReader

_FLOOR = 0.35
"""Seconds that looking at the network may take of a training however short."""

_EARLY = 32
"""Steps of the first epoch up to which the powers of two are looked at."""
_LOOKS = 8
"""Looks within an epoch, where the budget allows."""
_MOST, _PROBE_SHARE = 256, 100
"""A probe is a hundredth of the training images, of ``PROBED`` to so many."""

_UNKNOWN_STEPS = 800
"""Steps of an epoch, for the looks within it, where their number is not known yet."""
_TRACING = 1.0
"""Seconds that it may take to compile the passes, before it was done once."""

_SHORT = ("crossentropy", "ce")
"""Names of losses that ``compile`` alone knows: which cross-entropy it is, the labels tell."""

_FULL, _SMALL = "passes over both probes", "passes over the training probe"
_SMALL_SHARE = 0.5
"""What the small ones take of the full ones: two passes of four."""
_FIRST_PASS = 2.0
"""Passes that the first one of a process takes as long as, at least: it makes the kernels ready."""

_log = logging.getLogger(__name__)
_Hook = TypeVar("_Hook", bound=Callable[..., None])


@dataclass(frozen=True, eq=False)
class Probe:
    """Examples as they reach the network: ``x`` (N, ...), or several of them, and labels ``y``."""

    x: Any
    y: NDArray[Any]

    @classmethod
    def pick(cls, x: Any, y: Any, images: int) -> "Probe":
        """Examples for a training set of ``images``, always the same ones, in their order."""
        wanted = min(max(images // _PROBE_SHARE, PROBED), _MOST)
        chosen = data.choose(len(y), wanted)
        return cls(keras.tree.map_structure(lambda part: _rows(part, chosen), x), _rows(y, chosen))


def _rows(values: Any, chosen: NDArray[np.int64]) -> NDArray[Any]:
    if not isinstance(values, np.ndarray):
        values = keras.ops.take(values, chosen, axis=0)
        return np.asarray(keras.ops.convert_to_numpy(values))
    return values[chosen]


def never_disturb(hook: _Hook) -> _Hook:
    """Let no error of watching reach the training; the first is logged and ends the watching."""

    @wraps(hook)
    def guarded(self: "Watcher", *arguments: Any, **named: Any) -> None:
        if self.broken:
            return
        try:
            hook(self, *arguments, **named)
        except Exception:
            self.broken = True
            _log.exception("Watching this training broke off; the training goes on.")

    return guarded  # type: ignore[return-value]


class Watcher(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Writes ``facts``, ``watch`` and ``modes`` of the model that trains.

    ``facts`` are those fields of ``doctor.evidence.Facts`` that only the caller knows, such as
    ``batch_size`` and ``pixels``; ``known`` are all of them, as they were written when a run began
    that is taken up again. ``steps`` an epoch may be None. Costs at most ``budget.SHARE`` of the
    training time, or ``_FLOOR`` seconds beyond those ``spent`` on looking at the data; whatever
    that allows, there is one pass over the training probe at the start and one in each mode at the
    first epoch's end and the last's.
    Weights, moving averages, metrics and random numbers stay as they are.

    It looks between two batches, from ``on_train_batch_begin``, which Keras calls in the thread
    that trains; ``on_train_batch_end`` only counts and may be called from another.
    """

    async_safe = True

    def __init__(
        self,
        writer: RunWriter,
        steps: int | None,
        facts: Mapping[str, Any],
        probe: Probe | None = None,
        validation: Probe | None = None,
        labels: Mapping[str, NDArray[Any]] | None = None,
        weights: NDArray[np.float64] | None = None,
        passing: Passing | None = None,
        passes: Passes | None = None,
        known: Mapping[str, Any] | None = None,
        spent: float = 0.0,
    ) -> None:
        super().__init__()
        self.budget = Budget(_FLOOR, spent=spent)
        self.broken = False
        self.probe = probe
        self.validation = validation
        self._writer = writer
        self._facts = dict(facts)
        self._labels = dict(labels or {})
        self._weights = weights
        self._passing = passing
        self._some_labels: NDArray[Any] | None = None
        self._passes = passes
        self._known = known
        self._timeline = Timeline(writer, steps)
        self._epoch = 0
        self._done = 0
        self._steps: StepReader | None = None
        self._before: tuple[int, Snapshot] | None = None
        self._classes: int | None = None
        self._traceable = True

    @never_disturb
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.budget = Budget(_FLOOR, spent=self.budget.spent)
        self.budget.keep(_FULL, _SMALL_SHARE)  # for the last epoch's end
        if self._known is not None:
            self._take_up(self._known)
        else:
            with self.budget.spending("start"):
                self.gather_facts()
                if self.probe is not None:
                    self._read_start(self.probe)
                self.write_facts()
        # Other backends keep the weights elsewhere until the epoch ends.
        self.broken = keras.backend.backend() != "tensorflow"

    def _take_up(self, known: Mapping[str, Any]) -> None:
        """Go on with the facts of a run's start, which nothing can tell any more."""
        self._facts = dict(known)
        self._classes = known.get("classes")
        self.budget.expect("tracing", _TRACING)

    def adopt(self, probe: Probe | None, facts: Mapping[str, Any]) -> None:
        """Take a probe that was found only now, and what it tells."""
        self.probe = probe
        self._facts |= facts
        if probe is not None and (read := self._pass_at_start(probe)) is not None:
            self._tell_classes(probe, read.outputs)
        self.write_facts()

    def adopt_validation(
        self, probe: Probe | None, facts: Mapping[str, Any], labels: NDArray[Any] | None
    ) -> None:
        """The same for what validates, and some of its labels."""
        self.validation = probe
        self._some_labels = labels
        self.learn(facts)

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Write the facts once more, with these."""
        self._facts |= facts
        self.write_facts()

    @never_disturb
    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch, self._done, self._before = epoch, 0, None

    @never_disturb
    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self._steps is None and self.model.built:
            self._steps = StepReader(self.model)
            if batch:  # its first step has built it
                self._facts["layers"] = describe_layers(self.model, untrained=False)
                self._facts["head_inputs"] = head_inputs(self.model)
                self.write_facts()
        # Without labels to hold it against, it waits for those that validate the epoch.
        if self._passing is not None and self._labels and self._passing.complete:
            self._end_passing()
        if self._before is not None:
            spare = self.budget.allows(_FULL, 2, floor=False)  # the epoch's end comes first
            self._look(batch, _FULL if spare else None)
        if self._steps is not None and self._steps.possible and self._wants(batch + 1):
            with self.budget.spending("step"):
                self._before = batch, self._steps.snapshot()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._done = max(self._done, batch + 1)

    @never_disturb
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._end_passing()
        self._timeline.end_epoch(self._done)
        if self._ends(epoch):
            self.budget.keep(_FULL, 0)
        at_least = _SMALL if epoch == 0 or self._ends(epoch) else None
        self._look(self._done, _FULL if self.budget.allows(_FULL) else at_least)

    def _ends(self, epoch: int) -> bool:
        return bool(self.model.stop_training) or epoch + 1 == self.params.get("epochs")

    def _wants(self, step: int) -> bool:
        """Whether to look at ``step`` of this epoch, counted from 1."""
        steps = self._timeline.steps
        if step == steps and (self._epoch == 0 or self._ends(self._epoch)):
            return True
        if self._epoch == 0 and step == 1:
            return True
        early = self._epoch == 0 and step <= _EARLY and step & (step - 1) == 0
        regular = step % max((steps or _UNKNOWN_STEPS) // _LOOKS, 1) == 0
        return (early or regular) and self.budget.allows("step", 2)

    def _look(self, done: int, form: str | None) -> None:
        """Write what the network does after ``done`` steps of this epoch.

        ``form`` says which passes to take: over both probes, the training probe, or none.
        """
        found: dict[str, Any] = {}
        before, self._before = self._before, None
        if before is not None and before[0] < done:
            with self.budget.spending("step"):
                found |= self._read_step(before[1])
        if form and self.probe is not None and self.model.built:
            self._compile(self.probe)
            with self.budget.spending(form):
                found |= self._read_passes(
                    self.probe, self.validation if form == _FULL else None, done
                )
            if form == _SMALL:
                self.budget.expect(_FULL, self.budget.last(_SMALL) / _SMALL_SHARE)
        if found:
            found.setdefault("learning_rate", rate_now(self.model))
            self._timeline.event("watch", self._epoch, done, **_known(found))

    def _read_step(self, before: Snapshot) -> dict[str, Any]:
        assert self._steps is not None
        reading = self._steps.compare(before, self._steps.snapshot())
        found = {
            "updates": reading.updates,
            "gradients": reading.gradients,
            "gradient_norm": reading.gradient_norm,
            "learning_rate": before.rate,
        }
        return {name: value for name, value in found.items() if value not in (None, {})}

    def _read_passes(self, probe: Probe, held: Probe | None, done: int) -> dict[str, Any]:
        """What passes over the probes tell a watch; writes ``modes`` by the way."""
        trained = self._reader().read(probe.x, training=True)
        inferred, validated = self._infer(probe, held)
        found: dict[str, Any] = {"silent": trained.silent}
        if trained.outputs is None or inferred is None:
            return found
        found |= describe_outputs(inferred)
        losses = [self._reader().loss(probe.y, out) for out in (trained.outputs, inferred)]
        if losses[1] is not None and (total := losses[1] + trained.penalty):
            found["penalty"] = trained.penalty / total
        if self._classes is not None:
            found["predicted"] = self._count(trained.outputs)
            found["argmax_accuracy"] = self._accuracy(probe.y, trained.outputs)
            if validated is not None:
                found["validation_predicted"] = self._count(validated)
            modes = {
                "training_loss": losses[0],
                "training_accuracy": found["argmax_accuracy"],
                "inference_loss": losses[1],
                "inference_accuracy": self._accuracy(probe.y, inferred),
            }
            if None not in modes.values():
                self._write_modes(modes, held, validated, done)
        return _known(found)

    def _write_modes(
        self,
        modes: dict[str, float | None],
        held: Probe | None,
        validated: NDArray[np.float32] | None,
        done: int,
    ) -> None:
        """Write the ``modes`` of the training probe, and of ``held`` what there is time for."""
        if held is not None and validated is not None:
            modes["validation_inference_accuracy"] = self._accuracy(held.y, validated)
            if self.budget.allows(_FULL, 2):
                again = self._reader().read(held.x, training=True).outputs
                if again is not None:
                    modes["validation_training_accuracy"] = self._accuracy(held.y, again)
        self._timeline.event("modes", self._epoch, done, **_known(modes))

    def _compile(self, probe: Probe) -> None:
        """Have faster passes as soon as tracing them fits the budget."""
        reader = self._reader()
        if reader.compiled or not self._traceable or not self.budget.allows("tracing"):
            return
        try:
            with self.budget.spending("tracing"):
                reader.compile(probe.x)
        except Exception as error:  # Python that looks at values; it goes on as it is
            self._traceable = False
            _log.info("The passes could not be traced: %s", error)

    def _infer(
        self, probe: Probe, held: Probe | None
    ) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
        """Outputs of both in inference mode, in one pass where they are alike."""
        if held is None:
            return self._reader().read(probe.x, training=False).outputs, None
        if kind_of(probe.x) != kind_of(held.x):
            parts = [self._reader().read(part.x, training=False).outputs for part in (probe, held)]
            return parts[0], parts[1]
        both = keras.tree.map_structure(lambda a, b: np.concatenate([a, b]), probe.x, held.x)
        outputs = self._reader().read(both, training=False).outputs
        if outputs is None:
            return None, None
        return outputs[: len(probe.y)], outputs[len(probe.y) :]

    def _count(self, outputs: NDArray[np.float32]) -> tuple[int, ...] | None:
        if not np.isfinite(outputs).all():
            return None
        return data.count_classes(self._answers(outputs), self._classes)

    def _accuracy(self, labels: NDArray[Any], outputs: NDArray[np.float32]) -> float | None:
        right = data.classes_of(labels, outputs.shape[1])
        if right is None or not np.isfinite(outputs).all():
            return None
        return float((self._answers(outputs) == right).mean())

    def _answers(self, outputs: NDArray[np.float32]) -> NDArray[np.int64]:
        """(N,) classes; of a single output the sign or, of a probability, the half decides."""
        if outputs.shape[1] > 1:
            return np.asarray(outputs.argmax(1), np.int64)
        middle = 0.0 if self._facts.get("from_logits") else 0.5
        return np.asarray(outputs[:, 0] > middle, np.int64)

    def gather_facts(self) -> None:
        """What is known before the first step without a pass; builds the model if it can."""
        if self.probe is not None:
            try:
                build(self.model, self.probe.x)
            except Exception as error:  # fit will say so
                _log.info("The model could not be built for these data: %s", error)
        self._facts = {
            **describe_compiled(self.model),
            "layers": describe_layers(self.model),
            "head_inputs": head_inputs(self.model),
            "epochs": self.params.get("epochs"),
            "steps": self._timeline.steps,
            **self._facts,
        }

    def write_facts(self) -> None:
        """Write what was gathered."""
        for name, labels in self._labels.items():
            chosen = data.classes_of(labels, self._classes or 0)
            self._facts[name] = data.count_classes(chosen, self._classes)
            if name == "labels" and self._weights is not None:
                weighed = data.weigh_classes(chosen, self._weights, self._classes)
                self._facts["weighed_labels"] = weighed
        self._writer.event("facts", **_known(self._facts))

    def _end_passing(self) -> None:
        if self._passing is not None:
            with self.budget.spending("order"):
                self._tell_order(self._passing)
            self._passing = None

    def _tell_order(self, passing: Passing) -> None:
        """Write the facts once more, now that the first batches tell their order.

        They are held against all training labels; where these are not at hand, against each other,
        or, if they have one class, against the labels of validation.
        """
        ours = self._labels.get("labels")
        known = (ours, self._labels.get("validation_labels"), self._some_labels)
        labels = next((each for each in known if each is not None), None)
        everything = None if labels is None else data.classes_of(labels, self._classes or 0)
        batches = [data.classes_of(batch, self._classes or 0) for batch in passing.labels]
        told = [batch for batch in batches if batch is not None]
        if not told or len(told) < len(batches):
            return
        first = np.concatenate(told)
        if ours is not None and everything is not None:
            self._facts["shuffled"] = not np.array_equal(first, everything[: len(first)])
        elif everything is None or first.min() < first.max():
            everything = first
        if ours is None:
            self._facts["some_labels"] = data.count_classes(first, self._classes)
        self._facts["batch_entropy"] = data.batch_entropy(told, everything)
        self.write_facts()

    def _read_start(self, probe: Probe) -> None:
        """Add to the facts what one pass tells; data that do not fit the model tell nothing."""
        start = self._pass_at_start(probe)
        if start is None:
            return
        outputs = start.outputs
        if start.silent:
            self._facts["start_silent"] = float(np.mean(list(start.silent.values())))
        self._tell_classes(probe, outputs)
        if outputs is not None:
            loss = self._reader().loss(probe.y, outputs)
            self._facts["start_loss"] = loss
            if loss is not None and (total := loss + start.penalty):
                self._facts["start_penalty"] = start.penalty / total
            self._facts |= describe_outputs(outputs)
            if self._facts.get("from_logits") is None:
                self._facts["softmaxes_again"] = self._loss_softmaxes(probe, outputs.shape[1])
            softmaxes = self._facts.get("from_logits") or self._facts.get("softmaxes_again")
            if softmaxes and 0 <= outputs.min() <= outputs.max() <= 1:
                undone = self._reader().undoes_softmax(probe.x, probe.y, outputs)
                self._facts["softmax_undone"] = undone

    def _loss_softmaxes(self, probe: Probe, count: int) -> bool | None:
        """Whether a loss of somebody's own applies softmax to the ``count`` outputs."""
        right = data.classes_of(probe.y, count)
        if self._classes != count or count < 2 or right is None:
            return None
        return self._reader().softmaxes_again(probe.y, right, count)

    def _pass_at_start(self, probe: Probe) -> Pass | None:
        """One pass, and the scale of what it met; None where model and data do not let it."""
        if not self.model.built:
            return None
        try:
            with self.budget.spending("pass"):
                start = self._reader().read_start(probe.x)
        except Exception as error:  # fit will say so
            _log.info("The start could not be read: %s", error)
            return None
        self._facts["entered"] = start.entered
        return start

    def _tell_classes(self, probe: Probe, outputs: NDArray[np.float32] | None) -> None:
        self.budget.expect(_FULL, 4 * self.budget.last("pass") / _FIRST_PASS)
        self.budget.expect("tracing", _TRACING)
        self._facts["one_row"] = outputs is not None
        if outputs is not None:
            known = self._facts if "labels" in self._labels else {"loss": self._facts.get("loss")}
            self._classes = _classes(outputs, probe.y, known)
            self._facts["classes"] = self._classes

    def _reader(self) -> Passes:
        if self._passes is None:
            self._passes = Passes(self.model)
        return self._passes


def _classes(
    outputs: NDArray[np.float32], labels: NDArray[Any], facts: Mapping[str, Any]
) -> int | None:
    """Number of classes that the model tells apart; None if it does not classify.

    With a loss of somebody's own, outputs that outnumber the labels need not be classes.
    """
    width = outputs.shape[1]
    told = data.classes_of(labels, width)
    entropy = "crossentropy" in (facts.get("loss") or "")
    highest = (facts.get("label_range") or (0.0, width - 1.0))[1]
    if width > 1 and not entropy and labels.ndim == 1 and highest < width - 1:
        return None
    if width > 1:
        return width if entropy or told is not None else None
    return 2 if entropy and told is not None else None


def describe_outputs(outputs: NDArray[np.float32]) -> dict[str, tuple[float, float]]:
    """``row_sums`` and ``outputs`` of (N, C) outputs, as ``doctor.evidence`` has them."""
    sums = outputs.sum(1)
    return {
        "row_sums": (float(sums.min()), float(sums.max())),
        "outputs": (float(outputs.min()), float(outputs.max())),
    }


def describe_compiled(model: keras.Model) -> dict[str, Any]:
    """What ``compile`` was told: loss and optimizer with their settings."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return _describe_loss(getattr(model, "loss", None))
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    clips = [getattr(optimizer, name, None) for name in ("clipnorm", "clipvalue")]
    clips.append(getattr(optimizer, "global_clipnorm", None))
    return {
        **_describe_loss(model.loss),
        "optimizer": keras_name(optimizer).lower(),
        "learning_rate": rate_now(model),
        "weight_decay": getattr(optimizer, "weight_decay", None),
        "clip": next((clip for clip in clips if clip), None),
    }


def _describe_loss(loss: Any) -> dict[str, Any]:
    """``loss`` as Keras names its functions, with its ``from_logits`` or ``bend`` if it has one.

    Of the short forms that only ``compile`` knows, the name.
    """
    if isinstance(loss, str):
        try:
            loss = keras.losses.get(loss)
        except ValueError:
            return {"loss": "crossentropy", "from_logits": False} if loss in _SHORT else {}
    if isinstance(loss, keras.losses.Loss):
        function = getattr(loss, "fn", None)
        settings = getattr(loss, "_fn_kwargs", {})
        return {
            "loss": getattr(function, "__name__", keras_name(loss)),
            "from_logits": settings.get("from_logits"),
            "bend": settings.get("delta"),
        }
    if not callable(loss):
        return {}
    takes = inspect.signature(loss).parameters
    logits, delta = takes.get("from_logits"), takes.get("delta")
    named = loss.func if isinstance(loss, partial) else loss
    return {
        "loss": getattr(named, "__name__", keras_name(named)),
        "from_logits": logits and bool(logits.default),
        "bend": delta.default if delta and isinstance(delta.default, int | float) else None,
    }


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
