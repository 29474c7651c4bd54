"""A controlled experiment: one base, arms that each change a single thing, several seeds.

A directory beside the runs::

    plan.json     the ``Plan``, the time of creation, and whose it is; never changed
    trials.json   which run each trial got, replaced at once by the queue
    stop          an empty file; while it is there, nothing of the experiment is started

An experiment's trials are ordinary runs. ``resnet_app.training.queue`` starts them.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from resnet_app.config import RANGES, TrainingConfig, home
from resnet_app.data.edit import Edit
from resnet_app.errors import LabError, LimitError, RunError
from resnet_app.files import ReadOnce, read_json, write_json
from resnet_app.owners import may_change
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run

KINDS = ("treatment", "twin", "suspects", "question")
"""Why an experiment is made: one cure; raw against normalized; several cures; the posted one."""

MAX_TRIALS = 120
"""Most runs of one experiment."""

_PLACEBO_SEED = 1009
"""A placebo's distance from the seed of the arms, where it is to have another one."""


@dataclass(frozen=True)
class Arm:
    """One arm: what differs from the base. Without ``changes`` and ``edit`` it is a placebo.

    ``changes`` are settings; ``edit`` is made in the data before training. ``other_seed``: its
    runs get a seed of their own, so that they show what chance alone does. ``cause`` is what the
    arm is to cure, which says where a cure shows.
    """

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    edit: Edit | None = None
    other_seed: bool = False
    cause: str | None = None

    @property
    def is_placebo(self) -> bool:
        """Nothing is changed."""
        return not self.changes and self.edit is None

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` is the way back."""
        return asdict(self) | {"edit": self.edit and self.edit.to_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Arm":
        """An arm from ``to_json``'s values."""
        edit = values["edit"]
        return cls(**{**values, "edit": edit and Edit.from_json(edit)})


@dataclass(frozen=True)
class Plan:
    """What is to be compared. ``original`` is the run that the arms are held against, if any.

    ``cause`` is what the experiment is to prove, a name in ``CAUSES``. Raises ``LimitError`` if
    the trials are too many, ``ConfigError`` if a change does not fit the settings.
    """

    title: str
    kind: str
    base: TrainingConfig
    dataset_digest: str
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    original: str | None = None
    cause: str | None = None

    def __post_init__(self) -> None:
        assert self.kind in KINDS
        assert len({arm.name for arm in self.arms}) == len(self.arms)
        count = len(self.arms) * len(self.seeds)
        if not 1 <= count <= MAX_TRIALS:
            raise LimitError(
                f"An experiment may have 1 to {MAX_TRIALS} runs. Choose fewer arms or seeds. "
                f"Received: {count}"
            )
        for arm in self.arms:
            self.config_of(arm, self.seeds[0])

    def config_of(self, arm: Arm, seed: int) -> TrainingConfig:
        """The settings of one trial."""
        if arm.other_seed:
            seed = (seed + _PLACEBO_SEED) % int(RANGES["seed"][1])
        return self.base.with_texts({**arm.changes, "seed": seed})

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` is the way back."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "base": self.base.to_json(),
            "arms": [arm.to_json() for arm in self.arms],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Plan":
        """A plan from ``to_json``'s values."""
        return cls(
            **{name: values[name] for name in _PLAIN}
            | {
                "base": TrainingConfig.from_json(values["base"]),
                "arms": tuple(Arm.from_json(arm) for arm in values["arms"]),
                "seeds": tuple(values["seeds"]),
            }
        )


_PLAIN = ("title", "kind", "dataset_digest", "seeds", "original", "cause")


@dataclass(frozen=True)
class Trial:
    """One arm with one seed; ``run`` once it was started, ``error`` if it could not be."""

    arm: Arm
    seed: int
    run: Run | None = None
    error: str = ""

    @property
    def state(self) -> str:
        """``waiting``, ``training``, ``finished``, ``stopped`` or ``failed``."""
        if self.error:
            return "failed"
        if self.run is None:
            return "waiting"
        status = self.run.status()
        return status.state if status.ended else "training"


