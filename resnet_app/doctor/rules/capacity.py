"""Causes in how much the network can learn, and how much it is let."""

import math
from collections.abc import Sequence

import numpy as np

from resnet_app.config import CLASSES
from resnet_app.doctor.case import (
    DEVIATIONS,
    SMALL_UPDATE,
    WORTH_KNOWING,
    Case,
    clearly_above,
    standard_error,
)
from resnet_app.doctor.evidence import PROBED
from resnet_app.doctor.rules.arms import Arm, margin
from resnet_app.doctor.rules.reached import beside_neighbours, in_training
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import chance_of, figure, share

GAP = 0.1
"""Accuracy that training must have before validation, read alike, to be learned by heart."""

LASTING = 3
"""Epochs over which validation must get worse; one is noise."""

WORSE, MUCH_WORSE = 0.1, 0.3
"""Share by which validation loss must rise over these epochs, and from which its rise alone tells
what few validation images leave open."""

FAR_APART = 2.0
"""Validation loss over that of training from which, where it rises, training is by heart."""

AT_ALL = 0.1
"""Share of the spread of validation labels explained from which something was learned that holds
for them."""

LEARNED = 0.96
"""Training accuracy, in inference mode or over the last epoch, from which the images are known by
heart; of 64 images that are looked at, all but two."""

STRONG_DROPOUT, MILD_DROPOUT = 0.6, 0.3
"""Share of values dropped: holds back from the one, does not below the other."""

HEAVY_PENALTY, LIGHT_PENALTY = 0.5, 0.1
"""Share of the loss that is weight decay, likewise."""

MOST_OF_START = 0.67
"""The same before the first step, from which it is what the first steps mend."""

ALMOST = 0.95
"""The same with which, in a run that has learned nothing, they mended nothing."""

HARDLY_ANYTHING = 0.8
"""The same, of either, that leaves hardly anything to learn with."""

STRONG_DECAY = 0.02
"""Weight decay of the optimizer from which it may hold back; 0.004 is Keras's for AdamW."""

LOW = 0.85
"""Training accuracy that a network with enough room exceeds."""

FEW_INPUTS = 3
"""Classes for each input of the last layer above which it has hardly anything to go by."""

FEW_WEIGHTS, MANY_WEIGHTS = 200, 2_000
"""Weights for each class: too few to tell ten digits apart; enough. A linear model of 50×50 pixels
has 2,501."""

LEVEL = 0.05
"""Share of the loss that may still go in an epoch when training is at its end."""


def judge_overfitting(case: Case) -> Opinion:
    """Training by heart: a gap that is there however it is read, and validation that falls."""
    cause = "overfitting"
    if not case.classifies:
        return _from_losses(case, cause)
    alike, validation = case.read_alike, case.validation
    if validation is None or case.training is None:
        return undecided(cause)
    count = case.validation_count
    best = max(case.validations)  # what was learned may have been lost again
    if count is None and not clearly_above(best, case.chance, PROBED):
        return undecided(cause)  # a few answers may be right by chance
    if not clearly_above(best, case.chance, count):
        chance = Exhibit(
            "Best validation accuracy",
            share(best),
            f"above chance; {chance_of(case.chance, count)}",
        )
        return ruled_out(cause, chance)  # nothing that holds for new images was learned at all
    if alike is None:
        return _without_modes(case, cause)
    gap, noise = alike - validation, DEVIATIONS * standard_error(validation, count)
    shown = Exhibit(
        "Training and validation accuracy, both in inference mode",
        f"{share(alike)} and {share(validation)}",
        f"less than {GAP:g} apart",
    )
    poor = case.falls_far_short and not case.reads_well
    reached = max(case.trainings, default=0.0) if poor else case.training
    if gap < GAP:
        apart = case.training - validation
        learned = case.training >= LEARNED and max(gap, apart) >= GAP / 2
        by_heart = learned and case.falls_short  # which noise does not explain
        behind = reached >= LOW and apart >= (GAP / 2 if poor else GAP + noise)
        behind = behind and (gap >= GAP / 2 or case.falls_short)
        if by_heart or behind:  # a sound network of few images may do as well
            both = Exhibit(shown.what, shown.measured, "about the same")
            short = beside_neighbours(case)
            return found(cause, "suspected", WORTH_KNOWING, both, *short, picture="curves")
        return ruled_out(cause, shown)
    rise = _rise(case)
    plain = (rise or 0.0) >= MUCH_WORSE and alike >= LEARNED
    if gap < GAP + noise and not plain:  # few images may make it
        known = LEARNED if case.learned_well else LOW
        if (max(alike, reached) if poor else alike) < known:
            return undecided(cause, shown)
        by_heart = max(alike, case.training) >= LEARNED and case.falls_far_short
        weight = 0.5 if by_heart else WORTH_KNOWING
        short = beside_neighbours(case) if by_heart else ()
        return found(cause, "suspected", weight, shown, *short, picture="curves")
    falls = _since_lowest(rise)
    if rise is None or rise < WORSE:
        if max(alike, case.training) < LEARNED:
            return undecided(cause, shown, falls)
        return found(cause, "suspected", 0.55, shown, falls, picture="curves")
    test = TestResult(
        "modes",
        "Is the gap still there when training images are read as validation images are?",
        shown.measured,
        True,
    )
    since = _lowest_epoch(case)
    return found(cause, "tested", 0.8, shown, falls, test=test, since=since, picture="curves")


