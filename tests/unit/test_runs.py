import json
import math
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.errors import RunError
from resnet_app.files import replacing, write_json
from resnet_app.processes import ProcessMark
from resnet_app.runs import store
from resnet_app.runs.run import Run, Status, count_confusion
from resnet_app.runs.writer import RunWriter


@pytest.fixture
def run() -> Run:
    return store.create(TrainingConfig(epochs=4), "0" * 16, "Some digits")


def test_a_new_run_waits_and_is_listed(run: Run):
    assert run.status().state == "starting"
    assert run.status().active
    assert [found.id for found in store.listing()] == [run.id]
    again = store.open_run(run.id)
    assert (again.config, again.dataset_name) == (run.config, "Some digits")


@pytest.mark.parametrize("run_id", ["../runs", "", "20260101-000000-0123456789abcdef", "x" * 500])
def test_unknown_ids_are_refused(run_id: str):
    with pytest.raises(RunError, match="Received: "):
        store.open_run(run_id)


def test_written_events_are_read_back(run: Run):
    writer = RunWriter(run.directory)
    writer.event("batch", position=0.5, loss=2.5, accuracy=0.25)
    writer.event("unknown", anything=1)
    writer.event(
        "epoch",
        epoch=1,
        loss=float("nan"),
        accuracy=0.5,
        val_loss=float("inf"),
        val_accuracy=0.5,
        learning_rate=0.001,
        seconds=2.0,
    )
    history = run.history()
    assert [(point.position, point.loss) for point in history.batches] == [(0.5, 2.5)]
    assert math.isnan(history.epochs[0].loss)
    assert math.isnan(history.epochs[0].val_loss)


def test_a_line_torn_at_any_place_is_ignored(run: Run):
    line = json.dumps({"event": "batch", "position": 0.5, "loss": 1.0, "accuracy": 0.5})
    for length in range(len(line) + 1):
        (run.directory / "events.jsonl").write_text(f"{line}\n{line[:length]}")
        assert len(run.history().batches) == 1


def test_a_dead_worker_is_a_failed_run(run: Run):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    mark = ProcessMark.of(child.pid)
    alive = Status("training", "Training", 2, 4, 5, 9, time.time(), 3.0, 8.0, mark)
    write_json(run.directory / "status.json", asdict(alive))
    assert run.status() == alive
    child.kill()
    child.wait()
    dead = run.status()
    assert (dead.state, dead.epoch, dead.seconds_left) == ("failed", 2, None)
    assert "ended without a word" in dead.message
    assert "Resume starts it again" in dead.message


def test_another_process_with_the_same_number_is_not_the_worker(run: Run):
    other = ProcessMark(os.getpid(), "an earlier birth")
    status = Status("training", "Training", updated=time.time(), worker=other)
    write_json(run.directory / "status.json", asdict(status))
    assert run.status().state == "failed"


def test_a_worker_that_never_began_is_a_failed_run(run: Run):
    status = Status("starting", "Starting", updated=time.time() - 3600)
    write_json(run.directory / "status.json", asdict(status))
    assert run.status().state == "failed"


def test_replacing_is_all_or_nothing(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="full"), replacing(path) as temporary:
        temporary.write_text("ne")
        raise OSError("disk full")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_stop_is_seen_by_the_writer(run: Run):
    writer = RunWriter(run.directory)
    assert not writer.stop_requested()
    run.request_stop()
    assert writer.stop_requested()


def test_confusion_counts_rows_as_truth():
    evaluation = count_confusion(np.array([1, 1, 2, 2]), np.array([1, 2, 2, 2]))
    assert evaluation.confusion[1, 2] == 1
    assert (evaluation.accuracy, evaluation.count) == (0.75, 4)
    assert evaluation.per_class()[:3] == [None, 0.5, 1.0]


def test_settings_that_cannot_be_read_are_told_in_words(run: Run):
    (run.directory / "config.json").write_text("{")
    with pytest.raises(RunError, match="choose another"):
        _ = Run(run.directory).config


def test_what_nobody_will_train_any_more_is_not_unended(run: Run):
    ended, torn = (store.create(TrainingConfig(), "0" * 16, "Digits") for _ in range(2))
    store.put_status(ended, "failed", "The disk was full.")
    (torn.directory / "config.json").write_text("{")
    store.create_foreign("my script")
    assert [found.id for found in store.unended()] == [run.id]


def test_a_fine_tuning_that_broke_off_says_that_it_begins_anew(run: Run):
    tuned = store.create(run.config, "0" * 16, "12 drawings", parent=run.id)
    assert "keeps no state on the way: Resume begins it anew" in tuned.way_on()
    assert "No epoch was finished and kept" in run.way_on()
