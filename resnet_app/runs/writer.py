"""A run directory, written: by its worker and nobody else."""

import csv
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from resnet_app.files import is_disk_full, read_json, replacing, write_json
from resnet_app.processes import ProcessMark
from resnet_app.runs.course import EpochPoint
from resnet_app.runs.run import Run, Status


class RunWriter:
    """Appends events and replaces the status of one run directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._mark = ProcessMark.own()
        self._began = time.monotonic() - _seconds_before(directory)
        self._events = (directory / "events.jsonl").open("a", encoding="utf-8")

    def status(self, state: str, message: str, **progress: Any) -> None:
        """Replace the status; ``progress`` holds further fields of ``Status``.

        A full disk does not keep it from being told: where there is no room for another file, it
        takes the room of the old one.
        """
        status = Status(
            state,
            message,
            updated=time.time(),
            seconds=round(time.monotonic() - self._began, 3),
            worker=self._mark,
            **progress,
        )
        path = self.directory / "status.json"
        try:
            write_json(path, asdict(status), durable=status.ended)
        except OSError as error:
            if not is_disk_full(error) or status.active:
                raise
            path.write_text(json.dumps(asdict(status)), encoding="utf-8")

    def event(self, kind: str, **values: Any) -> None:
        """Append one event and flush it; a number that is not finite becomes null."""
        self._events.write(json.dumps({"event": kind, **_finite(values)}) + "\n")
        self._events.flush()

    def sync(self) -> int:
        """Let all events so far be on the disk; their bytes together."""
        os.fsync(self._events.fileno())
        return os.fstat(self._events.fileno()).st_size

    def close(self) -> None:
        """No more events will come; on Windows the directory cannot be moved before."""
        self._events.close()

    def stop_requested(self) -> bool:
        """Whether somebody asked the run to stop."""
        return Run(self.directory).stop_requested()


def _seconds_before(directory: Path) -> float:
    """How long the run was at work before somebody took it up again."""
    try:
        return float(read_json(directory / "status.json").get("seconds", 0.0))
    except (OSError, ValueError, TypeError, AttributeError):
        return 0.0


def write_history(run: Run) -> None:
    """Put the epochs so far into ``history.csv``."""
    names = [field.name for field in fields(EpochPoint)]
    with (
        replacing(run.directory / "history.csv") as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.DictWriter(file, names)
        table.writeheader()
        table.writerows(asdict(point) for point in run.history().epochs)


def _finite(value: Any) -> Any:
    """``value`` as plain JSON can hold it, with None for each number that is not finite."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
