"""Causes in the labels: whose they are, how many are wrong, their form."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from resnet_app.doctor.case import (
    DEVIATIONS,
    WORTH_KNOWING,
    Case,
    clearly_above,
    standard_error,
)
from resnet_app.doctor.evidence import Layer
from resnet_app.doctor.rules.objective import asks_one_of_one
from resnet_app.doctor.rules.parts import LEAKED, few_texts_by_heart, has_other_shares
from resnet_app.doctor.rules.reached import in_training, in_validation
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import chance_of, figure, share

RELATED = 0.2
"""Accuracy above chance of nearest neighbours from which labels belong to the images. Of 300 and
1,000 MNIST, drawn and scanned digits with 45 % of labels wrong it is 0.27 at least, with 80 % of
them shuffled 0.09 at most."""

UNRELATED = 0.08
"""Share of what chance leaves open, foretold by them, up to which they do not, whatever the images
are."""

SEEN = 0.1
"""Validation accuracy above chance of a network that sees what neighbours do not."""

WELL_RELATED, CONTRADICTED = 0.4, 0.15
"""Accuracy of nearest neighbours, and share of labels that they contradict, from which labels of
any images are doubtful that a network tells no better."""

FOR_ONE_CLASS = ("categorical_crossentropy", "categorical_focal_crossentropy")
"""Losses of Keras's that take the numbers of a label for probabilities of one class."""

UNEXPLAINED, EXPLAINED_MOVED = 0.1, 0.4
"""Share of the spread of numbers that similar rows explain: next to nothing; much, once they are
moved."""

LEARNED_FIT = 0.4
"""Share of the spread in training from which a network has learned numbers by heart where it
explains next to nothing of validation."""

ROUNDED = 0.01
"""By which the numbers of one label may add up to more than 1."""

MANY_EMPTY = 0.05
"""Share of labels that name no class from which they are no mask of a few examples."""

RESTORED = 0.2
"""Accuracy that moving the labels must win for them to count as moved."""

WELL_FORETOLD = 0.8
"""Share of labels that similar examples foretell from which not many are wrong."""

AT_CHANCE_STILL, APART = 0.08, 0.3
"""Share above chance of labels of validation that training does not foretell, and by how much less
that is than in training."""

BETTER_READ = 0.1
"""Accuracy by which validation is above training, its noise taken off, from which the training
labels are the worse ones."""

FORETOLD = 0.03
"""Accuracy, beyond noise, by which validation's labels are foretold better where training's are the
worse ones."""

NOISY = 0.05
"""Share of contradicted labels, the usual ones taken off, from which they matter: 0.11 at least
with 15 % of labels wrong, 0.002 at most with clean ones."""

BY_HEART = 0.15
"""Training accuracy above chance from which a network learns images by heart if validation stays
at chance."""

ROOM = 0.3
"""Share of labels that are not the most frequent one below which nearest neighbours, who may
always foretell that one, do not tell whether the others belong to their images."""

TAIL_RESTORED, TAIL = 0.4, 50
"""The same for labels moved from some place on, and the fewest of them."""

MANY_CONTRADICTED = 0.25
"""Share of labels that similar images contradict from which hard classes alone do not explain it,
where validation is lost besides."""

BY_HEART_NOW, LOST_BY_HEART = 0.9, 0.04
"""Training accuracy from which images are known by heart, and validation accuracy that went, beyond
noise, by which wrong labels show then."""

_MOVED = "Do labels go with the images once they are moved by a few places?"

MANY = 1000
"""Classes, more than which labels hardly are."""


def judge_labels_shuffled(case: Case) -> Opinion:
    """Labels that have nothing to do with the images."""
    cause = "labels_shuffled"
    if not case.classifies:
        return _numbers_shuffled(case, cause)
    baseline = case.tests.get("baseline")
    if baseline is not None:
        reached, count = float(baseline["accuracy"]), int(baseline["images"])
        chance = float(baseline["chance"])
        shown = _neighbours_exhibit(reached, chance, count)
        if foretold_above_chance(case):
            return _others_of_validation(case, cause, shown) or ruled_out(cause, shown)
        if best_roll(case.tests["baseline"]) is not None:
            return ruled_out(cause, shown, _roll_exhibit(case))
        others = _is_of_others(case)
        if 1 - chance < ROOM or (others and _are_related(reached, chance, count)):
            return undecided(cause, shown)
        test = TestResult(
            "baseline",
            "Do images that look alike have the same label?",
            f"{share(reached)} of {count:,} labels are foretold; {chance_of(chance, count)}",
            True,
        )
        if others:
            learned, images = case.validation or 0.0, case.validation_count
            if clearly_above(learned, case.chance, images, SEEN):  # if not by neighbours
                return undecided(cause, shown)
            by_heart = (case.training or 0.0) > case.chance + BY_HEART
            own = by_heart and not _are_related(reached, chance, count)
            return found(cause, "suspected", 0.65, shown, test=test, own=own, picture="labels")
        return found(cause, "tested", 0.95, shown, test=test, own=True, picture="labels")
    return _labels_from_curves(case, cause)


