"""What published tools' rules say of the same evidence.

Written from the thresholds in their papers, not from their code; only the rules, not the tools. A
message counts for every cause that a person could fairly read from it (``MEANS``), which is kinder
than the papers are. What our evidence does not hold is replaced by the nearest figure it does hold,
always in the rival's favour; each such place says so.

UMLAUT: Schoop, Huang, Hartmann, CHI 2021. AUTOTRAINER: Zhang, Zhai, Ma, Shen, ICSE 2021.
DeepDiagnosis: Wardat, Cruz, Le, Rajan, ICSE 2022.
"""

import math
from collections.abc import Callable, Iterator
from statistics import median

from resnet_app.doctor.evidence import Evidence

MEANS: dict[str, frozenset[str]] = {
    "input out of -1…1": frozenset({"raw_pixels", "scaled_differently", "bad_pixels"}),
    "rate above 0.01": frozenset({"rate_too_high", "exploding", "huge_head"}),
    "rate below 1e-7": frozenset({"rate_too_low"}),
    "overfitting": frozenset({"overfitting", "too_few"}),
    "validation above training": frozenset({"leak"}),
    "NaN in loss and input": frozenset({"bad_pixels", "exploding", "labels_encoded"}),
    "missing activation": frozenset({"wrong_activation", "vanishing"}),
    "missing softmax": frozenset({"softmax_missing", "wrong_activation"}),
    "activation before the last": frozenset({"softmax_twice", "wrong_activation"}),
    "dropout above 0.5": frozenset({"over_regularized"}),
    "vanishing gradient": frozenset({"vanishing", "bad_start", "frozen", "dead_units"}),
    "exploding gradient": frozenset({"exploding", "rate_too_high"}),
    "dying ReLU": frozenset({"dead_units", "bad_start", "wrong_activation"}),
    "oscillating loss": frozenset(
        {"rate_too_high", "huge_head", "tiny_batches", "unshuffled_batches"}
    ),
    "slow convergence": frozenset(
        {"rate_too_low", "bad_start", "frozen", "over_regularized", "too_small", "scaled_twice"}
    ),
    "abnormal data": frozenset({"raw_pixels", "images_broken", "bad_pixels"}),
    "normalize the data": frozenset({"raw_pixels", "scaled_differently"}),
    "dead node": frozenset({"dead_units", "bad_start", "wrong_activation"}),
    "weights hardly change": frozenset({"rate_too_low", "vanishing", "frozen", "bad_start"}),
    "weights change too much": frozenset({"rate_too_high", "exploding", "huge_head"}),
    "loss does not fall": frozenset(
        {"rate_too_low", "bad_start", "frozen", "vanishing", "wrong_loss", "dead_units"}
    ),
    "accuracy does not rise": frozenset({"wrong_loss", "wrong_activation", "softmax_missing"}),
    "loss is not a number": frozenset({"exploding", "rate_too_high", "bad_pixels"}),
}
"""For each message the causes for which it counts as right."""


def umlaut(evidence: Evidence) -> list[str]:
    """Messages of UMLAUT's rules, in the order of its page: data, model, training."""
    return list(_umlaut_static(evidence)) + list(_umlaut_curves(evidence))


def _umlaut_static(evidence: Evidence) -> Iterator[str]:
    facts = evidence.facts
    if facts.pixels is not None and (facts.pixels.low < -1 or facts.pixels.high > 1):
        yield "input out of -1…1"
    if facts.learning_rate is not None and facts.learning_rate > 0.01:
        yield "rate above 0.01"
    if facts.learning_rate is not None and facts.learning_rate < 1e-7:
        yield "rate below 1e-7"
    weighted = [layer for layer in facts.layers if layer.kind in ("Conv2D", "Dense")]
    if any(layer.activation in (None, "linear") for layer in weighted[:-1]):
        yield "missing activation"
    if facts.layers:
        last = facts.layers[-1]
        if "softmax" not in last.name.lower() and not facts.from_logits:
            yield "missing softmax"
        active = [x for x in weighted[-1:] if x.activation not in (None, "linear")]
        if active and last is not weighted[-1]:
            yield "activation before the last"
    if any(
        layer.settings.get("rate", 0) > 0.5 for layer in facts.layers if "Dropout" in layer.kind
    ):
        yield "dropout above 0.5"


