"""``RunLogger``: a run of this app from anybody's Keras script."""

import contextlib
import logging
import time
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import keras
import numpy as np

from resnet_app.doctor.case import Case
from resnet_app.doctor.judge import judge
from resnet_app.doctor.reading import TESTS_FILE, read_evidence
from resnet_app.files import replacing, write_json
from resnet_app.runs import store
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter, write_history
from resnet_app.training.callbacks import LiveCallback, StopRequested
from resnet_app.watch import data
from resnet_app.watch.fitting import Call, Part, arrays
from resnet_app.watch.likeness import foretell, foretell_numbers
from resnet_app.watch.passing import Passing
from resnet_app.watch.watcher import Probe, Watcher

_ORDERED = 4
"""Batches that tell whether the classes are mixed, where they come in the order of the data."""
_FORWARD_SHARE = 1 / 3
"""A forward pass costs about a third of a training step."""
_MOST_SAVED = 64_000_000
"""Weights of the largest model that is saved at the end."""

_log = logging.getLogger(__name__)
_Hook = TypeVar("_Hook", bound=Callable[..., None])


def _never_raise(hook: _Hook) -> _Hook:
    """Let no error of logging reach the training; the first is told and ends the logging."""

    @wraps(hook)
    def guarded(self: "RunLogger", *arguments: Any, **named: Any) -> None:
        if self._broken:
            return
        try:
            hook(self, *arguments, **named)
        except Exception:
            self._broken = True
            _log.exception("RunLogger broke off; the training goes on.")

    return guarded  # type: ignore[return-value]


