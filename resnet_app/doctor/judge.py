"""From opinions on single causes to one verdict.

One thing gone wrong shows in many places: pixels that are not numbers make the loss not a number,
and a sorted split looks like overfitting. ``EXPLAINS`` says which causes can be such mere symptoms,
so that a cause that is known does not drag innocent ones into the verdict.
"""

import math
from collections.abc import Sequence

from resnet_app.doctor.case import Case
from resnet_app.doctor.evidence import Evidence
from resnet_app.doctor.rules import RULES
from resnet_app.doctor.rules.rate import SURE_OF_RATE
from resnet_app.doctor.verdict import Opinion, Verdict, undecided

ACCUSES = 0.5
"""Weight from which a suspicion is said aloud; below, "not sure yet" is the better answer."""

MOST_OTHERS = 2
"""Causes named beside the primary one."""

_SPOILS_LEARNING = frozenset(
    {
        "rate_too_high",
        "rate_too_low",
        "stopped_early",
        "exploding",
        "dead_units",
        "vanishing",
        "huge_head",
        "overfitting",
        "over_regularized",
        "too_small",
        "too_few",
    }
)
"""Causes read off how training went, and so mere symptoms where something else spoils it."""

_LABELS = frozenset({"labels_shuffled", "labels_noisy"})

_AFTER_A_LEAP = frozenset(
    {"dead_units", "stopped_early", "overfitting", "labels_shuffled", "rate_too_low"}
)
"""Causes that a network seems to have which steps that were too large have thrown away."""

EXPLAINS: dict[str, frozenset[str]] = {
    "bad_pixels": _SPOILS_LEARNING | _LABELS | {"lagging_averages", "scaled_differently"},
    "labels_encoded": _SPOILS_LEARNING
    | _LABELS
    | {"imbalance", "sorted_split", "unshuffled_batches", "lagging_averages", "wrong_loss"},
    "images_broken": _SPOILS_LEARNING
    | _LABELS
    | {"labels_shifted", "overflowed_pixels", "polarity", "scaled_differently", "leak"},
    "overflowed_pixels": _SPOILS_LEARNING | _LABELS | {"images_broken", "polarity"},
    "labels_shuffled": _SPOILS_LEARNING | {"labels_noisy", "lagging_averages"},
    "labels_shifted": _SPOILS_LEARNING | _LABELS | {"lagging_averages"},
    "labels_noisy": _SPOILS_LEARNING - {"rate_too_high"} | {"labels_shuffled"},
    "sorted_split": _SPOILS_LEARNING - {"rate_too_high", "rate_too_low"}
    | _LABELS
    | {"scaled_differently"},
    "unshuffled_batches": _SPOILS_LEARNING | {"lagging_averages", "labels_shuffled"},
    "imbalance": _SPOILS_LEARNING - {"rate_too_high"} | {"labels_shuffled"},
    "polarity": _SPOILS_LEARNING - {"rate_too_high", "rate_too_low"}
    | {"scaled_differently", "lagging_averages", "labels_shuffled"},
    "leak": frozenset(),
    "stopped_early": frozenset(),
    "too_few": _SPOILS_LEARNING - {"exploding", "over_regularized"} | {"lagging_averages"},
    "raw_pixels": _SPOILS_LEARNING | {"labels_shuffled"},
    "scaled_twice": _SPOILS_LEARNING | {"lagging_averages", "labels_shuffled"},
    "scaled_differently": frozenset({"overfitting", "stopped_early", "too_few", "labels_shuffled"}),
    "softmax_missing": _SPOILS_LEARNING | {"labels_shuffled"},
    "softmax_twice": _SPOILS_LEARNING | {"labels_shuffled"},
    "wrong_activation": _SPOILS_LEARNING | {"labels_shuffled", "softmax_missing"},
    "wrong_loss": _SPOILS_LEARNING | {"labels_shuffled"},
    "bad_start": _SPOILS_LEARNING | {"labels_shuffled", "lagging_averages"},
    "frozen": _SPOILS_LEARNING | {"labels_shuffled"},
    "exploding": _AFTER_A_LEAP,
    "rate_too_high": _AFTER_A_LEAP | {"huge_head", "too_small"},
    "huge_head": frozenset({"rate_too_high", "dead_units", "overfitting", "stopped_early"}),
    "vanishing": frozenset({"rate_too_low", "too_small", "stopped_early"}),
    "dead_units": frozenset({"rate_too_low", "too_small", "stopped_early", "vanishing"}),
    "lagging_averages": frozenset({"overfitting", "too_few", "labels_shuffled", "stopped_early"}),
    "tiny_batches": frozenset({"overfitting", "lagging_averages", "stopped_early"}),
    "over_regularized": frozenset({"rate_too_low", "stopped_early"}),
    "rate_too_low": frozenset({"stopped_early", "too_small"}),
    "too_small": frozenset({"stopped_early"}),
    "overfitting": frozenset({"stopped_early"}),
}
"""The causes that each cause can make look guilty."""

