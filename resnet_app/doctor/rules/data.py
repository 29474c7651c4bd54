"""Causes in the data: labels, order, balance, pictures, number."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.doctor.case import (
    DEVIATIONS,
    WORTH_KNOWING,
    Case,
    clearly_above,
    standard_error,
)
from resnet_app.doctor.evidence import Layer, Pixels
from resnet_app.doctor.rules.objective import asks_one_of_one
from resnet_app.doctor.rules.reached import in_validation
from resnet_app.doctor.rules.scale import same_range
from resnet_app.doctor.verdict import Exhibit, Opinion, TestResult, found, ruled_out, undecided
from resnet_app.doctor.wording import chance_of, digits, figure, share

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

RESTORED = 0.2
"""Accuracy that moving the labels must win for them to count as moved."""

WELL_FORETOLD = 0.8
"""Share of labels that similar examples foretell from which not many are wrong."""

KNOWN, AT_CHANCE_STILL, ALIKE = 0.7, 0.05, 0.1
"""Accuracy on training images from which the network knows them; accuracy above chance with which
it knows nothing of others; share of the pixels' range by which mean and deviation may differ."""

BETTER_READ = 0.1
"""Accuracy by which validation is above training, its noise taken off, from which the training
labels are the worse ones."""

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

UNSEEN_RATIO = 0.25
"""Share of a digit in training over that in validation below which training hardly has it."""

UNSEEN = 0.15
"""Share of validation images with such digits from which the split is to blame."""

MOVED = 0.3
"""Share of validation images that would have to be other digits, at least, likewise."""

MANY = 1000
"""Classes, more than which labels hardly are."""

SORTED_ENTROPY, MIXED_ENTROPY = 0.75, 0.9
"""Entropy of the digits in a batch over that of random batches: up to, and from."""

MIXABLE = 4
"""Images in a batch from which a few batches tell whether digits are mixed."""

LOPSIDED = 3.0
"""Most frequent digit's share over an even one from which digits are out of balance."""

RARE = 0.2
"""Share over an even one below which a digit is rare."""

TOLD_RARE = 0.8
"""Share of what always the most frequent answer gets wrong from which rare ones are told, too."""

SEVERAL_RARE = 2
"""Rare digits from which digits are out of balance; of two, one is enough."""

ONCE_IN_A_THOUSAND = 3.09
"""Deviations of a normal distribution that are exceeded on one side as often as that."""

BLANK = 0.05
"""Share of images with nothing on them from which they matter."""

FEW_DISTINCT = 0.05
"""Share of different images up to which the same few come again and again."""

NOISE_CORRELATION, CLEAR_CORRELATION = 0.25, 0.5
"""Correlation of neighbouring pixels: of noise at most, of pictures at least. Noise enlarged to
50×50 pixels reaches 0.25; the least of 10,000 MNIST digits had 0.62."""

OTHER_POLARITY = 0.05
"""Share of images with the rarer polarity from which they matter."""

LEAKED = 0.02
"""Share of validation images that are training images too from which validation misleads."""

FEW_A_CLASS, HARDLY_ANY = 7, 5
"""Images a digit below which there are few whatever the network; below which nothing can be
learned from them but these images."""

CLIMBING = 0.03
"""Accuracy that the second half of the images adds from which more images would help."""

HOLES = 0.012
"""Holes per edge pixel from which strokes are pierced. Clean MNIST, drawn and scanned digits have
0.006 at most, the same with pixels doubled in 8 bits 0.016 at least."""

ONE_WAY = 4.0
"""Holes along columns over those along rows, or the reverse, from which rows are misplaced."""

OTHERS_HOLES, OTHERS_SURFACE, OTHERS_SPREAD = 0.02, 0.5, 0.2
"""The same of somebody's own drawings, which may be smaller and have sharper strokes: clean MNIST,
pen and drawn digits, binary ones too, have 0.012 at most in one direction, wrapped ones 0.024 at
least of 28×28; their surface is 0.8 even with a spread of 0.15, that of shuffled pixels 0.65 with
0.24 or more."""

