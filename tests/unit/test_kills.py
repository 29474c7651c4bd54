"""The benchmark of random kills, in a small form and in a process that has no threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL and fork are of POSIX")
def test_nothing_is_lost_and_nothing_torn_by_kills_at_random_moments():
    command = [sys.executable, "-m", "tests.benchmarks.kills", "--kills", "25", "--trainings", "0"]
    project = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "25 kills" in done.stdout and "nothing lost, nothing torn" in done.stdout
