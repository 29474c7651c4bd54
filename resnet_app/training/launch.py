"""Starting the worker process of a run."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.errors import LimitError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run

_PROJECT = Path(__file__).resolve().parents[2]
_lock = threading.Lock()
_workers: list[subprocess.Popen[bytes]] = []


def start(config: TrainingConfig, dataset_digest: str) -> Run:
    """Begin a run on a stored data set and return at once; a process of its own trains.

    Raises ``LimitError`` if a run is training already, ``DataError`` if there is no such data.
    """
    dataset = datasets.load(dataset_digest)
    with _lock:
        busy = active_run()
        if busy is not None:
            raise LimitError(
                "Another run is training, and two at once would slow both down. Wait until it "
                f"has finished, or stop it first. Received: a new run while {busy.id} trains"
            )
        run = runs.create(config, dataset_digest, dataset.name)
        _spawn(run)
    return run


def active_run() -> Run | None:
    """The run that is training now, if any."""
    return next((run for run in runs.listing() if run.status().active), None)


def _spawn(run: Run) -> None:
    _workers[:] = [worker for worker in _workers if worker.poll() is None]  # reap the ended
    with (run.directory / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "resnet_app.training.worker", str(run.directory)],
            cwd=_PROJECT,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C at the server's terminal is not for the worker
        )
    _workers.append(worker)
