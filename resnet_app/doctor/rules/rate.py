"""Causes in the steps: their size, their number, and a head that makes them too large."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from resnet_app.doctor.case import (
    FALLING,
    LARGE_UPDATE,
    SMALL_UPDATE,
    WORTH_KNOWING,
    Case,
    clearly_above,
)
from resnet_app.doctor.rules.arms import Arm, margin
from resnet_app.doctor.rules.parts import has_other_shares
from resnet_app.doctor.rules.reached import (
    beside_neighbours,
    in_training,
    in_validation,
    silent_at_start,
)
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import figure, share

STEPS_OF_RATE = ("adam", "adamw", "adamax", "nadam", "rmsprop", "lion")
"""Optimizers whose steps do not depend on how large gradients are."""

SOUND_UPDATE = -1.7
"""log10 of a step's change over the weights up to which it is no reason to suspect the rate."""

NOT_SMALL_UPDATE = -3.5
"""The same from which no step is too small. Of rates a tenth or less of what they should be, it
was -4.4 at most; where strong dropout let ten times the rate win, -2.8 at least."""

TINY_UPDATE = -5.5
"""The same up to which the rate is to blame whatever the loss: binary cross-entropy, a mean over
ten outputs, makes gradients a tenth as large, no less."""

ALL_EQUAL = 1e-6
"""Deviation of weights up to which it is that of rounding."""

ROUNDED_SUM = 1e-3
"""By which the sum of probabilities may miss 1."""

LONG_STEP = 0.5
"""A weight's first step over the spread of the weights from which it may silence units."""

FAR_BELOW, NOTHING_MOVED = 3.0, -20.0
"""Powers of ten by which steps are smaller than an optimizer of ``STEPS_OF_RATE`` makes them with
any gradient; and log10 of a change that is none, whatever the optimizer."""

STEEP = 0.03
"""Norm of all gradients from which they have not faded."""

LOST = 0.1
"""Training accuracy that is lost again where large steps throw away what was learned."""

JUMP = 1.0
"""Loss in nats above that of an even guess, ln K, from which training overshoots."""

WILD = 10.0
"""The same from which training was set back, even where it has caught up with its images since."""

MUCH_PENALTY = 0.3
"""Share of the loss that is penalty from which its height says nothing of the steps."""

DULL = 0.03
"""Share of the loss that goes in an epoch below which training hardly moves."""

CREPT_EPOCHS, CREPT = 4, 0.06
"""Epochs, more than which must each have brought the loss down for the rate to be too low, and the
share of the loss that none has reached."""

FEW_STEPS = 50
"""Steps in all below which hardly any network has learned to read digits."""

FALLS_FAST = 0.15
"""Share of the training loss that went in the last epoch from which a validation that still rises
shows that training was cut short."""

LASTING = 3
"""Epochs over which the loss must stay so high for that alone to tell."""

BARELY = 0.25
"""Share of the planned epochs up to which a run has hardly been let learn."""

COLLAPSED = 0.2
"""Training accuracy above chance that a run had before it fell back to chance."""

SURE_OF_RATE = 0.6
"""Weight of a rate that explains large steps and a loss above that of an even guess, or steps of
next to nothing, as nothing else does."""

CREEPING = 1e-4
"""Rate over the spread of the weights, of optimizers whose steps are of the rate's size, below
which thousands of steps hardly move a weight, whatever short tests with other rates show."""

FADED_RATE = 1e-3
"""Share of its highest below which a rate that fell is too low."""

MUCH_HIGHER = 10.0
"""Times the run's rate that the range test's must be for the run to creep."""

WIDE_HEAD, NARROW_HEAD, HALF_WIDE = 4096, 1024, 256
"""Inputs of the last layer from which it may overshoot, up to which it does not on its own, and
from which it may with a high rate."""