def _others_of_validation(case: Case, cause: str, shown: Exhibit) -> Opinion | None:
    """Labels of validation that have nothing to do with its images, while those of training do."""
    baseline = case.tests["baseline"]
    reached, told = float(baseline["accuracy"]), baseline.get("validation")
    if told is None:
        return None
    count, chance = int(baseline["validation_images"]), float(baseline["chance"])
    if told > chance + AT_CHANCE_STILL or not clearly_above(reached, float(told), count, APART):
        return None
    if _best_held_roll(case) is not None:
        return None
    if clearly_above(case.validation or 0.0, case.chance, case.validation_count, SEEN):
        return None  # the network can, if similar images cannot
    held = Exhibit(
        "Labels of validation that similar training images foretell",
        f"{share(told)} of {count:,}",
        f"about {share(reached)}, as in training",
    )
    test = TestResult(
        "baseline",
        "Do validation images have the labels of the training images they look like?",
        held.measured,
        True,
    )
    return found(cause, "tested", 0.9, held, shown, test=test, own=True, picture="labels")


def _best_held_roll(case: Case) -> tuple[int, float] | None:
    """The move that mends the labels of validation alone, and what is foretold then."""
    baseline = case.tests["baseline"]
    told = baseline.get("validation_rolls")
    if not told:
        return None
    best, mended = _most(told)
    count = int(baseline["validation_images"])
    if not clearly_above(mended, float(baseline["validation"]), count, RESTORED):
        return None
    return best, mended


def _most(rolls: Mapping[str, Any]) -> tuple[int, float]:
    """The move by which most is foretold, and how much."""
    best = max(rolls, key=lambda roll: float(rolls[roll]))
    return int(best), float(rolls[best])


def _is_of_others(case: Case) -> bool:
    """Whether nobody knows how well such images tell the classes apart, as one does of digits."""
    return case.tests["baseline"].get("digits") is False


def foretold_above_chance(case: Case) -> bool:
    """Whether similar images were asked for the labels, and foretell many of them."""
    baseline = case.tests.get("baseline")
    if baseline is None:
        return False
    chance, count = float(baseline["chance"]), int(baseline["images"])
    return clearly_above(float(baseline["accuracy"]), chance, count, RELATED)


def _are_related(reached: float, chance: float, count: int) -> bool:
    """Whether neighbours foretell more than chance, and more than next to nothing of the rest."""
    return clearly_above(reached, chance, count) and reached - chance > UNRELATED * (1 - chance)


def _labels_from_curves(case: Case, cause: str) -> Opinion:
    count = case.validation_count
    reached = case.validation
    alike = case.modes.validation_training_accuracy if case.modes else None
    if alike is None and case.has_batch_norm is False:
        alike = reached  # both modes read alike
    best = max((v for v in (reached, alike) if v is not None), default=None)
    if best is None:
        return undecided(cause)
    shown = Exhibit("Validation accuracy", share(best), chance_of(case.chance, count))
    if clearly_above(best, case.chance, count, RELATED):
        return ruled_out(cause, shown)
    if 1 - case.chance < ROOM:
        return undecided(cause, shown)
    memorised = case.training is not None and case.training > case.chance + BY_HEART
    if memorised and alike is not None and not clearly_above(alike, case.chance, count, 0.05):
        training = Exhibit("Training accuracy", share(case.training or 0), "with validation")
        weight = WORTH_KNOWING if few_texts_by_heart(case) else 0.55
        return found(cause, "suspected", weight, shown, training, picture="curves")
    return undecided(cause, shown)


