"""All runs of this installation."""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

from resnet_app.config import TrainingConfig, home
from resnet_app.errors import LabError, RunError
from resnet_app.files import write_json
from resnet_app.owners import may_change
from resnet_app.runs.run import Run, Status

PRETRAINED = "pretrained"
"""Id of the model that comes with the app."""

_NAME_LENGTH = 80

_ASSETS = Path(__file__).resolve().parents[2] / "assets"


def _folder() -> Path:
    folder = home() / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def create_foreign(name: str) -> Run:
    """A new run directory for a program that is not this app's; ``name`` is its title."""
    now = time.time()
    directory = new_directory(_folder(), now)
    card = {"config": None, "kind": "foreign", "name": name[:_NAME_LENGTH], "created": now}
    write_json(directory / "config.json", card)
    return Run(directory)


def create(
    config: TrainingConfig,
    dataset_digest: str,
    dataset_name: str,
    parent: str | None = None,
    classroom: str | None = None,
    owner: str | None = None,
) -> Run:
    """A new run directory, for a worker to fill; ``parent`` is the run that it goes on from.

    ``classroom`` is the id of the class session whose drawings fine-tune it, None for one's own;
    ``owner`` whose it is, None for the installation's.
    """
    directory = new_directory(_folder(), time.time())
    return create_in(directory, config, dataset_digest, dataset_name, parent, classroom, owner)


def create_in(
    directory: Path,
    config: TrainingConfig,
    dataset_digest: str,
    dataset_name: str,
    parent: str | None = None,
    classroom: str | None = None,
    owner: str | None = None,
) -> Run:
    """As ``create``, in the empty folder ``directory``."""
    now = time.time()
    waiting = Status("starting", "Starting the training process", epochs=config.epochs, updated=now)
    write_json(directory / "status.json", asdict(waiting))
    write_json(  # last: with it, the directory is a run
        directory / "config.json",
        {
            "config": config.to_json(),
            "dataset_digest": dataset_digest,
            "dataset_name": dataset_name,
            "created": now,
            "parent": parent,
            "classroom": classroom,
            "owner": owner,
        },
    )
    return Run(directory)


def put_status(run: Run, state: str, message: str) -> None:
    """Say where ``run`` stands while it has no worker; how far it has come stays."""
    status = replace(
        run.status(),
        state=state,
        message=message,
        epochs=run.config.epochs,
        updated=time.time(),
        seconds_left=None,
        worker=None,
    )
    write_json(run.directory / "status.json", asdict(status))


def reopen(run: Run) -> Run:
    """Let ``run``, which has ended before its time, begin once more.

    Raises ``RunError`` if it has not, or cannot be taken up again.
    """
    state = run.status().state
    if not run.can_resume or state not in ("stopped", "failed"):
        raise RunError(
            "Only a run that was trained here and was stopped or broke off can go on. "
            f"Received: {run.id}, {state}"
        )
    (run.directory / "stop").unlink(missing_ok=True)
    put_status(run, "starting", "Starting the training process")
    return run


def new_directory(folder: Path, now: float) -> Path:
    """A new directory in ``folder``, named by ``now``, seconds since 1970, and by lot."""
    directory = folder / _new_name(now)
    directory.mkdir()
    return directory


def adopt(directory: Path) -> Run:
    """Take a complete run directory from elsewhere in the home folder, under a new id."""
    return Run(directory.rename(_folder() / _new_name(time.time())))


def _new_name(now: float) -> str:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    return f"{stamp}-{secrets.token_hex(8)}"


def is_id(text: str) -> bool:
    """Whether ``text`` is a name that ``new_directory`` may give, and so no path."""
    return re.fullmatch(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{16}", text) is not None


def open_run(run_id: str) -> Run:
    """The run with this id, or ``PRETRAINED``. Raises ``RunError`` if there is none."""
    if run_id == PRETRAINED:
        return pretrained()
    if is_id(run_id):
        run = Run(_folder() / run_id)
        if (run.directory / "config.json").is_file():
            return run
    raise RunError(
        "There is no such run here. It may have been deleted, or the link is incomplete; choose "
        f"one from the list. Received: {run_id[:60]}"
    )


def pretrained() -> Run:
    """The model that comes with the app; its directory is read like a finished run's."""
    return Run(_ASSETS / PRETRAINED)


def readable(viewer: str | None = None) -> dict[str, Run]:
    """Runs of ``listing`` with a model that can read, by id: the pretrained one comes first."""
    return {run.id: run for run in (pretrained(), *listing(viewer)) if run.is_readable()}


def listing(viewer: str | None = None) -> list[Run]:
    """The runs that ``viewer`` may change, newest first; all of this installation for None."""
    found = [_opened(card.parent) for card in _folder().glob("*/config.json")]
    mine = [run for run in found if is_mine(run, viewer)] if viewer is not None else found
    return sorted(mine, key=lambda run: run.id, reverse=True)


def unended(viewer: str | None = None) -> Iterator[Run]:
    """Runs of ``listing`` that a worker trains or will; what cannot be read is none of them."""
    for run in listing(viewer):
        with suppress(LabError):
            if not run.foreign and not run.status().ended:
                yield run


@lru_cache(maxsize=4096)
def _opened(directory: Path) -> Run:
    """The same ``Run`` each time, so that its card, which never changes, is read once."""
    return Run(directory)


def is_mine(run: Run, viewer: str | None) -> bool:
    """Whether ``viewer`` may change ``run``, by ``owners.may_change``; nobody the pretrained."""
    if run.id == PRETRAINED:
        return False
    try:
        return may_change(viewer, run.owner)
    except RunError:  # its card cannot be read, and so nobody's name stands on it
        return may_change(viewer, "")
