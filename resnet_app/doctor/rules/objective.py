"""Causes in what is asked of the network: its outputs and its loss."""

import math
from collections.abc import Sequence

from resnet_app.doctor.case import WORTH_KNOWING, Case, has_kernel, is_softmax
from resnet_app.doctor.evidence import Layer, Watch
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import figure, share

SUMS_TO_ONE = 0.02
"""Distance from 1 of a row's sum that rounding, also in 16 bits, may make."""

KNOWS = 0.6
"""Accuracy from which a network that could be sure would be so of some image."""

BEYOND_SOFTMAX = 1.0
"""Nats that the first batches may add to the loss of other ones."""

BELOW_ANY = -1.5
"""Loss below which it is none that asks which class it is, nor a cosine similarity."""

ROOM = 0.003
"""Beyond the largest answer of a double softmax, for rounding."""

DISTANCES = ("squared", "absolute", "mse", "mae", "huber", "logcosh")
"""Parts of the names of losses of numbers, which answers should come near to."""

UNFIT_LOSSES = (*DISTANCES, "binary", "hinge", "poisson")
"""Parts of the names of losses that ask something else than which of ten digits it is."""

FIT_LOSSES = ("categoricalhinge",)
"""Losses that ask it all the same, whatever they are called."""

REACH = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "exponential": (0.0, math.inf),
}
"""Smallest and largest output of activations that do not give any number."""

BEYOND = 0.05
"""Share of the span of the numbers asked for that may lie beyond an activation's reach."""

ONE_PROBABILITY = ("sigmoid", "hard_sigmoid")
"""Activations that make a probability of a single output."""


def _rows(case: Case) -> tuple[float, float] | None:
    """Smallest and largest sum of a row of outputs, as late as known and finite."""
    seen = [watch.row_sums for watch in case.evidence.watches] + [case.facts.row_sums]
    return _last_finite(seen[:-1]) or _last_finite(seen)


def _outputs(case: Case) -> tuple[float, float] | None:
    seen = _ends_seen(case)
    return _last_finite(seen[:-1]) or _last_finite(seen)


def _ends_seen(case: Case) -> list[tuple[float, float] | None]:
    """Smallest and largest output of each look; those before the first step come last."""
    return [watch.outputs for watch in case.evidence.watches] + [case.facts.outputs]


def _last_finite(pairs: list[tuple[float, float] | None]) -> tuple[float, float] | None:
    return next(reversed(_finite(pairs)), None)


def _finite(pairs: list[tuple[float, float] | None]) -> list[tuple[float, float]]:
    return [pair for pair in pairs if pair is not None and all(map(math.isfinite, pair))]


def _sum_to_one(rows: tuple[float, float]) -> bool:
    return max(abs(rows[0] - 1), abs(rows[1] - 1)) <= SUMS_TO_ONE


def _takes_probabilities(case: Case) -> bool:
    """Whether the loss takes the outputs for probabilities."""
    return case.facts.from_logits is False and "crossentropy" in _loss(case)


def _loss(case: Case) -> str:
    return (case.facts.loss or "").lower().replace("_", "").replace(" ", "")


def judge_softmax_missing(case: Case) -> Opinion:
    """Plain numbers where the loss expects probabilities."""
    cause = "softmax_missing"
    rows, outputs = _rows(case), _outputs(case)
    if rows is None:
        return undecided(cause)
    if case.facts.loss is None or (case.facts.from_logits is None and "entropy" in _loss(case)):
        return _beyond_any_softmax(case, cause)
    shown = _rows_exhibit(rows)
    if _sum_to_one(rows) or not _takes_probabilities(case):
        return ruled_out(cause, shown)
    if outputs is None:
        return undecided(cause, shown)
    if case.one_output and 0 <= outputs[0] <= outputs[1] <= 1:
        return ruled_out(cause, _ends_exhibit(outputs))
    if outputs[0] >= 0:
        return undecided(cause, shown)
    lowest = Exhibit("Smallest output", figure(outputs[0]), "0 or more, as a probability")
    return found(cause, "certain", 0.97, shown, lowest, picture="outputs")


