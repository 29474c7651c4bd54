"""Causes in how the weights are changed, from their start to the end of training."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from resnet_app.doctor.case import (
    FALLING,
    FEW_SILENT,
    SILENT,
    SMALL_UPDATE,
    WORTH_KNOWING,
    Case,
    clearly_above,
    has_kernel,
    is_batch_norm,
    standard_error,
)
from resnet_app.doctor.evidence import Layer, Modes, Watch
from resnet_app.doctor.rules.arms import Arm, margin
from resnet_app.doctor.rules.reached import in_training, in_validation
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import figure, share

LARGE_UPDATE = -1.0
"""log10 of a step's change over the weights that is much: a tenth at once."""

STEPS_OF_RATE = ("adam", "adamw", "adamax", "nadam", "rmsprop", "lion")
"""Optimizers whose steps do not depend on how large gradients are."""

LOST = 0.1
"""Training accuracy that is lost again where large steps throw away what was learned."""

SOUND_UPDATE = -1.7
"""The same up to which a step is no reason to suspect the rate."""

NOT_SMALL_UPDATE = -3.5
"""The same from which no step is too small. Of rates a tenth or less of what they should be, it
was -4.4 at most; where strong dropout let ten times the rate win, -2.8 at least."""

TINY_UPDATE = -5.5
"""The same up to which the rate is to blame whatever the loss: binary cross-entropy, a mean over
ten outputs, makes gradients a tenth as large, no less."""

JUMP = 1.0
"""Loss in nats above that of an even guess, ln K, from which training overshoots."""

WILD = 10.0
"""The same from which training was set back, even where it has caught up with its images since."""

DULL = 0.03
"""Share of the loss that goes in an epoch below which training hardly moves."""

MODES_GAP, NO_MODES_GAP = 0.2, 0.08
"""Accuracy that training mode has before inference mode on the same images: averages lag from the
one, and do not below the other."""

QUICK, QUICK_STEPS = 0.9, 10
"""Momentum up to which averages follow in some 20 steps, and steps after which they are not to
blame: this momentum is the treatment."""

DIM_UPDATE, CREPT_EPOCHS, CREPT = -3.5, 4, 0.06
"""Median log10 change below which steps are small; epochs, more than which must each have brought
the loss down for the rate to be too low; and the share of the loss that none has reached."""

LOOKS_STILL = 3
"""Looks at which a layer has not changed from which it never does."""

FEW_STEPS = 50
"""Steps in all below which hardly any network has learned to read digits."""

FALLS_FAST = 0.15
"""Share of the training loss that went in the last epoch from which a validation that still rises
shows that training was cut short."""

LOSS_RATIO, LOSS_GAP = 3.0, 0.3
"""Loss of the same training images in inference mode over that in training mode, and nats between
them, from which averages that hold much of their start lag, whatever the accuracies."""

HELD = 0.05
"""Share of the averages' start still in them with which they are not those of the network."""

TINY, SMALL_BATCH = 2, 4
"""Images a batch: too few for batch normalization; few."""

EXPLODED_LOSS, EXPLODED_GRADIENT = 1e3, 1e4
"""Loss, and norm of all gradients, that no sound training of ten classes has."""

_SINGLE = 2
"""Parameters of a layer with one weight, and a bias, whose weights are all equal of course."""

ALIKE = 0.9
"""Share of a layer's units that start with another's weights from which it started constant."""

MOST = 0.5
"""Share of the layers with weights from which a start, or a freeze, is that of the network."""

COLLAPSED = 0.2
"""Training accuracy above chance that a run had before it fell back to chance."""

FADED, FADED_NORM = 1e-3, 1e-4
"""First layer's gradient over the last's, and its norm, below which it has faded."""

MUCH_FASTER = 2.0
"""Log10 of the last layer's relative steps over the first's from which the first stays behind."""

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

