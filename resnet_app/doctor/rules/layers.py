"""Causes in the layers: their start, what reaches them, and what they answer."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from resnet_app.doctor.case import (
    FEW_SILENT,
    SILENT,
    SMALL_UPDATE,
    WORTH_KNOWING,
    Case,
    has_kernel,
    is_softmax,
)
from resnet_app.doctor.evidence import Layer, Watch
from resnet_app.doctor.rules.reached import in_validation, silent_at_start
from resnet_app.doctor.verdict import Exhibit, Opinion, found, ruled_out, undecided
from resnet_app.doctor.wording import figure

TELLING = ("adam", "adamw", "nadam", "rmsprop")
"""Optimizers that follow any gradient, and whose averages tell it to the watcher."""

LOOKS_STILL = 3
"""Looks at which a layer has not changed from which it never does."""

EXPLODED_LOSS, EXPLODED_GRADIENT = 1e3, 1e4
"""Loss, and norm of all gradients, that no sound training of ten classes has."""

EXPLODED_TIMES = 1e6
"""Highest loss over that of answers that are all 0: of errors a thousand times as large."""

_SINGLE = 2
"""Parameters of a layer with one weight, and a bias, whose weights are all equal of course."""

ALIKE = 0.9
"""Share of a layer's units that start with another's weights from which it started constant."""

MOST = 0.5
"""Share of the layers with weights from which a start, or a freeze, is that of the network."""

DRAWN_PEAK = 2.4
"""Deviations from their mean that weights drawn by Keras's usual initializers do not reach."""

FADED, FADED_NORM = 1e-3, 1e-4
"""First layer's gradient over the last's, and its norm, below which it has faded."""

WEIGHING = ("attention", "multiply", "dot", "lambda", "einsum")
"""Parts of the names of layers that may weigh one output by another."""

LONG = 20
"""Steps of a sequence from which plain recurrent cells can hardly learn what its start says."""

SQUASHING = ("sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign")
FADED_BY_SQUASHING = 1e-2
"""Activations that are flat at both ends, and the first layer's gradient over the last's below
which such layers, whose slope is a quarter at most for a sigmoid, have let it fade."""

MUCH_FASTER = 2.0
"""Log10 of the last layer's relative steps over the first's from which the first stays behind."""


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


def judge_frozen(case: Case) -> Opinion:
    """Layers that are not changed."""
    cause = "frozen"
    kernels = [layer for layer in case.facts.layers if has_kernel(layer)]
    learners = [
        layer for layer in case.facts.layers if has_kernel(layer) or _is_of_sequences(layer)
    ]
    if not learners:
        return undecided(cause)
    frozen = [layer for layer in learners if not layer.trainable]
    weights = sum(layer.parameters for layer in learners)
    held = sum(layer.parameters for layer in frozen) / max(weights, 1)
    still = _unmoved(case, kernels)
    shown = Exhibit(
        "Layers with weights that are not changed",
        f"{max(len(frozen), still)} of {len(learners)}, {held:.0%} of the weights",
        "none",
    )
    many = max(len(frozen), still) >= MOST * len(learners) or held >= MOST
    if not frozen and not still:
        return ruled_out(cause, shown)
    if case.learned_well:
        well = in_validation(case, "low, if it hurt")
        return ruled_out(cause, shown, well)
    if still <= len(frozen) and were_trained(frozen):
        trained = Exhibit(
            "Largest of their weights, in deviations",
            f"{min(_peaks(frozen)):.1f} or more",
            f"up to {DRAWN_PEAK:g}, of random ones",
        )
        return found(cause, "suspected", WORTH_KNOWING, shown, trained, picture="updates")
    of_sequences = all(map(_is_of_sequences, frozen)) and not still
    if of_sequences and held < MOST:  # random features may do
        return found(cause, "suspected", WORTH_KNOWING, shown, picture="updates")
    weight = 0.94 if many and not of_sequences else 0.7
    return found(cause, "certain", weight, shown, picture="updates")


