"""What a start of the app finds after processes that were killed, and puts in order.

Nothing that somebody made is removed: only half-written files whose writer is gone, folders of
runs that were never begun, and pixels of data sets that were never finished. A run that says that
it trains while nobody does is told to have broken off, once and for all. Training processes whose
server is gone are let be: they go on to the end, and everybody reads what they write.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from resnet_app.config import home
from resnet_app.files import is_abandoned, locked, read_json, write_json
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run

_log = logging.getLogger(__name__)
_UNFINISHED_SECONDS = 3600.0
"""So old is what was begun and never finished, by any clock that is not far off; what takes this
long is given up before."""


@dataclass(frozen=True)
class Recovery:
    """What was found: ``broken_off`` and still ``training`` are ids of runs."""

    broken_off: tuple[str, ...] = ()
    training: tuple[str, ...] = ()
    removed: int = 0


def recover() -> Recovery:
    """Put the data folder in order after processes that were killed; may be called at any time."""
    with locked(home() / "starting.lock"):  # nobody starts or resumes a run meanwhile
        removed = [path for path in _remains() if _remove(path)]
        found_runs = runs.listing()
        broken_off = tuple(run.id for run in found_runs if _settle(run))
    training = tuple(run.id for run in found_runs if run.status().active)
    found = Recovery(broken_off, training, len(removed))
    if found != Recovery():
        _log.warning(
            "Found %d runs that broke off, %d that train, and removed %d half-written files.",
            len(broken_off),
            len(training),
            len(removed),
        )
    return found


def _settle(run: Run) -> bool:
    """Write down that a run broke off, if it says that it goes on and does not."""
    path = run.directory / "status.json"
    try:
        says = read_json(path)["state"]
    except (OSError, ValueError, KeyError, TypeError):
        says = None
    status = run.status()
    if says == status.state:
        return False
    write_json(path, asdict(status))
    return True


def _remains() -> Iterator[Path]:
    """Files and folders that are of no use to anybody any more."""
    places = (home().glob(place) for place in ("*", "runs/*", "experiments/*"))
    for folder in (home(), *chain.from_iterable(places)):
        if folder.is_dir():
            yield from (path for path in folder.iterdir() if is_abandoned(path))
    for kind, card in (("runs", "config.json"), ("experiments", "plan.json")):
        for folder in (home() / kind).glob("*"):
            if runs.is_id(folder.name) and not (folder / card).exists() and _is_old(folder):
                yield folder
    for arrays in (home() / "datasets").glob("*.npz"):
        if not arrays.with_suffix(".json").exists() and _is_old(arrays):
            yield arrays


def _is_old(path: Path) -> bool:
    try:
        return abs(time.time() - path.stat().st_mtime) > _UNFINISHED_SECONDS
    except OSError:
        return False


def _remove(path: Path) -> bool:
    """Whether ``path`` is gone; a folder is removed only if nothing but remains are in it."""
    try:
        if path.is_dir():
            for inside in path.iterdir():
                if is_abandoned(inside):
                    inside.unlink(missing_ok=True)
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        return True
    except OSError:
        return False
