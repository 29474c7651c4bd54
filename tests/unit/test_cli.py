"""The command line without training: words, exit status, JSON."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from resnet_app.cli import main


def last_json(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture
def sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "sample.npz"
    assert main(["sample", "100", str(path), "--seed", "3", "--json"]) == 0
    assert last_json(capsys) == {"count": 100, "file": str(path), "seed": 3}
    return path


def test_a_sample_is_repeatable_and_can_be_inspected(sample: Path, capsys):
    again = sample.with_name("again.npz")
    main(["sample", "100", str(again), "--seed", "3"])
    with np.load(sample) as one, np.load(again) as two:
        assert np.array_equal(one["x"], two["x"])
    capsys.readouterr()
    assert main(["inspect", str(sample), "--json"]) == 0
    report = last_json(capsys)
    assert (report["count"], report["class_counts"]) == (100, [10] * 10)


def test_a_reader_that_has_seen_enough_is_no_error():
    program = subprocess.Popen(
        [sys.executable, "-m", "resnet_app", "runs"],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    program.stdout.close()  # before it writes
    assert program.stderr.read() == b""
    assert program.wait() == 0


def test_no_runs_yet_says_how_to_start_one(capsys):
    assert main(["runs", "--json"]) == 0
    out = capsys.readouterr().out
    assert "train sample" in out
    assert json.loads(out.splitlines()[-1]) == {"runs": []}


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", "missing.npz"],
        ["train", "sample", "--recipe", "none"],
        ["train", "sample", "--set", "epochs"],
        ["train", "sample", "--set", "epochs=0"],
        ["evaluate", "nothing", "sample"],
        ["predict", "nothing", "x.png"],
        ["sample", "0", "x.npz"],
        ["sample", "10", "/nowhere/at/all/x.npz"],
    ],
)
def test_a_mistake_gets_one_paragraph_and_status_2(arguments: list[str], capsys, lab_home: Path):
    assert main(arguments) == 2
    error = capsys.readouterr().err.strip()
    assert "Received: " in error
    assert "\n" not in error
    assert not list(lab_home.glob("*/*"))  # nothing was changed


def test_bad_files_change_nothing(tmp_path: Path, capsys, lab_home: Path):
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"this is not a zip")
    assert main(["train", str(bad)]) == 2
    assert "Received: " in capsys.readouterr().err
    assert not list(lab_home.glob("*/*"))