def _beyond_any_softmax(case: Case, cause: str) -> Opinion:
    """Of a step or a loss of somebody's own, of which not more is known than its value.

    Cross-entropy after softmax is at most ln C and the span of the numbers that go in. Where the
    first loss is above that, there was no softmax.
    """
    ends, batches = case.facts.outputs, case.evidence.history.batches
    if ends is None or not batches or ends[0] >= 0 or case.learned_well or case.trained:
        return undecided(cause)
    most = math.log(case.classes) + ends[1] - ends[0]
    shown = Exhibit("Loss at the start", figure(batches[0].loss), f"{most:.2f} at most")
    if not batches[0].loss > most + BEYOND_SOFTMAX or case.largest_penalty:
        return undecided(cause, shown)
    return found(cause, "suspected", 0.65, shown, _ends_exhibit(ends), picture="outputs")


def _rows_exhibit(rows: tuple[float, float]) -> Exhibit:
    return Exhibit("Sum of the outputs of an image", f"{figure(rows[0])} to {figure(rows[1])}", "1")


def judge_softmax_twice(case: Case) -> Opinion:
    """Probabilities that go through softmax once more."""
    cause = "softmax_twice"
    rows = _rows(case)
    if rows is None:
        return undecided(cause)
    shown = _rows_exhibit(rows)
    asked = Exhibit("The loss", "applies softmax itself", "takes probabilities")
    if case.one_output:
        if case.facts.from_logits is True and _last_activation(case) in ONE_PROBABILITY:
            ends = Exhibit("Activation of the last layer", str(_last_activation(case)), "none")
            return _asked_twice(case, cause, ends, asked)
        return ruled_out(cause, shown)
    if not _sum_to_one(rows):
        return ruled_out(cause, shown)
    if case.facts.from_logits is True or case.facts.softmaxes_again:
        return _asked_twice(case, cause, shown, asked)
    softmaxes = sum(is_softmax(layer) for layer in _from_last_weights(case))
    if softmaxes > 1:
        layers = Exhibit("Softmaxes at the network's end", str(softmaxes), "1")
        return found(cause, "certain", 0.97, shown, layers, picture="outputs")
    return _flattened(case, cause)


def _asked_twice(case: Case, cause: str, shown: Exhibit, asked: Exhibit) -> Opinion:
    """Of a loss that applies softmax to probabilities, unless Keras has seen that coming."""
    floor, reached = _floor(case), case.training_loss
    if not case.one_output and reached is not None and reached < floor:
        below = Exhibit("Training loss", figure(reached), f"{floor:.2f} at least")
        return found(cause, "certain", WORTH_KNOWING, shown, asked, below, picture="outputs")
    if not case.facts.softmax_undone:
        return found(cause, "certain", 0.97, shown, asked, picture="outputs")
    seen = Exhibit(
        "What the loss gets",
        "the numbers before the network's softmax; Keras takes them itself",
        "the same, by one softmax only",
    )
    return found(cause, "certain", WORTH_KNOWING, shown, asked, seen, picture="outputs")


def _floor(case: Case) -> float:
    """The least loss, in nats, that two softmaxes allow."""
    return math.log(math.e + case.classes - 1) - 1


def _from_last_weights(case: Case) -> Sequence[Layer]:
    """The last layer with a kernel and those after it; a softmax before may weigh features."""
    layers = case.facts.layers
    kernels = [place for place, layer in enumerate(layers) if has_kernel(layer)]
    return layers[kernels[-1] :] if kernels else layers


