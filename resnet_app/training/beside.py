"""Short computations beside what trains: one at a time, in turn, and when memory allows.

The doctor's tests and results load TensorFlow in a process each, so a class that asks for them at
once would take all memory. They stand in a line of their own and do not wait for runs to end, which
in a class may be never. Where there is too little memory beside the runs that train, no further run
begins until the first in this line has had its turn. The line is this process's.
"""

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from resnet_app.data import launch
from resnet_app.errors import LimitError
from resnet_app.processes import ProcessMark
from resnet_app.runs import pace
from resnet_app.training import memory, workers

_POLL_SECONDS = 0.2
_PATIENCE_SECONDS = 30.0
"""So long a computation waits for memory while nothing trains; then it is refused."""

_SECONDS_EACH = 30.0
"""What the doctor's tests and the results of most runs take at most."""

_lock = threading.Lock()
_line: list["Turn"] = []
"""In order of arrival; the one that is at work is among them."""

_ended: dict[str | None, float] = {}
"""When each owner's last turn did."""


@dataclass(eq=False)
class Turn:
    """A place in line of ``owner`` for a process that takes ``needed`` bytes, once it is at work.

    ``since`` it stands there by a clock that nobody can set; ``worker`` is that process, if it was
    told.
    """

    needed: int
    owner: str | None
    since: float
    at_work: bool = False
    lacks_memory: bool = False
    worker: ProcessMark | None = None


@contextmanager
def in_turn(
    needed: int,
    owner: str | None,
    given_up: Callable[[float], bool],
    say: Callable[[str], None],
) -> Iterator[Turn | None]:
    """Wait for a turn, which lasts until the block ends; None if it was given up before.

    ``given_up`` waits so many seconds for a stop, and says whether there was one. ``say`` is told
    in words what is waited for. Raises ``LimitError`` where memory would never do.
    """
    turn = Turn(needed, owner, time.monotonic())
    with _lock:
        _line.append(turn)
    try:
        yield turn if _wait(turn, given_up, say) else None
    finally:
        with _lock:
            _line.remove(turn)
            if turn.at_work:
                _ended[owner] = time.monotonic()


def holds_up_runs() -> bool:
    """Whether no further run should begin, so that memory gets free for the first in line."""
    return any(turn.lacks_memory for turn in tuple(_line))


def promised() -> int:
    """Bytes that the process at work is yet to take."""
    at_work = [turn for turn in tuple(_line) if turn.at_work]
    return sum(max(turn.needed - workers.memory_of(turn.worker), 0) for turn in at_work)


class Job(launch.Job):
    """A request that a process of ``module`` serves when it has had its turn in this line.

    The process may load TensorFlow and networks; one that trains says in ``needed`` how many
    bytes of memory it takes.
    """

    module: str
    most_seconds: float
    needed: int = memory.LOADED_BYTES

    def __init__(self, request: dict[str, Any], folder: Path, owner: str | None) -> None:
        self._owner = owner
        self._turn: Turn | None = None
        super().__init__(request, folder)

    def limits(self) -> tuple[int, float]:
        return memory.MOST_BYTES, self.most_seconds

    @contextmanager
    def turn(self) -> Iterator[bool]:
        with in_turn(self.needed, self._owner, self.given_up, self._say) as self._turn:
            yield self._turn is not None

    def spawn(self, log: IO[bytes]) -> "subprocess.Popen[str]":
        child = launch.spawn_worker(log, self.module)
        assert self._turn is not None
        self._turn.worker = ProcessMark.of(child.pid)
        return child

    def _say(self, message: str) -> None:
        self.message = message


def _wait(turn: Turn, given_up: Callable[[float], bool], say: Callable[[str], None]) -> bool:
    if turn.needed > memory.total():
        raise LimitError(_refusal(turn, f"{memory.in_mb(memory.total())} in all"))
    short_since = None
    while True:
        with _lock:
            ahead = _in_order().index(turn)
            if ahead == 0 and _fits(turn):
                turn.at_work, turn.lacks_memory = True, False
                return True
        turn.lacks_memory = ahead == 0
        if ahead:
            say(_behind(ahead))
        else:
            say(_short_of_memory(turn))
            short_since = short_since or time.monotonic()
            if workers.training():
                short_since = None
            elif time.monotonic() - short_since > _PATIENCE_SECONDS:
                raise LimitError(_refusal(turn, f"{memory.in_mb(memory.available())} free"))
        if given_up(_POLL_SECONDS):
            return False


def _in_order() -> list[Turn]:
    """The line: who is at work, then nobody's second before another's first.

    Whoever had a turn stands at the end again.
    """
    seen: Counter[str | None] = Counter()
    places = []
    for number, turn in enumerate(_line):
        since = max(turn.since, _ended.get(turn.owner, 0.0))
        places.append((not turn.at_work, seen[turn.owner], since, number))
        seen[turn.owner] += 1
    return [_line[number] for *_, number in sorted(places)]


def _fits(turn: Turn) -> bool:
    """Whether there is memory for it; a worker that waits for the next run goes first."""
    if turn.at_work:
        return False
    free = memory.available() - workers.promised()
    if turn.needed <= free:
        return True
    if turn.needed <= free + workers.warm_bytes():
        workers.let_go()
    return False


def _behind(ahead: int) -> str:
    others = "one other comes" if ahead == 1 else f"{ahead} others come"
    return f"Waiting for its turn: {others} first, {pace.in_words(ahead * _SECONDS_EACH)}"


def _short_of_memory(turn: Turn) -> str:
    needs = f"about {memory.in_mb(turn.needed)}"
    if workers.training():
        return f"Waiting for {needs} of memory: it begins before the next run does"
    return f"Waiting for {needs} of memory"


def _refusal(turn: Turn, there: str) -> str:
    return (
        f"There is too little memory for this, which needs about {memory.in_mb(turn.needed)}. It "
        "was not begun, so that nothing else breaks off. Close other programs, or use a run with "
        f"a smaller batch or fewer images. Received: {there}"
    )