SURFACE, SURFACE_SPREAD = 0.15, 0.35
"""Share of even surface, at least, and its spread between images, at most, in wrapped pictures:
noise has 0.07 of it, and pixels mixed between images spread by 0.6."""


def judge_labels_shuffled(case: Case) -> Opinion:
    """Labels that have nothing to do with the images."""
    cause = "labels_shuffled"
    baseline = case.tests.get("baseline")
    if baseline is not None:
        reached, count = float(baseline["accuracy"]), int(baseline["images"])
        chance = float(baseline["chance"])
        shown = _neighbours_exhibit(reached, chance, count)
        if clearly_above(reached, chance, count, RELATED):
            apart = _validation_belongs_not(case)
            if apart is not None:
                return found(cause, "suspected", 0.85, apart, shown, picture="labels")
            return ruled_out(cause, shown)
        if _best_roll(case) is not None:
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
            return found(cause, "suspected", 0.65, shown, test=test, picture="labels")
        return found(cause, "tested", 0.95, shown, test=test, picture="labels")
    return _labels_from_curves(case, cause)


def _validation_belongs_not(case: Case) -> Exhibit | None:
    """Where training images are read well, and of validation no more than by chance.

    Only its labels can do that, where both parts have the same digits and pixels alike, and the
    network reads training images as well in inference mode, as it does all of validation.
    """
    facts, modes, validation = case.facts, case.modes, case.validation
    if modes is None or validation is None or facts.labels is None:
        return None
    if modes.inference_accuracy < KNOWN or validation > case.chance + AT_CHANCE_STILL:
        return None
    one, other = facts.pixels, facts.validation_pixels
    if one is None or other is None or not (same_range(one, other) and _are_alike(one, other)):
        return None
    if judge_sorted_split(case).standing == "found":
        return None
    return Exhibit(
        "The training images and those of validation, both in inference mode",
        f"{share(modes.inference_accuracy)} and {share(validation)}",
        f"a small gap; {chance_of(case.chance, case.validation_count)}",
    )


def _are_alike(one: Pixels, other: Pixels) -> bool:
    """Whether mean and deviation of two parts' pixels are nearly the same."""
    span = max(one.high - one.low, 1e-12)
    return max(abs(one.mean - other.mean), abs(one.deviation - other.deviation)) <= ALIKE * span


def _is_of_others(case: Case) -> bool:
    """Whether nobody knows how well such images tell the classes apart, as one does of digits."""
    return case.tests["baseline"].get("digits") is False


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
    memorised = case.training is not None and case.training > case.chance + BY_HEART
    if memorised and alike is not None and not clearly_above(alike, case.chance, count, 0.05):
        training = Exhibit("Training accuracy", share(case.training or 0), "with validation")
        return found(cause, "suspected", 0.55, shown, training, picture="curves")
    return undecided(cause, shown)


def judge_labels_shifted(case: Case) -> Opinion:
    """Labels that a move by one to three images would mend."""
    cause = "labels_shifted"
    if "baseline" not in case.tests:
        shuffled = _labels_from_curves(case, cause)
        return shuffled if shuffled.standing == "ruled out" else undecided(cause)
    shown = _roll_exhibit(case)
    best = _best_roll(case)
    if best is None:
        return ruled_out(cause, shown)
    test = TestResult(
        "baseline",
        "Do labels go with the images once they are moved by a few places?",
        f"moved by {best:+d}: {shown.measured}",
        True,
    )
    return found(cause, "tested", 0.97, shown, test=test, picture="labels")


def _best_roll(case: Case) -> int | None:
    """The move that mends the labels, all or those from some place on, if one does."""
    baseline = case.tests["baseline"]
    rolls = {int(roll): float(value) for roll, value in baseline["rolls"].items()}
    best = max(rolls, key=lambda roll: rolls[roll])
    if clearly_above(rolls[best], float(baseline["accuracy"]), baseline["images"], RESTORED):
        return best
    tail = baseline.get("tail")
    if tail and float(tail["gain"]) > TAIL_RESTORED and int(tail["images"]) >= TAIL:
        return int(tail["roll"])
    return None


