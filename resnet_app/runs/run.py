"""A run directory, read: the protocol between the worker that writes it and everybody else.

``config.json``         the ``TrainingConfig``, data set digest and name, time of creation, and
                        ``parent``, the id of the run that a fine-tuned one goes on from, and
                        ``classroom``, that of the class session with its drawings; of an
                        imported one ``imported``, its id where it was trained; of a foreign run,
                        which another program wrote, ``config`` null, its name and time; and
                        ``owner``, as ``resnet_app.owners`` has it, null for the installation's
``status.json``         where the run stands, replaced at once
``events.jsonl``        append only, one JSON object a line; a torn last line is ignored
``preprocessing.json``  the ``Normalizer`` and the ``Framing``
``calibration.json``    the ``Calibration``, when the run has ended
``stop``                the worker stops soon after it appears; it holds the reason, if any
``checkpoint.npz``      the state after the last epoch that was kept whole, from which the run can
                        be taken up again; of a finished run there is none
``shared``              an empty file; somebody else than its owner has opened the run
``tuning.json``         the ``Tuning`` of a fine-tuned run, when it has ended
``marks.json``          what a person wrote on it: name, note, star
``results/``            what was computed of its model, by ``resnet_app.results``
``history.csv``, ``model.keras``, ``model.tflite``, ``evaluation.npz``   when the run has ended
"""

import math
import time
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from resnet_app.calibration import Calibration
from resnet_app.config import TrainingConfig
from resnet_app.errors import RunError
from resnet_app.files import ReadOnce, read_json
from resnet_app.imaging import Framing, Normalizer
from resnet_app.processes import ProcessMark
from resnet_app.runs.course import Course, History, read_course

_ACTIVE = ("starting", "training", "finishing")
_WAITING = "waiting"
_START_LIMIT_SECONDS = 60
_REASON_LENGTH = 300

CHECKPOINT = "checkpoint.npz"
"""In the run's directory."""

LIBRARIES = ("python", "tensorflow", "keras", "numpy")
"""Whose versions a run remembers."""


@dataclass(frozen=True)
class Status:
    """Where a run stands; ``step`` counts batches within ``epoch``, both from 1 once training."""

    state: str
    message: str
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    updated: float = 0.0
    seconds_left: float | None = None
    seconds: float = 0.0
    """Of work so far, by a clock that nobody sets; waiting to be taken up again is not counted."""
    worker: ProcessMark | None = None

    @property
    def active(self) -> bool:
        """A worker is busy with the run."""
        return self.state in _ACTIVE

    @property
    def waiting(self) -> bool:
        """It has a place in the queue, and no worker yet."""
        return self.state == _WAITING

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        return not (self.active or self.waiting)

    @property
    def place(self) -> dict[str, Any]:
        """How far it has come, as fields of a ``Status``."""
        return {
            "epoch": self.epoch,
            "epochs": self.epochs,
            "step": self.step,
            "steps": self.steps,
        }

    @property
    def progress(self) -> float:
        """Share of the planned batches done, 0…1."""
        planned = self.epochs * self.steps
        done = (max(self.epoch, 1) - 1) * self.steps + self.step
        return min(done / planned, 1.0) if planned else 0.0


_STATUS_FIELDS = tuple(field.name for field in fields(Status))


@dataclass(frozen=True)
class Kept:
    """The state of a run after ``epoch`` whole epochs; ``ended``: no other is to come."""

    epoch: int
    ended: bool


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Outcome on held-back images: ``confusion`` (10, 10) int64, rows true, columns predicted."""

    confusion: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of images."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of images answered right, 0…1; NaN without images."""
        return float(np.trace(self.confusion)) / self.count if self.count else math.nan

    def per_class(self) -> list[float | None]:
        """Share of each digit's images answered right, 0…1; None for a digit without images."""
        totals = self.confusion.sum(1)
        right = np.diag(self.confusion)
        return [float(r / t) if t else None for r, t in zip(right, totals, strict=True)]


@dataclass(frozen=True)
class Tally:
    """Right answers of ``count`` pictures, before and after."""

    count: int
    before: int
    after: int


@dataclass(frozen=True)
class Tuning:
    """What fine-tuning did: ``trained`` drawings trained, ``held_back`` ones did not.

    ``others`` are digits of the kind that the run before it knew, named ``others_name``, none of
    which trained either of the two. ``held_back_students`` of a class made those that were held
    back, and none that trained; None where drawings were held back whoever made them.
    """

    trained: int
    held_back: Tally
    others: Tally
    others_name: str
    held_back_students: int | None = None