def _flattened(case: Case, cause: str) -> Opinion:
    """Whether answers are as sure, and as unsure, as a softmax of probabilities can be, no more.

    Softmax over K probabilities lies between 1 / (e + K - 1) and e / (e + K - 1), for ten 0.085 and
    0.232.
    """
    least = 1 / (math.e + case.classes - 1)
    ceiling = math.e * least
    floor, reached = _floor(case), case.training_loss
    if reached is not None and reached < floor:
        below = f"{floor:.2f} at least, after two softmaxes"
        return ruled_out(cause, Exhibit("Training loss", figure(reached), below))
    looks = [watch for watch in case.evidence.watches if _has_outputs(watch)]
    surest = max((watch.outputs[1] for watch in looks if watch.outputs), default=None)
    if surest is None:
        return undecided(cause)
    shown = Exhibit("Surest answer", figure(surest), f"near 1; two softmaxes allow {ceiling:.3f}")
    if surest > ceiling + ROOM:
        return ruled_out(cause, shown)
    lowest = min(watch.outputs[0] for watch in looks if watch.outputs)
    if lowest < least - ROOM:
        low = Exhibit("Least sure answer", figure(lowest), f"near 0; two softmaxes: {least:.3f}")
        return ruled_out(cause, low, shown)
    if surest < (1 / case.classes + ceiling) / 2:
        return undecided(cause, shown)  # any network that has not learned yet is as unsure
    # Counted in the same mode as the answers: averages that lag make any network unsure.
    known = max((watch.argmax_accuracy or 0.0 for watch in looks if _varies(watch)), default=0.0)
    if known < KNOWS:
        return undecided(cause, shown)
    test = TestResult(
        "outputs",
        "Is an answer ever surer than two softmaxes allow?",
        f"the surest is {figure(surest)}, at {share(known)} right; the limit is {ceiling:.3f}",
        True,
    )
    loss = Exhibit("Training loss", figure(case.training_loss or math.nan), f"floor {floor:.2f}")
    return found(cause, "tested", 0.96, shown, loss, test=test, picture="outputs")


def _varies(watch: Watch) -> bool:
    """Whether it does not give the same answer to all images, which some batches ask for."""
    return watch.predicted is None or sum(count > 0 for count in watch.predicted) > 1


def _has_outputs(watch: Watch) -> bool:
    return watch.outputs is not None and math.isfinite(watch.outputs[1])


def judge_wrong_activation(case: Case) -> Opinion:
    """Outputs that are neither probabilities nor plain numbers, or cannot be those asked for."""
    cause = "wrong_activation"
    if not case.classifies:
        return _out_of_reach(case, cause)
    rows, outputs = _rows(case), _outputs(case)
    if rows is None or outputs is None:
        return undecided(cause)
    shown, ends = _rows_exhibit(rows), _ends_exhibit(outputs)
    activation = _last_activation(case)
    if case.one_output:
        used = Exhibit("Activation of the last layer with weights", str(activation), "sigmoid")
        if activation in (None, "linear", *ONE_PROBABILITY) and rows != (1, 1):
            return ruled_out(cause, used, ends)
        return found(cause, "certain", 0.97, used, ends, picture="outputs")
    if case.learned_well and not _asks_for_one(case):  # what it asks may well fit other outputs
        return undecided(cause, shown, ends)
    if activation not in (None, "linear", "softmax", "log_softmax"):
        used = Exhibit("Activation of the last layer with weights", str(activation), "softmax")
        return found(cause, "certain", 0.97, used, shown, ends, picture="outputs")
    if _sum_to_one(rows) or _were_negative(case):
        return ruled_out(cause, shown, ends)
    return found(cause, "certain", 0.96, shown, ends, picture="outputs")


def _were_negative(case: Case) -> bool:
    """Whether some outputs were below 0 at some time.

    Where a network answers all images alike, its plain numbers may all lie above 0 by chance.
    """
    return any(low < 0 for low, _ in _finite(_ends_seen(case)))