def _roll_exhibit(case: Case) -> Exhibit:
    baseline = case.tests["baseline"]
    best = max(float(value) for value in baseline["rolls"].values())
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
        f"about {usual:.1%}, from unusual handwriting alone",
    )
    if doubtful - usual - 2 * standard_error(usual, count) < NOISY:
        if better is None or not _is_of_others(case) or baseline["accuracy"] >= WELL_FORETOLD:
            return ruled_out(cause, shown)
        return found(cause, "suspected", 0.55, better, shown, picture="curves")
    test = TestResult("baseline", "Do similar images contradict the labels?", shown.measured, True)
    if better is not None and doubtful >= CONTRADICTED:
        return found(cause, "tested", 0.75, shown, better, test=test, picture="labels")
    if _is_of_others(case):
        return _noisy_of_others(case, cause, shown, test)
    weight = min(0.75 + doubtful / 2, 0.93)
    return found(cause, "tested", weight, shown, test=test, picture="labels")


def _noisy_of_others(case: Case, cause: str, shown: Exhibit, test: TestResult) -> Opinion:
    """Of images that may be hard to tell apart: neighbours must know much, the network no more."""
    baseline, validation = case.tests["baseline"], case.validation
    reached, doubtful = float(baseline["accuracy"]), float(baseline["doubtful"])
    room = DEVIATIONS * standard_error(reached, case.validation_count)
    if validation is None or validation > reached + room:
        return undecided(cause, shown)
    if reached < WELL_RELATED or doubtful < CONTRADICTED:
        return undecided(cause, shown)
    both = Exhibit(
        "Labels foretold by similar images, and validation accuracy",
        f"{share(reached)} and {share(validation)}",
        "the network knows more than its neighbours",
    )
    return found(cause, "suspected", 0.5, shown, both, test=test, picture="labels")


def _reads_validation_better(case: Case) -> Exhibit | None:
    """Where validation was furthest above the training of the next epoch, if that tells of labels.

    Nothing that makes training images harder is known: they are at hand as they are, and no layer
    disturbs them. So the labels of validation are right, and many of training are not.
    """
    facts = case.facts
    if not facts.layers or facts.labels is None or facts.augmented:
        return None
    if any(map(_disturbs, facts.layers)):
        return None
    pairs = [
        (before, after)
        for before, after in pairwise(case.evidence.history.epochs)
        if math.isfinite(before.val_accuracy) and math.isfinite(after.accuracy)
    ]
    if not pairs:
        return None
    before, after = max(pairs, key=lambda pair: pair[0].val_accuracy - pair[1].accuracy)
    if not clearly_above(before.val_accuracy, after.accuracy, case.validation_count, BETTER_READ):
        return None
    return Exhibit(
        f"Validation accuracy of epoch {before.epoch}, and training accuracy of the next",
        f"{share(before.val_accuracy)} and {share(after.accuracy)}",
        "training about as high, or higher",
    )


def _disturbs(layer: Layer) -> bool:
    """Whether ``layer`` makes examples harder while the network trains."""
    kind = layer.kind.lower()
    return any(part in kind for part in ("dropout", "noise", "random", "mix", "cut", "augment"))


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
    low, high = facts.label_range or (0.0, case.classes - 1.0)
    shown = Exhibit("Labels", f"from {figure(low)} to {figure(high)}", wanted)
    some = case.training_count is None  # a few batches, which may be of one class
    if _misfits(low, high, case.classes, _is_one_hot(shape), some):
        return found(cause, "certain", 0.98, shown, *_outputs_exhibit(case), picture="labels")
    return ruled_out(cause, shown)


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