def count_confusion(labels: NDArray[Any], predicted: NDArray[Any]) -> Evaluation:
    """Compare (N,) true labels with (N,) predicted ones, both 0…9."""
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (labels.astype(int), predicted.astype(int)), 1)
    return Evaluation(confusion)


def _read_status(path: Path) -> Status:
    values = read_json(path)
    known = {name: values[name] for name in _STATUS_FIELDS if name in values}
    return Status(**{**known, "worker": ProcessMark.from_json(values.get("worker"))})


def _read_evaluation(path: Path) -> Evaluation:
    with np.load(path, allow_pickle=False) as arrays:
        return Evaluation(arrays["confusion"])


_MANY = 1000
"""Small files that stay read."""

_cards: ReadOnce[dict[str, Any]] = ReadOnce(read_json, _MANY)
_statuses = ReadOnce(_read_status, _MANY)
_evaluations = ReadOnce(_read_evaluation, _MANY)


class Run:
    """A run directory. Reading it never changes it; what people want of it is a file beside."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def id(self) -> str:
        """The directory's name."""
        return self.directory.name

    @cached_property
    def _card(self) -> dict[str, Any]:
        try:
            return _cards(self.directory / "config.json")
        except (OSError, ValueError):
            raise RunError(
                "This run's settings cannot be read. It may have been deleted; choose another "
                f"run. Received: {self.id}"
            ) from None

    @property
    def foreign(self) -> bool:
        """Whether another program than this app trains it, with settings unknown here."""
        return self._card.get("kind") == "foreign"

    @property
    def title(self) -> str:
        """The recipe's name, or what a foreign run calls itself."""
        return str(self._card["name"]) if self.foreign else self.config.recipe

    @cached_property
    def config(self) -> TrainingConfig:
        """The settings; raises ``RunError`` or ``ConfigError`` if they cannot be read."""
        if self.foreign:
            raise RunError(
                "This run was made by a Keras script of its own, so it has no settings here. "
                f"Choose a run that this app trained. Received: {self.title}"
            )
        return TrainingConfig.from_json(self._card["config"])

    @property
    def epochs(self) -> int:
        """Epochs that are planned; at least 1."""
        return max(self.status().epochs, 1) if self.foreign else self.config.epochs

    @property
    def dataset_digest(self) -> str:
        """Digest of the data set that the run trains on; empty for a foreign run."""
        return str(self._card.get("dataset_digest", ""))

    @property
    def dataset_name(self) -> str:
        """Name of the data set when the run began; of a foreign run, where it comes from."""
        return str(self._card.get("dataset_name", "a Keras script"))

    @property
    def parent(self) -> str | None:
        """Id of the run that this one fine-tunes; None if it began from nothing."""
        parent: str | None = self._card.get("parent")
        return parent

    @property
    def imported(self) -> bool:
        """Whether another installation trained it; what its files claim was not seen here."""
        return self._card.get("imported") is not None

    @property
    def classroom(self) -> str | None:
        """Id of the class session whose drawings fine-tune this run; None for one's own."""
        classroom: str | None = self._card.get("classroom")
        return classroom

    @property
    def owner(self) -> str | None:
        """Whose it is; None for the installation's."""
        owner: str | None = self._card.get("owner")
        return owner

    @property
    def created(self) -> float:
        """Seconds since 1970."""
        return float(self._card["created"])

    def status(self) -> Status:
        """Where the run stands; a run whose worker is gone is reported as failed."""
        try:
            status = _statuses(self.directory / "status.json")
        except (OSError, ValueError, TypeError):
            return Status("failed", f"The run's status cannot be read. {self.way_on()}")
        if status.active and not _worker_lives(status):
            return replace(
                status,
                state="failed",
                message="The training process ended without a word, often because memory ran out "
                f"or the computer restarted. {self.way_on()}",
                seconds_left=None,
                worker=None,
            )
        return status

    def way_on(self) -> str:
        """How to go on with a run that has ended before its time."""
        if not self.can_resume:
            return "Start it again."
        if self.parent is not None:
            return (
                "Fine-tuning keeps no state on the way: Resume begins it anew, from the model that "
                "it fine-tunes and with the drawings that are kept then."
            )
        kept = self.kept()
        if kept is None:
            return "No epoch was finished and kept: Resume starts it again from the beginning."
        if kept.ended:
            return "All its epochs are kept: Resume only has to test and save the model."
        return (
            f"Its state after epoch {kept.epoch} of {self.epochs} is kept: Resume goes on from "
            "there."
        )

    def kept(self) -> Kept | None:
        """From where the run can go on; None if nothing was kept, or not whole."""
        try:
            with np.load(self.directory / CHECKPOINT, allow_pickle=False) as arrays:
                return Kept(int(arrays["epoch"]), bool(arrays["ended"]))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None

    @property
    def can_resume(self) -> bool:
        """Whether the run is one of this installation's own, which can go on once it has ended."""
        return not self.foreign and not self.imported

    def course(self) -> Course:
        """All that happened so far; empty before anything did."""
        try:
            return read_course(self.directory / "events.jsonl")
        except OSError:
            return Course()

    def history(self) -> History:
        """All points so far."""
        return self.course().history

    def precision(self) -> str | None:
        """The dtype policy that trains and why, in words; None before training began."""
        told = self.course().told.get("precision")
        return None if told is None else f"{told.get('policy')}. {told.get('reason')}"

    def libraries(self) -> dict[str, str]:
        """Versions with which it trains, by name; empty before it began, and for older runs."""
        told = self.course().told.get("libraries", {})
        return {name: str(told[name]) for name in LIBRARIES if name in told}

    def facts(self) -> dict[str, Any] | None:
        """What was known at its start, as ``doctor.evidence.Facts`` has it; None before."""
        told = self.course().told.get("facts")
        return None if told is None else {k: v for k, v in told.items() if k != "event"}

    def peak_memory(self) -> int | None:
        """Most bytes that its training process took; None where nobody measured it."""
        return self.course().peak_memory

    def evaluation(self) -> Evaluation | None:
        """The outcome on held-back images, or None if there is none (yet)."""
        try:
            return _evaluations(self.directory / "evaluation.npz")
        except (OSError, ValueError, KeyError):
            return None

    def _preprocessing(self) -> dict[str, Any]:
        try:
            values: dict[str, Any] = read_json(self.directory / "preprocessing.json")
            return values
        except (OSError, ValueError):
            raise RunError(
                "This run has not come far enough to prepare a picture for it. Wait until it has "
                f"finished, or choose another. Received: {self.id}"
            ) from None

    def normalizer(self) -> Normalizer:
        """How pixels became the network's input; raises ``RunError`` if not yet known."""
        return Normalizer(**self._preprocessing()["normalizer"])

    def framing(self) -> Framing:
        """How the training images are framed; raises ``RunError`` if not yet known."""
        return Framing(**self._preprocessing()["framing"])

    def calibration(self) -> Calibration:
        """How far to trust its probabilities; as they are, for runs stored without it."""
        try:
            return Calibration(**read_json(self.directory / "calibration.json"))
        except (OSError, ValueError, TypeError):
            return Calibration()

    def tuning(self) -> Tuning | None:
        """What fine-tuning did; None if this run is no such, or has not ended."""
        try:
            values = read_json(self.directory / "tuning.json")
            for name in ("held_back", "others"):
                values[name] = Tally(**values[name])
            return Tuning(**values)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def is_readable(self) -> bool:
        """Whether the run has a model that can read digits."""
        return (self.directory / "model.tflite").is_file()

    def request_stop(self, reason: str = "") -> None:
        """Ask the worker to stop soon and keep what it has; ``reason`` is for people to read."""
        (self.directory / "stop").write_text(reason, encoding="utf-8")

    @property
    def is_shared(self) -> bool:
        """Whether somebody else has opened it by its link."""
        return (self.directory / "shared").exists()

    def note_shared(self) -> None:
        """Somebody else than its owner has opened it."""
        if not self.is_shared:
            (self.directory / "shared").touch()

    def stop_requested(self) -> bool:
        """Whether somebody asked the run to stop."""
        return (self.directory / "stop").exists()

    def stop_reason(self) -> str:
        """Why it was stopped, if not by hand; empty where nobody said."""
        try:
            return (self.directory / "stop").read_text(encoding="utf-8")[:_REASON_LENGTH]
        except (OSError, ValueError):
            return ""

    def log_tail(self, lines: int = 30) -> str:
        """The last lines that the worker printed."""
        try:
            text = (self.directory / "worker.log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def _worker_lives(status: Status) -> bool:
    if status.worker is not None:
        return status.worker.lives()
    # Nobody has been given it yet; a clock that was set back must not make that last.
    return abs(time.time() - status.updated) < _START_LIMIT_SECONDS