class RunLogger(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Writes what ``fit`` does into a run that this app shows, live, and diagnoses::

        from resnet_app import RunLogger

        model.fit(x, y, validation_split=0.2, epochs=5, callbacks=[RunLogger("my run")])

    ``name`` is the run's title. Each ``fit`` makes a run of its own, in the app's home. The data
    are taken from ``fit`` where they are arrays, a ``tf.data.Dataset``, a ``PyDataset`` or a
    generator; for other kinds give ``training_data`` and ``validation_data``, each ``(x, y)`` as
    the network gets them.
    Model, random numbers and metrics stay as they are, and no error of its own reaches ``fit``.
    At the end the model is saved beside the curves, unless ``fit`` failed; and where it has not
    learned well, some of the examples are compared with each other, for a second or two.
    """

    async_safe = True

    def __init__(
        self,
        name: str = "Keras script",
        *,
        training_data: tuple[Any, Any] | None = None,
        validation_data: tuple[Any, Any] | None = None,
    ) -> None:
        super().__init__()
        self._name = str(name)
        self._given = training_data, validation_data
        self.run: Run | None = None
        self._reset()

    def _reset(self) -> None:
        self._broken = self._stopped = False
        self._call = Call(Part(), Part(), {})
        self._writer: Any = None
        self._live: Any = None
        self._watcher: Any = None
        self._latest: tuple[int, dict[str, Any]] = (-1, {})
        self._handed = -1
        self._passing: Passing | None = None

    @_never_raise
    def before_fit(self, model: keras.Model, call: Call) -> None:
        """Begin a run. ``fit`` has looked at nothing yet."""
        self._reset()
        self.set_model(model)
        given = [arrays(*pair) if pair else None for pair in self._given]
        self._call = Call(given[0] or call.train, given[1] or call.validation, call.facts)
        self._passing = self._call.train.passing
        self.run = store.create_foreign(self._name)
        self._writer = RunWriter(self.run.directory)
        self._writer.status("starting", "Starting")

    def after_fit(self, error: BaseException | None) -> None:
        """End the run as ``fit`` ended."""
        if self.run is None or self._writer is None:
            return
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self._stopped, error = True, None
        self._conclude(self.run, error)
        with contextlib.suppress(OSError):
            self._writer.status(*self._outcome(error), **self.run.status().place)

    @_never_raise
    def _conclude(self, run: Run, error: BaseException | None) -> None:
        self._flush()
        if self._watcher is None:  # fit refused the data before it called back
            watcher = self._watch(None)
            watcher.gather_facts()
            watcher.write_facts()
        self._writer.event("watched", seconds=round(self._watcher.budget.spent, 3))
        write_history(run)
        if error is None:
            self._save(run)
        self._compare_inputs(run)

    def _outcome(self, error: BaseException | None) -> tuple[str, str]:
        """State and message."""
        if error is not None:
            return "failed", f"Training broke off. {tell_error(error)}"
        if self._stopped:
            return "stopped", "Stopped; what it had learned is kept."
        return "finished", "Finished"

    @_never_raise
    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is None:  # fit was taken before this was imported
            self.before_fit(self.model, Call(Part(), Part(), {}))
        steps, epochs = self.params.get("steps"), self.params.get("epochs") or 1
        self._live = LiveCallback(self._writer, epochs, steps, _validation_share(self._call))
        self._live.set_model(self.model)
        self._watch(steps).on_train_begin()

    @_never_raise
    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._latest, self._handed = (-1, {}), -1
        self._live.on_epoch_begin(epoch)
        self._watcher.on_epoch_begin(epoch)

    @_never_raise
    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._flush()
        self._adopt()
        self._watcher.on_train_batch_begin(batch)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        # Perhaps in another thread, and late; what is done with it waits for the next batch.
        if batch > self._latest[0]:
            self._latest = batch, logs or {}

    @_never_raise
    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._flush()
        if self._live is not None:
            self._live.on_test_begin()

    @_never_raise
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._flush()
        self._adopt(all_passed=True)
        self._watcher.on_epoch_end(epoch)
        self._live.on_epoch_end(epoch, logs)

    def _flush(self) -> None:
        """Hand on the last batch that is known to have ended."""
        latest = self._latest
        if latest[0] <= self._handed:
            return
        self._handed = latest[0]
        self._watcher.on_train_batch_end(*latest)
        try:
            self._live.on_train_batch_end(*latest)
        except StopRequested:
            self._stopped = self.model.stop_training = True

    def _watch(self, steps: int | None) -> Watcher:
        """The watcher of this fit, with what is known of its data."""
        began = time.perf_counter()
        train, validation = self._call.train, self._call.validation
        labels = {"labels": train.y, "validation_labels": validation.y}
        facts = {**self._call.facts, **_describe_both(train, validation)}
        order = _order(train, facts)
        train, validation = _passed(train) or train, _passed(validation) or validation
        facts |= _describe(train, "") | _describe(validation, "validation_") | self._batch_size()
        watcher = Watcher(
            self._writer,
            steps,
            facts,
            _probe(train, train),
            _probe(validation, train),
            {name: values for name, values in labels.items() if values is not None},
            self._call.train.weights,
            order,
            spent=time.perf_counter() - began,
        )
        watcher.set_model(self.model)
        watcher.set_params(self.params or {})
        self._watcher = watcher
        return watcher

    def _adopt(self, all_passed: bool = False) -> None:
        """Take the batches that have passed for probes where no data are at hand.

        How many of the training have passed by its first step depends on the time; once no more
        are noted, they are described again.
        """
        train, validation = self._call.train, self._call.validation
        spending = self._watcher.budget.spending
        if self._watcher.probe is None and (part := _passed(train)):
            with spending("data"):
                self._watcher.adopt(_probe(part, part), _describe(part, "") | self._batch_size())
        if self._watcher.validation is None and (part := _passed(validation)):
            with spending("data"):
                known = _describe(part, "validation_")
                self._watcher.adopt_validation(_probe(part, part), known, part.y)
        if self._passing is not None and (all_passed or self._passing.complete):
            self._passing = None
            if part := _passed(train):
                with spending("data"):
                    self._watcher.learn(_describe(part, ""))

    def _batch_size(self) -> dict[str, Any]:
        """That of the first batch that has passed, where no data are at hand."""
        passing = self._call.train.passing
        size = passing.batch_size if passing is not None else None
        return {} if size is None else {"batch_size": size}

    def _compare_inputs(self, run: Run) -> None:
        """Ask what inputs that are alike say of the labels, unless all is well without."""
        evidence = read_evidence(run)
        verdict = judge(evidence)
        doubted = any(opinion.cause == "labels_noisy" for opinion in verdict.others)
        if verdict.state == "healthy" and not doubted:
            return
        train = _passed(self._call.train) or self._call.train
        case = Case(evidence)
        if train.y is None or case.reads_words:
            return
        held = _passed(self._call.validation) or self._call.validation
        tests = {
            "baseline": foretell(train.x, train.y, evidence.facts.classes, (held.x, held.y)),
            "numbers": None if case.classifies else foretell_numbers(train.x, train.y),
        }
        if any(tests.values()):
            write_json(run.directory / TESTS_FILE, {n: told for n, told in tests.items() if told})

    def _save(self, run: Run) -> None:
        """Put the model beside the curves, if it can be saved."""
        if self.model.count_params() > _MOST_SAVED:
            return
        try:
            with warnings.catch_warnings(), replacing(run.directory / "model.keras") as temporary:
                warnings.simplefilter("ignore")
                self.model.save(temporary)
        except Exception as error:
            _log.info("RunLogger could not save the model: %s", error)


def tell_error(error: BaseException) -> str:
    """Its kind and the line that says what was wrong; TensorFlow puts many others before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "eceived" in line or "must" in line]
    line = (telling or lines or [""])[0][:300]
    return f"{type(error).__name__}: {line}" if line else type(error).__name__