def judge_sorted_split(case: Case) -> Opinion:
    """Validation with digits that training hardly has."""
    cause = "sorted_split"
    training, validation = case.facts.labels, case.facts.validation_labels
    if not training or not validation or not sum(training) or not sum(validation):
        return undecided(cause)
    size = max(len(training), len(validation))
    before, after = (_shares(counts, size) for counts in (training, validation))
    moved = float(np.abs(before - after).sum() / 2)
    hardly = (before < UNSEEN_RATIO * after) & (after > 1 / (2 * size))
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
    return found(cause, "certain", 0.96, shown, low, picture="split")


def _lacks_in_training(case: Case) -> bool:
    """Whether training has all digits, but is out of balance, where validation is not."""
    training = case.facts.weighed_labels or case.facts.labels
    validation = case.facts.validation_labels
    if not training or not validation:
        return False
    size = max(len(training), len(validation), case.classes)
    before, after = (_shares(counts, size) for counts in (training, validation))
    present = bool((before[after > 0] > 0).all())
    return present and _is_lopsided(before, case) and not _is_lopsided(after, case)


def _is_lopsided(shares: NDArray[np.float64], case: Case) -> bool:
    even = 1 / case.classes
    rare = int((shares < RARE * even).sum())
    return bool(shares.max() >= LOPSIDED * even or rare >= min(SEVERAL_RARE, case.classes - 1))


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
    if not (_is_lopsided(shares, case) and _surprises(uneven, len(counted) - 1)):
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


def _tells_the_rare(case: Case) -> bool:
    """Whether validation is far better than always the most frequent of two answers can be."""
    if case.validation is None or case.classes != 2 or case.accuracy_misleads:
        return False
    return case.validation - case.chance >= TOLD_RARE * (1 - case.chance) > 0


def _counts(case: Case) -> tuple[float, ...] | None:
    """How often each digit occurs in training and validation, which a wrong split cannot change.

    In training by the weights of the examples, if they have some.
    In training alone, if validation is in balance. Where the labels of training are not at hand, in
    its first batches, if these are mixed.
    """
    validation = case.facts.validation_labels or ()
    training = case.facts.weighed_labels or case.facts.labels
    if training is None:
        mixed = (case.facts.batch_entropy or 0.0) > SORTED_ENTROPY
        return case.facts.some_labels if mixed else None
    if _lacks_in_training(case):
        return training
    return tuple(sum(pair) for pair in zip_longest(training, validation, fillvalue=0))


def judge_images_broken(case: Case) -> Opinion:
    """Blank images, noise, or pixels in the wrong places."""
    cause = "images_broken"
    pictures = case.tests.get("pixels")
    pixels = case.facts.pixels
    if pictures is not None:
        return _broken_from_test(cause, pictures)
    if pixels is None or (pixels.correlation is None and pixels.constant is None):
        return undecided(cause)
    if case.reads_series:
        return undecided(cause)
    if pixels.distinct is not None and pixels.distinct <= FEW_DISTINCT:
        again = Exhibit("Images that differ from all others", f"{pixels.distinct:.1%}", "all")
        return found(cause, "certain", 0.97, again, picture="images")
    constant = pixels.constant or 0.0
    likeness = pixels.correlation
    shown = Exhibit(
        "Likeness of neighbouring pixels",
        ("unknown" if likeness is None else share(likeness))
        + (f"; {constant:.0%} of the images are blank" if constant else ""),
        f"above {CLEAR_CORRELATION}; noise has 0",
    )
    noise = likeness is not None and likeness < NOISE_CORRELATION and not case.learned_well
    if noise and _wrapped_as_they_come(case):
        return undecided(cause, shown)
    if constant >= BLANK or noise:
        return found(cause, "certain", 0.96, shown, picture="images")
    return undecided(cause, shown)  # rows in the wrong places leave likeness along them


