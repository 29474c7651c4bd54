"""Causes in what the network is shown: split, order, balance, number."""

import math
from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.doctor.case import (
    DEVIATIONS,
    WORTH_KNOWING,
    Case,
    clearly_above,
    standard_error,
)
from resnet_app.doctor.rules.reached import in_training, in_validation
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import digits, share

UNSEEN_RATIO = 0.25
"""Share of a digit in training over that in validation below which training hardly has it."""

LACKING = 0.6
"""Share over an even one below which training lacks a digit: validation alone may be lopsided."""

UNSEEN = 0.15
"""Share of validation images with such digits from which the split is to blame."""

MOVED = 0.3
"""Share of validation images that would have to be other digits, at least, likewise."""

SORTED_ENTROPY, MIXED_ENTROPY = 0.75, 0.9
"""Entropy of the digits in a batch over that of random batches: up to, and from."""

MIXABLE = 4
"""Images in a batch from which a few batches tell whether digits are mixed."""

LOPSIDED = 3.0
"""Most frequent digit's share over an even one from which digits are out of balance."""

LEANING = 2.0
"""The same from which few classes are out of balance, where the network settles for it."""

RARE = 0.2
"""Share over an even one below which a digit is rare."""

TOLD_RARE = 0.8
"""Share of what always the most frequent answer gets wrong from which rare ones are told, too."""

SEVERAL_RARE = 2
"""Rare digits from which digits are out of balance; of two, one is enough."""

ONCE_IN_A_THOUSAND = 3.09
"""Deviations of a normal distribution that are exceeded on one side as often as that."""

LEAKED, NEARLY_LEAKED = 0.02, 0.25
"""Share of validation images that are training images too, and of table rows that are but for some
noise, from which validation misleads."""

SCARCE, FEW_A_CLASS, HARDLY_ANY = 15, 7, 5
"""Images a digit below which more are to be wished for; below which there are few whatever the
network; below which nothing can be learned from them but these images."""

FEW_TEXTS = 100
"""Texts a class below which a network that knows them by heart may know little else: each tells of
the words that it has, and of no others."""

NEAR_ROWS = "Validation rows that are training rows but for a little noise"

CLIMBING = 0.03
"""Accuracy that the second half of the images adds from which more images would help."""


def judge_sorted_split(case: Case) -> Opinion:
    """Validation with other digits than training, which lacks some of them."""
    cause = "sorted_split"
    counted = _both_counted(case)
    if counted is None:
        return undecided(cause)
    training, validation = counted
    size = max(len(training), len(validation))
    before, after = (_shares(counts, size) for counts in (training, validation))
    moved = float(np.abs(before - after).sum() / 2)
    lacking = before < LACKING / size  # of as many each
    hardly = lacking & (before < UNSEEN_RATIO * after) & (after > 1 / (2 * size))
    unseen = float(after[hardly].sum())
    allowed = MOVED + DEVIATIONS * standard_error(0.1, sum(validation))
    names = np.flatnonzero(hardly).tolist()
    shown = Exhibit(
        "Validation images of digits that training hardly has",
        f"{share(unseen)}" + (f" ({digits(names)})" if names else ""),
        "0: the same digits in both, in the same proportions",
    )
    if (unseen < UNSEEN and moved < allowed) or not _differ(training, validation, size):
        return ruled_out(cause, shown)
    if _lacks_in_training(case):
        rare = Exhibit("Digits of validation that training does not have", "none", "none")
        return ruled_out(cause, shown, rare)
    low = Exhibit("Share of validation images that are other digits", share(moved), "near 0")
    if not lacking.any():  # training has what it needs; what validation says is another matter
        return found(cause, "certain", WORTH_KNOWING, low, shown, picture="split")
    return found(cause, "certain", 0.96, shown, low, picture="split")


def _both_counted(case: Case) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """How often each digit occurs in training and in validation; None where either is not known."""
    training, validation = case.facts.labels, case.facts.validation_labels
    if not training or not validation or not sum(training) or not sum(validation):
        return None
    return training, validation


def _lacks_in_training(case: Case) -> bool:
    """Whether training has all digits, but is out of balance, where validation is not."""
    counted = _both_counted(case)
    if counted is None:
        return False
    size = max(*map(len, counted), case.classes)
    before, after = (_shares(counts, size) for counts in counted)
    present = bool((before[after > 0] > 0).all())
    return present and _is_lopsided(before, case) and not _is_lopsided(after, case)


def _is_lopsided(shares: NDArray[np.float64], case: Case) -> bool:
    even = 1 / case.classes
    rare = int((shares < RARE * even).sum())
    return bool(shares.max() >= LOPSIDED * even or rare >= min(SEVERAL_RARE, case.classes - 1))


