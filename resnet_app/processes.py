"""Who a process is, told apart from a later one that was given the same number; who makes way.

A process's number is used again after its end, and the time of its start is reckoned from the
clock, which somebody may set. On Linux the kernel counts the start in ticks since it booted, which
together with the boot's own id no other process shares; elsewhere the kernel keeps the time.
"""

import contextlib
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil

_NICENESS = 10
"""Of 0 to 19. Linux gives such a process about a tenth of a core that one of 0 wants too
(``sched_prio_to_weight`` in its scheduler: 110 against 1,024)."""

_PROC = Path("/proc")
_START_FIELD = 19
"""Of ``/proc/PID/stat`` behind the name in brackets: ``starttime`` in proc_pid_stat(5)."""


@dataclass(frozen=True)
class ProcessMark:
    """``pid`` and ``birth``, which only the process that has both does match."""

    pid: int
    birth: str

    @classmethod
    def of(cls, pid: int) -> "ProcessMark | None":
        """The mark of the process that has this number now; None if there is none."""
        birth = _birth(pid)
        return None if birth is None else cls(pid, birth)

    @classmethod
    def own(cls) -> "ProcessMark":
        """The mark of this process."""
        found = cls.of(os.getpid())
        assert found is not None
        return found

    @classmethod
    def from_json(cls, values: Any) -> "ProcessMark | None":
        """The mark that ``asdict`` made; None for anything else."""
        try:
            return cls(int(values["pid"]), str(values["birth"]))
        except (KeyError, TypeError, ValueError):
            return None

    def lives(self) -> bool:
        """Whether this very process still runs."""
        return _birth(self.pid) == self.birth and not _is_zombie(self.pid)


def make_way() -> None:
    """Let this process compute when those that answer people do not, for as long as it lives.

    Where the system does not allow that, it goes on as it is.
    """
    process = psutil.Process()
    with contextlib.suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            process.nice(max(process.nice(), _NICENESS))


def _birth(pid: int) -> str | None:
    try:
        if (_PROC / "self" / "stat").exists():
            fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2]
            return f"{_boot()} {fields.split()[_START_FIELD]}"
        return f"{psutil.Process(pid).create_time():.3f}"
    except (OSError, IndexError, psutil.Error):
        return None


@cache
def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "one boot"


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
