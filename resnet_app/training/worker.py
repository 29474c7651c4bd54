"""The process that trains one run: ``python -m resnet_app.training.worker``.

It reads commands from its standard input, one JSON object a line::

    {"prepare": CONFIG}       load TensorFlow and trace this configuration's network meanwhile;
                              null: load TensorFlow
    {"train": DIRECTORY}      train the run in this directory, then end

Of several waiting commands the last counts. While it waits it ends when its standard input closes,
when nothing was asked for a quarter of an hour, or when memory runs short; while it trains, only
the run's stop file ends it early.
"""

import contextlib
import json
import os
import platform
import queue
import sys
import threading
import time
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Any

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.errors import LabError
from resnet_app.faults.inject import mistaken_config
from resnet_app.files import is_disk_full
from resnet_app.processes import make_way
from resnet_app.runs.checkpoint import Checkpoint, rewind_events
from resnet_app.runs.run import LIBRARIES, Run
from resnet_app.runs.writer import RunWriter
from resnet_app.training.loading import load_keras
from resnet_app.training.memory import is_short

_DISK_FULL = "The disk is full, so training broke off. Delete runs, data sets or other files."

_IDLE_SECONDS = 15 * 60
_CHECK_SECONDS = 5.0
_KEPT = 3
"""Traced networks; several people may have different settings before them."""


def main() -> int:
    """Serve commands until a run was trained or nobody needs this process."""
    make_way()
    commands: queue.Queue[dict[str, Any] | None] = queue.Queue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    prepared: list[Any] = []
    while True:
        command = _last(commands)
        if command is None:
            return 0
        if "train" in command:
            return _train(Path(command["train"]), prepared)
        wanted = command["prepare"]
        _prepare(None if wanted is None else TrainingConfig.from_json(wanted), prepared)


def _listen(commands: "queue.Queue[dict[str, Any] | None]") -> None:
    # Not through sys.stdin: its lock, held by a thread that waits, breaks Python's exit.
    waiting = b""
    while chunk := os.read(0, 2**16):
        *lines, waiting = (waiting + chunk).split(b"\n")
        for line in lines:
            commands.put(json.loads(line))
    commands.put(None)


def _last(commands: "queue.Queue[dict[str, Any] | None]") -> dict[str, Any] | None:
    """The last of the waiting commands, or the next; None if there is no reason to wait on."""
    end = time.monotonic() + _IDLE_SECONDS
    while time.monotonic() < end and not is_short():
        try:
            command = commands.get(timeout=_CHECK_SECONDS)
        except queue.Empty:
            continue
        while command is not None and "train" not in command and not commands.empty():
            command = commands.get()
        return command
    return None


def _prepare(config: TrainingConfig | None, prepared: list[Any]) -> None:
    """Add a traced network for ``config`` unless there is one; keep the last few."""
    try:
        load_keras()
        if config is None:
            return
        from resnet_app.training import prepare

        config = mistaken_config(config)
        if all(ready.key != prepare.network_key(config) for ready in prepared):
            ready = prepare.prepare(config)
            prepare.trace(ready)
            prepared[:] = [*prepared, ready][-_KEPT:]
    except Exception:
        traceback.print_exc()  # the run itself will tell what is wrong


def _train(directory: Path, prepared: list[Any]) -> int:
    """Train the run in ``directory``; return 0, 2 for an error with words, 1 for a bug."""
    _print_to(directory / "worker.log")
    run, writer = Run(directory), RunWriter(directory)
    try:
        writer.status("starting", "Loading TensorFlow", **run.status().place)
        load_keras()  # 2 to 6 seconds unless it waited
        earlier = _take_up(run, writer)
        if run.parent is not None:
            from resnet_app.training.tune import tune_run

            tune_run(run, writer)
            return 0
        dataset = datasets.load(run.dataset_digest)
        from resnet_app.training.fit import train_run

        train_run(run, dataset, writer, prepared, earlier=earlier)
        return 0
    except LabError as error:
        writer.status("failed", str(error), **run.status().place)
        return 2
    except OSError as error:
        if not is_disk_full(error):
            raise
        _fail(run, writer, f"{_DISK_FULL} {run.way_on()}")
        return 2
    except MemoryError:
        _fail(
            run,
            writer,
            "Memory ran out while training. Use fewer images or a smaller batch size, then start "
            "again.",
        )
        return 2
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        if "RESOURCE_EXHAUSTED" in str(error) or type(error).__name__ == "ResourceExhaustedError":
            reason = "memory ran out; use fewer images or a smaller batch size"
        _fail(run, writer, f"Training broke off ({reason[:200]}). The run's log has the details.")
        return 1


def _take_up(run: Run, writer: RunWriter) -> Checkpoint | None:
    """The state that the run goes on from, if it has one, with the events until then."""
    earlier = Checkpoint.read(run.directory)
    rewind_events(run.directory, earlier.events if earlier else 0)
    versions = {name: version(name) for name in LIBRARIES if name != "python"}
    writer.event("libraries", python=platform.python_version(), **versions)
    return earlier


def _print_to(log: Path) -> None:
    """Let everything that is printed from now on, by native code too, go to ``log``."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _fail(run: Run, writer: RunWriter, message: str) -> None:
    writer.status("failed", message, **run.status().place)
    with contextlib.suppress(OSError):  # a full disk
        traceback.print_exc()  # into worker.log


if __name__ == "__main__":
    sys.exit(main())
