"""What an experiment says so far, in words and figures from its own runs only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resnet_app.doctor.proof import (
    MATTERS,
    Comparison,
    Reading,
    Score,
    Spread,
    compare,
    first_that_tells,
    proof,
    readings,
    test_score,
)
from resnet_app.doctor.trials import FACTORS, NORMALIZE_ONLY
from resnet_app.runs.experiment import Arm, Experiment, Plan, Trial
from resnet_app.runs.run import Run

_Scores = Mapping[tuple[str, int], Score | None]
"""By arm and seed."""


@dataclass(frozen=True)
class ArmResult:
    """An arm's trials, the scores of those that have one, and how they compare with the base."""

    arm: Arm
    trials: tuple[Trial, ...]
    scores: tuple[Score, ...]
    comparison: Comparison | None


@dataclass(frozen=True)
class Effect:
    """What one factor changed, over all pairs of runs that differ in it alone."""

    words: str
    comparison: Comparison


def arm_results(experiment: Experiment) -> tuple[ArmResult, ...]:
    """Each arm, held seed by seed against the first arm in what the cure of its cause shows."""
    plan, trials = experiment.plan, experiment.trials()
    wanted = {test_score, *(reading for arm in plan.arms for reading in readings(arm.cause))}
    scores = {
        reading: {_place(trial): _score(trial, reading) for trial in trials} for reading in wanted
    }
    spreads = {reading: _spread(plan, known) for reading, known in scores.items()}
    first, found = plan.arms[0], []
    for arm in plan.arms:
        mine = tuple(trial for trial in trials if trial.arm.name == arm.name)
        tested = (scores[test_score][_place(trial)] for trial in mine)
        compared = (
            _compare(_pairs(plan, scores[reading], first, arm), spreads[reading])
            for reading in (() if arm is first else readings(arm.cause))
        )
        telling = first_that_tells([one for one in compared if one is not None])
        found.append(ArmResult(arm, mine, tuple(score for score in tested if score), telling))
    return tuple(found)


def outcome_of(trial: Trial, original: Run, cause: str | None) -> Comparison | None:
    """A trial of a treatment beside the run that it is to cure; None until both have ended."""
    return proof(original, trial.run, cause) if trial.run is not None else None


def describe_outcome(comparison: Comparison, placebo: bool = False) -> tuple[str, str]:
    """The outcome in a word, and the figures in a sentence."""
    figures = comparison.describe()
    figures = figures[0].upper() + figures[1:] + "."
    if placebo:
        word = {"no difference": "No effect, as a placebo should have"}.get(
            comparison.outcome, "The placebo has an effect, so chance alone does this much"
        )
        return word, figures
    word = comparison.outcome.capitalize()
    if comparison.outcome == "refuted":
        figures += " The change made it worse."
    if comparison.outcome == "slight gain":
        figures += f" That is less than {MATTERS * 100:.0f} points: too little to be the cure."
    if comparison.outcome == "no difference":
        figures += " This change did not prove to be the cure."
    return word, figures


def twin_reading(experiment: Experiment) -> str | None:
    """What raw against normalized came to; None until both have ended."""
    comparison = arm_results(experiment)[-1].comparison
    if comparison is None:
        return None
    raw, unit, noise = comparison.before, comparison.after, comparison.noise
    figures = f"{raw:.2f} raw and {unit:.2f} normalized, ± {noise:.2f}"
    return {
        "no difference": f"No difference here: {figures}.",
        "confirmed": f"Normalizing helped here: {figures}.",
        "slight gain": f"Normalizing helped a little here: {figures}.",
        "refuted": f"Normalizing made it worse here: {figures}.",
    }[comparison.outcome]


