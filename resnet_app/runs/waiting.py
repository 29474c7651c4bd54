"""What waits for a worker and what has one, on disk, and whose turn it is.

``queue/waiting/ID``    the ``Ticket`` of a run or an experiment
``queue/training/ID``   a run's ticket, moved there by the one process that begins it

Tickets only spare looking at every run there is; what a run's own status says counts. Turns are
fair between owners: nobody's second run comes before another's first, and whoever's run has ended
stands at the end of the line again.
"""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from resnet_app.config import home
from resnet_app.files import read_json, write_json
from resnet_app.runs.store import is_id

_LOST_SECONDS = 10.0
"""A run that was taken so long ago and yet waits was taken by a process that ended right then."""

KINDS = ("run", "experiment")


@dataclass(frozen=True)
class Ticket:
    """One run, or ``runs`` of an experiment that are left; ``since`` in seconds since 1970."""

    id: str
    kind: str
    owner: str | None
    since: float
    runs: int = 1

    def __post_init__(self) -> None:
        assert self.kind in KINDS


def _folder(state: str) -> Path:
    folder = home() / "queue" / state
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def put(ticket: Ticket) -> None:
    """Let something wait, or change how many runs it has left."""
    write_json(_folder("waiting") / ticket.id, asdict(ticket))


def take(ticket: Ticket) -> bool:
    """Take a run to begin it; False if somebody else was first."""
    place = _folder("training") / ticket.id
    try:
        os.replace(_folder("waiting") / ticket.id, place)
        os.utime(place)
        return True
    except FileNotFoundError:
        return False


def put_training(ticket: Ticket) -> None:
    """Note a run that never waited, such as an experiment's."""
    write_json(_folder("training") / ticket.id, asdict(ticket))


def remove(ticket_id: str) -> bool:
    """Let it wait no longer; False if it did not."""
    try:
        (_folder("waiting") / ticket_id).unlink()
        return True
    except FileNotFoundError:
        return False


def forget(ticket_id: str) -> None:
    """It trains no longer."""
    (_folder("training") / ticket_id).unlink(missing_ok=True)


def was_lost(ticket_id: str) -> bool:
    """Whether a run that still waits was taken by a process that is gone."""
    try:
        taken = (_folder("training") / ticket_id).stat().st_mtime
    except OSError:
        return False
    return time.time() - taken > _LOST_SECONDS


def waiting() -> list[Ticket]:
    """All that waits, the oldest first."""
    return _tickets("waiting")


def training() -> list[Ticket]:
    """All that was taken and not yet forgotten, the oldest first."""
    return _tickets("training")


def _tickets(state: str) -> list[Ticket]:
    found = []
    for path in _folder(state).iterdir():
        if is_id(path.name):
            try:
                found.append(Ticket(**read_json(path)))
            except (OSError, ValueError, TypeError, AssertionError):
                continue  # gone meanwhile, or not a ticket
    return sorted(found, key=lambda ticket: (ticket.since, ticket.id))


def in_turn(
    waits: Iterable[Ticket],
    training_owners: Sequence[str | None] = (),
    ended: Mapping[str | None, float] | None = None,
) -> list[Ticket]:
    """The runs that wait, in the order in which they come; an experiment stands there repeatedly.

    ``training_owners`` are those of the runs that train, ``ended`` says when an owner's last run
    did. Of one owner, single runs come before experiments, and each kind as it was asked for.
    """
    lines: dict[str | None, list[Ticket]] = {}
    for ticket in sorted(waits, key=lambda t: (t.kind == "experiment", t.since, t.id)):
        lines.setdefault(ticket.owner, []).extend([ticket] * ticket.runs)
    places: list[tuple[int, float, str, int, Ticket]] = []
    for owner, line in lines.items():
        ahead = list(training_owners).count(owner)
        rejoined = (ended or {}).get(owner, 0.0)
        for number, ticket in enumerate(line):
            since = max(ticket.since, rejoined)
            places.append((ahead + number, since, ticket.id, len(places), ticket))
    return [place[-1] for place in sorted(places, key=lambda place: place[:-1])]


def seconds_until(
    order: Sequence[float | None], workers_free_in: Sequence[float | None], place: int
) -> float | None:
    """How long what is at ``place`` (from 0) of the line waits; None where that is not known.

    ``order`` are the seconds that each run takes, ``workers_free_in`` those until each worker is
    free; None for what is not known.
    """
    free = [seconds for seconds in workers_free_in if seconds is not None]
    before = [seconds for seconds in order[:place] if seconds is not None]
    if len(free) < len(workers_free_in) or len(before) < place or not free:
        return None
    for seconds in before:
        free.sort()
        free[0] += seconds
    return min(free)
