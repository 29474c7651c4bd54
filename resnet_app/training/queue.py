"""The queue: runs and experiments' trials wait for a worker, and begin when their turn comes.

What is to be done lies on disk; ``resnet_app.runs.waiting`` says where, and whose turn it is.
``wake`` begins what can begin. While something waits, a thread of the process, not of any browser
session, goes on with it. When the process ends, the next one that is asked to ``wake`` goes on. Of
several processes on one data folder one serves; its number is in ``queue.json``.
"""

import logging
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from resnet_app import settings
from resnet_app.config import TrainingConfig, home
from resnet_app.data import launch as data_jobs
from resnet_app.data import store as datasets
from resnet_app.errors import LabError, LimitError, RunError
from resnet_app.files import locked, read_json, write_json
from resnet_app.processes import ProcessMark
from resnet_app.runs import clearing, pace, waiting
from resnet_app.runs import experiment as experiments
from resnet_app.runs import store as runs
from resnet_app.runs.experiment import Experiment, Plan, Trial
from resnet_app.runs.run import Run
from resnet_app.runs.waiting import Ticket
from resnet_app.training import beside, memory, workers

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.5
_FRESH_SECONDS = 1.0
_PATIENCE_SECONDS = 30.0
"""So long a run waits for memory while nothing trains; then it is refused."""

_lock = threading.Lock()
_server: threading.Thread | None = None
_looked_at: set[Path] = set()
"""Data folders whose runs and experiments this process has looked through."""
_short: dict[str, float] = {}
"""Since when each run lacks memory, by a clock that nobody can set."""


@dataclass(frozen=True)
class Place:
    """Where something stands in line: ``number`` from 1, and ``seconds`` until then, if known.

    ``lacks_memory``: it is its turn, and there is too little memory just now.
    """

    number: int
    seconds: float | None
    lacks_memory: bool = False


def submit(plan: Plan, owner: str | None = None) -> Experiment:
    """Keep ``plan`` of ``owner`` and have its trials trained, in turn; returns at once.

    Raises ``LimitError`` if too many wait already.
    """
    _refuse_too_many(owner)
    experiment = experiments.create(plan, owner)
    _put_experiment(experiment)
    wake()
    return experiment


def go_on(experiment: Experiment) -> None:
    """Let a stopped experiment go on, and have failed trials run again; returns at once."""
    experiment.go_on()
    _put_experiment(experiment)
    wake()


def refuse(config: TrainingConfig, images: int, owner: str | None) -> None:
    """Raise ``LimitError`` if no further run of ``owner`` may wait, or this one has no room.

    Where runs take all their room, the oldest make some.
    """
    _refuse_too_many(owner)
    clearing.make_room()
    needed, total = memory.needed(config, images), memory.total()
    if needed > total:
        raise LimitError(
            f"{memory.in_mb(total)} is all the memory that there is, and such a run needs about "
            f"{memory.in_mb(needed)}. Use a smaller batch, fewer images, or larger strides. "
            f"Received: a batch of {config.batch_size} and {images:,} images"
        )


def enqueue(run: Run) -> None:
    """Let a run wait for its turn, which may have come; returns at once."""
    runs.put_status(run, "waiting", "Waiting for its turn")
    waiting.put(Ticket(run.id, "run", run.owner, time.time()))
    wake()
    _places.cache_clear()


def cancel(run: Run) -> None:
    """Stop ``run``, whether it waits or trains."""
    with _lock:
        if run.status().waiting and waiting.remove(run.id):
            runs.put_status(run, "stopped", "Taken out of the queue before it began.")
            _places.cache_clear()
            return
    run.request_stop()


def wake() -> None:
    """Begin what can begin, and have the rest served; returns at once."""
    global _server
    with _lock:
        _look_through()
        if not waiting.waiting():
            return
        if _claim():
            _fill()
        if not waiting.waiting():
            _release()
        elif _server is None or not _server.is_alive():
            _server = threading.Thread(target=_serve, args=(home(),), name="queue", daemon=True)
            _server.start()


def keep_going() -> None:
    """``wake``, if nobody in this process serves the queue; cheap enough for every look."""
    if _server is None or not _server.is_alive():
        wake()


def place_of(ticket_id: str) -> Place | None:
    """Where a run or an experiment stands in line; None if it does not wait.

    As it was within the last second, for everybody who waits asks each second.
    """
    return _places(home(), int(time.monotonic() / _FRESH_SECONDS)).get(ticket_id)


@lru_cache(maxsize=2)
def _places(_: Path, __: int) -> dict[str, Place]:
    """The first place of everything that waits."""
    line = _line()
    free = [_seconds_left(run) for run in workers.training()]
    free += [0.0] * (workers.most() - len(free))
    taken = [_seconds_of(ticket) for ticket in line]
    found: dict[str, Place] = {}
    for number, ticket in enumerate(line):
        if ticket.id not in found:
            seconds = waiting.seconds_until(taken, free, number)
            found[ticket.id] = Place(number + 1, seconds, ticket.id in _short)
    return found


