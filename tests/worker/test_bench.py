"""The bench's small form, as CI runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict]:
    """What ``bench-doctor --small --json`` prints: its text, and its last line as JSON."""
    folder = tmp_path_factory.mktemp("bench")
    return _bench(folder), json.loads(_bench(folder).splitlines()[-1])


def _bench(folder: Path) -> str:
    command = [sys.executable, "-m", "resnet_app", "bench-doctor", "--small", "--json"]
    done = subprocess.run(
        [*command, "--resume", str(folder)], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_table_is_complete(small: tuple[str, dict]):
    text, _ = small
    for word in ("top-1", "top-3", "recall", "precision", "unsure", "False alarms", "healthy runs"):
        assert word in text
    for word in ("hard negatives", "no measurable harm", "Treatment confirmed", "Placebo"):
        assert word in text
    lines = text.splitlines()
    for judge in ("doctor", "UMLAUT", "AUTOTRAINER", "DeepDiagnosis"):
        assert sum(f" {judge} " in line and line.startswith("all") for line in lines) == 1


def test_clear_faults_are_named_and_sound_runs_are_left_alone(small: tuple[str, dict]):
    _, figures = small
    assert figures["missing"] == 0
    rows = figures["rows"]
    faults = [row for row in rows if row["kind"] == "fault"]
    assert len(faults) == 4
    assert all(row["harmful"] and row["cured"] for row in faults)
    assert [row["primary"] for row in faults] == [row["cause"] for row in faults]
    assert all(row["verdict"] != "sick" for row in rows if row["kind"] != "fault")