WIDE_HEAD, NARROW_HEAD = 4096, 1024
"""Inputs of the last layer from which it may overshoot, and up to which it does not."""


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
    first = Exhibit(
        "A weight's first step over the spread of the weights", figure(leap), "well below 1"
    )
    if case.learned_well:
        learned = in_training(case, "low, if it overshot")
        if leap > 1:
            return found(
                cause, "suspected", WORTH_KNOWING, first, learned, *shown, picture="curves"
            )
        return ruled_out(cause, learned, *shown)
    height = case.overshoot
    if height is not None:
        shown.append(
            Exhibit(
                "Highest loss after the first steps",
                figure(height),
                f"below ln {case.classes} = {math.log(case.classes):.2f} + {JUMP:g}",
            )
        )
    above = height is not None and height > math.log(case.classes) + JUMP
    large = update is not None and update > LARGE_UPDATE
    if _were_killed(case) and not case.trained:
        return found(cause, "suspected", 0.7, _died(case), *shown, picture="silent")
    if leap > 1 and not case.trained:
        return found(cause, "suspected", SURE_OF_RATE, first, *shown, picture="curves")
    if (large or above) and not case.trained or _is_blown_up(case):
        sure = above and not case.trained and (large or _has_collapsed(case))
        return found(cause, "suspected", SURE_OF_RATE if sure else 0.45, *shown, picture="curves")
    if update is not None and update > SOUND_UPDATE and (lost := _lost_again(case)):
        return found(cause, "suspected", 0.55, lost, *shown, picture="curves")
    if case.trained or (update is not None and update < SOUND_UPDATE and height is not None):
        return ruled_out(cause, *shown) if shown else undecided(cause)
    return undecided(cause, *shown)


def _lost_again(case: Case) -> Exhibit | None:
    """Training accuracy at its best and at the end, where much of it was lost again."""
    reached = [p.accuracy for p in case.evidence.history.epochs if math.isfinite(p.accuracy)]
    if len(reached) < 3 or max(reached) - reached[-1] < LOST:
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
    first = next((look.updates for look in case.evidence.watches if look.updates), {})
    steps = [step for step in first.values() if math.isfinite(step)]
    large = max(steps, default=-math.inf) > LARGE_UPDATE
    return case.far_from_learned and max(silent.values()) == 1 and large


def _died(case: Case) -> Exhibit:
    now = f"{share(case.silent_share or 0)}, {share(max(case.silent.values()))} in the worst layer"
    return Exhibit(
        "Units silent on every image, before the first step and now",
        f"{share(case.facts.start_silent or 0)} and {now}",
        "few; steps that are too large silence them",
    )


def _has_collapsed(case: Case) -> bool:
    """Whether an earlier epoch was far better than chance, where training is now."""
    reached = [point.accuracy for point in case.evidence.history.epochs]
    best = max((value for value in reached if not math.isnan(value)), default=0.0)
    return bool(case.stuck) and best > case.chance + COLLAPSED


def _leap(case: Case) -> float | None:
    """The rate over the median deviation of kernels at the start, where steps are of its size.

    The optimizers of ``STEPS_OF_RATE`` change each weight by about the rate, whatever its gradient.
    """
    spreads = [layer.weight_deviation for layer in case.facts.layers if layer.weight_deviation]
    rate = case.facts.learning_rate
    if rate is None or case.facts.optimizer not in STEPS_OF_RATE or not spreads:
        return None
    return rate / float(np.median(spreads))


def _is_blown_up(case: Case) -> bool:
    """Whether the loss was so high after the first steps that a later recovery clears nothing."""
    return case.overshoot is not None and case.overshoot > math.log(case.classes) + WILD


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
        return found(cause, "suspected", SURE_OF_RATE if told else 0.55, *shown, picture="curves")
    if update is not None and update < DIM_UPDATE and _creeps_on(case):
        return found(cause, "suspected", 0.55, *shown, picture="curves")
    if update is not None and update > SMALL_UPDATE + 1:
        return ruled_out(cause, *shown)
    return undecided(cause, *shown)


def _creeps_on(case: Case) -> bool:
    """Whether the loss has gone down in each of several epochs, but never far."""
    losses = [point.loss for point in case.evidence.history.epochs]
    if len(losses) <= CREPT_EPOCHS or case.facts.optimizer not in STEPS_OF_RATE:
        return False
    falls = [1 - after / before for before, after in pairwise(losses) if before > 0]
    return len(falls) == len(losses) - 1 and all(0 < fall < CREPT for fall in falls)


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
    if _hardly_begun(case):
        steps = Exhibit("Steps", f"{case.steps_done:,}", f"{FEW_STEPS} and many more")
        return found(cause, "suspected", 0.55, steps, ended, since=float(epochs), picture="curves")
    if fall is None:
        return undecided(cause, ended)
    falling = Exhibit(
        "Training loss that went in the last epoch", f"{fall:.0%}", f"below {FALLING:.0%} at an end"
    )
    rises = _still_rises(case)
    if fall < FALLING and not (cut and rises):
        return ruled_out(cause, falling, ended)
    weight = 0.45
    if cut and not patient:
        weight = 0.7
    elif fall >= FALLS_FAST and rises:
        weight = 0.55
    if case.learned_well:
        weight = WORTH_KNOWING
    return found(cause, "suspected", weight, ended, falling, since=float(epochs), picture="curves")


