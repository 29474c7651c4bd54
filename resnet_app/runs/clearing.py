"""Room for runs: how much they take, which go next, and letting them go.

When a new run is asked for and the room is used up, what was deleted goes for good, the oldest
first, then the oldest runs that have ended. Those with a star, that a class session uses or that a
run at work goes on from stay; those that others have opened go last. Pages warn before it happens.
"""

import shutil
import time
from functools import lru_cache
from pathlib import Path

from resnet_app import settings
from resnet_app.classroom.store import models_in_use
from resnet_app.config import home
from resnet_app.errors import LimitError
from resnet_app.runs import store as runs
from resnet_app.runs import trash
from resnet_app.runs.marks import marks_of
from resnet_app.runs.run import Run

WARNING_SHARE, _CLEARED_SHARE = 0.8, 0.9
"""Of the room: from here on pages warn; clearing goes on until so little is used."""

_FRESH_SECONDS = 3600.0
"""Of a run that ended so shortly ago somebody may be looking at the result."""

_LEAST_DISK_BYTES = 200 * 2**20
_COUNTED_SECONDS = 20.0


def quota() -> int:
    """Room in bytes for all runs. Raises ``ConfigError`` as ``settings.number`` does."""
    return int(settings.number(settings.RUNS_MB) * 1e6)


def used() -> int:
    """Bytes that all runs take, as counted some seconds ago."""
    return sum(_counted().values())


def is_scarce() -> bool:
    """Whether pages should warn."""
    return used() > WARNING_SHARE * quota()


def next_to_go() -> list[Run]:
    """The runs that would be deleted if the room were used up, in their order."""
    return _make_list(used() - int(WARNING_SHARE * quota()))


def make_room() -> None:
    """Delete runs if the room for them is used up.

    Raises ``LimitError`` if that is not enough, or the disk itself is full.
    """
    if is_scarce():
        _sizes.cache_clear()
    for deleted in reversed(trash.listing()):
        if used() <= quota():
            break
        trash.remove(deleted)
        _sizes.cache_clear()
    if used() > quota():
        for run in _make_list(used() - int(_CLEARED_SHARE * quota())):
            trash.remove(trash.delete_run(run, run.id))
        _sizes.cache_clear()
    if used() > quota():
        raise LimitError(
            f"There is room for {quota() / 1e6:,.0f} MB of runs, and those that are left are kept, "
            "in use or new. Delete some, or keep fewer. "
            f"Received: a new run beside {used() / 1e6:,.0f} MB"
        )
    free = shutil.disk_usage(home()).free
    if free < _LEAST_DISK_BYTES:
        raise LimitError(
            "The disk is nearly full, and a run that cannot be saved is lost. Delete data sets, "
            f"runs or other files, then try again. Received: {free / 1e6:,.0f} MB free"
        )


def _make_list(excess: int) -> list[Run]:
    """The runs to delete, in their order, until ``excess`` bytes are free."""
    sizes = _counted()
    spared = models_in_use() | {run.parent for run in runs.unended()}
    may_go = [run for run in reversed(runs.listing()) if run.id not in spared and _may_go(run)]
    found = []
    for run in sorted(may_go, key=lambda run: run.is_shared):
        if excess <= 0:
            break
        excess -= sizes.get(run.id, 0)
        found.append(run)
    return found


def _may_go(run: Run) -> bool:
    status = run.status()
    return (
        status.ended and not marks_of(run).starred and time.time() - status.updated > _FRESH_SECONDS
    )


def _counted() -> dict[str, int]:
    return _sizes(home(), int(time.monotonic() / _COUNTED_SECONDS))


@lru_cache(maxsize=4)
def _sizes(folder: Path, _: int) -> dict[str, int]:
    """Bytes of each run and of each deleted thing in the data folder, by id."""
    found: dict[str, int] = {}
    for place in ("runs", "trash"):
        for directory in (folder / place).glob("*"):
            for path in directory.rglob("*"):
                try:
                    found[directory.name] = found.get(directory.name, 0) + path.stat().st_size
                except FileNotFoundError:  # replaced or deleted meanwhile
                    continue
    return found
