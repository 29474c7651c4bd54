"""Causes in the scale of the inputs."""

import math
from collections.abc import Mapping
from typing import Any

from resnet_app.doctor.case import ROUNDING, Case, has_kernel, is_batch_norm
from resnet_app.doctor.evidence import Layer, Pixels
from resnet_app.doctor.rules.arms import Arm
from resnet_app.doctor.rules.layers import were_trained
from resnet_app.doctor.rules.reached import beside_neighbours, in_validation
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import figure

RAW = 16.0
"""Largest pixel from which inputs are on a raw scale; standardized digits reach about 10."""

NEARLY = 0.1
"""Distance from mean 0 and deviation 1, up to which inputs were standardized."""

EACH_ON_ITS_OWN = ("layernormalization", "groupnormalization", "rmsnormalization")
"""Normalizations of each example."""

FAR_FROM_ONE = 100.0
"""The same from which their scale is more to be suspected than a rate."""

DROWNED = 1 / 32
"""Range of the pixels below which they were scaled twice: 255 / 255² is 0.004, and an image that
uses a hundredth of its grey levels would be blank to the eye."""

LEARNED = 0.05
"""Nats below an even guess, ln K, from which a twin has learned something."""

BROKEN = 2.0
"""Loss over that of an even guess from which a twin has come to grief."""

SWAMPED = 2.0
"""Loss before the first step over that of an even guess from which the outputs have the pixels'
scale. In the bench small pixels and cross-entropy of a softmax start at 1.15 at most."""

SPREAD = 1.6
"""Ratio of the parts' deviations, either way, from which they are on different scales."""

SAME_ENDS = 0.2
"""Distance of the smallest and largest pixels of both parts, over their span, up to which their
scale is the same, and other means come from other pictures."""

OTHER_GROUND, SAME_INK = 0.3, 0.1
"""Distance of the grounds of drawings, in deviations, from which they are on different scales,
where the shares with dark ink differ by less than the second."""

AWAY = 0.75
"""Distance of the parts' means, in deviations, from which they are on different scales."""


def judge_raw_pixels(case: Case) -> Opinion:
    """Raw pixels, where no batch normalization makes their scale cancel."""
    cause = "raw_pixels"
    pixels, twins = case.inputs, case.tests.get("twins")
    if twins is not None and _tells(twins, case.classes):
        return _from_twins(cause, twins)
    if pixels is None:
        return undecided(cause)
    span = max(abs(pixels.high), abs(pixels.low))
    shown = Exhibit("Pixels", f"{figure(pixels.low)} to {figure(pixels.high)}", "about 0 to 1")
    if span < RAW:
        return ruled_out(cause, shown)
    if _is_standardized(pixels):
        standard = f"{figure(pixels.mean)} and {figure(pixels.deviation)}"
        return ruled_out(cause, Exhibit("Mean and deviation", standard, "0 and 1"), shown)
    if _cancels(case):
        behind = Exhibit(
            "First layer with weights", "normalization follows", "then the scale cancels"
        )
        return ruled_out(cause, shown, behind)
    if case.has_batch_norm is None or _prepares_its_own(case):
        return undecided(cause, shown)
    if case.learned_well:
        learned = in_validation(case, "low, if it hurt")
        return ruled_out(cause, shown, learned)
    start, usual = case.facts.start_loss, _usual_start(case)
    if start is not None and start > SWAMPED * usual:
        before = Exhibit("Loss before the first step", figure(start), f"about {figure(usual)}")
        return found(cause, "suspected", 0.9, shown, before, picture="curves")
    if span >= FAR_FROM_ONE and (saturated := _saturated(case)):
        return found(cause, "suspected", 0.9, shown, saturated, picture="gradients")
    weight = 0.75 if span >= FAR_FROM_ONE else 0.55
    return found(cause, "suspected", weight, shown, *beside_neighbours(case), picture="curves")


def _saturated(case: Case) -> Exhibit | None:
    """The gradient of the first layer that learns, where none ever reached it but others."""
    looks = [look.gradients for look in case.evidence.watches if look.gradients]
    first = next(iter(looks[0]), "") if looks else ""
    activations = {layer.name: layer.activation for layer in case.facts.layers}
    levels_off = activations.get(first) in ("tanh", "sigmoid")
    nothing = levels_off and all(look.get(first, 1.0) <= ROUNDING for look in looks)
    if not nothing or not any(norm > ROUNDING for look in looks for norm in look.values()):
        return None
    return Exhibit("Norm of the first layer's gradient", "0 at every look", "above 0")


def _is_standardized(pixels: Pixels) -> bool:
    """Whether all together have mean 0 and deviation 1, however far single ones lie."""
    return abs(pixels.mean) < NEARLY and abs(pixels.deviation - 1) < NEARLY


def _usual_start(case: Case) -> float:
    """Loss of outputs that say nothing yet: of classes even guesses, of numbers zeros, at most."""
    if case.classifies:
        return math.log(case.classes)
    ends = case.facts.label_range or (math.inf, math.inf)
    return case.loss_of(max(map(abs, ends)))