def _hardly_begun(case: Case) -> bool:
    """Whether there were too few steps to learn anything, and the loss did not rise."""
    steps, loss, batches = case.steps_done, case.training_loss, case.evidence.history.batches
    if case.learned_well or steps is None or steps >= FEW_STEPS or loss is None or not batches:
        return False
    return loss <= batches[0].loss


def _still_rises(case: Case) -> bool:
    """Whether the last epoch made validation clearly better than any before it."""
    *before, last = case.validations or (0.0,)
    return bool(before) and clearly_above(last, max(before), case.validation_count)


def judge_lagging_averages(case: Case) -> Opinion:
    """Moving averages that are not those of the network as it is."""
    cause = "lagging_averages"
    if case.has_batch_norm is False:
        layers = Exhibit("Layers with moving averages", "none", "batch normalization")
        return ruled_out(cause, layers)
    averages, modes = case.tests.get("averages"), case.modes
    gap = case.mode_gap
    if gap is None or modes is None:
        return (
            _lagging_from_curves(case, cause)
            if averages is None
            else _lag_tested(cause, averages, None)
        )
    shown = _modes_exhibit(modes)
    # Modes of a network that had not learned yet tell nothing of one that has since.
    stale = case.training is not None and case.training - modes.training_accuracy > MODES_GAP
    if averages is None and _lags_in_loss(case, modes):
        return _lag_in_loss(case, cause, modes)
    if gap < NO_MODES_GAP and not stale and not _leaves_doubt(case, gap):
        return ruled_out(cause, shown)
    if _follows(case):  # weights that move fast are ahead of any average
        quick = Exhibit("Momentum of the averages", figure(_momentum(case)), f"above {QUICK:g}")
        return ruled_out(cause, shown, quick)
    if averages is not None and not (gap >= MODES_GAP and _hold_their_start(case)):
        return _lag_tested(cause, averages, shown)
    if gap < MODES_GAP or case.has_batch_norm is None or _is_tiny(case):
        if case.learned_well and case.has_batch_norm and not stale:
            return found(cause, "suspected", WORTH_KNOWING, shown, picture="modes")
        return undecided(cause, shown)
    if averages is not None and _jumps(averages):
        return _lag_tested(cause, averages, shown)
    test = TestResult(
        "modes",
        "Are the same training images answered as well with the moving averages?",
        shown.measured,
        True,
    )
    since = next(m.position for m in case.evidence.modes if _gap(m) >= MODES_GAP)
    # Averages estimated anew are no help to weights of an earlier epoch that were restored.
    weight = 0.9 if averages is None else 0.6
    return found(cause, "tested", weight, shown, test=test, since=since, picture="modes")


def _lags_in_loss(case: Case, modes: Modes) -> bool:
    """Whether it is far less sure of the same images with averages that hold their start."""
    if case.learned_well or _is_tiny(case) or not _hold_their_start(case):
        return False
    apart = modes.inference_loss - modes.training_loss
    far = modes.inference_loss >= LOSS_RATIO * modes.training_loss
    return apart >= LOSS_GAP and far and _gap(modes) > 0


def _lag_in_loss(case: Case, cause: str, modes: Modes) -> Opinion:
    losses = Exhibit(
        "Loss of the same training images, with batch statistics and with moving averages",
        f"{figure(modes.training_loss)} and {figure(modes.inference_loss)}",
        "nearly the same",
    )
    still = _start_exhibit(case, _remaining(case) or 0.0)
    test = TestResult(
        "modes",
        "Are the same training images answered as well with the moving averages?",
        losses.measured,
        True,
    )
    return found(cause, "tested", 0.8, losses, still, test=test, picture="modes")


def _leaves_doubt(case: Case, gap: float) -> bool:
    """Whether ``gap``, of few images and at one moment, is too little to clear the averages of a
    validation far below training."""
    if case.training is None or case.validation is None or case.has_batch_norm is not True:
        return False
    return gap >= NO_MODES_GAP / 2 and case.training - case.validation >= MODES_GAP


def _hold_their_start(case: Case) -> bool:
    remaining = _remaining(case)
    return remaining is not None and remaining >= HELD


def _gap(modes: Modes) -> float:
    return modes.training_accuracy - modes.inference_accuracy


