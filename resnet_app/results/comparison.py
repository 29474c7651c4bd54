"""Several runs side by side: which settings differ, and whether chance explains the outcome."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from resnet_app.config import TrainingConfig
from resnet_app.files import read_json
from resnet_app.results.answers import results_folder
from resnet_app.results.outcome import CONFIDENCE
from resnet_app.runs.run import Run


@dataclass(frozen=True)
class Score:
    """``right`` of ``count`` answers of one run; equal ``exam``: the same images."""

    run: str
    exam: str
    right: int
    count: int


@dataclass(frozen=True)
class Pair:
    """Two runs, by their ids, that answered the same ``count`` images.

    ``only_first`` were right for the first alone, ``only_second`` for the second alone; ``chance``
    is the probability, 0…1, of numbers at least as uneven if both were equally good.
    """

    first: str
    second: str
    only_first: int
    only_second: int
    count: int
    chance: float

    def is_significant(self, pairs: int) -> bool:
        """Whether chance is no good explanation, this being one of so many ``pairs``.

        Bonferroni's correction: among many pairs some look uneven by chance.
        """
        return self.chance < (1 - CONFIDENCE) / pairs

    def describe(self, names: Mapping[str, str], pairs: int = 1) -> str:
        """What the test says, in plain sentences; ``names`` of the runs by id."""
        first, second = names[self.first], names[self.second]
        if not self.only_first + self.only_second:
            return f"On the same {self.count:,} test digits {first} and {second} are right and " \
                   "wrong on exactly the same ones."  # fmt: skip
        words = (
            f"On the same {self.count:,} test digits, {self.only_first} are read right by {first} "
            f"only and {self.only_second} by {second} only. If both were equally good, numbers at "
            f"least as uneven would come about in {_in_hundred(self.chance)}"
        )
        if not self.is_significant(pairs):
            return f"{words}, so this may well be chance."
        better = first if self.only_first > self.only_second else second
        return (
            f"{words}, so chance is no good explanation: {better} reads digits like these better."
        )


@dataclass(frozen=True)
class Comparison:
    """Scores of all runs, and a ``Pair`` for each two that answered the same images."""

    scores: tuple[Score, ...]
    pairs: tuple[Pair, ...]

    @property
    def exams(self) -> int:
        """Number of different tests."""
        return len({score.exam for score in self.scores})

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` is the way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Comparison":
        """A comparison from ``to_json``'s values."""
        return cls(
            tuple(Score(**score) for score in values["scores"]),
            tuple(Pair(**pair) for pair in values["pairs"]),
        )


def differences(configs: Mapping[str, TrainingConfig]) -> dict[str, dict[str, str]]:
    """Settings that are not the same in all of ``configs``: for each its value by name of run.

    The recipe's name is no setting.
    """
    found = {}
    for field in fields(TrainingConfig):
        values = {name: _text(getattr(config, field.name)) for name, config in configs.items()}
        if field.name != "recipe" and len(set(values.values())) > 1:
            found[field.name] = values
    return found


def twins(runs: Mapping[str, Run]) -> list[tuple[str, str, str]]:
    """Pairs of names of runs on the same digits that differ in one setting, and that setting."""
    known = [(name, run) for name, run in runs.items() if not run.foreign and not run.parent]
    found = []
    for index, (name, run) in enumerate(known):
        for other_name, other in known[index + 1 :]:
            if run.dataset_digest == other.dataset_digest:
                differing = list(differences({"a": run.config, "b": other.config}))
                if len(differing) == 1:
                    found.append((name, other_name, differing[0]))
    return found


def comparison_path(runs: Sequence[Run], test: str) -> Path:
    """Where the comparison of these runs, as they are now, on ``test`` is kept: with the first.

    Raises ``RunError`` if one has no model.
    """
    places = [f"{run.id}/{results_folder(run).name}" for run in runs]
    key = hashlib.sha256(" ".join([test, *places]).encode()).hexdigest()[:16]
    return results_folder(runs[0]) / f"comparison-{key}.json"


def kept_comparison(runs: Sequence[Run], test: str) -> Comparison | None:
    """The comparison that was kept; None if there is none. Raises as ``comparison_path``."""
    try:
        return Comparison.from_json(read_json(comparison_path(runs, test)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value}"


def _in_hundred(chance: float) -> str:
    if chance < 0.001:
        return "less than one of 1,000 cases"
    return f"{100 * chance:.1f} of 100 cases"
