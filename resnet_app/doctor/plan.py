"""Which test to make next: the first, in the order of work, whose answer can change the verdict."""

from collections.abc import Mapping

from resnet_app.doctor.evidence import Evidence
from resnet_app.doctor.judge import EXPLAINS, judge
from resnet_app.doctor.verdict import Opinion, Verdict

DECIDES: Mapping[str, frozenset[str]] = {
    "pixels": frozenset({"images_broken", "overflowed_pixels", "polarity"}),
    "duplicates": frozenset({"leak"}),
    "baseline": frozenset({"labels_shuffled", "labels_shifted", "labels_noisy"}),
    "averages": frozenset({"lagging_averages", "tiny_batches"}),
    "memorise": frozenset({"too_small", "vanishing", "dead_units"}),
    "twins": frozenset({"raw_pixels"}),
    "rates": frozenset({"rate_too_high", "rate_too_low"}),
    "head": frozenset({"huge_head"}),
    "free": frozenset({"over_regularized"}),
}
"""Tests in the order of work, static ones first, and the causes that each can decide."""

STATIC = ("pixels", "duplicates", "baseline")
"""Tests that look at the data alone; they also matter where a run looks well."""


def next_test(evidence: Evidence) -> str | None:
    """The next worthwhile test that has not been made, or None."""
    verdict = judge(evidence)
    doubtful = _doubtful(verdict)
    for name, causes in DECIDES.items():
        if name in evidence.tests or (verdict.state == "healthy" and name not in STATIC):
            continue
        if causes & doubtful:
            return name
    return None


def _doubtful(verdict: Verdict) -> set[str]:
    """Causes that are open or merely suspected, but for those that a known one explains."""
    named = [opinion for opinion in (verdict.primary, *verdict.others) if opinion is not None]
    doubtful = set(verdict.open) | {one.cause for one in named if one.known == "suspected"}
    for opinion in named:
        if opinion.known != "suspected":
            doubtful -= EXPLAINS[opinion.cause] | {opinion.cause}
    return doubtful | {opinion.cause for opinion in named if _wants_proof(opinion)}


def _wants_proof(opinion: Opinion) -> bool:
    """Whether it rests on two modes that differ, which averages estimated anew would explain."""
    return opinion.test is not None and opinion.test.name == "modes"