def _without_modes(case: Case, cause: str) -> Opinion:
    assert case.training is not None and case.validation is not None
    shown = Exhibit(
        "Training and validation accuracy",
        f"{share(case.training)} and {share(case.validation)}",
        f"less than {GAP:g} apart",
    )
    if case.training - case.validation < GAP:
        return ruled_out(cause, shown)
    return undecided(cause, shown)  # batch normalization may make the gap


def _from_losses(case: Case, cause: str) -> Opinion:
    """Where there is no accuracy: validation loss that rises, far above that of training."""
    epochs, rise = case.evidence.history.epochs, _rise(case)
    training, validation = case.training_loss, epochs[-1].val_loss if epochs else math.nan
    if training is None or rise is None or case.has_batch_norm is not False:
        return undecided(cause)  # batch normalization may make the difference
    shown = Exhibit(
        "Training and validation loss",
        f"{figure(training)} and {figure(validation)}",
        f"less than {FAR_APART:g} times apart",
    )
    falls = _since_lowest(rise)
    if validation < FAR_APART * training:
        return ruled_out(cause, shown)
    if rise < MUCH_WORSE:
        return _numbers_by_heart(case, cause, (shown, falls))
    since = _lowest_epoch(case)
    return found(cause, "suspected", 0.6, shown, falls, since=since, picture="curves")


def _numbers_by_heart(case: Case, cause: str, shown: Sequence[Exhibit]) -> Opinion:
    """Of a validation that does not get worse, but stays far behind training."""
    training, validation = case.training_fit or 0.0, case.validation_fit or 0.0
    if case.learned_well or training < LEARNED or validation < AT_ALL:
        return undecided(cause, *shown)
    explained = Exhibit(
        "Spread of the labels explained, training and validation",
        f"{share(training)} and {share(validation)}",
        "about the same",
    )
    return found(cause, "suspected", 0.55, *shown, explained, picture="curves")


def _rise(case: Case) -> float | None:
    """Rise of validation loss from its lowest epoch to the median of the last ``LASTING``.

    0 where fewer follow the lowest, since it may still fall; None in too few epochs to tell.
    """
    losses = np.array([p.val_loss for p in case.evidence.history.epochs])
    if len(losses) <= LASTING or not np.isfinite(losses).all():
        return None
    lowest = int(losses.argmin())
    if len(losses) - 1 - lowest < LASTING:
        return 0.0
    return float(np.median(losses[lowest + 1 :][-LASTING:]) / max(losses[lowest], 1e-9) - 1)


def _since_lowest(rise: float | None) -> Exhibit:
    measured = "too few epochs" if rise is None else f"{rise:+.0%}" if rise else "near its lowest"
    what = f"Validation loss of the last {LASTING} epochs, from its lowest"
    return Exhibit(what, measured, "near its lowest")


def _lowest_epoch(case: Case) -> float:
    losses = [p.val_loss for p in case.evidence.history.epochs]
    return float(case.evidence.history.epochs[int(np.argmin(losses))].epoch)


