"""How much memory is left, the container's limit included."""

import ctypes
import gc
import sys
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")
_SHORT_BYTES = 300 * 2**20
_WAITING_BYTES = 1500 * 2**20
"""A waiting worker takes about 700 MB and a training one up to 1.2 GB."""


def available() -> int:
    """Bytes that can still be taken: the machine's, or the container's if it has less."""
    free = int(psutil.virtual_memory().available)
    try:
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        cached = _field("inactive_file")
        return min(free, limit - used + cached)
    except (OSError, ValueError):  # no container, or no limit ("max")
        return free


def is_short() -> bool:
    """Whether a process that only waits should make room."""
    return available() < _SHORT_BYTES


def has_room_to_wait() -> bool:
    """Whether a worker may be kept waiting for the next run."""
    return available() > _WAITING_BYTES


def give_back() -> None:
    """Free what nobody refers to, and on Linux return the heap's free pages to the system.

    Training leaves 50 to 100 MB of those, which the C library would keep for later.
    """
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def _field(name: str) -> int:
    lines = (_CGROUP / "memory.stat").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.split()[0] == name), 0)