def judge_labels_shifted(case: Case) -> Opinion:
    """Labels that a move by one to three images would mend."""
    cause = "labels_shifted"
    if not case.classifies:
        return _numbers_shifted(case, cause)
    if "baseline" not in case.tests:
        shuffled = _labels_from_curves(case, cause)
        return shuffled if shuffled.standing == "ruled out" else undecided(cause)
    shown = _roll_exhibit(case)
    move = best_roll(case.tests["baseline"])
    best = None if move is None else move[0]
    if best is None and (held := _best_held_roll(case)) is not None:
        best, told = held
        shown = Exhibit(
            "Labels of validation that similar training images foretell",
            f"{share(case.tests['baseline']['validation'])} as they are, {share(told)} once moved",
            "highest as they are",
        )
    if best is None:
        return ruled_out(cause, shown)
    test = TestResult("baseline", _MOVED, f"moved by {best:+d}: {shown.measured}", True)
    return found(cause, "tested", 0.97, shown, test=test, own=True, picture="labels")


def _numbers_shifted(case: Case, cause: str) -> Opinion:
    """Numbers that similar rows foretell only once they are moved."""
    told = case.tests.get("numbers")
    if told is None or not told["rolls"]:
        return undecided(cause)
    explained = float(told["explained"])
    best, moved = _most(told["rolls"])
    shown = Exhibit(
        "Spread of the labels that similar images explain",
        f"{share(explained)} as they are, {share(moved)} moved by {best:+d}",
        "highest as they are",
    )
    if not (explained <= UNEXPLAINED and moved >= EXPLAINED_MOVED):
        return ruled_out(cause, shown)
    if best > 0:  # what came before may be what the rows tell, and what comes next be asked for
        return found(cause, "suspected", WORTH_KNOWING, shown)
    test = TestResult("numbers", _MOVED, shown.measured, True)
    return found(cause, "tested", 0.95, shown, test=test, own=True)


def _numbers_shuffled(case: Case, cause: str) -> Opinion:
    """Numbers that nothing foretells, and that a network learns by heart alone."""
    told = case.tests.get("numbers")
    if told is None:
        return undecided(cause)
    explained = float(told["explained"])
    shown = Exhibit("Spread of the labels that similar images explain", share(explained), "some")
    if not explained <= UNEXPLAINED:
        return ruled_out(cause, shown)
    trained, validated = case.training_fit or 0.0, case.validation_fit
    if validated is None or validated > UNEXPLAINED or trained < LEARNED_FIT:
        return undecided(cause, shown)
    held = in_validation(case, "about as much as in training")
    both = in_training(case, "with validation"), held
    return found(cause, "suspected", WORTH_KNOWING, shown, *both, picture="curves")


def best_roll(baseline: Mapping[str, Any]) -> tuple[int, int] | None:
    """The move that mends the labels, and the image from which on; None if none does.

    ``baseline`` is the outcome of asking similar images, or empty.
    """
    if not baseline.get("rolls"):
        return None
    best, mended = _most(baseline["rolls"])
    if clearly_above(mended, float(baseline["accuracy"]), baseline["images"], RESTORED):
        return best, 0
    tail = baseline.get("tail")
    if tail and float(tail["gain"]) > TAIL_RESTORED and int(tail["images"]) >= TAIL:
        return int(tail["roll"]), int(tail["from"])
    return None


def _roll_exhibit(case: Case) -> Exhibit:
    baseline = case.tests["baseline"]
    _, best = _most(baseline["rolls"])
    tail = baseline.get("tail")
    later = f", {float(tail['gain']):+.2f} from image {tail['from']:,} on" if tail else ""
    return Exhibit(
        "Labels that similar images foretell, moved by up to 3 places",
        f"{share(float(baseline['accuracy']))} as they are, {share(best)} at best{later}",
        "highest as they are",
    )


def _neighbours_exhibit(reached: float, chance: float, count: int) -> Exhibit:
    return Exhibit(
        "Labels that similar images foretell",
        f"{share(reached)} of {count:,}",
        f"far above chance; {chance_of(chance, count)}",
    )