def judge_over_regularized(case: Case) -> Opinion:
    """Dropout or weight decay that lets it learn too little."""
    cause = "over_regularized"
    if not case.facts.layers:
        return undecided(cause)
    dropped = max(
        (
            layer.settings.get("rate", 0.0)
            for layer in case.facts.layers
            if "dropout" in layer.kind.lower()
        ),
        default=0.0,
    )
    penalty = case.largest_penalty
    decay = case.facts.weight_decay or 0.0
    shown = Exhibit(
        "Dropout, share of the loss that is penalty, weight decay",
        f"{dropped:g}, {penalty:.0%}, {decay:g}",
        f"up to {MILD_DROPOUT:g}, {LIGHT_PENALTY:.0%}, 0.004",
    )
    if "free" in case.tests:
        return _from_free(case, cause, shown)
    start = _start_with_penalty(case)
    if start is not None and not case.learned_well:
        own = "crossentropy" in (case.facts.loss or "")  # of a squared error little is most
        return found(cause, "certain", 0.8, start, shown, own=own, picture="curves")
    heavy = dropped >= STRONG_DROPOUT or penalty >= HEAVY_PENALTY or decay >= STRONG_DECAY
    if case.learned_well or (case.trained and not heavy):
        trained = in_training(case, "low, if held back")
        return ruled_out(cause, shown, trained)
    if heavy:
        hardly = max(dropped, penalty) >= HARDLY_ANYTHING
        weight = WORTH_KNOWING if case.trained else 0.75 if hardly else 0.7
        return found(cause, "suspected", weight, shown, picture="curves")
    if dropped <= MILD_DROPOUT and penalty <= LIGHT_PENALTY:
        return ruled_out(cause, shown)
    if dropped > MILD_DROPOUT and case.stuck is False and not case.trained:
        return found(cause, "suspected", WORTH_KNOWING, shown, picture="curves")
    return undecided(cause, shown)


def _from_free(case: Case, cause: str, shown: Exhibit) -> Opinion:
    free = case.tests["free"]
    same, without = Arm.of(free, "same"), Arm.of(free, "free")
    if same is None or without is None:
        return undecided(cause, shown)
    outcome = (
        f"loss {figure(same.loss)} as it is, {figure(without.loss)} without dropout and penalty, "
        f"after {free.get('steps')} steps"
    )
    better = without.beats(same, margin(case))
    test = TestResult("free", "Does it learn faster when it is let?", outcome, better)
    exhibit = Exhibit("Without dropout and penalty", outcome, "about the same")
    if better:
        return found(cause, "tested", 0.85, shown, exhibit, test=test, picture="free")
    penalty = case.largest_penalty
    if penalty >= HARDLY_ANYTHING and not case.learned_well:  # which a few steps may not show
        weight = 0.6 if without.loss <= same.loss else WORTH_KNOWING
        return found(cause, "suspected", weight, shown, exhibit, picture="free")
    return ruled_out(cause, shown, exhibit, test=test)


def _start_with_penalty(case: Case) -> Exhibit | None:
    """The penalty's share of the loss before the first step, where it is most of it."""
    share_of_loss = case.facts.start_penalty or 0.0
    # A penalty that the first steps took away may have taken all weights with it.
    mended = case.largest_penalty < LIGHT_PENALTY
    if share_of_loss < MOST_OF_START or (mended and not (share_of_loss >= ALMOST and case.stuck)):
        return None
    return Exhibit(
        "Share of the loss that is penalty, before the first step",
        f"{share_of_loss:.0%}",
        f"up to {LIGHT_PENALTY:.0%}",
    )


def judge_too_small(case: Case) -> Opinion:
    """Too few weights."""
    cause = "too_small"
    if not case.facts.layers:
        return undecided(cause)
    weights = sum(layer.parameters for layer in case.facts.layers)
    few = FEW_WEIGHTS * case.classes
    shown = Exhibit("Weights", f"{weights:,}", f"{few:,} or more")
    memorised = case.tests.get("memorise")
    if case.trained or case.learned_well:
        trained = in_training(case, "low, if too small")
        return ruled_out(cause, trained, shown)
    inputs, needed = case.facts.head_inputs, math.ceil(min(case.classes, CLASSES) / FEW_INPUTS)
    level = case.fall is not None and abs(case.fall) < LEVEL
    broken = case.breaks_at is not None  # after which nothing tells how far it would have come
    stays_low = broken or (level and (case.training or 0.0) < LOW)
    if inputs is not None and inputs < needed and stays_low:
        narrow = Exhibit("Inputs of the last layer", f"{inputs:,}", f"{needed} and more")
        weight = WORTH_KNOWING if broken else 0.65
        return found(cause, "suspected", weight, narrow, shown, own=True, picture="curves")
    if weights >= MANY_WEIGHTS * case.classes:
        return ruled_out(cause, shown)
    if memorised is not None and float(memorised["accuracy"]) >= LOW:
        one = Exhibit(
            "One batch learned by heart", share(float(memorised["accuracy"])), "low, if too small"
        )
        if weights >= few:
            return ruled_out(cause, one, shown)
    moves = case.median_update is None or case.median_update > SMALL_UPDATE
    low = case.training is not None and case.training < LOW
    if weights < few and low and level and moves and not math.isnan(case.training or 0):
        return found(cause, "suspected", 0.65, shown, own=True, picture="curves")
    return undecided(cause, shown)


RULES = (judge_over_regularized, judge_too_small, judge_overfitting)