class Experiment:
    """An experiment's directory. Only the queue writes trials; anybody may stop or go on."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        try:
            self.plan, self.created, self.owner = _plans(directory / "plan.json")
        except (OSError, ValueError, KeyError, TypeError, LabError):
            raise RunError(
                "This experiment cannot be read. It may have been deleted; start it again. "
                f"Received: {directory.name}"
            ) from None

    @property
    def id(self) -> str:
        """The directory's name."""
        return self.directory.name

    def trials(self) -> tuple[Trial, ...]:
        """All trials in the order in which they are run: every arm once, then the next seed."""
        notes = self.notes()
        return tuple(
            self._trial(arm, seed, notes.get(_key(arm, seed), {}))
            for seed in self.plan.seeds
            for arm in self.plan.arms
        )

    def _trial(self, arm: Arm, seed: int, note: Mapping[str, str]) -> Trial:
        error, run = note.get("error", ""), None
        if note.get("run"):
            try:
                run = runs.open_run(note["run"])
            except RunError:
                error = "Its run was deleted."
        return Trial(arm, seed, run, error)

    @property
    def stopped(self) -> bool:
        """Somebody stopped it, and nobody let it go on."""
        return (self.directory / "stop").exists()

    @property
    def ended(self) -> bool:
        """No trial waits or trains."""
        return all(trial.state not in ("waiting", "training") for trial in self.trials())

    def next_trial(self) -> Trial | None:
        """The next that waits; None if there is none, or the experiment was stopped."""
        if self.stopped:
            return None
        return next((trial for trial in self.trials() if trial.state == "waiting"), None)

    def note(self, trial: Trial, *, run: Run | None = None, error: str = "") -> None:
        """Remember what became of ``trial``. For the queue."""
        notes = self.notes()
        notes[_key(trial.arm, trial.seed)] = {"run": run.id if run else "", "error": error}
        write_json(self.directory / "trials.json", notes)

    def request_stop(self) -> None:
        """Start nothing more, and stop the trial that trains."""
        (self.directory / "stop").touch()
        for trial in self.trials():
            if trial.run is not None and trial.state == "training":
                trial.run.request_stop()

    def go_on(self) -> None:
        """Let it go on; trials that were stopped or failed are run again."""
        kept = {
            _key(trial.arm, trial.seed): {"run": trial.run.id, "error": ""}
            for trial in self.trials()
            if trial.run is not None and trial.state in ("finished", "training")
        }
        write_json(self.directory / "trials.json", kept)
        (self.directory / "stop").unlink(missing_ok=True)

    def notes(self) -> dict[str, dict[str, str]]:
        """Run and error of each trial that was begun, as ``trials.json`` has them."""
        try:
            return dict(_notes(self.directory / "trials.json"))
        except (OSError, ValueError):
            return {}


def _read_plan(path: Path) -> tuple[Plan, float, str | None]:
    card = read_json(path)
    return Plan.from_json(card["plan"]), float(card["created"]), card.get("owner")


_KEPT = 500
"""Experiments that stay read."""

_plans = ReadOnce(_read_plan, _KEPT)
_notes: ReadOnce[dict[str, dict[str, str]]] = ReadOnce(read_json, _KEPT)


def _key(arm: Arm, seed: int) -> str:
    return json.dumps([arm.name, seed])


def _folder() -> Path:
    folder = home() / "experiments"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def create(plan: Plan, owner: str | None = None) -> Experiment:
    """Keep ``plan`` of ``owner``; nothing is started yet."""
    now = time.time()
    directory = runs.new_directory(_folder(), now)
    card = {"plan": plan.to_json(), "created": now, "owner": owner}
    write_json(directory / "plan.json", card)
    return Experiment(directory)


def open_experiment(experiment_id: str) -> Experiment:
    """The experiment with this id. Raises ``RunError`` if there is none."""
    if not runs.is_id(experiment_id):
        raise RunError(
            "There is no such experiment here. Choose one from the list. "
            f"Received: {experiment_id[:60]}"
        )
    return Experiment(_folder() / experiment_id)


def listing(kinds: Sequence[str] = KINDS, viewer: str | None = None) -> list[Experiment]:
    """Experiments of these kinds that ``viewer`` may change, all for None, newest first.

    What cannot be read is left out.
    """
    found = []
    for card in _folder().glob("*/plan.json"):
        try:
            experiment = Experiment(card.parent)
        except RunError:
            continue
        if experiment.plan.kind in kinds and may_change(viewer, experiment.owner):
            found.append(experiment)
    return sorted(found, key=lambda experiment: experiment.created, reverse=True)


def of_run(run_id: str) -> list[Experiment]:
    """Experiments that are held against this run, newest first."""
    return [found for found in listing() if found.plan.original == run_id]


def trial_ids() -> set[str]:
    """Ids of all runs that are trials, for lists of the other ones."""
    return {
        note["run"]
        for experiment in listing()
        for note in experiment.notes().values()
        if note.get("run")
    }
