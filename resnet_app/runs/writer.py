"""A run directory, written: by its worker and nobody else."""

import json
import math
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from resnet_app.files import write_json
from resnet_app.runs.run import Status


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
        clean = {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in values.items()
        }
        self._events.write(json.dumps({"event": kind, **clean}) + "\n")
        self._events.flush()

    def stop_requested(self) -> bool:
        """Whether somebody asked the run to stop."""
        return (self.directory / "stop").exists()