def _tells(twins: Mapping[str, Any], classes: int) -> bool:
    """Whether either twin learned anything, or one broke: two that did not are no comparison."""
    losses = [arm.loss for name in ("raw", "unit") if (arm := Arm.of(twins, name)) is not None]
    even = math.log(classes)
    return any(loss < even - LEARNED or loss > BROKEN * even for loss in losses)


def _from_twins(cause: str, twins: Mapping[str, Any]) -> Opinion:
    raw, unit = Arm.of(twins, "raw"), Arm.of(twins, "unit")
    if raw is None or unit is None:
        return undecided(cause)
    outcome = (
        f"loss {figure(raw.loss)} with raw pixels, {figure(unit.loss)} with pixels from 0 to 1, "
        f"after {twins.get('steps')} steps"
    )
    better = unit.beats(raw)
    test = TestResult(
        "twins", "Does the same training go better with pixels from 0 to 1?", outcome, better
    )
    shown = Exhibit("Twins that differ in the pixels' scale alone", outcome, "equal, if harmless")
    if better:
        return found(cause, "tested", 0.92, shown, test=test, picture="twins")
    return ruled_out(cause, shown, test=test)


def _cancels(case: Case) -> bool:
    """Whether the first layer with a kernel is followed by a normalization."""
    layers = [layer for layer in case.facts.layers if has_kernel(layer) or _normalizes(layer)]
    return any(map(_normalizes, layers[:2]))


def _normalizes(layer: Layer) -> bool:
    """Whether ``layer`` brings what comes in to one scale, of a batch or of each example."""
    return is_batch_norm(layer) or layer.kind.lower() in EACH_ON_ITS_OWN


def _prepares_its_own(case: Case) -> bool:
    """Whether the first layers were trained before, on inputs on a scale of their own."""
    first = next((layer for layer in case.facts.layers if has_kernel(layer)), None)
    return first is not None and were_trained([first])


def judge_scaled_twice(case: Case) -> Opinion:
    """Pixels so small that they drown."""
    cause = "scaled_twice"
    pixels = case.inputs
    if pixels is None:
        return undecided(cause)
    shown = Exhibit("Pixels", f"{figure(pixels.low)} to {figure(pixels.high)}", "about 0 to 1")
    if not 0 < pixels.high - pixels.low < DROWNED:
        return ruled_out(cause, shown)
    normalizing = next(filter(is_batch_norm, case.facts.layers), None)
    if normalizing is None:
        return found(cause, "certain", 0.94, shown, picture="pixels")
    epsilon = figure(normalizing.settings.get("epsilon") or 1e-3)
    drowned = Exhibit(
        "Their variance",
        figure(pixels.deviation**2),
        f"well above the epsilon of batch normalization, {epsilon}",
    )
    return found(cause, "certain", 0.94, shown, drowned, picture="pixels")


def judge_scaled_differently(case: Case) -> Opinion:
    """Training and validation on different scales."""
    cause = "scaled_differently"
    training, validation = case.facts.pixels, case.facts.validation_pixels
    if training is None or validation is None:
        return undecided(cause)
    shown = Exhibit(
        "Pixels of training and of validation",
        f"{_measures(training)}; {_measures(validation)}",
        "the same mean and deviation",
    )
    one, other = training.deviation, validation.deviation
    if not (one > 0 and other > 0):
        return undecided(cause, shown)
    away = abs(training.mean - validation.mean) / max(one, other)
    alike = 1 / SPREAD < one / other < SPREAD and away < AWAY
    grounds = _other_ground(training, validation)
    if same_range(training, validation) or (alike and grounds is None):
        return ruled_out(cause, shown)
    told = [] if grounds is None else [grounds]
    return found(cause, "certain", 0.95, shown, *told, picture="pixels")


def _other_ground(one: Pixels, other: Pixels) -> Exhibit | None:
    """The values of the ground, where both parts are drawings, inked alike, on different ones."""
    if one.dark is None or other.dark is None or one.border is None or other.border is None:
        return None
    away = abs(one.border - other.border) / max(one.deviation, other.deviation)
    if abs(one.dark - other.dark) >= SAME_INK or away < OTHER_GROUND:
        return None
    return Exhibit(
        "Ground of the drawings, in training and in validation",
        f"{figure(one.border)} and {figure(other.border)}",
        "the same",
    )


def same_range(one: Pixels, other: Pixels) -> bool:
    """Whether the pixels of both parts reach as far, so that their scale is the same."""
    spans = one.high - one.low, other.high - other.low
    away = abs(one.low - other.low) + abs(one.high - other.high)
    return away <= SAME_ENDS * max(spans)


def _measures(pixels: Pixels) -> str:
    return f"{figure(pixels.mean)} ± {figure(pixels.deviation)}"


RULES = (judge_raw_pixels, judge_scaled_twice, judge_scaled_differently)