def judge_rate_too_high(case: Case) -> Opinion:
    """Steps that overshoot."""
    cause = "rate_too_high"
    rate = case.facts.learning_rate
    update = case.median_update
    shown = [] if rate is None else [Exhibit("Learning rate", figure(rate), "lower")]
    if update is not None:
        shown.append(
            Exhibit("A step's change over the weights, log10", figure(update), "about -3, below -1")
        )
    if "rates" in case.tests:
        return _from_rates_test(case, cause, _TENTH, shown)
    leap = _leap(case) or 0.0
    first = _leap_exhibit(case)
    if case.learned_well:
        learned = in_training(case, "low, if it overshot")
        if leap > 1:
            return found(
                cause, "suspected", WORTH_KNOWING, first, learned, *shown, picture="curves"
            )
        return ruled_out(cause, learned, *shown)
    height = case.overshoot
    if height is not None:
        shown.append(_jump_exhibit(case, height))
    above = _overshot(case, JUMP)
    large = update is not None and update > LARGE_UPDATE
    if _were_killed(case) and not case.trained:
        own = leap > LONG_STEP  # whatever the images are
        return found(cause, "suspected", 0.7, _died(case), *shown, own=own, picture="silent")
    if leap > 1 and not case.trained:
        return found(cause, "suspected", SURE_OF_RATE, first, *shown, own=True, picture="curves")
    if leap > 1 and (short := beside_neighbours(case)):
        return found(cause, "suspected", 0.55, first, *short, *shown, picture="curves")
    if not case.trained and (thrown := _thrown_back(case)):
        return found(cause, "suspected", SURE_OF_RATE, thrown, *shown, own=True, picture="curves")
    if (large or above) and not case.trained or _is_blown_up(case):
        sure = above and not case.trained and (large or _has_collapsed(case))
        weight = SURE_OF_RATE if sure else 0.5 if above and _stays_above(case) else 0.45
        return found(cause, "suspected", weight, *shown, picture="curves")
    if update is not None and update > SOUND_UPDATE and (lost := _lost_again(case)):
        return found(cause, "suspected", 0.55, lost, *shown, picture="curves")
    if case.trained or (update is not None and update < SOUND_UPDATE and height is not None):
        return ruled_out(cause, *shown) if shown else undecided(cause)
    return undecided(cause, *shown)


def _lost_again(case: Case) -> Exhibit | None:
    """Training accuracy at its best and at the end, where much of it was lost again."""
    reached = case.trainings
    if len(reached) < 3 or max(reached) - reached[-1] < LOST:
        return None
    rates = [p.learning_rate for p in case.evidence.history.epochs[-2:]]
    if rates[-1] > 1.5 * rates[0]:  # a schedule that begins anew
        return None
    return Exhibit(
        "Training accuracy, at its best and at the end",
        f"{share(max(reached))} and {share(reached[-1])}",
        "highest at the end",
    )


def _were_killed(case: Case) -> bool:
    """Whether units that woke at the start are silent now: most of them, or whole layers of a
    network that hardly learns, since a first step of more than a tenth of some weights.
    """
    if case.have_died:
        return True
    start, silent = case.facts.start_silent, case.silent
    if start is None or not silent or start * len(silent) >= 1:  # one may have started silent
        return False
    steps = [step for step in case.first_updates.values() if math.isfinite(step)]
    large = max(steps, default=-math.inf) > LARGE_UPDATE
    return case.far_from_learned and max(silent.values()) == 1 and large


def _died(case: Case) -> Exhibit:
    now = f"{share(case.silent_share or 0)}, {share(max(case.silent.values()))} in the worst layer"
    return Exhibit(
        "Units silent on every image, before the first step and now",
        f"{silent_at_start(case)} and {now}",
        "few; steps that are too large silence them",
    )


def _has_collapsed(case: Case) -> bool:
    """Whether an earlier epoch was far better than chance, where training is now."""
    return bool(case.stuck) and max(case.trainings, default=0.0) > case.chance + COLLAPSED


def _leap(case: Case) -> float | None:
    """The rate over the median deviation of kernels at the start, where steps are of its size.

    The optimizers of ``STEPS_OF_RATE`` change each weight by about the rate, whatever its gradient.
    """
    known = [layer.weight_deviation or 0.0 for layer in case.facts.layers]
    spreads = [deviation for deviation in known if deviation > ALL_EQUAL]
    rate = case.facts.learning_rate
    if rate is None or case.facts.optimizer not in STEPS_OF_RATE or not spreads:
        return None
    return rate / float(np.median(spreads))


def _leap_exhibit(case: Case) -> Exhibit:
    return Exhibit(
        "A weight's first step over the spread of the weights",
        figure(_leap(case) or 0.0),
        "well below 1",
    )


def _is_blown_up(case: Case) -> bool:
    """Whether the loss was so high after the first steps that a later recovery clears nothing."""
    return _overshot(case, WILD)


def _overshot(case: Case, nats: float) -> bool:
    """Whether the loss after the first steps was more than ``nats`` above an even guess's.

    Not where much of it may have been a penalty.
    """
    penalty = max(case.largest_penalty, case.facts.start_penalty or 0.0)
    return penalty < MUCH_PENALTY and (case.overshoot or 0.0) > math.log(case.classes) + nats


