"""What a start of the app finds after killed processes, and clocks that were set."""

import errno
import json
import multiprocessing
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from resnet_app import drawings, processes, recovery
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.files import is_disk_full, locked, replacing, write_json
from resnet_app.processes import ProcessMark
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run, Status
from resnet_app.runs.writer import RunWriter
from resnet_app.training import queue, workers
from tests.made_runs import made_run

_GONE = 2**22 + 1
"""No process has this number on Linux."""


def says_training(worker: ProcessMark | None, age: float = 0.0) -> Run:
    run = made_run(accuracy=None)
    status = Status("training", "Training", 2, 2, updated=time.time() - age, worker=worker)
    write_json(run.directory / "status.json", asdict(status))
    return run


def test_a_run_whose_process_is_gone_is_written_down_as_broken_off_and_can_go_on():
    run, busy = says_training(ProcessMark(_GONE, "long ago")), says_training(ProcessMark.own())
    found = recovery.recover()
    assert (found.broken_off, found.training) == ((run.id,), (busy.id,))
    assert json.loads((run.directory / "status.json").read_text())["state"] == "failed"
    assert "Resume starts it again" in run.status().message
    assert recovery.recover().broken_off == ()
    assert runs.reopen(run).status().state == "starting"


def test_half_written_files_of_the_dead_are_removed_and_all_else_stays(
    lab_home: Path, bars: Dataset
):
    run, digest = made_run(), datasets.save(bars)
    drawing = drawings.keep(np.zeros((20, 20), np.uint8), 3)
    kept = {path for path in lab_home.rglob("*") if path.is_file()}
    for folder in (run.directory, lab_home / "datasets", lab_home / "drawings"):
        (folder / f".{_GONE}-abc.json").write_text("{")
    living = run.directory / f".{os.getpid()}-abc.json"
    living.write_text("{")
    unbegun, unfinished = lab_home / "runs" / f"20200101-000000-{'0' * 16}", "f" * 16
    unbegun.mkdir()
    (lab_home / "datasets" / f"{unfinished}.npz").write_bytes(b"PK")
    for path in (unbegun, lab_home / "datasets" / f"{unfinished}.npz"):
        os.utime(path, (0, 0))
    assert recovery.recover().removed == 5
    left = {path for path in lab_home.rglob("*") if path.is_file() and path.suffix != ".lock"}
    assert left == kept | {living}
    assert datasets.load(digest).digest == bars.digest
    assert drawings.listing() == [drawing]


def test_a_process_number_that_was_given_again_is_another_process():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = ProcessMark.of(child.pid)
    assert mark is not None and mark.lives()
    assert not ProcessMark(child.pid, ProcessMark.own().birth).lives()
    child.kill()
    assert not _soon(mark.lives)  # not even before it is waited for
    child.wait()
    assert ProcessMark.of(child.pid) is None


def _soon(condition) -> bool:
    end = time.monotonic() + 5
    while condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_setting_the_clock_ends_no_run_and_bends_no_duration(monkeypatch: pytest.MonkeyPatch):
    run = made_run(accuracy=None, state="training")
    writer = RunWriter(run.directory)
    now, born = time.time(), processes.psutil.Process.create_time
    shift = 7200.0
    monkeypatch.setattr(time, "time", lambda: now - shift)  # set back, as psutil sees it too
    monkeypatch.setattr(processes.psutil.Process, "create_time", lambda self: born(self) - shift)
    assert run.status().active
    writer.status("training", "Training")
    assert run.status().active
    assert 0 <= run.status().seconds < 60
    later = runs.create(run.config, run.dataset_digest, "Later, by the calendar earlier")
    assert {found.id for found in runs.listing()} == {run.id, later.id}
    assert later.status().active
    monkeypatch.setattr(time, "time_ns", lambda: 10**18)
    kept = [drawings.keep(np.zeros((9, 9), np.uint8), 1) for _ in range(3)]
    assert drawings.listing() == kept[::-1]


def test_time_between_two_goes_at_a_run_is_not_counted():
    run = made_run(accuracy=None, state="training")
    writer = RunWriter(run.directory)
    writer._began -= 100  # as if it had been at work so long
    writer.status("failed", "Broke off")
    again = RunWriter(run.directory)
    again.status("training", "Training")
    assert 100 <= run.status().seconds < 110


def _start(together, looked) -> None:
    config = runs.listing()[0].config
    workers._spawn = lambda: subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(30)"], stdin=subprocess.PIPE, text=True
    )
    together.wait()
    queue.enqueue(runs.create(config, "0" * 16, "Digits"))
    together.wait()
    looked.wait(60)
    for worker in workers._workers:
        worker.kill()


def test_of_two_servers_on_one_data_folder_only_one_starts_a_run(monkeypatch):
    monkeypatch.setenv("RESNET_APP_WORKERS", "1")
    done = made_run()  # which has ended
    context = multiprocessing.get_context("spawn")
    together, looked = context.Barrier(3), context.Event()
    servers = [context.Process(target=_start, args=(together, looked)) for _ in range(2)]
    for server in servers:
        server.start()
    for _ in ("ready", "asked"):
        together.wait(60)
    states = sorted(run.status().state for run in runs.listing() if run.id != done.id)
    looked.set()
    for server in servers:
        server.join()
    assert states == ["starting", "waiting"]


def test_a_lock_ends_with_its_process(tmp_path: Path):
    script = (
        "import sys, time; from pathlib import Path; from resnet_app.files import locked;"
        "lock = locked(Path(sys.argv[1])); lock.__enter__(); print('held', flush=True);"
        "time.sleep(60)"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path / "a.lock")]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    child.kill()
    child.wait()
    with locked(tmp_path / "a.lock"):
        pass


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "a.json"
    write_json(path, {"kept": 1})
    monkeypatch.setattr(os, "fsync", _no_room)
    with pytest.raises(OSError) as caught, replacing(path) as temporary:
        temporary.write_text("new")
    assert is_disk_full(caught.value)
    assert path.read_text() == json.dumps({"kept": 1}, indent=1)
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_can_say_that_it_ended_where_there_is_no_room_for_another_file(
    monkeypatch: pytest.MonkeyPatch,
):
    run = made_run(state="training")
    writer = RunWriter(run.directory)
    monkeypatch.setattr("resnet_app.runs.writer.write_json", _no_room)
    with pytest.raises(OSError):
        writer.status("training", "Training")
    writer.status("failed", "The disk is full.", epoch=2)
    assert (run.status().message, run.status().epoch) == ("The disk is full.", 2)


def _no_room(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