def _line() -> list[Ticket]:
    owners = [run.owner for run in workers.training()]
    return waiting.in_turn(waiting.waiting(), owners, workers.last_ends())


def _seconds_left(run: Run) -> float | None:
    left = run.status().seconds_left
    if left is not None:
        return left
    whole = _seconds_of(Ticket(run.id, "run", run.owner, run.created))
    return None if whole is None else max(whole - workers.trained_seconds(run), 0.0)


def _seconds_of(ticket: Ticket) -> float | None:
    """What the ticket's next run will take, as this machine's own runs tell; None if none does."""
    try:
        if ticket.kind == "run":
            run = runs.open_run(ticket.id)
            config, digest, is_tuning = run.config, run.dataset_digest, run.parent is not None
        else:
            plan = experiments.open_experiment(ticket.id).plan
            config, digest, is_tuning = plan.base, plan.dataset_digest, False
        images = 0 if is_tuning else datasets.describe(digest).count
        return pace.expected(config, images, is_tuning)
    except LabError:
        return None


def _refuse_too_many(owner: str | None) -> None:
    tickets = waiting.waiting()
    mine = sum(ticket.owner == owner for ticket in tickets)
    most, most_of_all = (
        int(settings.number(each)) for each in (settings.WAITING, settings.WAITING_OF_ALL)
    )
    if owner is not None and mine >= most:
        raise LimitError(
            f"{most} of your runs wait already, which is as many as may. Wait for one to begin, or "
            f"take one out of the queue. Received: one more than {mine}"
        )
    if len(tickets) >= most_of_all:
        raise LimitError(
            f"The queue is full: {most_of_all} runs wait. Try again when some have begun. "
            f"Received: one more than {len(tickets)}"
        )


def _put_experiment(experiment: Experiment) -> None:
    left = sum(trial.state == "waiting" for trial in experiment.trials())
    if left and not experiment.stopped:
        since = experiment.created
        waiting.put(Ticket(experiment.id, "experiment", experiment.owner, since, left))


def _look_through() -> None:
    """Once a process: find what waits or trains without a ticket, as after a crash."""
    if home() in _looked_at:
        return
    _looked_at.add(home())
    known = {ticket.id for ticket in waiting.waiting()}
    taken = {ticket.id for ticket in waiting.training()}
    for run in runs.listing():
        status = run.status()
        if run.foreign or status.ended or run.id in known:
            continue
        ticket = Ticket(run.id, "run", run.owner, run.created)
        if status.active:
            if status.worker is not None:  # else it is on its way into the line, or has a ticket
                waiting.put_training(ticket)
        elif run.id not in taken or waiting.was_lost(run.id):
            waiting.forget(run.id)
            waiting.put(ticket)
    for experiment in experiments.listing():
        if experiment.id not in known:
            _put_experiment(experiment)


def _fill() -> tuple[Experiment, Trial] | None:
    """Begin runs while there are workers for them; the trial that comes next, if one does."""
    while len(training := workers.training()) < workers.most():
        line = [] if beside.holds_up_runs() else _line()
        if not line:
            return None
        ticket = line[0]
        if ticket.kind == "experiment":
            trial = _next_trial(ticket)
            if trial is not None:
                return trial
            waiting.remove(ticket.id)
        elif not _try_to_begin(ticket, bool(training)):
            return None
    _make_way(training)
    if not beside.holds_up_runs():
        _get_ready()
    return None


def _get_ready() -> None:
    """Have a worker ready for what comes next."""
    line = _line()
    if not line:
        return
    with suppress(LabError):  # which is told when its turn comes
        wanted = _wanted_by(line[0])
        if wanted is not None:
            config, needed = wanted
            workers.get_ready(config, needed + beside.promised())


def _wanted_by(ticket: Ticket) -> tuple[TrainingConfig | None, int] | None:
    """What a worker is to prepare, as ``workers.get_ready`` takes it, and the bytes needed.

    None where nothing of it is left to train. Raises ``LabError`` if it cannot be read.
    """
    if ticket.kind == "run":
        run = runs.open_run(ticket.id)
        config = run.config if run.parent is None else None
        return config, memory.needed_for(run)
    left = _next_trial(ticket)
    if left is None:
        return None
    experiment, trial = left
    config = experiment.plan.config_of(trial.arm, trial.seed)
    images = datasets.describe(experiment.plan.dataset_digest).total
    return config, memory.needed(config, images)


def _next_trial(ticket: Ticket) -> tuple[Experiment, Trial] | None:
    try:
        experiment = experiments.open_experiment(ticket.id)
    except RunError:
        return None
    trial = experiment.next_trial()
    return None if trial is None else (experiment, trial)


