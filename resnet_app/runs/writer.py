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
import psutil

from resnet_app.files import replacing, write_json
from resnet_app.runs.run import EpochPoint, Run, Status


class RunWriter:
    """Appends events and replaces the status of one run directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._pid = os.getpid()
        self._created = psutil.Process().create_time()
        self._events = (directory / "events.jsonl").open("a", encoding="utf-8")

    def status(self, state: str, message: str, **progress: Any) -> None:
        """Replace the status; ``progress`` holds further fields of ``Status``."""
        status = Status(
            state,
            message,
            updated=time.time(),
            pid=self._pid,
            process_created=self._created,
            **progress,
        )
        write_json(self.directory / "status.json", asdict(status))

    def event(self, kind: str, **values: Any) -> None:
        """Append one event and flush it; a number that is not finite becomes null."""
        self._events.write(json.dumps({"event": kind, **_finite(values)}) + "\n")
        self._events.flush()

    def close(self) -> None:
        """No more events will come; on Windows the directory cannot be moved before."""
        self._events.close()

    def stop_requested(self) -> bool:
        """Whether somebody asked the run to stop."""
        return (self.directory / "stop").exists()


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
