"""Causes in batch normalization: averages that lag, and batches too small for it."""

import math
from collections.abc import Mapping
from typing import Any

from resnet_app.doctor.case import (
    WORTH_KNOWING,
    Case,
    clearly_above,
    is_batch_norm,
    standard_error,
)
from resnet_app.doctor.evidence import Modes
from resnet_app.doctor.rules.reached import in_validation
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import figure, share

MODES_GAP, NO_MODES_GAP = 0.2, 0.08
"""Accuracy that training mode has before inference mode on the same images: averages lag from the
one, and do not below the other."""

RECOVERED = 0.02
"""Validation accuracy that averages estimated anew bring back, beyond noise, where they lagged."""

QUICK, QUICK_STEPS = 0.9, 10
"""Momentum up to which averages follow in some 20 steps, and steps after which they are not to
blame: this momentum is the treatment."""

LOSS_RATIO, MOSTLY_RATIO, LOSS_GAP = 3.0, 2.0, 0.3
"""Loss of the same training images in inference mode over that in training mode, and nats between
them, from which averages that hold much of their start lag, whatever the accuracies; the second
where they hold most of it."""

GOOD_MEANWHILE, STOOD, FOLLOWED = 0.8, 0.1, 0.3
"""Training accuracy of an epoch, validation accuracy above chance meanwhile, at most, and what it
won later: so averages catch up that have lagged."""

HELD, MOSTLY_START = 0.05, 0.5
"""Share of the averages' start still in them with which they are not those of the network; and
which validation cannot but suffer from, once the network learns."""

USUAL = 0.99
"""Momentum that Keras takes by itself."""

TINY, SMALL_BATCH = 2, 4
"""Images a batch: too few for batch normalization; few."""


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
    if averages is None and not case.learned_well and (stood := _stood_still(case)):
        return found(cause, "suspected", 0.6, stood, shown, picture="curves")
    slow = averages is not None and _jumps(averages) and not _follows(case)
    mostly = _hold_their_start(case, MOSTLY_START) and _momentum(case) > USUAL
    if averages is None and gap < NO_MODES_GAP and case.far_from_learned and mostly:
        # Whatever keeps it from learning, both modes answer alike until it learns.
        still = _start_exhibit(case, _remaining(case) or 0.0)
        return found(cause, "suspected", WORTH_KNOWING, still, shown, own=True, picture="modes")
    if gap < NO_MODES_GAP and not stale and not _leaves_doubt(case, gap) and not slow:
        return ruled_out(cause, shown)
    if _follows(case):  # weights that move fast are ahead of any average
        quick = Exhibit("Momentum of the averages", figure(_momentum(case)), f"above {QUICK:g}")
        return ruled_out(cause, shown, quick)
    if averages is not None and (slow or not (gap >= MODES_GAP and _hold_their_start(case))):
        return _lag_tested(cause, averages, shown)
    if gap < MODES_GAP or case.has_batch_norm is None or _is_tiny(case):
        if case.learned_well and case.has_batch_norm and not stale:
            return found(cause, "suspected", WORTH_KNOWING, shown, picture="modes")
        return undecided(cause, shown)
    test = _modes_test(shown)
    since = next(m.position for m in case.evidence.modes if _gap(m) >= MODES_GAP)
    # Averages estimated anew are no help to weights of an earlier epoch that were restored.
    weight = 0.9 if averages is None else 0.6
    own = _hold_their_start(case)
    return found(cause, "tested", weight, shown, test=test, own=own, since=since, picture="modes")


def _stood_still(case: Case) -> Exhibit | None:
    """Epochs in which validation was at chance while training was good, before it followed."""
    points = case.evidence.history.epochs
    still = [
        point
        for point in points
        if point.accuracy >= GOOD_MEANWHILE and point.val_accuracy <= case.chance + STOOD
    ]
    if case.has_batch_norm is not True or len(still) < 2 or case.validation is None:
        return None
    if case.validation - still[-1].val_accuracy < FOLLOWED:
        return None
    return Exhibit(
        f"Validation accuracy of epoch {still[-1].epoch}, with a training accuracy of "
        f"{share(still[-1].accuracy)}, and at the end",
        f"{share(still[-1].val_accuracy)} and {share(case.validation)}",
        "near training all along",
    )


def _lags_in_loss(case: Case, modes: Modes) -> bool:
    """Whether it is far less sure of the same images with averages that hold their start.

    Where they hold most of it, less of that is enough if fewer are right, too.
    """
    if case.learned_well or _is_tiny(case) or not _hold_their_start(case):
        return False
    apart = modes.inference_loss - modes.training_loss
    mostly = _hold_their_start(case, MOSTLY_START) and _gap(modes) >= NO_MODES_GAP
    ratio = MOSTLY_RATIO if mostly else LOSS_RATIO
    far = modes.inference_loss >= ratio * modes.training_loss
    return apart >= LOSS_GAP and far and _gap(modes) > 0


def _lag_in_loss(case: Case, cause: str, modes: Modes) -> Opinion:
    losses = Exhibit(
        "Loss of the same training images, with batch statistics and with moving averages",
        f"{figure(modes.training_loss)} and {figure(modes.inference_loss)}",
        "nearly the same",
    )
    still = _start_exhibit(case, _remaining(case) or 0.0)
    test = _modes_test(losses)
    return found(cause, "tested", 0.8, losses, still, test=test, own=True, picture="modes")


def _leaves_doubt(case: Case, gap: float) -> bool:
    """Whether ``gap``, of few images and at one moment, is too little to clear the averages of a
    validation far below training."""
    if case.training is None or case.validation is None or case.has_batch_norm is not True:
        return False
    return gap >= NO_MODES_GAP / 2 and case.training - case.validation >= MODES_GAP


def _hold_their_start(case: Case, at_least: float = HELD) -> bool:
    return (_remaining(case) or 0.0) >= at_least


def _gap(modes: Modes) -> float:
    return modes.training_accuracy - modes.inference_accuracy


def _modes_test(outcome: Exhibit) -> TestResult:
    question = "Are the same training images answered as well with the moving averages?"
    return TestResult("modes", question, outcome.measured, True)


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
    return clearly_above(after, before, int(averages["images"]), RECOVERED)


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
    if averages is not None and _jumps(averages):
        return undecided(cause, shown)
    if case.has_batch_norm is None:
        return undecided(cause, shown)
    return found(cause, "certain", 0.88 if size <= TINY else 0.6, shown, picture="modes")


RULES = (
    judge_lagging_averages,
    judge_tiny_batches,
)