TOLD_APART = {"rate_too_high": frozenset({"huge_head"})}
"""Causes that a known one would explain, but that a test of their own tells apart from it."""

_ORDER_AND_LABELS = _LABELS | {
    "labels_shifted",
    "sorted_split",
    "unshuffled_batches",
    "imbalance",
    "polarity",
    "too_few",
}
"""Causes that leave each image, and the network before its first step, as they should be."""

_WHAT_IS_ASKED = frozenset(
    {"raw_pixels", "softmax_missing", "softmax_twice", "wrong_activation", "wrong_loss"}
)
"""Causes that spoil what steps learn, but do not make them small."""

_SEEN_BY_NEIGHBOURS = _LABELS | {
    "labels_shifted",
    "labels_encoded",
    "sorted_split",
    "imbalance",
    "polarity",
    "scaled_differently",
    "bad_pixels",
    "images_broken",
    "overflowed_pixels",
}
"""Causes that let similar images foretell labels badly; what the network does has no part in it."""

_SAME_KIND: dict[str, frozenset[str]] = {
    "labels_shuffled": _SEEN_BY_NEIGHBOURS - {"scaled_differently"},
    "labels_noisy": _SEEN_BY_NEIGHBOURS,
    "labels_shifted": _SEEN_BY_NEIGHBOURS,
    "rate_too_high": frozenset({"huge_head"}),
    "lagging_averages": frozenset({"bad_pixels", "tiny_batches"}),
}
"""What explains a cause even where it shows in what no other kind brings about."""

_OF_CLASSES = frozenset(
    {
        "labels_noisy",
        "labels_encoded",
        "sorted_split",
        "unshuffled_batches",
        "imbalance",
        "too_few",
        "softmax_missing",
        "softmax_twice",
        "too_small",
    }
)
"""Causes that only show where each image has one class of several."""

_HARMFUL_ANYWAY = frozenset(
    {
        "leak",
        "polarity",
        "labels_shifted",
        "labels_noisy",
        "imbalance",
        "images_broken",
        "overflowed_pixels",
        "scaled_differently",
        "softmax_missing",
        "softmax_twice",
        "wrong_activation",
        "bad_start",
        "unshuffled_batches",
        "overfitting",
    }
)
"""Causes that also matter where validation looks well."""

_SEEN_IN_VALIDATION = frozenset({*_WHAT_IS_ASKED, "bad_start"})
"""Causes whose whole harm shows in the validation accuracy."""

DONE_WELL = 0.95
"""Validation accuracy from which that harm is next to nothing."""


_COULD_DO_BETTER = "Similar images alone foretell more of the labels than it does."


def judge(evidence: Evidence) -> Verdict:
    """The verdict on ``evidence``; pure, and fast enough to be asked again at every epoch."""
    case = Case(evidence)
    opinions = [_applicable(case, rule(case)).about(case.subject) for rule in RULES]
    guilty = [opinion for opinion in opinions if opinion.standing == "found"]
    matters = [one for one in guilty if not case.learned_well or _matters_anyway(case, one)]
    causes = _unexplained(matters or guilty)
    sick = bool(matters) and causes[0].weight >= ACCUSES
    if matters:
        causes += [one for one in _unexplained(guilty) if one not in matters]
    causes = causes[: MOST_OTHERS + sick]
    ruled_out = tuple(opinion for opinion in opinions if opinion.standing == "ruled out")
    unknown = tuple(opinion.cause for opinion in opinions if opinion.standing == "open")
    named = {opinion.cause for opinion in causes}
    aside = tuple(opinion.cause for opinion in guilty if opinion.cause not in named)
    rest = ruled_out, unknown, aside
    if sick:
        first, *others = causes
        return Verdict("sick", first, tuple(others), *rest, _advice(case, first))
    if case.reads_well:
        advice = "" if evidence.ended else "It still trains; so far all is well."
        if case.falls_short and evidence.ended:
            advice = case.say(_COULD_DO_BETTER)
        return Verdict("healthy", None, tuple(causes), *rest, advice)
    return Verdict("not sure yet", None, tuple(causes), *rest, _advice(case, None))


