"""Break it: a run with a fault that somebody chose or the app hid, to be found out by looking.

``quiz.json`` in the run's directory holds the ``Quiz``; the fault itself is in the run's settings,
which pages do not show while the quiz is open.
"""

import random
from dataclasses import asdict, dataclass, replace

from resnet_app.config import TrainingConfig
from resnet_app.doctor.subject import SUBJECTS
from resnet_app.faults.registry import FAULTS, Mistake, parse_mistakes
from resnet_app.files import read_json, write_json
from resnet_app.runs.run import Run

NOTHING = "nothing"
"""The guess, and the truth, that nothing is wrong."""

RECIPE = "break-it"
"""The recipe's name of all these runs, so that lists do not tell them apart."""

_OPTIONS = 5
_SOUND_SHARE = 1 / 10
"""Share of the hidden ones in which nothing is wrong, so that it is worth considering."""

_FILE = "quiz.json"

_ALIKE = (
    ("lagging_averages", "overfitting", "scaled_differently", "sorted_split", "stopped_early"),
    ("bad_start", "rate_too_low", "labels_shuffled", "frozen", "vanishing", "dead_units"),
    ("rate_too_high", "huge_head", "exploding", "raw_pixels", "bad_pixels"),
    ("softmax_missing", "softmax_twice", "wrong_activation", "wrong_loss", "labels_encoded"),
    ("labels_noisy", "labels_shifted", "over_regularized", "too_small", "images_broken"),
)
"""Causes that look alike at first sight."""

_EITHER = frozenset({"rate_too_high", "exploding"})
"""Whether the numbers overflow or units fall silent at a rate that is far too high is chance, so
that nobody can tell which of the two is meant."""


@dataclass(frozen=True)
class Quiz:
    """``options`` are names in ``CAUSES`` or ``NOTHING``; ``guess`` is one of them, once made."""

    options: tuple[str, ...]
    hidden: bool
    guess: str | None = None

    @property
    def is_open(self) -> bool:
        """Nobody has guessed yet what was hidden."""
        return self.guess is None


def broken_config(mistake: Mistake | None, seed: int) -> TrainingConfig:
    """A run with one fault or none: half a minute on two cores and the scanned digits."""
    return TrainingConfig(
        recipe=RECIPE,
        normalization="unit",
        widths=(8, 16, 32),
        stem_stride=2,
        strides=(1, 2, 2),
        head="pooled",
        bn_momentum=0.9,
        learning_rate=5e-3,
        schedule="warmup_cosine",
        epochs=4,
        batch_size=32,
        split="stratified",
        patience=0,
        fast_kernels=True,
        seed=seed,
        mistakes=() if mistake is None else (str(mistake),),
    )


def hide_one(severity: int, rng: random.Random) -> Mistake | None:
    """Any fault, every cause as likely as another; now and then none."""
    if rng.random() < _SOUND_SHARE:
        return None
    cause = rng.choice(sorted({fault.cause for fault in FAULTS.values()}))
    return Mistake(
        rng.choice([fault for fault in FAULTS.values() if fault.cause == cause]), severity
    )


def pose(truth: str, hidden: bool, rng: random.Random) -> Quiz:
    """Options that hold ``truth``, causes that look like it, and that nothing is wrong."""
    alike = [cause for group in _ALIKE if truth in group for cause in group]
    known = {fault.cause for fault in FAULTS.values()} - (_EITHER if truth in _EITHER else set())
    decoys = [cause for cause in alike if cause != truth and cause in known]
    rng.shuffle(decoys)
    others = sorted(known - {truth, *decoys})
    rng.shuffle(others)
    chosen = (decoys[:2] + others)[: _OPTIONS - 1 - (truth != NOTHING)]
    options = chosen + ([truth] if truth != NOTHING else [])
    rng.shuffle(options)
    return Quiz((*options, NOTHING), hidden)


def keep(run: Run, quiz: Quiz) -> None:
    """Write ``quiz`` into the run's directory."""
    write_json(run.directory / _FILE, asdict(quiz))


def quiz_of(run: Run) -> Quiz | None:
    """The run's quiz, if it has one."""
    try:
        values = read_json(run.directory / _FILE)
        return Quiz(**{**values, "options": tuple(values["options"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_open(run: Run) -> bool:
    """Whether the run has a quiz that nobody has solved, so that nothing may tell the fault."""
    quiz = quiz_of(run)
    return quiz is not None and quiz.is_open


def answer(run: Run, guess: str) -> bool:
    """Keep the guess; whether it is right. A second one does not count."""
    quiz = quiz_of(run)
    assert quiz is not None
    if quiz.is_open:
        keep(run, replace(quiz, guess=guess))
    return is_right(guess, truth_of(run))


def is_right(named: str, truth: str) -> bool:
    """Whether ``named`` is the truth, or the other name of the same mistake."""
    return named == truth or {named, truth} == _EITHER


def truth_of(run: Run) -> str:
    """The cause that is at work, or ``NOTHING``."""
    fault = fault_of(run)
    return NOTHING if fault is None else fault.fault.cause


def fault_of(run: Run) -> Mistake | None:
    """The fault of the run, if it has one."""
    return next(iter(parse_mistakes(run.config.mistakes)), None)


def title_of(option: str, subject: str = "digits") -> str:
    """An option in plain words, about one of ``SUBJECTS``."""
    return "Nothing is wrong" if option == NOTHING else SUBJECTS[subject].tell(option).title
