"""Which test to make next: one whose answer can change the verdict.

What is cheap and looks at the data comes first, then what is suspected, then what is open.
"""

from collections.abc import Mapping, Sequence

from resnet_app.doctor.case import Case
from resnet_app.doctor.evidence import Evidence
from resnet_app.doctor.judge import EXPLAINS, TOLD_APART, judge
from resnet_app.doctor.verdict import Opinion, Verdict

DECIDES: Mapping[str, frozenset[str]] = {
    "pixels": frozenset({"images_broken", "overflowed_pixels", "polarity"}),
    "duplicates": frozenset({"leak"}),
    "baseline": frozenset({"labels_shuffled", "labels_shifted", "labels_noisy"}),
    "averages": frozenset({"lagging_averages", "tiny_batches"}),
    "memorise": frozenset({"too_small"}),
    "twins": frozenset({"raw_pixels"}),
    "rates": frozenset({"rate_too_high", "rate_too_low"}),
    "range": frozenset({"rate_too_high", "rate_too_low"}),
    "head": frozenset({"huge_head"}),
    "free": frozenset({"over_regularized"}),
}
"""Tests in the order of work, static ones first, and the causes that each can decide."""

STATIC = ("pixels", "duplicates", "baseline")
"""Tests that look at the data alone; they also matter where a run looks well."""


def next_test(evidence: Evidence) -> str | None:
    """The next worthwhile test that has not been made, or None."""
    verdict = judge(evidence)
    named = [opinion for opinion in (verdict.primary, *verdict.others) if opinion is not None]
    doubtful = _doubtful(verdict, named)
    suspects = doubtful & {opinion.cause for opinion in named}
    left = [name for name in DECIDES if name not in evidence.tests and DECIDES[name] & doubtful]
    if verdict.state == "healthy" and not Case(evidence).falls_short:
        left = [name for name in left if name in STATIC]
    first = [name for name in left if name in STATIC or DECIDES[name] & suspects]
    return next(iter(first or left), None)


def _doubtful(verdict: Verdict, named: Sequence[Opinion]) -> set[str]:
    """Causes that are open or merely suspected, but for those that a known one explains."""
    doubtful = {*verdict.open, *verdict.set_aside} | {
        one.cause for one in named if one.known == "suspected"
    }
    for opinion in named:
        if opinion.known != "suspected":
            told = EXPLAINS[opinion.cause] - TOLD_APART.get(opinion.cause, frozenset())
            doubtful -= told | {opinion.cause}
    return doubtful | {opinion.cause for opinion in named if _wants_more(opinion)}


def _wants_more(opinion: Opinion) -> bool:
    """Whether it rests on two modes that differ, which averages estimated anew would explain, or
    on another rate that is better, of which the range test tells how far to go."""
    return opinion.test is not None and opinion.test.name in ("modes", "rates")