def _validation_share(call: Call) -> float:
    """Cost of a validation pass as a share of an epoch's training, as far as it is known."""
    train, held = call.train.y, call.validation.y
    return 0.0 if train is None or held is None else _FORWARD_SHARE * len(held) / len(train)


def _describe(part: Part, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(part.x, np.ndarray):
        found[f"{prefix}pixels"] = data.measure_pixels(part.x)
    if part.y is not None and not prefix:
        found |= {"label_range": data.label_range(part.y), "label_shape": part.y.shape[1:]}
        found |= {"label_sums": data.label_sums(part.y), "label_spread": data.label_spread(part.y)}
        found["label_empty"] = data.label_empty(part.y)
        if isinstance(part.x, np.ndarray):
            found["telling_input"] = data.telling_input(part.x, part.y)
    return found


def _describe_both(train: Part, validation: Part) -> dict[str, Any]:
    if isinstance(train.x, np.ndarray) and isinstance(validation.x, np.ndarray):
        shared = data.count_shared(train.x, validation.x)
        return {"shared": shared, "nearly_shared": data.count_near(train.x, validation.x)}
    return {}


def _probe(part: Part, train: Part) -> Probe | None:
    if part.y is None or train.y is None or not len(part.y):
        return None
    return Probe.pick(part.x, part.y, len(train.y))


def _order(train: Part, facts: dict[str, Any]) -> Passing | None:
    """The first batches where they pass by, or come in the order of the data."""
    if train.y is None or facts.get("shuffled") is not False:
        return train.passing
    passing = Passing()
    size = facts["batch_size"]
    passing.batches = [train.y[at : at + size] for at in range(0, _ORDERED * size, size)]
    return passing


def _passed(part: Part) -> Part | None:
    """The batches noted so far, as arrays; None if there are none with labels."""
    if part.passing is None or not part.passing.labels:
        return None
    pairs = [batch[:2] for batch in part.passing.batches if isinstance(batch, tuple | list)]
    if not pairs or len(pairs[0]) < 2:
        return None
    x = keras.tree.map_structure(lambda *parts: np.concatenate(parts), *[x for x, _ in pairs])
    return Part(x, np.concatenate([y for _, y in pairs]))