def _thrown_back(case: Case) -> Exhibit | None:
    """A whole epoch's loss ``WILD`` above an even guess's after one below it, of a softmax."""
    even, best = math.log(case.classes), math.inf
    if not (_is_blown_up(case) and _is_plain(case)):
        return None
    for point in case.evidence.history.epochs:
        if best < even and point.loss > even + WILD:
            measured = f"{figure(best)}, later {figure(point.loss)}"
            return Exhibit("Training loss of an epoch", measured, "falling")
        best = min(best, point.loss)
    return None


def _stays_above(case: Case) -> bool:
    """Whether the loss of a network that learns something has overshot in every later epoch."""
    epochs = case.evidence.history.epochs
    later = [point.loss for point in epochs[len(epochs) // 2 :]]
    high = len(later) >= LASTING and min(later) > math.log(case.classes) + JUMP
    return high and _is_plain(case) and (case.training or 0.0) > case.chance + COLLAPSED


def _is_plain(case: Case) -> bool:
    """Whether the loss is the cross-entropy of probabilities, with no weights in it."""
    facts = case.facts
    start = 0.0 if facts.start_loss is None else facts.start_loss
    usual = "crossentropy" in (facts.loss or "") and start < math.log(case.classes) + JUMP
    sums = facts.row_sums or (math.nan,)
    sure = all(abs(total - 1) < ROUNDED_SUM for total in sums)
    return usual and sure and not facts.weighed


def _jump_exhibit(case: Case, height: float) -> Exhibit:
    return Exhibit(
        "Highest loss after the first steps",
        figure(height),
        f"below ln {case.classes} + {JUMP:g} = {math.log(case.classes) + JUMP:.1f}",
    )


@dataclass(frozen=True)
class _OtherRate:
    """An arm of the ``rates`` test, in words, and the weight of a cause that it shows."""

    arm: str
    times: str
    words: str
    question: str
    expected: str
    weight: float


_TENTH = _OtherRate(
    "tenth", "÷ 10", "a tenth", "a tenth of the rate", "slower, if the rate is right", 0.9
)


_TENFOLD = _OtherRate(
    "tenfold",
    "× 10",
    "ten times that",
    "ten times the rate",
    "no faster, if the rate is right",
    0.85,
)


def _from_rates_test(
    case: Case, cause: str, other: _OtherRate, shown: Sequence[Exhibit]
) -> Opinion:
    rates = case.tests["rates"]
    same, changed = Arm.of(rates, "same"), Arm.of(rates, other.arm)
    if same is None or changed is None:
        return undecided(cause, *shown)
    outcome = (
        f"loss {figure(same.loss)} with the rate as it is, {figure(changed.loss)} with "
        f"{other.words}, after {rates.get('steps')} steps"
    )
    better = changed.beats(same, margin(case))
    tenth = Arm.of(rates, _TENTH.arm)
    if other is _TENFOLD and tenth is not None and tenth.loss <= changed.loss:
        better = better and not tenth.beats(same, margin(case))  # else the loss merely jumps
    test = TestResult("rates", f"Does {other.question} learn faster?", outcome, better)
    exhibit = Exhibit(f"Rate {other.times}", outcome, other.expected)
    clearly = changed.loss < (1 - FALLING) * same.loss
    if better and other is _TENFOLD and _are_large_enough(case, clearly):
        return found(cause, "suspected", WORTH_KNOWING, exhibit, *shown, picture="rates")
    if better and other is _TENTH and case.trained and has_other_shares(case):
        # It learned all the same, and what validation says is not about that.
        learned = in_training(case, "low, if it overshot")
        return found(cause, "suspected", WORTH_KNOWING, exhibit, learned, *shown, picture="rates")
    if better:
        swept = [] if case.range_rate is None else [_range_exhibit(case)]
        return found(
            cause,
            "tested",
            other.weight,
            exhibit,
            *shown,
            *swept,
            test=test,
            own=other is _TENTH and (_leap(case) or 0.0) > 1,
            picture="range" if swept else "rates",
        )
    if other is _TENTH and changed.loss <= same.loss and not case.trained:
        if case.far_from_learned and _were_killed(case):
            return found(
                cause, "suspected", SURE_OF_RATE, _died(case), exhibit, *shown, picture="silent"
            )
        if case.median_update is not None and case.median_update > LARGE_UPDATE:
            return found(cause, "suspected", SURE_OF_RATE, exhibit, *shown, picture="updates")
        if case.far_from_learned:
            return found(cause, "suspected", WORTH_KNOWING, exhibit, *shown, picture="rates")
    worse = same.beats(changed, margin(case))
    far = other is _TENTH and not worse and (_leap(case) or 0.0) > 1
    short = beside_neighbours(case)
    if far and (short or not (case.trained or case.learned_well)):
        leap = _leap_exhibit(case)
        return found(cause, "suspected", 0.55, leap, *short, exhibit, *shown, picture="rates")
    return ruled_out(cause, exhibit, test=test)


def _are_large_enough(case: Case, clearly: bool) -> bool:
    """Whether steps are hardly smaller than sound ones, so that something else holds it back.

    ``clearly`` says whether ten times the rate wins by much.
    """
    update = case.median_update
    return update is not None and update > (NOT_SMALL_UPDATE if clearly else SMALL_UPDATE)


def _range_exhibit(case: Case) -> Exhibit:
    swept = case.tests["range"]
    return Exhibit(
        "Range test: the rate raised step by step",
        f"loss {figure(swept['first'])} at first, {figure(swept['lowest'])} at its lowest; a tenth "
        f"of the rate there is {figure(swept['rate'])}",
        f"about the rate of this run, {figure(case.facts.learning_rate or math.nan)}",
    )


def judge_huge_head(case: Case) -> Opinion:
    """A last layer with so many inputs that it overshoots."""
    cause = "huge_head"
    inputs = case.facts.head_inputs
    if inputs is None:
        return undecided(cause)
    shown = Exhibit("Inputs of the last layer", f"{inputs:,}", f"up to {NARROW_HEAD:,}")
    overshot = _overshot(case, JUMP)
    jumped = _jump_exhibit(case, case.overshoot or 0.0)
    if inputs <= NARROW_HEAD:
        if inputs >= HALF_WIDE and overshot and case.trained and not case.learned_well:
            narrow = Exhibit(shown.what, shown.measured, f"below {HALF_WIDE} at a high rate")
            return found(cause, "suspected", WORTH_KNOWING, narrow, jumped, picture="curves")
        return ruled_out(cause, shown)
    if "head" in case.tests:
        tenth = Arm.of(case.tests.get("rates", {}), "tenth")
        return _head_from_test(case, cause, shown, tenth)
    jumps = inputs >= WIDE_HEAD and overshot
    if jumps and not case.learned_well and (alone := _moved_alone(case)):
        return found(cause, "suspected", 0.65, shown, alone, jumped, own=True, picture="updates")
    short = beside_neighbours(case) if jumps and case.trained else ()
    if short:
        return found(cause, "suspected", 0.55, shown, jumped, *short, picture="curves")
    got_by = not jumps if case.learned_well else case.trained and not _is_blown_up(case)
    if got_by:
        trained = in_training(case, "low, if it overshot")
        return ruled_out(cause, shown, trained)
    if jumps:
        return found(cause, "suspected", WORTH_KNOWING, shown, jumped, picture="curves")
    return undecided(cause, shown)


def _moved_alone(case: Case) -> Exhibit | None:
    """The last layer's first step, where it alone is large beside its weights."""
    *others, last = case.first_updates.values() or (math.nan,)
    if not others or not (last > LARGE_UPDATE and max(others) < SOUND_UPDATE):
        return None
    return Exhibit(
        "The first step's change over the weights, log10, of the last layer and of the others",
        f"{figure(last)} and {figure(max(others))} at most",
        "about the same",
    )


def _head_from_test(case: Case, cause: str, shown: Exhibit, tenth: Arm | None) -> Opinion:
    """``tenth`` is the arm with a tenth of the rate everywhere: where it does no better than slow
    steps of the last layer alone, the rate is innocent."""
    head = case.tests["head"]
    same, slow = Arm.of(head, "same"), Arm.of(head, "slow")
    if same is None or slow is None:
        return undecided(cause, shown)
    outcome = (
        f"loss {figure(same.loss)} as it is, {figure(slow.loss)} with a tenth of the rate in the "
        f"last layer alone, after {head.get('steps')} steps"
    )
    better = slow.beats(same, margin(case))
    test = TestResult(
        "head", "Does a tenth of the rate in the last layer alone calm it?", outcome, better
    )
    exhibit = Exhibit("Last layer's rate ÷ 10", outcome, "slower, if the head is sound")
    if better:
        alone = tenth is None or not tenth.beats(slow, margin(case))
        weight = 0.93 if alone else 0.8
        return found(cause, "tested", weight, shown, exhibit, test=test, picture="head")
    return ruled_out(cause, shown, exhibit, test=test)


def judge_rate_too_low(case: Case) -> Opinion:
    """Steps that hardly move."""
    cause = "rate_too_low"
    update, fall = case.median_update, case.fall
    shown = []
    if case.facts.learning_rate is not None:
        shown.append(Exhibit("Learning rate", figure(case.facts.learning_rate), "higher"))
    if update is not None:
        shown.append(
            Exhibit("A step's change over the weights, log10", figure(update), "about -3, above -4")
        )
    if case.trained:
        trained = in_training(case, "low, if it crept")
        return ruled_out(cause, trained)
    if case.have_died:
        died = Exhibit("Units silent on every image", share(case.silent_share or 0), "few")
        return ruled_out(cause, died, *shown)  # nothing moves, at whatever rate
    if "rates" in case.tests:
        tested = _from_rates_test(case, cause, _TENFOLD, shown)
        creeps = update is not None and update < SMALL_UPDATE and case.stuck
        return _creeping(case, cause, shown) if creeps and tested.standing != "found" else tested
    if _moves_less_than_rate(case):
        return undecided(cause, *shown)
    if fall is not None:
        shown.append(
            Exhibit("Loss that went in the last epoch", f"{fall:.1%}", f"above {DULL:.0%}")
        )
    slow = fall is not None and -DULL < fall < DULL
    highest, usual = _rates_of_epochs(case)
    if slow and usual < FADED_RATE * highest and not case.learned_well:
        faded = Exhibit(
            "Learning rate, at its highest and in half of the epochs",
            f"{figure(highest)} and at most {figure(usual)}",
            "of the same order",
        )
        return found(cause, "suspected", SURE_OF_RATE, faded, *shown, picture="curves")
    if update is not None and update < SMALL_UPDATE and (slow or fall is None or case.stuck):
        # By the rate, and not by small gradients.
        told = case.facts.optimizer in STEPS_OF_RATE or update < TINY_UPDATE
        weight = SURE_OF_RATE if told else 0.55
        own = told and _are_steep(case)
        return found(cause, "suspected", weight, *shown, own=own, picture="curves")
    if update is not None and update < NOT_SMALL_UPDATE and _creeps_on(case):
        return found(cause, "suspected", 0.55, *shown, picture="curves")
    if update is not None and update > SMALL_UPDATE + 1:
        return ruled_out(cause, *shown)
    return undecided(cause, *shown)


def _moves_less_than_rate(case: Case) -> bool:
    """Whether steps are so small that gradients have gone, and not for the rate."""
    update, rate, leap = case.median_update, case.facts.learning_rate, _leap(case)
    if update is None or not rate:
        return False
    if leap is not None:
        return update < math.log10(leap) - FAR_BELOW
    return update <= NOTHING_MOVED


def _are_steep(case: Case) -> bool:
    """Whether gradients are as large as they are where a network learns, so that the rate alone
    makes steps small."""
    norms = [look.gradient_norm for look in case.evidence.watches if look.gradient_norm is not None]
    return bool(norms) and float(np.median(norms)) >= STEEP


def _creeps_on(case: Case) -> bool:
    """Whether the loss has gone down in each of several epochs, but never far."""
    losses = [point.loss for point in case.evidence.history.epochs]
    if len(losses) <= CREPT_EPOCHS or case.facts.optimizer not in STEPS_OF_RATE:
        return False
    falls = [1 - after / before for before, after in pairwise(losses) if before > 0]
    steady = len(falls) == len(losses) - 1 and all(0 < fall < CREPT for fall in falls)
    return steady and losses[-1] < (1 - DULL) * losses[0]


def _rates_of_epochs(case: Case) -> tuple[float, float]:
    """The highest learning rate of an epoch, and the median; zeros where they are not known."""
    rates = [point.learning_rate for point in case.evidence.history.epochs]
    known = [rate for rate in rates if math.isfinite(rate)]
    return (max(known), float(np.median(known))) if known else (0.0, 0.0)


def _creeping(case: Case, cause: str, shown: Sequence[Exhibit]) -> Opinion:
    """Of steps so small that ten times of them do not learn either; the range test tells."""
    rate, swept = case.facts.learning_rate, case.range_rate
    if "range" not in case.tests:
        return found(cause, "suspected", 0.6, *shown, picture="curves")
    if rate is None or swept is None or swept < MUCH_HIGHER * rate:
        leap = _leap(case)
        if leap is None or leap > CREEPING:
            return ruled_out(cause, *shown)
        step = Exhibit(
            "A weight's largest step over the spread of the weights",
            figure(leap),
            f"above {CREEPING:g}",
        )
        return found(cause, "suspected", SURE_OF_RATE, step, *shown, picture="curves")
    exhibit = _range_exhibit(case)
    question = "Does it learn while the rate is raised step by step?"
    test = TestResult("range", question, exhibit.measured, True)
    return found(cause, "tested", 0.85, exhibit, *shown, test=test, picture="range")


def judge_stopped_early(case: Case) -> Opinion:
    """Training that ended while the loss still fell."""
    cause = "stopped_early"
    trained, fall = case.evidence.history.epochs, case.fall
    if not case.evidence.ended or not trained:
        return undecided(cause)
    epochs = trained[-1].epoch  # which a run that goes on from another does not count from 1
    planned, patience = case.facts.epochs, case.facts.patience
    ended = Exhibit(
        "Epochs",
        f"{epochs}" + (f" of {planned}" if planned else ""),
        "until the loss no longer falls",
    )
    cut = planned is not None and epochs < planned
    patient = patience is not None and epochs > patience + 2
    waited = patient and patience != 0  # and validation no longer got better
    if case.learned_well and not (cut and not waited and (fall or 0.0) >= FALLING):
        well = in_validation(case, "low, if cut short")
        return ruled_out(cause, ended, well)
    own = cut and (_ends_at_its_best(case) or _ends_while_all_falls(case))
    since = float(epochs)
    if _hardly_begun(case):
        steps = Exhibit("Steps", f"{case.steps_done:,}", f"{FEW_STEPS} and many more")
        return found(cause, "suspected", 0.55, steps, ended, own=own, since=since, picture="curves")
    if fall is None:
        return undecided(cause, ended)
    falling = Exhibit(
        "Training loss that went in the last epoch", f"{fall:.0%}", f"below {FALLING:.0%} at an end"
    )
    rises = _still_rises(case)
    if fall < FALLING and not (cut and rises):
        return ruled_out(cause, falling, ended)
    if case.trained and not cut and not rises:
        return ruled_out(cause, ended, in_training(case, "low, if cut short"))
    weight = 0.45
    if cut and not patient:
        weight = 0.7
    elif fall >= FALLS_FAST and rises:
        weight = 0.55
    if case.learned_well:
        weight = WORTH_KNOWING
    return found(cause, "suspected", weight, ended, falling, own=own, since=since, picture="curves")


def _ends_at_its_best(case: Case) -> bool:
    """Whether the last epoch is the best by what early stopping waits for, so that nothing asked
    for an end."""
    points = case.evidence.history.epochs
    reached = {
        "loss": [-point.loss for point in points] if (case.fall or 0.0) >= FALLING else [],
        "val_loss": [-point.val_loss for point in points],
        "val_accuracy": [point.val_accuracy for point in points],
    }.get(case.facts.waits_for or "", [])
    return len(reached) > 1 and reached[-1] > max(reached[:-1])


def _ends_while_all_falls(case: Case) -> bool:
    """Whether it ended in the first quarter of its epochs, with both losses at their lowest."""
    points, planned = case.evidence.history.epochs, case.facts.epochs or 0
    if len(points) < 2 or points[-1].epoch > BARELY * planned or (case.fall or 0.0) < FALLS_FAST:
        return False
    *before, last = points
    lowest = last.loss < min(point.loss for point in before)
    return lowest and last.val_loss < min(point.val_loss for point in before)


def _hardly_begun(case: Case) -> bool:
    """Whether there were too few steps to learn anything, and the loss did not rise."""
    steps, loss, batches = case.steps_done, case.training_loss, case.evidence.history.batches
    if case.learned_well or case.trained or loss is None or not batches:
        return False
    if steps is None or steps >= FEW_STEPS:
        return False
    return loss <= batches[0].loss


def _still_rises(case: Case) -> bool:
    """Whether the last epoch made validation clearly better than any before it."""
    *before, last = case.validations or (0.0,)
    return bool(before) and clearly_above(last, max(before), case.validation_count)


RULES = (
    judge_rate_too_high,
    judge_huge_head,
    judge_rate_too_low,
    judge_stopped_early,
)