def has_other_shares(case: Case) -> bool:
    """Whether the digits are shared out otherwise in validation than in training."""
    counted = _both_counted(case)
    return counted is not None and _differ(*counted, max(map(len, counted)))


def _shares(counts: Sequence[float], size: int) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.zeros(size)
    shares[: len(counts)] = counts
    shares /= shares.sum()
    return shares


def _differ(training: tuple[int, ...], validation: tuple[int, ...], size: int) -> bool:
    """Whether two parts' digits differ by more than chance: Pearson's test of homogeneity."""
    counts = np.zeros((2, size))
    counts[0, : len(training)], counts[1, : len(validation)] = training, validation
    counts = counts[:, counts.sum(0) > 0]
    total = counts.sum()
    expected = counts.sum(1, keepdims=True) * counts.sum(0) / total  # (2, digits)
    return _surprises(float(((counts - expected) ** 2 / expected).sum()), counts.shape[1] - 1)


def _surprises(chi_square: float, freedom: int) -> bool:
    """Whether chance gives so large a value less than once in a thousand times.

    The bound is that of Wilson and Hilferty, "The distribution of chi-square", 1931.
    """
    if freedom < 1:
        return False
    spread = 2 / (9 * freedom)
    return chi_square > freedom * (1 - spread + ONCE_IN_A_THOUSAND * math.sqrt(spread)) ** 3


def judge_unshuffled_batches(case: Case) -> Opinion:
    """Batches that hold one digit at a time."""
    cause = "unshuffled_batches"
    entropy, size = case.facts.batch_entropy, case.facts.batch_size
    if entropy is None or (size is not None and size < MIXABLE):
        return undecided(cause)
    shown = Exhibit(
        "Mixture of digits in a batch, against random batches", share(entropy), "near 1"
    )
    if entropy >= MIXED_ENTROPY:
        return ruled_out(cause, shown)
    if entropy > SORTED_ENTROPY:
        return found(cause, "suspected", 0.3, shown, picture="batches")
    return found(cause, "certain", 0.93, shown, picture="batches")


def judge_imbalance(case: Case) -> Opinion:
    """One digit that is far more frequent than the others, or several that are rare."""
    cause = "imbalance"
    counts = _counts(case)
    if not counts or not sum(counts):
        return undecided(cause)
    even = 1 / case.classes
    shares = _shares(counts, max(len(counts), case.classes))
    largest, rare = float(shares.max()), int((shares < RARE * even).sum())
    weighed = case.facts.weighed_labels is not None
    shown = Exhibit(
        "Share of the most frequent digit" + (", by the weights in the loss" if weighed else ""),
        f"{share(largest)} (digit {int(shares.argmax())})"
        + (f"; {rare} digits have less than a fifth of an even share" if rare else ""),
        f"about {share(even)}",
    )
    counted = shares * sum(counts)
    uneven = float(((counted - counted.mean()) ** 2 / counted.mean()).sum())
    surprising = _surprises(uneven, len(counted) - 1)
    if not (_is_lopsided(shares, case) and surprising):
        if surprising and largest >= LEANING * even and _settles(case):
            settled = in_validation(case, f"above {share(case.chance)}, which one answer gets")
            return found(cause, "suspected", 0.5, shown, settled, picture="labels")
        return ruled_out(cause, shown)
    if _tells_the_rare(case):
        well = in_validation(case, f"{share(case.chance)}, if it only knew the most frequent")
        return found(cause, "suspected", WORTH_KNOWING, shown, well, picture="labels")
    if weighed:
        return found(cause, "certain", 0.85, shown, picture="labels")
    validation = case.validation
    answers = Exhibit(
        "Validation accuracy",
        "unknown" if validation is None else share(validation),
        f"who always answers {int(shares.argmax())} gets {share(largest)}",
    )
    return found(cause, "certain", 0.85, shown, answers, picture="labels")


def _settles(case: Case) -> bool:
    """Whether a network that knows its images answers new ones as the most frequent class would."""
    if case.classes <= 2 or case.validation is None or not case.trained:
        return False
    noise = DEVIATIONS * standard_error(case.chance, case.validation_count)
    return abs(case.validation - case.chance) <= noise


def _tells_the_rare(case: Case) -> bool:
    """Whether validation is far better than always the most frequent of two answers can be."""
    if case.validation is None or case.classes != 2 or case.accuracy_misleads:
        return False
    return case.validation - case.chance >= TOLD_RARE * (1 - case.chance) > 0