def _modes_exhibit(modes: Modes) -> Exhibit:
    return Exhibit(
        "The same training images, with batch statistics and with moving averages",
        f"{share(modes.training_accuracy)} and {share(modes.inference_accuracy)}",
        "nearly the same",
    )


def _lag_tested(cause: str, averages: Mapping[str, Any], shown: Exhibit | None) -> Opinion:
    before, after = float(averages["before"]), float(averages["after"])
    outcome = f"validation accuracy {share(before)} before, {share(after)} after"
    jumps = _jumps(averages)
    test = TestResult(
        "averages",
        "Does validation recover once the averages are estimated anew, with the same weights?",
        outcome,
        jumps,
    )
    exhibits = [e for e in (shown, Exhibit("Averages estimated anew", outcome, "the same")) if e]
    if jumps:
        return found(cause, "tested", 0.95, *exhibits, test=test, picture="modes")
    return ruled_out(cause, *exhibits, test=test)


def _jumps(averages: Mapping[str, Any]) -> bool:
    """Whether validation recovered with averages that were estimated anew."""
    before, after = float(averages["before"]), float(averages["after"])
    return clearly_above(after, before, int(averages["images"]), 0.05)


def _lagging_from_curves(case: Case, cause: str) -> Opinion:
    if case.training is None or case.validation is None:
        return undecided(cause)
    shown = Exhibit(
        "Training and validation accuracy",
        f"{share(case.training)} and {share(case.validation)}",
        "a small gap",
    )
    noise = standard_error(case.validation, case.validation_count)
    if case.training - case.validation < NO_MODES_GAP + 2 * noise and case.epochs_done >= 1:
        return ruled_out(cause, shown)
    remaining = _remaining(case)
    if remaining is not None and remaining > 0.001:
        still = _start_exhibit(case, remaining)
        return found(cause, "suspected", 0.4, shown, still, picture="curves")
    return undecided(cause, shown)


def _start_exhibit(case: Case, remaining: float) -> Exhibit:
    return Exhibit(
        "Share of the averages' start that is still in them",
        f"{remaining:.1%} after {case.steps_done:,} steps at momentum {_momentum(case):g}",
        "near 0",
    )


def _follows(case: Case) -> bool:
    """Whether the averages are too quick to lag for long."""
    return 0 < _momentum(case) <= QUICK and (case.steps_done or 0) > QUICK_STEPS


def _remaining(case: Case) -> float | None:
    """Share of the averages' start that is still in them; None where that is not known."""
    momentum, steps = _momentum(case), case.steps_done
    return momentum**steps if momentum and steps is not None else None


def _momentum(case: Case) -> float:
    """The slowest momentum of batch normalization; 0 where none is known."""
    layers = (layer for layer in case.facts.layers if is_batch_norm(layer))
    return max((layer.settings.get("momentum", 0.0) for layer in layers), default=0.0)


def _is_tiny(case: Case) -> bool:
    return (case.facts.batch_size or math.inf) <= SMALL_BATCH


def judge_tiny_batches(case: Case) -> Opinion:
    """Batch normalization with one or two images at a time."""
    cause = "tiny_batches"
    size = case.facts.batch_size
    if case.has_batch_norm is False:
        return ruled_out(cause, Exhibit("Batch normalization", "none", "in the network"))
    if size is None:
        return undecided(cause)
    shown = Exhibit("Images a batch", str(size), "16 or more for batch normalization")
    if size > SMALL_BATCH:
        return ruled_out(cause, shown)
    if case.learned_well:
        well = in_validation(case, "low, if it hurt")
        return ruled_out(cause, shown, well)
    averages = case.tests.get("averages")
    if averages is not None and clearly_above(
        float(averages["after"]), float(averages["before"]), averages["images"], 0.05
    ):
        return undecided(cause, shown)
    if case.has_batch_norm is None:
        return undecided(cause, shown)
    return found(cause, "certain", 0.88 if size <= TINY else 0.6, shown, picture="modes")