def _out_of_reach(case: Case, cause: str) -> Opinion:
    """Whether numbers are asked for that the last activation never gives."""
    asked, rows = case.facts.label_range, _rows(case)
    if case.ticks_several and rows is not None and _sum_to_one(rows):
        several = Exhibit("Labels", "several at once, or none", "one each, for a softmax")
        return found(cause, "certain", 0.96, _rows_exhibit(rows), several, picture="outputs")
    activation = case.facts.layers[-1].activation if case.facts.layers else None
    if asked is None or activation is None or not all(map(math.isfinite, asked)):
        return undecided(cause)
    if not any(part in _loss(case) for part in DISTANCES):
        return undecided(cause)
    low, high = REACH.get(activation, (-math.inf, math.inf))
    shown = Exhibit(
        "Numbers that are asked for",
        f"{figure(asked[0])} to {figure(asked[1])}",
        f"what {activation} can give: "
        + (f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"),
    )
    room = BEYOND * (asked[1] - asked[0])
    if asked[0] >= low - room and asked[1] <= high + room:
        return undecided(cause)
    return found(cause, "certain", 0.96, shown, picture="outputs")


def _ends_exhibit(outputs: tuple[float, float]) -> Exhibit:
    return Exhibit(
        "Outputs", f"{figure(outputs[0])} to {figure(outputs[1])}", "probabilities that add up to 1"
    )


def _last_activation(case: Case) -> str | None:
    """That of the last layer with a kernel; where pooling follows, that of the network's end."""
    end = [layer for layer in _from_last_weights(case) if not _drops(layer)]
    if not end or not any(map(has_kernel, case.facts.layers)):
        return None
    if any("pool" in layer.kind.lower() for layer in end):
        return "softmax" if is_softmax(end[-1]) else end[-1].activation
    return end[0].activation


def _drops(layer: Layer) -> bool:
    """Whether ``layer`` does nothing where the network answers."""
    return "drop" in layer.kind.lower()


def _asks_for_one(case: Case) -> bool:
    """Whether the loss is known to ask which one of several classes it is."""
    return "categoricalcrossentropy" in _loss(case)


def asks_one_of_one(case: Case) -> bool:
    """Whether the loss asks which of several classes it is, of a single output."""
    return case.one_output and _loss(case) == "categoricalcrossentropy"


def judge_wrong_loss(case: Case) -> Opinion:
    """A loss that asks another question."""
    cause = "wrong_loss"
    loss = _loss(case)
    if not loss:
        return undecided(cause)
    named = Exhibit("Loss", case.facts.loss or "", "categorical cross-entropy")
    if _is_negative(case):
        value = Exhibit("Training loss", figure(case.training_loss or 0.0), "0 or more")
        return found(cause, "suspected", 0.85, value, named, picture="curves")
    if asks_one_of_one(case):
        binary = Exhibit("Loss", case.facts.loss or "", "binary cross-entropy")
        return found(cause, "certain", 0.98, binary, picture="outputs")
    if loss in FIT_LOSSES or not any(part in loss for part in UNFIT_LOSSES):
        return ruled_out(cause, named)
    if case.one_output:
        return ruled_out(cause, Exhibit("Loss", case.facts.loss or "", "binary cross-entropy"))
    if _counts_distances(case):
        accuracy = Exhibit("Accuracy, reported", share(case.training or 0), "none for distances")
        labels = Exhibit("Labels", "whole numbers, one output", "one output for each of them")
        return found(cause, "suspected", 0.75, named, accuracy, labels, picture="curves")
    if not case.classifies:
        return undecided(cause, named)
    if case.learned_well and "binary" in loss and _last_activation(case) in ONE_PROBABILITY:
        return found(cause, "suspected", WORTH_KNOWING, named, picture="curves")  # ten yes or no
    watch = case.watch
    right = watch.argmax_accuracy if watch else None
    if right is not None and case.training is not None:
        counted = Exhibit(
            "Accuracy, reported and counted",
            f"{share(case.training)} and {share(right)}",
            "about the same",
        )
        return found(cause, "certain", 0.93, named, counted, picture="curves")
    return found(cause, "certain", 0.9, named, picture="curves")


def _is_negative(case: Case) -> bool:
    """Whether the loss is below any that classes have, while nothing is learned."""
    loss = case.training_loss
    return loss is not None and loss < BELOW_ANY and case.classifies and bool(case.stuck)


def _counts_distances(case: Case) -> bool:
    """Whether the numbers of several classes are foretold as a distance by a single output.

    What gives it away is that its accuracy is asked for, too.
    """
    low, high = case.facts.label_range or (0.0, 0.0)
    if not any(part in _loss(case) for part in DISTANCES):
        return False
    single = case.facts.outputs is not None and case.facts.outputs == case.facts.row_sums
    numbers = float(low).is_integer() and float(high).is_integer() and high - low > 1
    return single and numbers and case.training is not None


RULES = (judge_softmax_missing, judge_softmax_twice, judge_wrong_activation, judge_wrong_loss)