def judge_labels_noisy(case: Case) -> Opinion:
    """A share of wrong labels."""
    cause = "labels_noisy"
    baseline = case.tests.get("baseline")
    better = _reads_validation_better(case)
    if baseline is None:
        if better is not None:
            return found(cause, "suspected", 0.55, better, picture="curves")
        if case.learned_well and (case.validation or 0) > 1 - NOISY:
            shown = Exhibit("Validation accuracy", share(case.validation or 0), "below 1 - share")
            return ruled_out(cause, shown)
        return undecided(cause)
    doubtful, usual = float(baseline["doubtful"]), float(baseline["usual"])
    count = int(baseline["images"])
    shown = Exhibit(
        "Labels that similar images contradict",
        f"{doubtful:.1%} of {count:,}",
        f"about {usual:.1%}" + ("" if _is_of_others(case) else ", from unusual handwriting alone"),
    )
    contradicted = doubtful - usual - 2 * standard_error(usual, count) >= NOISY
    if better is not None and (not _is_of_others(case) or baseline["accuracy"] >= WELL_FORETOLD):
        better = None  # similar images foretell the labels, so most are right
    if not contradicted:
        if better is None:
            return ruled_out(cause, shown)
        return found(cause, "suspected", 0.55, better, picture="curves")
    test = TestResult("baseline", "Do similar images contradict the labels?", shown.measured, True)
    if better is not None:
        return found(cause, "tested", 0.75, shown, better, test=test, picture="labels")
    if _is_of_others(case):
        return _noisy_of_others(case, cause, shown, test)
    weight = min(0.75 + doubtful / 2, 0.93)
    return found(cause, "tested", weight, shown, test=test, own=True, picture="labels")


def _noisy_of_others(case: Case, cause: str, shown: Exhibit, test: TestResult) -> Opinion:
    """Of images that may be hard to tell apart: neighbours must know much, the network no more."""
    baseline, validation = case.tests["baseline"], case.validation
    reached, doubtful = float(baseline["accuracy"]), float(baseline["doubtful"])
    if (held := _foretells_validation_better(case)) is not None:
        if case.facts.shared is None:  # images in common would do it, too
            return found(cause, "suspected", WORTH_KNOWING, held, shown, own=True)
        return found(cause, "tested", 0.75, held, shown, test=test, own=True, picture="labels")
    related = reached >= WELL_RELATED and doubtful >= CONTRADICTED
    if related and (case.facts.shared or 0.0) > LEAKED:  # then validation says nothing of it
        return found(cause, "suspected", WORTH_KNOWING, shown, own=True, picture="labels")
    room = DEVIATIONS * standard_error(reached, case.validation_count)
    if validation is None or validation > reached + room or not related:
        return undecided(cause, shown)
    both = Exhibit(
        "Labels foretold by similar images, and validation accuracy",
        f"{share(reached)} and {share(validation)}",
        "the network knows more than its neighbours",
    )
    if doubtful >= MANY_CONTRADICTED and (lost := _lost_by_heart(case)) is not None:
        return found(cause, "tested", 0.82, shown, lost, both, test=test, picture="labels")
    return found(cause, "suspected", 0.5, shown, both, test=test, picture="labels")


def _lost_by_heart(case: Case) -> Exhibit | None:
    """Validation accuracy at its best and at the end, where learning by heart cost much of it.

    Right labels that are learned by heart leave the accuracy about where it was; wrong ones bring
    it down (Arpit and others, "A closer look at memorization in deep networks", 2017).
    """
    if case.training is None or case.training < BY_HEART_NOW or len(case.validations) < 2:
        return None
    best, last = max(case.validations), float(np.median(case.validations[-3:]))
    if not clearly_above(best, last, case.validation_count, LOST_BY_HEART):
        return None
    measured = f"{share(best)} and {share(last)}, with {share(case.training)} in training"
    return Exhibit(
        "Validation accuracy, at its best and at the end", measured, "highest at the end"
    )


def _reads_validation_better(case: Case) -> Exhibit | None:
    """Validation far above the training of the next epoch, twice, where that tells of labels.

    Nothing that makes training images harder is known: they are at hand as they are, no layer
    disturbs them, and validation has the same digits. So its labels are right, and many of training
    are not. Training that has just lost what it knew tells nothing.
    """
    facts = case.facts
    if not facts.layers or not facts.labels or facts.augmented:
        return None
    if any(map(_disturbs, facts.layers)) or has_other_shares(case):
        return None
    pairs = [
        (before, after)
        for before, after in pairwise(case.evidence.history.epochs)
        if math.isfinite(before.val_accuracy) and after.accuracy >= before.accuracy
    ]
    if len(pairs) < 2:
        return None
    apart = sorted(pairs, key=lambda pair: pair[0].val_accuracy - pair[1].accuracy)
    before, after = apart[-2]
    if not clearly_above(before.val_accuracy, after.accuracy, case.validation_count, BETTER_READ):
        return None
    return Exhibit(
        f"Validation accuracy of epoch {before.epoch}, and training accuracy of the next",
        f"{share(before.val_accuracy)} and {share(after.accuracy)}",
        "training about as high, or higher",
    )


