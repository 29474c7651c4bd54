"""Thousands of damaged files: each is refused in words or read, and nothing else happens."""

from pathlib import Path

import pytest

from tests.fuzz.drive import EVERY, drive, outcome
from tests.fuzz.samples import samples

_CASES = 200
_SEED = 20
_SLOWEST_SECONDS = 20
_MOST_MEMORY = 2**30
_CRASHES = 2
"""A library may crash its process now and then; the app then says so in words."""


@pytest.mark.parametrize("sample", samples())
def test_the_good_file_is_read(sample: str, tmp_path: Path):
    assert outcome(samples()[sample], tmp_path)["outcome"] == "read"


@pytest.mark.parametrize("sample", samples())
def test_damage_is_refused_in_words_or_read(sample: str, tmp_path: Path):
    pictures = len(samples()[sample]) > EVERY
    cases = _CASES // 4 if pictures else _CASES
    reports = list(drive(tmp_path, sample, _SEED, cases))
    crashes = [report for report in reports if "crash" in report]
    assert len(crashes) <= _CRASHES, crashes
    outcomes = [report for report in reports if "outcome" in report]
    assert len(outcomes) + len(crashes) == cases
    assert {report["outcome"] for report in outcomes} <= {"read", "asked", "refused"}
    assert [report["outside"] for report in outcomes if report["outside"]] == []
    assert max(report["seconds"] for report in outcomes) < _SLOWEST_SECONDS
    assert max(report["peak"] for report in reports if "peak" in report) < _MOST_MEMORY
    usual = "read" if pictures else "refused"
    assert (
        sum(report["outcome"] == usual for report in outcomes) > cases / 5
    )  # a flipped pixel is no damage that shows
