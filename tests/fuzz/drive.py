"""Reads damaged files, one after the other, in a process limited as the app's own reader is.

Run: ``python -m tests.fuzz.drive FOLDER SAMPLE SEED FIRST COUNT``. It prints two JSON lines a case
and one more with the largest memory. SAMPLE, SEED and its number decide a case, so that it can be
repeated. Another process must watch: a library may crash this one, as in the app.

Run without arguments for a long look at every sample: ``python -m tests.fuzz.drive``.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from resnet_app.data.reading import read_files
from resnet_app.data.source import Choices, SourceFile
from resnet_app.data.worker import limit_memory
from resnet_app.errors import LabError
from tests.fuzz.samples import samples

_HEAD, _TAIL = 512, 64
_LONG = 2000

EVERY = 12
"""Of a sample's files the first is damaged, and of 60 pictures five: too few to refuse them all."""


def damaged(good: bytes, seed: int, number: int, index: int = 0) -> bytes:
    """``good``, the ``index``-th file of a sample, with a damage that these numbers decide."""
    rng = np.random.default_rng([seed, number, index])
    kind = (number + index) % 4
    if kind == 0:
        return good[: _length(good, rng)]
    broken = bytearray(good)
    for _ in range(rng.integers(1, 5)):
        # Headers and directories, at both ends, decide most; so do they get most.
        near = int(rng.integers(0, min(_HEAD, len(good))))
        place = (near, int(rng.integers(0, len(good))), len(good) - 1 - near)[rng.integers(3)]
        if kind == 1:
            broken[place] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            extreme = (0, 0xFF, 0x7F, 0x80)[rng.integers(4)]
            broken[place : place + 4] = bytes([extreme]) * len(broken[place : place + 4])
        else:
            length = int(rng.integers(1, 64))
            other = int(rng.integers(0, len(good)))
            broken[place : place + length] = good[other : other + length]
    return bytes(broken)


def _length(good: bytes, rng: np.random.Generator) -> int:
    if rng.integers(2):
        return int(rng.integers(0, min(_HEAD, len(good))))
    return len(good) - int(rng.integers(1, min(len(good), _TAIL if rng.integers(2) else 2**30)))


def outcome(files: list[tuple[str, bytes]], folder: Path) -> dict[str, Any]:
    """What reading ``files`` came to, as words."""
    inputs = []
    for index, (name, content) in enumerate(files):
        path = folder / str(index)
        path.write_bytes(content)
        inputs.append(SourceFile(name, path))
    job = folder / "job"
    job.mkdir(exist_ok=True)
    began = time.monotonic()
    try:
        understood = read_files(inputs, Choices(), job)
        said = "read" if understood.dataset is not None else "asked"
    except LabError as error:
        words = str(error)
        said = "refused" if "Received: " in words and "\n" not in words else f"bad words: {words}"
    except MemoryError:
        said = "refused"  # the worker says so in words
    except Exception:
        said = traceback.format_exc()
    return {"outcome": said, "seconds": time.monotonic() - began}


def _serve(folder: Path, sample: str, seed: int, first: int, count: int) -> None:
    files = samples()[sample]
    limit_memory()
    written: list[str] = []
    sys.addaudithook(lambda event, args: _note_writing(event, args, folder, written))
    for number in range(first, first + count):
        print(json.dumps({"case": number}), flush=True)
        broken = [
            (name, damaged(good, seed, number, index) if index % EVERY == 0 else good)
            for index, (name, good) in enumerate(files)
        ]
        report = outcome(broken, folder)
        report["outside"], written[:] = list(written), []
        print(json.dumps({"case": number, **report}), flush=True)
    print(json.dumps({"peak": _peak()}), flush=True)


def _peak() -> int:
    """Largest memory of this process in bytes; ``ru_maxrss`` counts the parent's on Linux."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return int(psutil.Process().memory_info().rss)


def _note_writing(event: str, args: tuple[Any, ...], folder: Path, written: list[str]) -> None:
    """Remember a file that is opened for writing anywhere but in ``folder``."""
    if event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR):
        path = Path(args[0]).resolve()
        if folder.resolve() not in path.parents and path != Path(os.devnull):
            written.append(str(path))


def drive(folder: Path, sample: str, seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Reports of ``count`` cases of ``sample``; a crash is a report, and the next case follows."""
    first = 0
    while first < count:
        child = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.drive", str(folder), sample, str(seed),
             str(first), str(count - first)],
            capture_output=True,
            text=True,
            env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"},
        )  # fmt: skip
        lines = [json.loads(line) for line in child.stdout.splitlines() if line.endswith("}")]
        yield from (line for line in lines if "outcome" in line or "peak" in line)
        begun = max((line["case"] for line in lines if "case" in line), default=first)
        if child.returncode == 0:
            return
        yield {"case": begun, "crash": child.returncode, "stderr": child.stderr[-2000:]}
        first = begun + 1


def main() -> None:
    """A long look: what came of each sample, and every case that is not right."""
    for sample in samples():
        counts: dict[str, int] = {}
        with tempfile.TemporaryDirectory() as folder:
            for report in drive(Path(folder), sample, int(time.time()), _LONG):
                said = str(report.get("outcome", "crash" if "crash" in report else "peak"))
                word = said if said in ("read", "asked", "refused", "crash", "peak") else "wrong"
                counts[word] = counts.get(word, 0) + 1
                if word in ("wrong", "crash") or report.get("outside"):
                    print(sample, report)
                elif word == "peak":
                    counts[word] = report["peak"] >> 20
        print(f"{sample}: {counts}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _serve(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
    else:
        main()
