"""What a case's stored run says of the doctor and of its rivals."""

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from resnet_app.doctor.bench.cases import BenchCase
from resnet_app.doctor.bench.rivals import MEANS, RIVALS
from resnet_app.doctor.evidence import Evidence
from resnet_app.doctor.judge import judge
from resnet_app.doctor.proof import proof
from resnet_app.doctor.reading import read_evidence
from resnet_app.doctor.verdict import Verdict
from resnet_app.files import read_json
from resnet_app.runs.course import History
from resnet_app.runs.run import Run

DONE_FILE = "bench.json"
"""In a case's directory: seconds it took, and whether it came to its end."""

_HARM = 0.04
"""A fault harms if test accuracy falls by this much below the twin's; two standard errors of 500
digits of which 90 % are read right are 0.027."""
_MISLEADS = 0.06
"""It harms, too, if validation tells another accuracy than the test by so much more."""


_EXPLODES = 100.0
"""Loss from which numbers have exploded: some 40 times that of an even guess."""


@dataclass(frozen=True)
class Outcome:
    """How well a run ended: accuracies 0…1, NaN where there is none."""

    test: float
    validation: float

    @classmethod
    def of(cls, run: Run) -> "Outcome":
        """From the run's files."""
        evaluation, epochs = run.evaluation(), run.history().epochs
        return cls(
            math.nan if evaluation is None else evaluation.accuracy,
            epochs[-1].val_accuracy if epochs else math.nan,
        )

    @property
    def gap(self) -> float:
        """How far validation is from the truth."""
        return abs(self.validation - self.test)


@dataclass(frozen=True)
class Answer:
    """What one judge says: causes accused, the first one first; ``sure`` False: it abstains.

    ``named`` are all causes in the first three places, suspects of an abstention included.
    ``alarm`` says whether it would disturb the owner of a sound run.
    """

    first: frozenset[str]
    named: frozenset[str]
    alarm: bool
    accusations: tuple[frozenset[str], ...] = ()
    abstains: bool = False


@dataclass(frozen=True)
class Row:
    """A case with its outcome and everybody's answers; ``harmful`` None without a twin's run."""

    case: BenchCase
    outcome: Outcome
    twin: Outcome | None
    harmful: bool | None
    answers: dict[str, Answer]
    verdict: Verdict
    seconds: float
    """Of the whole run."""
    epochs: float
    """Seconds of its epochs alone."""
    watched: float
    """Seconds of these that watching took."""
    early: tuple[tuple[int, str], ...] = ()
    """Of a sound run: epochs after which it was accused while it trained, and of what."""
    proof: str | None = None
    """What the app's own proof says of the twin's run as a treatment; None without one."""

    @property
    def cured(self) -> bool:
        """Whether the app confirms the treatment of the fault, which is the twin's run."""
        return self.proof == "confirmed"


def read_row(case: BenchCase, directory: Path, twin_directory: Path | None) -> Row | None:
    """The row of a stored run; None if it has not been trained to its end."""
    if not is_done(directory) or has_died(directory):
        return None
    run = Run(directory)
    evidence = read_evidence(run)
    case = as_it_went(case, evidence.history)
    verdict = judge(evidence)
    outcome = Outcome.of(run)
    healthy = None
    if twin_directory is not None and is_done(twin_directory) and not has_died(twin_directory):
        healthy = Run(twin_directory)
    twin = None if healthy is None else Outcome.of(healthy)
    return Row(
        case,
        outcome,
        twin,
        None if twin is None else harms(outcome, twin),
        all_answers(evidence, verdict),
        verdict,
        float(read_json(directory / DONE_FILE).get("seconds", math.nan)),
        sum(point.seconds for point in evidence.history.epochs),
        _watched(directory),
        early_alarms(evidence) if case.kind in ("healthy", "negative") else (),
        None if healthy is None else _proof(run, healthy, case.cause),
    )


def as_it_went(case: BenchCase, history: History) -> BenchCase:
    """``case`` with the cause that its run shows.

    A rate at which weights may explode need not make them: where all numbers stay small, units have
    died or the loss has jumped, and the rate is too high, no more.
    """
    losses = [point.loss for point in history.batches] + [point.loss for point in history.epochs]
    if case.cause == "exploding" and all(loss < _EXPLODES for loss in losses):  # NaN is not
        return replace(case, cause="rate_too_high")
    return case