def judge_exploding(case: Case) -> Opinion:
    """A loss or gradients beyond all bounds."""
    cause = "exploding"
    if case.breaks_at is not None:
        shown = Exhibit(
            "Loss", f"not a number from epoch {case.breaks_at:.2g} on", "finite throughout"
        )
        return found(cause, "certain", 0.9, shown, since=case.breaks_at, picture="curves")
    norms = [w.gradient_norm for w in case.evidence.watches if w.gradient_norm is not None]
    highest = case.highest_loss
    if highest is None:
        return undecided(cause)
    shown = Exhibit("Highest loss", figure(highest), f"below {EXPLODED_LOSS:g}")
    exhibits = [shown]
    if norms:
        worst = max(math.inf if math.isnan(norm) else norm for norm in norms)
        exhibits.append(Exhibit("Norm of all gradients", figure(worst), "about 0.1 to 10"))
        if worst > EXPLODED_GRADIENT and not case.learned_well:
            return found(cause, "suspected", 0.7, *exhibits, picture="gradients")
    if highest > EXPLODED_LOSS and case.classifies and not case.learned_well:
        return found(cause, "suspected", 0.7, *exhibits, picture="curves")
    return ruled_out(cause, *exhibits)


def judge_bad_start(case: Case) -> Opinion:
    """Weights that all started equal."""
    cause = "bad_start"
    kernels = [layer for layer in case.facts.layers if has_kernel(layer)]
    known = [
        layer
        for layer in kernels
        if layer.weight_deviation is not None and layer.parameters > _SINGLE
    ]
    if not known:
        return undecided(cause)
    constant = [layer for layer in known if _started_constant(layer)]
    hidden = [layer for layer in constant if layer is not known[-1]]
    shown = Exhibit(
        "Layers whose weights started all equal",
        f"{len(constant)} of {len(known)}",
        "none, but for the last",
    )
    if not hidden:
        return ruled_out(cause, shown)
    return found(cause, "certain", 0.95, shown, picture="weights")


def _started_constant(layer: Layer) -> bool:
    return layer.weight_deviation == 0 or (layer.like_rows or 0.0) >= ALIKE


def judge_dead_units(case: Case) -> Opinion:
    """Units that no image wakes."""
    cause = "dead_units"
    mean = case.silent_share
    if mean is None:
        return undecided(cause)
    worst = max(case.silent.values())
    shown = Exhibit(
        "Units silent on every image",
        f"{mean:.0%} on average, {worst:.0%} in the worst layer",
        "few; half of the values at zero is normal",
    )
    if case.learned_well or (mean < FEW_SILENT and worst < 1):
        return ruled_out(cause, shown)
    if case.have_died:  # of something else: steps too large for them, or raw pixels
        start = Exhibit(
            "The same before the first step", share(case.facts.start_silent or 0), "few"
        )
        return found(
            cause, "suspected", 0.6, shown, start, since=_first_silent(case), picture="silent"
        )
    if mean >= SILENT:
        return found(cause, "tested", 0.85, shown, since=_first_silent(case), picture="silent")
    if worst == 1:  # of one layer alone, which large steps or few filters do as well
        return found(cause, "suspected", 0.55, shown, picture="silent")
    return undecided(cause, shown)


def _first_silent(case: Case) -> float | None:
    for watch in case.evidence.watches:
        if watch.silent and float(np.mean(list(watch.silent.values()))) >= SILENT:
            return watch.position
    return None


def judge_frozen(case: Case) -> Opinion:
    """Layers that are not changed."""
    cause = "frozen"
    kernels = [layer for layer in case.facts.layers if has_kernel(layer)]
    if not kernels:
        return undecided(cause)
    frozen = [layer for layer in kernels if not layer.trainable]
    weights = sum(layer.parameters for layer in kernels)
    held = sum(layer.parameters for layer in frozen) / max(weights, 1)
    still = _unmoved(case, kernels)
    shown = Exhibit(
        "Layers with weights that are not changed",
        f"{max(len(frozen), still)} of {len(kernels)}, {held:.0%} of the weights",
        "none",
    )
    many = max(len(frozen), still) >= MOST * len(kernels) or held >= MOST
    if not frozen and not still:
        return ruled_out(cause, shown)
    if case.learned_well:
        well = in_validation(case, "low, if it hurt")
        return ruled_out(cause, shown, well)
    return found(cause, "certain", 0.94 if many else 0.7, shown, picture="updates")


def _unmoved(case: Case, kernels: Sequence[Layer]) -> int:
    """How many of ``kernels`` never changed, at any look, although a gradient reached them.

    A layer that changed once and then stopped is not frozen: its units have died. Nor is one whose
    gradient has faded to less than rounding lets it follow.
    """
    looks = [watch for watch in case.evidence.watches if watch.updates]
    return sum(
        1
        for layer in kernels
        if looks
        and all(_is_zero(watch.updates.get(layer.name)) for watch in looks)
        and (
            any(watch.gradients.get(layer.name, 0.0) > FADED_NORM for watch in looks)
            or _is_left_out(case, looks)
        )
    )


