"""The queue of experiments: the next trial starts when the run before it has ended.

What is to be done lies on disk, in the experiments' directories; a thread of the process, not of
any browser session, does it. When the process ends, the next one that is asked to ``wake`` goes
on. Of several processes on one data folder one serves; its number is in ``queue.json``.
"""

import logging
import threading
import time
from dataclasses import asdict
from pathlib import Path

from resnet_app.config import home
from resnet_app.data import launch as data_jobs
from resnet_app.errors import LabError, LimitError
from resnet_app.files import locked, read_json, write_json
from resnet_app.processes import ProcessMark
from resnet_app.runs import experiment as experiments
from resnet_app.runs.experiment import Experiment, Plan, Trial
from resnet_app.training import launch

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.5
_lock = threading.Lock()
_server: threading.Thread | None = None


def submit(plan: Plan) -> Experiment:
    """Keep ``plan`` and have its trials trained, one after the other; returns at once."""
    experiment = experiments.create(plan)
    wake()
    return experiment


def go_on(experiment: Experiment) -> None:
    """Let a stopped experiment go on, and have failed trials run again; returns at once."""
    experiment.go_on()
    wake()


def wake() -> None:
    """Have the queue served if anything waits; returns at once."""
    global _server
    with _lock:
        if _server is not None and _server.is_alive():
            return
        if _next() is None or not _claim():
            return
        _server = threading.Thread(target=_serve, name="experiments", daemon=True)
        _server.start()


def waiting() -> list[Experiment]:
    """Experiments with something left to do that nobody stopped, in the order of their turn."""
    return [found for found in reversed(experiments.listing()) if found.next_trial() is not None]


def _next() -> tuple[Experiment, Trial] | None:
    for experiment in waiting():
        trial = experiment.next_trial()
        if trial is not None:
            return experiment, trial
    return None


def _serve() -> None:
    """Start trials until none waits."""
    while True:
        while launch.active_run() is not None:
            time.sleep(_POLL_SECONDS)
        with _lock:  # whoever calls ``wake`` after this look finds the thread alive, or gone
            task = _next()
            if task is None:
                _retire()
                return
        _start(*task)


def _retire() -> None:
    global _server
    _server = None
    _owner_file().unlink(missing_ok=True)


def _start(experiment: Experiment, trial: Trial) -> None:
    plan = experiment.plan
    try:
        digest = _data_of(experiment, trial)
        if experiment.stopped:
            return
        run = launch.start(plan.config_of(trial.arm, trial.seed), digest)
    except LimitError:
        time.sleep(_POLL_SECONDS)  # somebody's own run came first: wait for it
    except LabError as error:
        experiment.note(trial, error=str(error))
    except Exception:
        _log.exception("A trial could not be started")
        experiment.note(trial, error="It could not be started; the server's log has the details.")
    else:
        experiment.note(trial, run=run)
        if experiment.stopped:  # while it was started
            run.request_stop()


def _data_of(experiment: Experiment, trial: Trial) -> str:
    """Digest of the trial's data: the experiment's, or a copy with the arm's edit."""
    plan, edit = experiment.plan, trial.arm.edit
    if edit is None:
        return plan.dataset_digest
    name = f"{trial.arm.name}: {edit.describe()}"
    job = data_jobs.change(plan.dataset_digest, edit, name)
    while not job.wait(_POLL_SECONDS):
        if experiment.stopped:
            job.stop()
    try:
        return job.kept()
    finally:
        job.forget()


def _owner_file() -> Path:
    return home() / "experiments" / "queue.json"


def _claim() -> bool:
    """Be the one that serves the queue of this data folder; False if another living process is."""
    own = ProcessMark.own()
    with locked(home() / "experiments" / "queue.lock"):
        try:
            owner = ProcessMark.from_json(read_json(_owner_file()))
        except (OSError, ValueError):
            owner = None
        if owner not in (None, own) and owner.lives():
            return False
        write_json(_owner_file(), asdict(own))
        return True