def _is_of_sequences(layer: Layer) -> bool:
    """Whether ``layer`` is a table of words or goes along a series, with weights of its own."""
    kinds = ("embedding", "lstm", "gru", "rnn", "attention")
    return layer.parameters > 0 and any(part in layer.kind.lower() for part in kinds)


def were_trained(frozen: Sequence[Layer]) -> bool:
    """Whether the weights of ``frozen`` layers, where known, are none that an initializer draws.

    Uniform ones reach 1.73 deviations, and normal ones that are cut at two reach 2.27.
    """
    return min(_peaks(frozen), default=0.0) > DRAWN_PEAK


def _peaks(layers: Sequence[Layer]) -> list[float]:
    return [layer.weight_peak for layer in layers if layer.weight_peak is not None]


def _unmoved(case: Case, kernels: Sequence[Layer]) -> int:
    """How many of ``kernels`` never changed, at any look, although a gradient reached them.

    A layer that changed once and then stopped is not frozen: its units have died. Nor is one whose
    gradient has faded to less than rounding lets it follow.
    """
    looks = [watch for watch in case.evidence.watches if watch.updates]
    left_out = _are_left_out(case, looks)
    return sum(
        1
        for layer in kernels
        if looks
        and all(_is_zero(watch.updates.get(layer.name)) for watch in looks)
        and (left_out or any(watch.gradients.get(layer.name, 0.0) > FADED_NORM for watch in looks))
    )


def _are_left_out(case: Case, looks: Sequence[Watch]) -> bool:
    """Whether layers that did not move were never handed to an optimizer that follows any gradient.

    It keeps no account of all weights then: their averages are not told, at any look.
    """
    told = case.facts.optimizer in TELLING and len(looks) >= LOOKS_STILL
    return told and not any(watch.gradients for watch in looks)


def _is_zero(logarithm: float | None) -> bool:
    """Whether the logarithm of a change is that of nothing: null in the file, so NaN here."""
    return logarithm is not None and (math.isnan(logarithm) or logarithm < -12)


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
        worst = max(norms)
        exhibits.append(Exhibit("Norm of all gradients", figure(worst), "about 0.1 to 10"))
        # Of numbers, gradients are as large as the labels are.
        if worst > EXPLODED_GRADIENT and case.classifies and not case.learned_well:
            return found(cause, "suspected", 0.7, *exhibits, picture="gradients")
    if highest > EXPLODED_LOSS and case.classifies and not case.learned_well:
        return found(cause, "suspected", 0.7, *exhibits, picture="curves")
    usual = _usual_loss(case)
    if usual is not None and highest > EXPLODED_TIMES * usual and not case.learned_well:
        zeros = Exhibit(
            "Loss of answers that are all 0, at most", figure(usual), "about the highest"
        )
        return found(cause, "suspected", 0.7, shown, zeros, picture="curves")
    return ruled_out(cause, *exhibits)


def _usual_loss(case: Case) -> float | None:
    """The most that answers of 0 can lose, or that was lost before the first step.

    None unless the loss is known to be one of distances between numbers, and these are known.
    """
    if case.classifies or case.facts.label_range is None or case.facts.start_loss is None:
        return None
    zeros = case.loss_of(max(map(abs, case.facts.label_range)))
    usual = max(zeros, case.facts.start_loss)
    return usual if math.isfinite(usual) else None


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
        start = Exhibit("The same before the first step", silent_at_start(case), "few")
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