def _is_left_out(case: Case, looks: Sequence[Watch]) -> bool:
    """Whether an optimizer that follows any gradient keeps no account of all weights.

    So none was handed to it: the averages of gradients are not told, at any look.
    """
    told = case.facts.optimizer in STEPS_OF_RATE and len(looks) >= LOOKS_STILL
    return told and not any(watch.gradients for watch in looks)


def _is_zero(logarithm: float | None) -> bool:
    """Whether the logarithm of a change is that of nothing: null in the file, so NaN here."""
    return logarithm is not None and (math.isnan(logarithm) or logarithm < -12)


def judge_vanishing(case: Case) -> Opinion:
    """Gradients that fade on their way to the first layers."""
    cause = "vanishing"
    looks = [w for w in case.evidence.watches if len(w.gradients) >= 3]
    if not looks:
        return undecided(cause)
    ratios, firsts = zip(*(_first_over_last(w.gradients) for w in looks), strict=True)
    ratio, first = float(np.median(ratios)), float(np.median(firsts))
    shown = Exhibit(
        "Gradient of the first layer over that of the last", figure(ratio), f"above {FADED:g}"
    )
    if case.learned_well or not ratio < FADED:
        return ruled_out(cause, shown)
    if not ratios[0] < FADED:  # it was sound before training spoiled it
        before = Exhibit("The same at the first look", figure(ratios[0]), f"below {FADED:g}")
        return ruled_out(cause, before, shown)
    if first < FADED_NORM:
        return found(cause, "tested", 0.85, shown, picture="gradients")
    if case.stuck and (apart := _first_hardly_moves(case)):
        return found(cause, "suspected", 0.65, shown, apart, picture="gradients")
    return undecided(cause, shown)


def _first_hardly_moves(case: Case) -> Exhibit | None:
    """The steps of the first and the last layer, where one hardly moves and the other does."""
    looks = [list(w.updates.values()) for w in case.evidence.watches if len(w.updates) >= 3]
    if not looks:
        return None
    first, last = (float(np.median([look[place] for look in looks])) for place in (0, -1))
    if not (first < SMALL_UPDATE - 0.5 and last - first > MUCH_FASTER):
        return None
    return Exhibit(
        "A step's change over the weights, log10, of the first layer and of the last",
        f"{figure(first)} and {figure(last)}",
        "both about -3",
    )


def _first_over_last(gradients: Mapping[str, float]) -> tuple[float, float]:
    norms = [norm for norm in gradients.values() if not math.isnan(norm)]
    if len(norms) < 2 or norms[-1] == 0:
        return 1.0, norms[0] if norms else 0.0
    return norms[0] / norms[-1], norms[0]


def judge_huge_head(case: Case) -> Opinion:
    """A last layer with so many inputs that it overshoots."""
    cause = "huge_head"
    inputs = case.facts.head_inputs
    if inputs is None:
        return undecided(cause)
    shown = Exhibit("Inputs of the last layer", f"{inputs:,}", f"up to {NARROW_HEAD:,}")
    if inputs <= NARROW_HEAD:
        return ruled_out(cause, shown)
    if "head" in case.tests:
        tenth = Arm.of(case.tests.get("rates", {}), "tenth")
        return _head_from_test(case, cause, shown, tenth)
    height = case.overshoot or 0.0
    jumps = inputs >= WIDE_HEAD and height > math.log(case.classes) + JUMP
    got_by = not jumps if case.learned_well else case.trained and not _is_blown_up(case)
    if got_by:
        trained = in_training(case, "low, if it overshot")
        return ruled_out(cause, shown, trained)
    if jumps:
        jumped = Exhibit(
            "Highest loss after the first steps",
            figure(height),
            f"below ln {case.classes} + {JUMP:g} = {math.log(case.classes) + JUMP:.1f}",
        )
        return found(cause, "suspected", WORTH_KNOWING, shown, jumped, picture="curves")
    return undecided(cause, shown)


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
        return found(cause, "tested", weight, shown, exhibit, test=test, picture="rates")
    return ruled_out(cause, shown, exhibit, test=test)


RULES = (
    judge_bad_start,
    judge_frozen,
    judge_exploding,
    judge_dead_units,
    judge_vanishing,
    judge_rate_too_high,
    judge_huge_head,
    judge_rate_too_low,
    judge_lagging_averages,
    judge_tiny_batches,
    judge_stopped_early,
)