def _applicable(case: Case, opinion: Opinion) -> Opinion:
    """``opinion``, or none where the run has another task than the cause is known from."""
    if case.classifies or opinion.cause not in _OF_CLASSES:
        return opinion
    lost = case.breaks_at is not None and any(map(math.isnan, case.facts.label_range or ()))
    if opinion.cause == "labels_encoded" and lost:
        return opinion
    return undecided(opinion.cause)


def _matters_anyway(case: Case, opinion: Opinion) -> bool:
    """Whether ``opinion`` matters although validation is good."""
    done_well = (case.validation or 0.0) >= max(DONE_WELL, case.chance + DONE_WELL / 2)
    if opinion.cause in _SEEN_IN_VALIDATION and done_well:
        return False
    return opinion.cause in _HARMFUL_ANYWAY and opinion.known != "suspected"


def _unexplained(guilty: Sequence[Opinion]) -> list[Opinion]:
    """Those that no other one explains, the weightiest first.

    The first is one that nothing explains; after it come those that only mere symptoms would.
    """
    ordered = sorted(guilty, key=lambda opinion: -opinion.weight)
    causes = [one for one in ordered if not _is_explained(one, ordered)]
    return causes[:1] + [
        one for one in ordered if one not in causes[:1] and not _is_explained(one, causes)
    ]


def _is_explained(one: Opinion, by: Sequence[Opinion]) -> bool:
    return any(_explains(other, one) for other in by if other is not one)


def _explains(one: Opinion, other: Opinion) -> bool:
    """Whether ``one``, as well as it is known, makes ``other`` a mere symptom."""
    if other.cause not in EXPLAINS[one.cause]:
        return False
    innocent = one.cause in _ORDER_AND_LABELS or (
        one.cause in _WHAT_IS_ASKED and other.cause in ("rate_too_low", "vanishing")
    )
    if innocent and _has_cause_of_its_own(other):
        return False
    if other.own and one.cause not in _SAME_KIND.get(other.cause, frozenset()):
        return False
    if other.known == "tested" and other.cause in TOLD_APART.get(one.cause, ()):
        return False
    if one.cause in EXPLAINS[other.cause] or one.known == "suspected" or one.weight < ACCUSES:
        return one.weight > other.weight
    return True


def _has_cause_of_its_own(opinion: Opinion) -> bool:
    """Whether it shows in what wrong labels and their order do not do.

    They silence no unit and let no gradient fade before the first step, and make steps neither as
    large as the weights nor next to nothing, nor numbers beyond all bounds.
    """
    if opinion.cause == "exploding":
        return True
    if opinion.cause in ("rate_too_high", "rate_too_low"):
        return opinion.known == "suspected" and opinion.weight >= SURE_OF_RATE
    return opinion.cause in ("vanishing", "dead_units") and opinion.known == "tested"


def _advice(case: Case, primary: Opinion | None) -> str:
    """What would make the verdict surer."""
    if primary is not None and primary.known != "suspected":
        return ""
    if not case.evidence.history.epochs and not case.evidence.ended:
        return "Wait for the first epoch to end; until then curves tell little."
    if not case.tests and case.evidence.testable:
        return "Run the tests: they try out what curves alone cannot tell."
    if primary is not None:
        return f"To be sure, apply the treatment for “{primary.words.title}” and compare."
    if not case.evidence.ended:
        return "Wait for more epochs; nothing points to one cause so far."
    if case.trained and (case.validations or case.validation_fit is not None):
        return case.say("Look at what validation gets wrong: the training images are known by now.")
    return case.say("Train for more epochs, or with more images, and ask again.")