def scale_cancels(with_norm: Experiment, without: Experiment) -> str | None:
    """What two pairs of twins say together of batch normalization; None until all have ended."""
    first, second = (arm_results(found)[-1].comparison for found in (with_norm, without))
    if first is None or second is None:
        return None
    same, differs = first.outcome == "no difference", second.outcome != "no difference"
    points = f"{second.difference * 100:+.0f} points"
    if same and differs:
        return (
            f"Without batch normalization the same change made {points}; with it, none that can "
            "be told from chance. So batch normalization cancels the scale of the pixels here."
        )
    if same:
        return "Neither pair differs, so these runs do not show what batch normalization does."
    return (
        f"Normalizing made {first.difference * 100:+.0f} points with batch normalization and "
        f"{points} without."
    )


def effects(experiment: Experiment) -> tuple[Effect, ...]:
    """What each of ``FACTORS`` changed, the largest first; those without a pair are left out."""
    plan = experiment.plan
    scores = {_place(trial): _score(trial) for trial in experiment.trials()}
    spread, found = _spread(plan, scores), []
    for words, setting, value in FACTORS.values():
        pairs = []
        for arm, partner in _partners(plan, setting, value):
            pairs += _pairs(plan, scores, arm, partner)
        comparison = _compare(pairs, spread)
        if comparison is not None:
            found.append(Effect(words, comparison))
    return tuple(sorted(found, key=lambda effect: -abs(effect.comparison.difference)))


def _partners(plan: Plan, setting: str, value: object) -> list[tuple[Arm, Arm]]:
    """Pairs of arms that differ in ``setting`` alone, the one with ``value`` second."""
    by_changes = {tuple(sorted(arm.changes.items())): arm for arm in plan.arms}
    pairs = []
    for changes, arm in by_changes.items():
        partner = by_changes.get(tuple(sorted({**dict(changes), setting: value}.items())))
        if setting not in arm.changes and partner is not None:
            pairs.append((arm, partner))
    return pairs


def question_reading(experiment: Experiment) -> list[str]:
    """The answer to the posted question as far as the runs that have ended give it."""
    lines = []
    results = {result.arm.name: result for result in arm_results(experiment)}
    only = results.get(NORMALIZE_ONLY)
    if only is not None and only.comparison is not None:
        lines.append(f"**Normalize only.** {_judged(only.comparison)}")
    strongest = next(
        (effect for effect in effects(experiment) if effect.comparison.outcome != "no difference"),
        None,
    )
    if strongest is not None:
        lines.append(f"**What matters most so far: {strongest.words}.** "
                     f"{_judged(strongest.comparison)}")  # fmt: skip
    return lines


def _judged(comparison: Comparison) -> str:
    word = {
        "confirmed": "It helps",
        "slight gain": "It helps a little",
        "refuted": "It makes it worse",
        "no difference": "No difference beyond chance",
    }[comparison.outcome]
    return f"{word}: {comparison.describe()}."


def _place(trial: Trial) -> tuple[str, int]:
    return trial.arm.name, trial.seed


def _score(trial: Trial, reading: Reading = test_score) -> Score | None:
    return reading(trial.run) if trial.run is not None and trial.state == "finished" else None


def _pairs(plan: Plan, scores: _Scores, before: Arm, after: Arm) -> list[tuple[Score, Score]]:
    """Of both arms, seed by seed where both have a score."""
    found = []
    for seed in plan.seeds:
        first, second = scores.get((before.name, seed)), scores.get((after.name, seed))
        if first is not None and second is not None:
            found.append((first, second))
    return found


def _spread(plan: Plan, scores: _Scores) -> Spread | None:
    """What seeds alone make, over all arms: two seeds of one arm would tell too little."""
    return Spread.pooled(
        [
            [score for seed in plan.seeds if (score := scores[arm.name, seed]) is not None]
            for arm in plan.arms
        ]
    )


def _compare(pairs: Sequence[tuple[Score, Score]], spread: Spread | None) -> Comparison | None:
    if not pairs:
        return None
    return compare([old for old, _ in pairs], [new for _, new in pairs], spread)
