"""What the benchmarks say about the machine, and the images that they train on."""

import os
import platform
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def describe() -> str:
    """One line: processor, cores that this process may use, system, what else runs."""
    names = [
        line.split(":")[1].strip()
        for line in _lines(Path("/proc/cpuinfo"))
        if line.startswith("model name")
    ]
    units = [
        flag
        for flag in ("avx512_bf16", "amx_bf16", "avx512f")
        if any(flag in line.split() for line in _lines(Path("/proc/cpuinfo")) if "flags" in line)
    ]
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return (
        f"{names[0] if names else platform.processor()} ({', '.join(units) or 'no units known'}), "
        f"{cores()} cores, {platform.system()}, Python {platform.python_version()}{load}"
    )


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def noise(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """``count`` images (N, 50, 50) and labels that say nothing; for timing only."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 50, 50), np.uint8)
    return images, rng.integers(0, 10, count).astype(np.uint8)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.is_file() else []
