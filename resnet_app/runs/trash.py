"""Runs and experiments that were deleted, kept for some days in case somebody wants them back.

``trash/ID/card.json``          what was deleted, and when
``trash/ID/FOLDER/DIRECTORY``   each directory, by the folder of the home folder where it was
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_app.config import home
from resnet_app.errors import RunError
from resnet_app.files import read_json, write_json
from resnet_app.owners import may_change
from resnet_app.runs import store as runs
from resnet_app.runs.experiment import Experiment
from resnet_app.runs.run import Run

KEPT_DAYS = 7
"""After which a deleted thing is removed for good."""

_FOLDERS = ("runs", "experiments")


@dataclass(frozen=True)
class Deleted:
    """One thing that was deleted, of ``owner``, under a name to show; ``when`` in
    seconds since 1970."""

    id: str
    title: str
    when: float
    owner: str | None = None


def delete_run(run: Run, title: str) -> Deleted:
    """Move ``run`` to the trash. Raises ``RunError`` while it trains or if it is not here."""
    if run.id == runs.PRETRAINED:
        raise RunError(f"The model that comes with the app stays. Received: {run.id}")
    try:
        owner = run.owner
    except RunError:  # its card cannot be read, and so nobody's name stands on it
        owner = None
    return _discard(title, owner, [run.directory], [run])


def delete_experiment(experiment: Experiment) -> Deleted:
    """Move ``experiment`` with its runs to the trash. Raises ``RunError`` while one trains."""
    trials = [trial.run for trial in experiment.trials() if trial.run is not None]
    places = [experiment.directory, *(run.directory for run in trials)]
    return _discard(experiment.plan.title, experiment.owner, places, trials)


def restore(deleted: Deleted) -> None:
    """Bring back what was deleted. Raises ``RunError`` if it has been removed for good."""
    folder = _folder() / deleted.id
    if not runs.is_id(deleted.id) or not (folder / "card.json").is_file():
        raise RunError(
            f"It is no longer in the trash, so it cannot be brought back. Received: {deleted.title}"
        )
    for name in _FOLDERS:
        for directory in (folder / name).glob("*"):
            directory.rename(home() / name / directory.name)
    shutil.rmtree(folder)


def listing(viewer: str | None = None) -> list[Deleted]:
    """What ``viewer`` can bring back, all for None, the newest first.

    What has been there too long is removed.
    """
    found = []
    for card in _folder().glob("*/card.json"):
        try:
            values = read_json(card)
            deleted = Deleted(
                card.parent.name, str(values["title"]), float(values["when"]), values.get("owner")
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if time.time() - deleted.when > KEPT_DAYS * 24 * 3600:
            shutil.rmtree(card.parent, ignore_errors=True)
        elif may_change(viewer, deleted.owner):
            found.append(deleted)
    return sorted(found, key=lambda deleted: deleted.when, reverse=True)


def remove(deleted: Deleted) -> None:
    """Remove what was deleted for good."""
    if runs.is_id(deleted.id):
        shutil.rmtree(_folder() / deleted.id, ignore_errors=True)


def _discard(
    title: str, owner: str | None, places: Sequence[Path], trained: Sequence[Run]
) -> Deleted:
    if any(not run.status().ended for run in trained):
        raise RunError(
            "It is still training. Stop it first and wait until it has ended, then delete it. "
            f"Received: {title}"
        )
    now = time.time()
    folder = runs.new_directory(_folder(), now)
    write_json(folder / "card.json", {"title": title, "when": now, "owner": owner})
    for place in places:
        (folder / place.parent.name).mkdir(exist_ok=True)
        try:
            place.rename(folder / place.parent.name / place.name)
        except FileNotFoundError:
            continue  # somebody else deleted it at the same time
    return Deleted(folder.name, title, now, owner)


def _folder() -> Path:
    folder = home() / "trash"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
