"""From digits to an answer on the command line, as a script would do it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_app.runs import store as runs

_TINY = ["--set", "widths=8,8,8", "--set", "strides=2,2,2", "--set", "augmentation=none"]


def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resnet_app", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def last_json(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_sample_train_evaluate_predict(tmp_path: Path):
    data = tmp_path / "digits.npz"
    last_json(lab("sample", "300", str(data), "--json"))
    trained = last_json(lab("train", str(data), *_TINY, "--set", "epochs=2", "--json"))
    assert (trained["state"], trained["epochs"], trained["test_count"]) == ("finished", 2, 30)

    judged = last_json(lab("evaluate", trained["directory"], str(data), "--json"))
    assert judged["count"] == 300
    assert np.trace(np.array(judged["confusion"])) == round(judged["accuracy"] * 300)

    with np.load(data) as arrays:
        Image.fromarray(arrays["x"][0]).save(tmp_path / "one.png")
    answer = last_json(lab("predict", trained["run"], str(tmp_path / "one.png"), "--as-is"))
    assert answer["digit"] == int(np.argmax(answer["probabilities"]))
    assert abs(sum(answer["probabilities"]) - 1) < 1e-4

    (tmp_path / "text.png").write_text("not a picture")
    refused = lab("predict", trained["run"], str(tmp_path / "text.png"))
    assert (refused.returncode, "not a picture" in refused.stderr) == (2, True)

    listed = last_json(lab("runs", "--json"))
    assert [row["run"] for row in listed["runs"]] == [trained["run"]]


@pytest.fixture
def heeding() -> Iterator[None]:
    """Ctrl-C reaches what is started here, even if these tests run in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding")
def test_ctrl_c_keeps_what_was_learned(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-m", "resnet_app", "train", "sample", *_TINY, "--set", "epochs=200"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        end = time.monotonic() + 200
        while not (found := runs.listing()) or not found[0].history().batches:
            assert time.monotonic() < end
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=200)
    finally:
        process.kill()
        for run in runs.listing():
            run.request_stop()
    assert process.returncode == 0
    assert "Stopped; what it had learned is kept." in out
    assert found[0].is_readable()