def _broken_from_test(cause: str, pictures: Mapping[str, Any]) -> Opinion:
    bad = float(pictures["blank"]) + float(pictures["noise"])
    along, across = (float(holes) for holes in pictures["holes"])
    one_way = max(along, across) > max(HOLES, ONE_WAY * min(along, across))
    shown = Exhibit("Images that are blank or noise", f"{bad:.1%}", "none")
    order = Exhibit(
        "Holes in the strokes, along rows and along columns",
        f"{along:.3f} and {across:.3f}",
        f"below {HOLES:g}",
    )
    if _is_wrapped(pictures):
        return undecided(cause, shown)
    if pictures["scrambled"] or bad >= BLANK or one_way:
        test = TestResult(
            "pixels",
            "Do neighbouring pixels look alike along rows and columns, as in any picture?",
            f"{bad:.1%} blank or noise; order of rows and columns {figure(pictures['order'])}",
            True,
        )
        return found(cause, "tested", 0.97, shown, order, test=test, picture="images")
    return ruled_out(cause, shown, order)


def _is_wrapped(surface: Mapping[str, Any]) -> bool:
    """Whether strokes are pierced as much along rows as along columns, on an even ground."""
    along, across = (float(holes) for holes in surface["holes"])
    even = max(along, across) <= ONE_WAY * min(along, across)
    ground = surface["flat"] >= SURFACE and surface["flat_spread"] <= SURFACE_SPREAD
    return bool(min(along, across) > HOLES and even and ground)


def _wrapped_as_they_come(case: Case) -> Exhibit | None:
    """The same of drawings of any size, as they reach the network; None where they are not."""
    pixels = case.facts.pixels
    if pixels is None or pixels.holes is None or case.learned_well:
        return None
    even = (pixels.flat or 0.0) >= OTHERS_SURFACE and (pixels.flat_spread or 0.0) <= OTHERS_SPREAD
    if not (even and _is_wrapped(vars(pixels)) and min(pixels.holes) > OTHERS_HOLES):
        return None
    return _specks(min(pixels.holes), OTHERS_HOLES)


def _specks(holes: float, allowed: float) -> Exhibit:
    return Exhibit(
        "Dark specks in the strokes, per pixel at an edge", f"{holes:.3f}", f"below {allowed:g}"
    )


def judge_polarity(case: Case) -> Opinion:
    """Light ink here, dark ink there."""
    cause = "polarity"
    pictures = case.tests.get("pixels")
    if pictures is None or pictures.get("dark") is None:
        return _polarity_from_facts(case, cause)
    parts = float(pictures["dark"]), float(pictures.get("validation_dark") or 0.0)
    shown = _inks(*parts)
    if not (_is_mixed(*parts) or _is_reversed(*parts)):
        return ruled_out(cause, shown)
    test = TestResult(
        "pixels", "Is the ground dark in all images, or light in all?", shown.measured, True
    )
    return found(cause, "tested", 0.94, shown, test=test, picture="images")


def _polarity_from_facts(case: Case, cause: str) -> Opinion:
    training, validation = case.facts.pixels, case.facts.validation_pixels
    if not training or training.dark is None:
        return _polarity_from_borders(case, cause)
    parts = training.dark, validation.dark if validation else None
    shown = _inks(*parts)
    if _is_reversed(*parts) or (_is_mixed(*parts) and not case.learned_well):
        return found(cause, "certain", 0.95, shown, picture="images")
    return undecided(cause, shown) if _is_mixed(*parts) else ruled_out(cause, shown)


def _inks(training: float, validation: float | None) -> Exhibit:
    measured = f"{training:.0%} in training"
    if validation is not None:
        measured += f", {validation:.0%} in validation"
    return Exhibit("Images with dark ink", measured, "all or none")


def _is_mixed(*parts: float | None) -> bool:
    """Whether images of both polarities are in a part."""
    return any(min(part, 1 - part) >= OTHER_POLARITY for part in parts if part is not None)


def _is_reversed(training: float, validation: float | None) -> bool:
    """Whether validation has the other polarity."""
    return validation is not None and abs(training - validation) >= 0.5


