"""Whether a change helped: the difference between runs, held against the noise.

Two sources of noise are known: the images that were tested are a sample, and training again with
another seed ends elsewhere. The first follows from the number of images; the second only from
several runs, so one pair of runs proves less, and the words say so.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist, mean, variance

from resnet_app.config import CLASSES
from resnet_app.doctor.reading import read_evidence
from resnet_app.runs.run import Run

OUTCOMES = ("confirmed", "slight gain", "refuted", "no difference")
"""``slight gain``: more than chance makes, but less than ``MATTERS``. ``refuted``: the change made
it worse. ``no difference``: it may be chance, either way."""

MATTERS = 0.03
"""Smallest difference of accuracies that is worth a confirmation, however sure it is."""

TESTED = "held-back images"
"""What most scores are of, in words."""

_CONFIDENCE = 0.95
_MARGIN_CAUSES = ("leak",)
"""Causes that flatter the validation: their cure lowers it, to the level of the test."""
_WATCHED_CAUSES = ("scaled_differently", "polarity", "sorted_split")
"""Causes that may spoil the validation images alone; the test need not show them."""


@dataclass(frozen=True)
class Score:
    """A share of right answers: ``value`` (of ``count`` images) on ``images``, in words."""

    value: float
    count: int
    images: str

    @property
    def variance(self) -> float:
        """Of the sample; with two right and two wrong answers added, which holds near 0 and 1
        (Agresti and Caffo, 2000)."""
        share = (self.value * self.count + 1) / (self.count + 2)
        return share * (1 - share) / (self.count + 2)


Reading = Callable[[Run], Score | None]
"""How a run is scored; None where it has no such score."""


@dataclass(frozen=True)
class Comparison:
    """Mean scores of the original and of the treated, their difference and its ``noise``, half
    the width of the interval in which it lies in 95 of 100 cases; ``pairs`` of runs."""

    before: float
    after: float
    noise: float
    pairs: int
    count: int
    images: str

    @property
    def difference(self) -> float:
        """Treated minus original."""
        return self.after - self.before

    @property
    def outcome(self) -> str:
        """One of ``OUTCOMES``."""
        if abs(self.difference) <= self.noise:
            return "no difference"
        if self.difference < 0:
            return "refuted"
        return "confirmed" if self.difference >= MATTERS else "slight gain"

    def describe(self) -> str:
        """The figures in a sentence."""
        runs = "one run each" if self.pairs == 1 else f"means of {self.pairs} runs each"
        return (
            f"{self.before:.1%} before and {self.after:.1%} after, on {self.count:,} "
            f"{self.images} ({runs}): a difference of {self.difference * 100:+.1f} points, "
            f"where chance alone makes up to {self.noise * 100:.1f}"
        )


@dataclass(frozen=True)
class Spread:
    """What a score varies from seed to seed: ``variance`` from so many ``degrees`` of freedom."""

    variance: float
    degrees: int

    @classmethod
    def pooled(cls, groups: Sequence[Sequence[Score]]) -> "Spread | None":
        """From groups of scores that differ in the seed alone; None if none has two."""
        known = [[score.value for score in group] for group in groups if len(group) > 1]
        degrees = sum(len(values) - 1 for values in known)
        if not degrees:
            return None
        total = sum((len(values) - 1) * variance(values) for values in known)
        return cls(total / degrees, degrees)


def compare(
    before: Sequence[Score], after: Sequence[Score], spread: Spread | None = None
) -> Comparison:
    """Hold pairs of scores against each other, pair by pair the same seed.

    The noise is that of the samples or that of the seeds by Student's distribution, whichever is
    larger. The seeds' comes from ``spread``, else from the pairs' differences if there are two or
    more.
    """
    pairs = list(zip(before, after, strict=True))
    sample = sum(old.variance + new.variance for old, new in pairs) / len(pairs) ** 2
    noise = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2) * math.sqrt(sample)
    if spread is None and len(pairs) > 1:
        differences = [new.value - old.value for old, new in pairs]
        spread = Spread(variance(differences) / 2, len(pairs) - 1)
    if spread is not None:
        seeds = math.sqrt(2 * spread.variance / len(pairs))
        noise = max(noise, _student(spread.degrees) * seeds)
    return Comparison(
        mean(old.value for old in before),
        mean(new.value for new in after),
        noise,
        len(pairs),
        min(score.count for score in (*before, *after)),
        after[0].images,
    )


def _student(degrees: int) -> float:
    """Quantile 0.975 of Student's distribution, by Cornish and Fisher's expansion from 6 on."""
    table = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571}
    z = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2)
    return table.get(degrees) or z + (z**3 + z) / (4 * degrees)


def proof(original: Run, treated: Run, cause: str | None = None) -> Comparison | None:
    """Whether ``treated`` answers better than ``original``; None while either has no outcome.

    Held-back images count; validation images where a run has no outcome on held-back ones, or
    where these neither confirm nor refute and ``cause`` may spoil validation alone. If a person
    stopped the original, both are held against each other after the epochs that it has. For a leak
    it is how near validation comes to the test. An original that broke off before any answer counts
    as guessing.
    """
    if not (original.status().ended and treated.status().ended):
        return None
    asked = _asked(original, treated, cause)
    pairs = [(reading(original), reading(treated)) for reading in asked]
    known = [compare([before], [after]) for before, after in pairs if before and after]
    if not known and original.status().state == "failed" and cause not in _MARGIN_CAUSES:
        known = [compare([_guess(after)], [after]) for _, after in pairs if after][:1]
    return first_that_tells(known)


def _asked(original: Run, treated: Run, cause: str | None) -> tuple[Reading, ...]:
    """What to score both runs by."""
    if cause in _MARGIN_CAUSES:
        return readings(cause)
    if original.status().state == "stopped":  # half a run against half a run
        return (partial(validation_score, epoch=len(original.history().epochs)),)
    tested = test_score(original) and test_score(treated)
    return readings(cause) if tested else (test_score, validation_score)


def _guess(like: Score) -> Score:
    return Score(1 / CLASSES, like.count, like.images)


def readings(cause: str | None) -> tuple[Reading, ...]:
    """The scores in which the cure of ``cause`` shows, to be asked in this order."""
    if cause in _MARGIN_CAUSES:
        return (_honesty,)
    return (test_score, validation_score) if cause in _WATCHED_CAUSES else (test_score,)


def first_that_tells(known: Sequence[Comparison]) -> Comparison | None:
    """The first that confirms or refutes, else the last; None of none."""
    telling = (one for one in known if one.outcome in ("confirmed", "refuted"))
    return next(telling, known[-1] if known else None)


def test_score(run: Run) -> Score | None:
    """Its share of right answers on held-back images, where it has been tested."""
    evaluation = run.evaluation()
    if evaluation is None or not evaluation.count:
        return None
    return Score(evaluation.accuracy, evaluation.count, TESTED)


test_score.__test__ = False  # type: ignore[attr-defined]  # no test case for pytest


def validation_score(run: Run, epoch: int | None = None) -> Score | None:
    """Its share of right answers on validation images after ``epoch``, or the last one."""
    epochs = run.history().epochs[:epoch]
    if not epochs or not math.isfinite(epochs[-1].val_accuracy):
        return None
    count = read_evidence(run).facts.validation_images
    return Score(epochs[-1].val_accuracy, count, "validation images") if count else None


def _honesty(run: Run) -> Score | None:
    """1 less the distance of validation from test: how far the validation can be believed."""
    watched, tested = validation_score(run), test_score(run)
    if watched is None or tested is None:
        return None
    count = min(watched.count, tested.count)
    honest = 1 - abs(watched.value - tested.value)
    return Score(honest, count, "images, as agreement of validation and test")