def judge_vanishing(case: Case) -> Opinion:
    """Gradients that fade on their way to the first layers."""
    cause = "vanishing"
    squeezed, share_of_all = _squeezed(case)
    if share_of_all and not (case.learned_well or case.trained):
        weight = 0.65 if share_of_all > MOST else WORTH_KNOWING
        return found(cause, "suspected", weight, squeezed, picture="gradients")
    between = _from_gradients(case, cause)
    learned = case.learned_well or case.trained or case.breaks_at is not None
    if between.standing == "found" or learned or (far := _far_back(case)) is None:
        return between
    weight = 0.5 if case.stuck else WORTH_KNOWING
    return found(cause, "suspected", weight, far, *between.exhibits, picture="gradients")


def _from_gradients(case: Case, cause: str) -> Opinion:
    """By those of the first layer beside those of the last."""
    looks = [w for w in case.evidence.watches if len(w.gradients) >= 3]
    if not looks:
        return undecided(cause)
    ratios, firsts = zip(*(_first_over_last(w.gradients) for w in looks), strict=True)
    ratio, first = float(np.median(ratios)), float(np.median(firsts))
    limit = FADED_BY_SQUASHING if _squashes(case) and case.stuck else FADED
    shown = Exhibit(
        "Gradient of the first layer over that of the last", figure(ratio), f"above {limit:g}"
    )
    if case.learned_well or not ratio < limit:
        return ruled_out(cause, shown)
    if not ratios[0] < limit:  # it was sound before training spoiled it
        before = Exhibit("The same at the first look", figure(ratios[0]), f"below {FADED:g}")
        return ruled_out(cause, before, shown)
    if first < FADED_NORM and ratio < FADED:
        return found(cause, "tested", 0.85, shown, picture="gradients")
    if case.stuck and (apart := _first_hardly_moves(case)):
        return found(cause, "suspected", 0.65, shown, apart, picture="gradients")
    if case.stuck and limit > FADED:  # steps of Adam are as large, but follow next to nothing
        return found(cause, "suspected", 0.5, shown, picture="gradients")
    return undecided(cause, shown)


def _squeezed(case: Case) -> tuple[Exhibit, float]:
    """Hidden layers that end with a softmax, and their share of those with a kernel.

    Its outputs add up to 1, so of K units each passes on about 1/K of the correction. Elsewhere, as
    in attention, a softmax weighs other outputs.
    """
    layers = case.facts.layers
    kernels = [place for place, layer in enumerate(layers) if has_kernel(layer)]
    squeezed = sum(map(is_softmax, layers[: kernels[-1]])) if kernels else 0
    shown = Exhibit("Hidden layers that end with a softmax", str(squeezed), "none; ReLU instead")
    weighs = any(part in layer.kind.lower() for layer in layers for part in WEIGHING)
    if len(kernels) < 2 or weighs or not case.facts.one_row:  # the last of each of several outputs
        return shown, 0.0
    return shown, min(squeezed / (len(kernels) - 1), 1.0)


def _squashes(case: Case) -> bool:
    """Whether most hidden layers have an activation that is flat at both ends."""
    hidden = [layer for layer in case.facts.layers if has_kernel(layer) or _recurs(layer)][:-1]
    flat = sum(layer.activation in SQUASHING for layer in hidden)
    return bool(hidden) and flat > MOST * len(hidden)


def _far_back(case: Case) -> Exhibit | None:
    """The steps that plain recurrent cells read, where they are many.

    Each step back multiplies the gradient once more: Bengio, Simard and Frasconi 1994, "Learning
    long-term dependencies with gradient descent is difficult".
    """
    plain = (layer for layer in case.facts.layers if layer.kind.lower() == "simplernn")
    longest = max((layer.settings.get("length", 0.0) for layer in plain), default=0.0)
    if longest < LONG:
        return None
    return Exhibit("Steps that plain recurrent cells read", f"{longest:g}", f"below {LONG}")


def _recurs(layer: Layer) -> bool:
    """Whether it is a plain recurrent cell; others are made not to let gradients fade."""
    return layer.kind.lower() == "simplernncell"


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


RULES = (
    judge_bad_start,
    judge_frozen,
    judge_exploding,
    judge_dead_units,
    judge_vanishing,
)
