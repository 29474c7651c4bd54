"""The processes that train: starting one for a run, and keeping one warm for the next."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from resnet_app import settings
from resnet_app.config import TrainingConfig, home
from resnet_app.errors import RunError
from resnet_app.files import locked
from resnet_app.processes import ProcessMark
from resnet_app.runs import store as runs
from resnet_app.runs import waiting
from resnet_app.runs.run import Run
from resnet_app.training import memory

_PROJECT = Path(__file__).resolve().parents[2]
_CORES_EACH = 2
_lock = threading.Lock()
_workers: list[subprocess.Popen[str]] = []
"""Those that were given a run; kept to be reaped when they end."""
_warm: subprocess.Popen[str] | None = None
_asked: TrainingConfig | None = None
"""What the warm worker was last asked to prepare."""

_seen: dict[str, float] = {}
"""When each run that trains was first seen to, by a clock that nobody can set."""
_ended: dict[str | None, float] = {}
"""When an owner's last run was seen to have ended, in seconds since 1970."""


def most() -> int:
    """How many runs may train at one time, memory aside.

    Raises ``ConfigError`` as ``settings.number`` does.
    """
    return int(settings.number(settings.WORKERS)) or max(cores() // _CORES_EACH, 1)


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def begin(run: Run) -> None:
    """Give ``run`` to a worker, the warm one if there is one; returns at once."""
    global _warm
    with _lock, locked(home() / "starting.lock"):
        runs.put_status(run, "starting", "Starting the training process")
        command = {"train": str(run.directory)}
        worker, _warm = _warm, None
        if worker is None or not _tell(worker, command):
            worker = _spawn()
            _tell(worker, command)
        _workers[:] = [old for old in _workers if old.poll() is None] + [worker]


def warm_up(config: TrainingConfig | None) -> None:
    """Have a worker ready whose next run begins at once if it is like ``config``.

    Returns at once. Without ``config`` it only loads TensorFlow, as a fine-tuning needs. Does
    nothing while a run trains or waits, when memory is scarce, or if ``RESNET_APP_WARM_WORKER`` is
    0. Raises ``ConfigError`` as ``settings.text`` does.
    """
    if waiting.waiting() or training():
        return  # then ``get_ready`` says what is prepared
    with _lock:
        if _is_warm() or memory.has_room_to_wait():
            _prepare(config)


def get_ready(config: TrainingConfig | None, needed: int) -> None:
    """While runs train, have a worker ready for the next one, which needs so many bytes.

    Returns at once. Without ``config`` it only loads TensorFlow. Does nothing when memory is
    scarce, and as ``warm_up`` does not.
    """
    with _lock:
        if _is_warm() or memory.available() - promised() > needed + memory.SHORT_BYTES:
            _prepare(config)


def let_go() -> None:
    """End the warm worker, whose memory is needed."""
    global _warm
    with _lock:
        worker, _warm = _warm, None
    if worker is not None:
        worker.kill()  # it has no run
        worker.wait()


def _is_warm() -> bool:
    return _warm is not None and _warm.poll() is None


def _prepare(config: TrainingConfig | None) -> None:
    """Have the warm worker prepare ``config``, once; start it if there is none.

    A warm one loads TensorFlow whatever it prepares, so None asks nothing more of it.
    """
    global _warm, _asked
    if _is_warm() and config in (None, _asked):
        return
    if not _is_warm():
        if settings.text(settings.WARM_WORKER) == "0":
            return
        _warm = _spawn()
    assert _warm is not None
    _asked = config
    _tell(_warm, {"prepare": config.to_json() if config else None})


def warm_bytes() -> int:
    """Memory that the warm worker takes already, which the next run need not find."""
    if _warm is None or not _is_warm():
        return 0
    return memory_of(ProcessMark.of(_warm.pid))


def promised() -> int:
    """Bytes that the runs which train now are yet to take, by what such runs need."""
    return sum(
        max(memory.needed_for(run) - memory_of(run.status().worker), 0) for run in training()
    )


def training() -> list[Run]:
    """This app's runs that have a worker, the oldest first; what other programs train is theirs."""
    found = []
    for ticket in waiting.training():
        try:
            run = runs.open_run(ticket.id)
            has_ended = run.status().ended
        except RunError:  # deleted
            has_ended = True
        if has_ended:
            waiting.forget(ticket.id)
            _seen.pop(ticket.id, None)
            _ended[ticket.owner] = time.time()
        else:
            _seen.setdefault(ticket.id, time.monotonic())
            found.append(run)
    return found


def trained_seconds(run: Run) -> float:
    """For how long this process has seen ``run`` train."""
    return time.monotonic() - _seen.get(run.id, time.monotonic())


def last_ends() -> dict[str | None, float]:
    """When each owner's last run was seen to have ended, in seconds since 1970."""
    return dict(_ended)


def memory_of(worker: ProcessMark | None) -> int:
    """Bytes that a process has for itself; 0 for None or one that is gone."""
    try:
        info = psutil.Process(worker.pid).memory_info() if worker is not None else None
    except psutil.Error:
        info = None
    # What it shares are libraries, which the system can let go of and read again.
    return int(info.rss - getattr(info, "shared", 0)) if info is not None else 0


def _tell(worker: subprocess.Popen[str], command: dict[str, Any]) -> bool:
    """Send a command; False if the worker has ended."""
    assert worker.stdin is not None
    try:
        worker.stdin.write(json.dumps(command) + "\n")
        worker.stdin.flush()
    except OSError:
        return False
    return worker.poll() is None


def _environment() -> dict[str, str]:
    """What a worker inherits; where several train, each has its share of the cores."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"}
    if most() > 1:
        share = str(max(cores() // most(), 1))
        quiet |= {"TF_NUM_INTRAOP_THREADS": share, "OMP_NUM_THREADS": share}
    return {**os.environ, **quiet}


def _spawn() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "resnet_app.training.worker"],
        cwd=_PROJECT,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # until it has a run, whose log it then writes
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # a Ctrl-C at the server's terminal is not for the worker
    )