def _polarity_from_borders(case: Case, cause: str) -> Opinion:
    """Of pictures that are no drawings; the median of their borders does not tell a mixture."""
    training, validation = case.facts.pixels, case.facts.validation_pixels
    if not training or not validation or training.border is None or validation.border is None:
        return undecided(cause)
    low, high = min(training.low, validation.low), max(training.high, validation.high)
    middle = (low + high) / 2
    shown = Exhibit(
        "Ground, from the images' border",
        f"{figure(training.border)} in training, {figure(validation.border)} in validation",
        "the same",
    )
    if same_range(training, validation) and (
        (training.border > middle) != (validation.border > middle)
    ):
        return found(cause, "certain", 0.95, shown, picture="images")
    return undecided(cause, shown)


def judge_leak(case: Case) -> Opinion:
    """Validation images that were trained on."""
    cause = "leak"
    shared = case.facts.shared
    duplicates = case.tests.get("duplicates")
    if duplicates is not None:
        shared = float(duplicates["shared"]) / max(int(duplicates["images"]), 1)
    if shared is None:
        return undecided(cause)
    shown = Exhibit("Validation images that are training images too", f"{shared:.1%}", "none")
    if shared < LEAKED:
        return ruled_out(cause, shown)
    return found(cause, "certain", 0.9, shown, picture="duplicates")


def judge_too_few(case: Case) -> Opinion:
    """So few images that the network learns them instead of the digits."""
    cause = "too_few"
    count = case.training_count
    if count is None or case.validation is None:  # few images are learned; new ones tell
        return undecided(cause)
    each = count / case.classes
    shown = Exhibit("Training images", f"{count:,}, {each:.0f} a digit", f"{FEW_A_CLASS} or more")
    climb = case.tests.get("baseline", {}).get("climb")
    if each >= FEW_A_CLASS:
        return ruled_out(cause, shown)
    if each < HARDLY_ANY:
        return found(cause, "certain", 0.92, shown, picture="curves")
    if climb is None:
        return found(cause, "suspected", 0.6, shown, picture="curves")
    test = TestResult(
        "baseline",
        "Does a baseline on the pixels still improve with more images?",
        f"the second half of the images adds {float(climb):+.2f}",
        float(climb) > CLIMBING,
    )
    return found(cause, "tested", 0.7, shown, test=test, picture="curves")


def judge_bad_pixels(case: Case) -> Opinion:
    """Pixels that are not numbers."""
    cause = "bad_pixels"
    parts = [part for part in (case.facts.pixels, case.facts.validation_pixels) if part]
    if not parts:
        return undecided(cause)
    bad = max(part.bad for part in parts)
    shown = Exhibit("Pixels that are not a number or infinite", f"{bad:.3%}", "none")
    if bad > 0:
        return found(cause, "certain", 1.0, shown, since=case.breaks_at, picture="images")
    return ruled_out(cause, shown)


def judge_overflowed_pixels(case: Case) -> Opinion:
    """Bright pixels that wrapped around to dark."""
    cause = "overflowed_pixels"
    surface = case.tests.get("pixels")
    if surface is None:
        pierced = _wrapped_as_they_come(case)
        if pierced is None:
            return undecided(cause)
        return found(cause, "suspected", 0.9, pierced, picture="images")
    along, across = (float(holes) for holes in surface["holes"])
    shown = _specks(min(along, across), HOLES)
    if not _is_wrapped(surface):
        return ruled_out(cause, shown)
    test = TestResult(
        "pixels",
        "Are strokes pierced by dark specks, on an even ground?",
        f"{along:.3f} along rows and {across:.3f} along columns",
        True,
    )
    return found(cause, "tested", 0.96, shown, test=test, picture="images")


RULES = (
    judge_bad_pixels,
    judge_labels_encoded,
    judge_images_broken,
    judge_overflowed_pixels,
    judge_labels_shifted,
    judge_labels_shuffled,
    judge_labels_noisy,
    judge_sorted_split,
    judge_unshuffled_batches,
    judge_imbalance,
    judge_polarity,
    judge_leak,
    judge_too_few,
)