def _counts(case: Case) -> tuple[float, ...] | None:
    """How often each digit occurs in training and validation, which a wrong split cannot change.

    In training alone, if validation is in balance, and by the weights of the examples, if they have
    some. Where the labels of training are not at hand, in its first batches, if these are mixed.
    """
    if case.facts.weighed_labels is not None:
        return case.facts.weighed_labels
    training, validation = case.facts.labels, case.facts.validation_labels or ()
    if training is None:
        mixed = (case.facts.batch_entropy or 0.0) > SORTED_ENTROPY
        return case.facts.some_labels if mixed and not case.facts.weighed else None
    if _lacks_in_training(case):
        return training
    return tuple(sum(pair) for pair in zip_longest(training, validation, fillvalue=0))


def judge_leak(case: Case) -> Opinion:
    """Validation images that were trained on, or an input that tells the answer."""
    cause = "leak"
    shared = case.facts.shared
    duplicates = case.tests.get("duplicates")
    if duplicates is not None:
        shared = float(duplicates["shared"]) / max(int(duplicates["images"]), 1)
    copies = "unknown" if shared is None else f"{shared:.1%}"
    shown = Exhibit("Validation images that are training images too", copies, "none")
    if shared is not None and shared >= LEAKED:
        return found(cause, "certain", 0.9, shown, picture="duplicates")
    if (case.facts.nearly_shared or 0.0) >= NEARLY_LEAKED:
        near = f"{case.facts.nearly_shared:.0%}"
        test = TestResult(
            "near",
            "Is a training row far nearer to validation rows than the twentieth nearest?",
            f"to {near} of them",
            True,
        )
        rows = Exhibit(NEAR_ROWS, near, "next to none")
        return found(cause, "tested", 0.75, rows, shown, test=test, picture="duplicates")
    if case.facts.telling_input is not None:  # which some tables rightly have
        column = f"column {case.facts.telling_input}, counted from 0"
        told = Exhibit("Inputs that tell every label by themselves", column, "none")
        return found(cause, "suspected", WORTH_KNOWING, told, shown, picture="labels")
    return undecided(cause) if shared is None else ruled_out(cause, shown)


def judge_too_few(case: Case) -> Opinion:
    """So few images that the network learns them instead of the digits."""
    cause = "too_few"
    count = case.training_count
    if case.validation is None:  # few images are learned; new ones tell
        return undecided(cause)
    if count is None:
        return _few_an_epoch(case, cause)
    each = count / case.classes
    shown = Exhibit(
        "Training images", f"{count:,}, {_each(each)} a digit", f"{FEW_A_CLASS} or more"
    )
    if each >= HARDLY_ANY and few_texts_by_heart(case):
        texts = Exhibit(shown.what, shown.measured, f"{FEW_TEXTS} and more")
        known = in_training(case, "about the same as in validation")
        poor = in_validation(case, "about the same")
        return found(cause, "suspected", 0.6, texts, known, poor, picture="curves")
    climb = case.tests.get("baseline", {}).get("climb")
    if each >= FEW_A_CLASS:
        helped = climb is None or float(climb) > CLIMBING
        if each >= SCARCE or case.learned_well or not helped:
            return ruled_out(cause, shown)
        scarce = Exhibit(shown.what, shown.measured, f"{SCARCE} and more")
        return found(cause, "suspected", WORTH_KNOWING, scarce, picture="curves")
    if each < HARDLY_ANY:
        return found(cause, "certain", 0.92, shown, own=True, picture="curves")
    if climb is None:
        return found(cause, "suspected", 0.6, shown, picture="curves")
    test = TestResult(
        "baseline",
        "Does a baseline on the pixels still improve with more images?",
        f"the second half of the images adds {float(climb):+.2f}",
        float(climb) > CLIMBING,
    )
    if not test.supports:
        return found(cause, "suspected", 0.6, shown, test=test, picture="curves")
    return found(cause, "tested", 0.7, shown, test=test, picture="curves")


def _few_an_epoch(case: Case, cause: str) -> Opinion:
    """Of examples that nobody counted, but the steps of an epoch: others may come in the next."""
    count = (case.facts.steps or math.inf) * (case.facts.batch_size or math.inf)
    if count >= SCARCE * case.classes or case.classes > CLASSES or case.learned_well:
        return undecided(cause)
    shown = Exhibit("Training images an epoch", f"{count:,}", f"{SCARCE * case.classes} and more")
    return found(cause, "suspected", WORTH_KNOWING, shown, own=True, picture="curves")


def few_texts_by_heart(case: Case) -> bool:
    """Whether so few texts are known by heart that a validation at chance says little of labels."""
    few = (case.training_count or math.inf) < FEW_TEXTS * case.classes
    if case.validation is None or not (case.classifies and case.reads_words and few):
        return False
    return case.trained and not clearly_above(case.validation, case.chance, case.validation_count)


def _each(number: float) -> str:
    return f"{number:.1f}" if number < 10 else f"{number:,.0f}"


RULES = (
    judge_sorted_split,
    judge_unshuffled_batches,
    judge_imbalance,
    judge_leak,
    judge_too_few,
)
