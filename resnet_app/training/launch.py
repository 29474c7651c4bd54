"""Starting the worker process of a run, and keeping one warm for the next."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resnet_app import drawings
from resnet_app.classroom.export import split_class
from resnet_app.classroom.session import Session
from resnet_app.config import TrainingConfig, home
from resnet_app.data import store as datasets
from resnet_app.errors import LimitError, RunError
from resnet_app.files import locked
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.training import memory
from resnet_app.training.recipes import fine_tuning

_PROJECT = Path(__file__).resolve().parents[2]
_lock = threading.Lock()
_workers: list[subprocess.Popen[str]] = []
"""Those that were given a run; kept to be reaped when they end."""
_warm: subprocess.Popen[str] | None = None
_asked: TrainingConfig | None = None
"""What the warm worker was last asked to prepare."""


def start(config: TrainingConfig, dataset_digest: str) -> Run:
    """Begin a run on a stored data set and return at once; a process of its own trains.

    Raises ``LimitError`` if a run is training already, ``DataError`` if there is no such data.
    """
    name = datasets.describe(dataset_digest).name
    return _begin(lambda: runs.create(config, dataset_digest, name))


def resume(run: Run) -> Run:
    """Let ``run`` go on after the last epoch that was kept whole; returns at once.

    Raises ``RunError`` if it is finished or still trains, ``LimitError`` as ``start`` does.
    """
    return _begin(lambda: runs.reopen(run))


def fine_tune(parent: Run) -> Run:
    """Begin to fine-tune ``parent`` on the kept drawings, as a run of its own; returns at once.

    Raises ``LimitError`` if a run is training already, ``RunError`` if ``parent`` has no model yet,
    ``DataError`` if there are too few drawings.
    """
    trained, held_back = drawings.split(drawings.listing())
    return _tune(parent, f"{len(trained) + len(held_back):,} drawings")


def fine_tune_on_class(session: Session) -> Run:
    """As ``fine_tune``, of the model of ``session`` on the drawings of its class."""
    parts = split_class(session)
    name = f"{len(parts.trained[1]) + len(parts.held_back[1]):,} drawings of a class"
    return _tune(runs.open_run(session.model), name, session.id)


def _tune(parent: Run, name: str, classroom: str | None = None) -> Run:
    if not parent.is_readable():
        raise RunError(f"This run has no model to go on from yet. Received: {parent.id}")
    config = fine_tuning(parent.config)
    return _begin(lambda: runs.create(config, parent.dataset_digest, name, parent.id, classroom))


def _begin(create: Callable[[], Run]) -> Run:
    """Give the run that ``create`` makes to a worker, unless another is training."""
    global _warm
    with _lock, locked(home() / "starting.lock"):
        busy = active_run()
        if busy is not None:
            raise LimitError(
                "Another run is training, and two at once would slow both down. Wait until it "
                f"has finished, or stop it first. Received: a new run while {busy.id} trains"
            )
        run = create()
        command = {"train": str(run.directory)}
        worker, _warm = _warm, None
        if worker is None or not _tell(worker, command):
            worker = _spawn()
            _tell(worker, command)
        _workers[:] = [old for old in _workers if old.poll() is None] + [worker]
    return run


def warm_up(config: TrainingConfig) -> None:
    """Have a worker ready whose next run begins at once if it is like ``config``.

    Returns at once. Does nothing while a run trains, when memory is scarce, or if the environment
    says ``RESNET_APP_WARM_WORKER=0``.
    """
    global _warm, _asked
    with _lock:
        waiting = _warm is not None and _warm.poll() is None
        if waiting and config == _asked:
            return
        if not waiting:
            if os.environ.get("RESNET_APP_WARM_WORKER") == "0" or active_run() is not None:
                return
            if not memory.has_room_to_wait():
                return
            _warm = _spawn()
        assert _warm is not None
        _asked = config
        _tell(_warm, {"prepare": config.to_json()})


def active_run() -> Run | None:
    """This app's run that is training now, if any; what other programs train is their affair."""
    return next((r for r in runs.listing() if r.status().active and not r.foreign), None)


def _tell(worker: subprocess.Popen[str], command: dict[str, Any]) -> bool:
    """Send a command; False if the worker has ended."""
    assert worker.stdin is not None
    try:
        worker.stdin.write(json.dumps(command) + "\n")
        worker.stdin.flush()
    except OSError:
        return False
    return worker.poll() is None


def _spawn() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "resnet_app.training.worker"],
        cwd=_PROJECT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # until it has a run, whose log it then writes
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # a Ctrl-C at the server's terminal is not for the worker
    )