def _umlaut_curves(evidence: Evidence) -> Iterator[str]:
    epochs = evidence.history.epochs
    bad = evidence.facts.pixels is not None and evidence.facts.pixels.bad > 0
    if bad and any(math.isnan(point.loss) for point in epochs):
        yield "NaN in loss and input"
    pairs = list(zip(epochs, epochs[1:], strict=False))
    if any(b.val_loss > a.val_loss and b.loss <= a.loss for a, b in pairs):
        yield "overfitting"
    if any(p.val_accuracy > 0.95 or p.val_accuracy > p.accuracy + 0.05 for p in epochs[3:]):
        yield "validation above training"


def autotrainer(evidence: Evidence) -> list[str]:
    """Symptoms of AUTOTRAINER's rules, in the order in which it checks them."""
    return list(_autotrainer_gradients(evidence)) + list(_autotrainer_curves(evidence))


def _autotrainer_gradients(evidence: Evidence) -> Iterator[str]:
    epochs = evidence.history.epochs
    if any(not math.isfinite(p.loss) or p.loss > 1e3 for p in epochs):
        yield "exploding gradient"
    else:
        for watch in evidence.watches:
            norms = [value for value in watch.gradients.values() if math.isfinite(value)]
            if len(norms) < 2 or norms[-1] == 0:
                continue
            ratio = norms[0] / norms[-1]
            if ratio < 1e-3 and norms[0] < 1e-4:
                yield "vanishing gradient"
                break
            if ratio > 70:
                yield "exploding gradient"
                break
    # Zero gradients are not kept; units silent on all probe images are the nearest.
    shares = [value for watch in evidence.watches for value in watch.silent.values()]
    if shares and max(shares) >= 0.7:
        yield "dying ReLU"


def _autotrainer_curves(evidence: Evidence) -> Iterator[str]:
    accuracy = [point.accuracy for point in evidence.history.epochs]
    falls = sum(a - b >= 0.03 for a, b in zip(accuracy, accuracy[1:], strict=False))
    if len(accuracy) > 1 and falls >= max(1, len(accuracy) / 5):
        yield "oscillating loss"
    gains = [b - a for a, b in zip(accuracy, accuracy[1:], strict=False)]
    if gains and accuracy[-1] < 0.6 and max(gains) < 0.01:
        yield "slow convergence"
    # The mean output of a layer is not kept; the input's mean stands for it.
    if evidence.facts.pixels is not None and abs(evidence.facts.pixels.mean) >= 10:
        yield "abnormal data"


def deepdiagnosis(evidence: Evidence) -> list[str]:
    """Symptoms of DeepDiagnosis's rules, its order of precedence kept."""
    found = []
    pixels = evidence.facts.pixels
    if pixels is not None and pixels.high > 1:
        found.append("normalize the data")
    if any(not math.isfinite(point.loss) for point in evidence.history.epochs):
        found.append("loss is not a number")
    return found + list(_deepdiagnosis_layers(evidence)) + list(_deepdiagnosis_curves(evidence))


def _deepdiagnosis_layers(evidence: Evidence) -> Iterator[str]:
    # Outputs at zero or below are kept only as units silent on every probe image.
    silent = [value for watch in evidence.watches for value in watch.silent.values()]
    if silent and max(silent) >= 0.7:
        yield "dead node"
    gradients = [value for watch in evidence.watches for value in watch.gradients.values()]
    if gradients and min(gradients) < 1e-7:
        yield "vanishing gradient"
    updates = _median_updates(evidence)
    if updates and min(updates) < -5:
        yield "weights hardly change"
    if updates and max(updates) > -1:
        yield "weights change too much"


def _median_updates(evidence: Evidence) -> list[float]:
    """Each layer's median over all looks: kinder than at any single one, as the paper has it."""
    by_layer: dict[str, list[float]] = {}
    for watch in evidence.watches:
        for name, value in watch.updates.items():
            if math.isfinite(value):
                by_layer.setdefault(name, []).append(value)
    return [median(values) for values in by_layer.values()]


def _deepdiagnosis_curves(evidence: Evidence) -> Iterator[str]:
    losses = [point.loss for point in evidence.history.epochs]
    if len(losses) >= 5 and min(losses[-4:]) >= losses[-5]:
        yield "loss does not fall"
    accuracy = [point.accuracy for point in evidence.history.epochs]
    if len(accuracy) >= 20 and max(accuracy[-19:]) <= accuracy[-20]:
        yield "accuracy does not rise"


RIVALS: dict[str, Callable[[Evidence], list[str]]] = {
    "UMLAUT": umlaut,
    "AUTOTRAINER": autotrainer,
    "DeepDiagnosis": deepdiagnosis,
}
"""By name."""