def _foretells_validation_better(case: Case) -> Exhibit | None:
    """Labels that training images foretell better of validation than of each other.

    So those of validation are right, and many of training are not, where the two are alike and
    have no images in common.
    """
    baseline = case.tests["baseline"]
    told, reached = baseline.get("validation"), baseline.get("nearest")
    copied = case.facts.shared or (case.facts.nearly_shared or 0.0) > LEAKED
    if told is None or reached is None or copied or has_other_shares(case):
        return None
    if not clearly_above(float(told), float(reached), baseline["validation_images"], FORETOLD):
        return None
    return Exhibit(
        "Labels that the most similar training image has, of training and of validation",
        f"{share(float(reached))} and {share(float(told))}",
        "about the same",
    )


def _disturbs(layer: Layer) -> bool:
    """Whether ``layer`` makes examples harder while the network trains."""
    kind = layer.kind.lower()
    disturbing = ("drop", "stochastic", "noise", "random", "mix", "cut", "augment")
    return any(part in kind for part in disturbing) or layer.settings.get("dropout", 0) > 0


def judge_labels_encoded(case: Case) -> Opinion:
    """Labels whose form or range does not fit the loss."""
    cause = "labels_encoded"
    facts = case.facts
    if (facts.label_range is None and facts.label_shape is None) or asks_one_of_one(case):
        return undecided(cause)
    wanted = f"whole numbers from 0 to {case.classes - 1}"
    sparse, categorical = "sparse" in (facts.loss or ""), "categorical" in (facts.loss or "")
    shape = facts.label_shape or ()
    if facts.label_shape is not None and categorical and sparse == _is_one_hot(shape):
        form = f"{shape[-1]} numbers each" if _is_one_hot(shape) else "one number each"
        wanted = "one number each" if sparse else f"{case.classes} numbers each (one-hot)"
        return found(cause, "certain", 0.98, Exhibit(f"Labels for {facts.loss}", form, wanted))
    if _is_one_hot(shape):
        wanted = "rows of 0 and 1"
    low, high = facts.label_range or (0.0, case.classes - 1.0)
    shown = Exhibit("Labels", f"from {figure(low)} to {figure(high)}", wanted)
    some = case.training_count is None  # a few batches, which may be of one class
    if _misfits(low, high, case.classes, _is_one_hot(shape), some):
        return found(cause, "certain", 0.98, shown, *_outputs_exhibit(case), picture="labels")
    if (sums := _sums_but_one(case)) is not None:
        return found(cause, "certain", 0.98, sums, shown, picture="labels")
    return ruled_out(cause, shown)


def _sums_but_one(case: Case) -> Exhibit | None:
    """The sums of labels that name several classes, or none, where the loss asks for one."""
    low, high = case.facts.label_sums or (1.0, 1.0)
    empty = case.facts.label_empty or 0.0
    asks_for_one = case.facts.loss in FOR_ONE_CLASS and case.facts.label_shape == (case.classes,)
    if (high <= 1 + ROUNDED and empty < MANY_EMPTY) or not asks_for_one:
        return None
    none = f", {share(empty)} of them 0" if empty else ""
    measured = f"{figure(low)} to {figure(high)}{none}"
    return Exhibit("Sum of one image's labels", measured, "1: one class")


def _outputs_exhibit(case: Case) -> tuple[Exhibit, ...]:
    """Where labels could be whole numbers from 0 on: how many outputs these would need."""
    low, high = case.facts.label_range or (0.0, 0.0)
    if case.facts.label_shape or low != 0 or not case.classes <= high < MANY or high != int(high):
        return ()
    have = 1 if case.one_output else case.classes
    return (Exhibit("Outputs of the network", str(have), f"{high + 1:.0f}, one for each label"),)


def _misfits(low: float, high: float, classes: int, one_hot: bool, some: bool) -> bool:
    """Whether labels from ``low`` to ``high``, all or ``some``, cannot name ``classes``."""
    if not math.isfinite(low + high):
        return True
    if one_hot:
        return low < 0 or high > 1 or high <= low
    inside = low >= 0 and high <= classes - 1 and low == int(low) and high == int(high)
    return not inside or (classes > 2 and high - low <= 1 and not some)


def _is_one_hot(shape: tuple[int, ...]) -> bool:
    return bool(shape) and shape[-1] > 1


RULES = (
    judge_labels_encoded,
    judge_labels_shifted,
    judge_labels_shuffled,
    judge_labels_noisy,
)