def _try_to_begin(ticket: Ticket, others_train: bool) -> bool:
    """Begin a run, or take it out of the line; False if it must wait for memory."""
    try:
        run = runs.open_run(ticket.id)
        needed = memory.needed_for(run)
    except LabError:
        waiting.remove(ticket.id)
        return True
    if not run.status().waiting:
        waiting.remove(ticket.id)
        return True
    free = memory.available() + workers.warm_bytes() - workers.promised() - beside.promised()
    if needed <= free:
        _short.pop(run.id, None)
        if waiting.take(ticket):
            _begin_or_tell(run)
        return True
    since = _short.setdefault(run.id, time.monotonic())
    if others_train or time.monotonic() - since < _PATIENCE_SECONDS:
        return False
    del _short[run.id]
    waiting.remove(ticket.id)
    runs.put_status(
        run,
        "failed",
        f"There is too little memory for this run: {memory.in_mb(free)} are free, and it needs "
        f"about {memory.in_mb(needed)}. It was not begun, so that nothing else breaks off. Close "
        "other programs, or use a smaller batch or fewer images, then start it again.",
    )
    return True


def _begin_or_tell(run: Run) -> None:
    """Begin ``run``; where the system starts no process for it, it says so and the line goes on."""
    try:
        workers.begin(run)
    except OSError as error:
        waiting.forget(run.id)
        runs.put_status(
            run,
            "failed",
            "The training process could not be started. Close other programs or free some room on "
            f"the disk, then start it again. Received: {error.strerror or error}",
        )


def _make_way(training: list[Run]) -> None:
    """Stop runs that have had their time, if somebody else waits."""
    minutes = settings.number(settings.RUN_MINUTES)
    owners = {ticket.owner for ticket in waiting.waiting()}
    for run in training:
        others_wait = owners - {run.owner}
        has_had_its_time = minutes and workers.trained_seconds(run) > minutes * 60
        if has_had_its_time and others_wait and not run.stop_requested():
            run.request_stop(
                f"It had trained for {minutes:g} minutes, and others wait for their turn."
            )


def _serve(folder: Path) -> None:
    """Go on until nothing waits in ``folder``, the data folder; an error in between is passing."""
    while home() == folder:
        try:
            if not _serve_once():
                return
        except Exception:
            _log.exception("The queue could not begin what comes next, and tries again")
            time.sleep(_POLL_SECONDS)


def _serve_once() -> bool:
    """Begin what can begin, or wait a moment; False if nothing waits any more."""
    global _server
    with _lock:  # whoever calls ``wake`` after this look finds the thread alive, or gone
        if not waiting.waiting():
            _server = None
            _release()
            return False
        trial = _fill() if _claim() else None
    if trial is not None:
        _start(*trial)
    else:
        time.sleep(_POLL_SECONDS)
    return True


def _release() -> None:
    """Leave the queue of this data folder to whoever has something to begin."""
    if _claim():
        _owner_file().unlink(missing_ok=True)


def _start(experiment: Experiment, trial: Trial) -> None:
    """Begin ``trial``, whose data may have to be made first; it stays in line if that fails."""
    try:
        digest = _data_of(experiment, trial)
        with _lock:
            if experiment.stopped or len(workers.training()) >= workers.most():
                return  # somebody's own run came first meanwhile
            run = _begin_trial(experiment, trial, digest)
    except LabError as error:
        experiment.note(trial, error=str(error))
    except Exception:
        _log.exception("A trial could not be started")
        experiment.note(trial, error="It could not be started; the server's log has the details.")
    else:
        if experiment.stopped:  # while it was started
            run.request_stop()
    _leave_one_less(experiment)


def _begin_trial(experiment: Experiment, trial: Trial, digest: str) -> Run:
    config = experiment.plan.config_of(trial.arm, trial.seed)
    name = datasets.describe(digest, experiment.owner).name
    run = runs.create(config, digest, name, owner=experiment.owner)
    experiment.note(trial, run=run)
    waiting.put_training(Ticket(run.id, "run", run.owner, run.created))
    workers.begin(run)
    return run


def _leave_one_less(experiment: Experiment) -> None:
    """Change the experiment's ticket, or remove it where no trial is left."""
    with _lock:
        left = sum(trial.state == "waiting" for trial in experiment.trials())
        for ticket in waiting.waiting():
            if ticket.id == experiment.id:
                waiting.put(replace(ticket, runs=left)) if left else waiting.remove(ticket.id)


def _data_of(experiment: Experiment, trial: Trial) -> str:
    """Digest of the trial's data: the experiment's, or a copy with the arm's edit."""
    plan, edit = experiment.plan, trial.arm.edit
    datasets.describe(plan.dataset_digest, experiment.owner)  # a copy of it is this owner's own
    if edit is None:
        return plan.dataset_digest
    name = f"{trial.arm.name}: {edit.describe()}"
    job = data_jobs.change(plan.dataset_digest, edit, name, experiment.owner)
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
        if owner is not None and owner != own and owner.lives():
            return False
        if owner != own:
            write_json(_owner_file(), asdict(own))
        return True
