"""How much memory there is, the container's limit included, what a run needs, what this took."""

import ctypes
import gc
import sys
from pathlib import Path, PurePosixPath

import psutil

from resnet_app import settings
from resnet_app.config import IMAGE_SIZE, TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.errors import DataError
from resnet_app.runs.run import Run

_CGROUP = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
SHORT_BYTES = 300 * 2**20
MOST_BYTES = 3 * 2**30
"""That a process may take which serves one request with TensorFlow; that alone takes 690 MB."""
_WAITING_BYTES = 1500 * 2**20
"""A waiting worker takes about 700 MB and a training one up to 1.2 GB."""

_FIRST_WIDTH, _CONVOLUTIONS = 32, 10
"""Filters of the first convolution, and convolutions in a stage, of ``model.resnet``."""

_UNLIMITED = 2**60
"""From here on version 1 of control groups means that there is no limit."""


def available() -> int:
    """Bytes that can still be taken: the machine's, or the container's if it has less."""
    free = int(psutil.virtual_memory().available)
    for limit, used in _groups():
        free = min(free, limit - used)
    return free


def total() -> int:
    """Bytes that the machine has, or the container if that is less."""
    return min([int(psutil.virtual_memory().total), *(limit for limit, _ in _groups())])


def peak() -> int:
    """Most bytes that this process has taken so far."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def in_mb(size: int) -> str:
    """``size`` bytes in words, such as ``1,024 MB``."""
    return f"{size / 1e6:,.0f} MB"


def is_short() -> bool:
    """Whether a process that only waits should make room."""
    return available() < SHORT_BYTES


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


LOADED_BYTES = 600 * 2**20
"""Asked for a process that loads TensorFlow and reads or makes a network, without training it.
Keras and TensorFlow themselves are 551 MB of it (``training/loading.py``); the rest is room."""

_BASE_BYTES = 510 * 2**20
_IMAGE_BYTES = 5 * IMAGE_SIZE**2
_NUMBER_BYTES = {"mixed_bfloat16": 10, "float32": 30}
"""Memory that a worker has for itself, at most, as watched by ``tests.benchmarks.needs`` on two
cores of a virtual AMD EPYC: 570 MiB for the quick recipe on 1,000 images, 649 on 8,000; 715 for
the recommended one, 1,107 with a batch of 256, 925 in float32; 1,926 for the network as posted.
These figures lie above all of that: a base, so much for each image, and for each number that the
convolutions put out for a batch."""


def needed(config: TrainingConfig, images: int) -> int:
    """Bytes that must be free for a run: ``RESNET_APP_WORKER_MB``, or from what was measured.

    Raises ``ConfigError`` as ``settings.number`` does.
    """
    chosen = settings.number(settings.WORKER_MB)
    if chosen:
        return int(chosen * 1e6)
    numbers = config.batch_size * _activations(config)
    size = _NUMBER_BYTES.get(config.precision, _NUMBER_BYTES["float32"])  # "auto" may be that
    return int(_BASE_BYTES + _IMAGE_BYTES * images + size * numbers)


def needed_for(run: Run) -> int:
    """Bytes that ``run`` needs in all; its settings' share of them if its data is gone."""
    try:
        images = datasets.describe(run.dataset_digest).total
    except DataError:  # the pretrained model's own, or deleted
        images = 0
    return needed(run.config, images)


def _activations(config: TrainingConfig) -> int:
    """Numbers that all convolutions put out for one image: ten in each stage, and the first."""
    side = (IMAGE_SIZE + 1) // config.stem_stride + 1
    count = _FIRST_WIDTH * side**2
    side //= 2  # pooled
    for width, stride in zip(config.widths, config.strides, strict=True):
        side = -(-side // stride)
        count += _CONVOLUTIONS * width * side**2
    return count


def _groups() -> list[tuple[int, int]]:
    """Limit and use in bytes of each control group that holds this process and has a limit."""
    found = []
    for folder in _folders():
        group = _group(folder, "memory.max", "memory.current") or _group(
            folder, "memory.limit_in_bytes", "memory.usage_in_bytes"
        )
        if group is not None:
            found.append(group)
    return found


def _folders() -> list[Path]:
    """Of both versions of control groups: this process's own, and all above it."""
    folders = [_CGROUP, _CGROUP / "memory"]
    try:
        lines = _OWN.read_text(encoding="utf-8").splitlines()
    except OSError:  # no Linux
        return folders
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if controllers in ("", "memory"):
            root = _CGROUP / controllers
            inner = PurePosixPath(place).relative_to("/")
            folders += [root / part for part in (inner, *inner.parents) if part.parts]
    return folders


def _group(folder: Path, limit_file: str, used_file: str) -> tuple[int, int] | None:
    """Limit and use in bytes; what files are cached, and can be let go of, is not used."""
    try:
        limit = int((folder / limit_file).read_text())
        used = int((folder / used_file).read_text())
        lines = (folder / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):  # no such group, or no limit ("max")
        return None
    if limit >= _UNLIMITED:
        return None
    values = dict(line.split()[:2] for line in lines)
    # Version 1 counts the groups below apart; its limit and use, as in version 2, include them.
    cached = sum(
        int(values.get(f"total_{name}", values.get(name, 0)))
        for name in ("inactive_file", "active_file")
    )
    return limit, used - cached