def _proof(original: Run, treated: Run, cause: str | None) -> str | None:
    compared = proof(original, treated, cause)
    return None if compared is None else compared.outcome


def early_alarms(evidence: Evidence) -> tuple[tuple[int, str], ...]:
    """Each epoch but the last after which the run, still training, is called sick, and of what."""
    found = []
    for done in range(1, len(evidence.history.epochs)):
        verdict = judge(until(evidence, done))
        if verdict.state == "sick" and verdict.primary is not None:
            found.append((done, verdict.primary.cause))
    return tuple(found)


def until(evidence: Evidence, epoch: int) -> Evidence:
    """What was known when ``epoch`` had ended."""
    history = evidence.history
    return replace(
        evidence,
        history=History(
            tuple(point for point in history.batches if point.position <= epoch),
            tuple(point for point in history.epochs if point.epoch <= epoch),
        ),
        watches=tuple(watch for watch in evidence.watches if watch.position <= epoch),
        modes=tuple(modes for modes in evidence.modes if modes.position <= epoch),
        tests={},
        ended=False,
    )


def _watched(directory: Path) -> float:
    """Seconds that watching took, as the run's events tell; 0 where they do not."""
    seconds = 0.0
    for line in _lines(directory / "events.jsonl"):
        if '"watched"' in line:
            seconds += float(json.loads(line)["seconds"])
    return seconds


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n") if path.is_file() else []


def is_done(directory: Path, tests: bool = False) -> bool:
    """Whether the run of a case came to its end; with ``tests``, the doctor's tests of it, too."""
    try:
        done = read_json(directory / DONE_FILE)
        return bool(done["ended"]) and (not tests or "tests" in done or "died" in done)
    except (OSError, ValueError, KeyError):
        return False


def has_died(directory: Path) -> bool:
    """Whether the process that trained the case ended with it."""
    return is_done(directory) and "died" in read_json(directory / DONE_FILE)


def harms(outcome: Outcome, twin: Outcome) -> bool:
    """Whether a fault did harm: no test at all, a worse one, or validation that misleads."""
    if math.isnan(outcome.test):
        return True
    if outcome.test < twin.test - _HARM:
        return True
    return not outcome.gap <= twin.gap + _MISLEADS


def all_answers(evidence: Evidence, verdict: Verdict) -> dict[str, Answer]:
    """Everybody's answers to ``evidence``, on which the doctor's is ``verdict``, by name."""
    return {"doctor": _of_doctor(verdict), **_of_rivals(evidence)}


def _of_doctor(verdict: Verdict) -> Answer:
    primary = [] if verdict.primary is None else [verdict.primary]
    causes = [opinion.cause for opinion in (*primary, *verdict.others)]
    accused = causes if verdict.state == "sick" else []
    return Answer(
        frozenset(accused[:1]),
        frozenset(causes[:3]),
        verdict.state == "sick",
        tuple(frozenset({cause}) for cause in accused),
        verdict.state == "not sure yet",
    )


def _of_rivals(evidence: Evidence) -> dict[str, Answer]:
    answers = {}
    for name, rival in RIVALS.items():
        messages = rival(evidence)
        meanings = [MEANS[message] for message in messages]
        answers[name] = Answer(
            meanings[0] if meanings else frozenset(),
            frozenset().union(*meanings[:3]),
            bool(messages),
            tuple(meanings),
            not messages,
        )
    return answers


def as_json(row: Row) -> dict[str, Any]:
    """Plain values for scripts."""
    return {
        "case": row.case.id,
        "kind": row.case.kind,
        "part": row.case.part,
        "cause": row.case.cause,
        "harmful": row.harmful,
        "cured": row.cured,
        "outcome": asdict(row.outcome),
        "verdict": row.verdict.state,
        "primary": row.verdict.primary and row.verdict.primary.cause,
        "others": [opinion.cause for opinion in row.verdict.others],
        "seconds": row.seconds,
    }
