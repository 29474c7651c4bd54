"""The part of the command line that takes runs away and opens them: ``export``, ``import-run``."""

import argparse
import os
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

from resnet_app.cli_data import print_json
from resnet_app.cli_progress import PercentBar
from resnet_app.data.source import SourceFile
from resnet_app.errors import DataError
from resnet_app.runs.run import Run
from resnet_app.takeaway.kinds import KINDS, kind_named, write
from resnet_app.takeaway.launch import open_run, opened_run

_POLL_SECONDS = 0.1

_BY_SUFFIX = {
    ".zip": "run",
    ".html": "report",
    ".py": "script",
    ".ipynb": "notebook",
    ".npz": "data",
    ".csv": "predictions",
    ".keras": "keras",
    ".tflite": "tflite",
    ".onnx": "onnx",
}
"""What a file is to hold, by its name's end."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Where to, and what."""
    parser.add_argument("out", metavar="OUT", type=Path)
    parser.add_argument(
        "--as",
        choices=tuple(KINDS),
        dest="kind",
        help="what to write; else the name of OUT tells it",
    )


def export(run: Run, options: argparse.Namespace) -> int:
    """Write what was asked for of ``run``."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    kind = kind_named(options.kind or _kind_of(options.out))
    try:
        with TemporaryDirectory() as folder:
            made = Path(folder, kind.file)
            write(run, kind, made)
            copyfile(made, options.out)
    except OSError as error:
        raise DataError(
            f"The file cannot be written ({error.strerror}). Choose another place. "
            f"Received: {options.out}"
        ) from error
    print(f"{kind.title}: {options.out}")
    if kind.name in ("script", "notebook"):
        print(f"It reads digits.npz in its folder: export {run.id} digits.npz writes that.")
    print_json(options, {"run": run.id, "kind": kind.name, "file": str(options.out)})
    return 0


def import_run(options: argparse.Namespace) -> int:
    """Open a run's zip file; Ctrl-C gives it up."""
    path: Path = options.file
    if not path.is_file():
        raise DataError(f"There is no such file. Check its name. Received: {path}")
    job = open_run(SourceFile(path.name, path))
    try:
        with PercentBar(leave=False) as bar:
            while not job.wait(_POLL_SECONDS):
                bar.show(job.progress, job.message)
    except KeyboardInterrupt:
        job.stop()
    try:
        run_id = opened_run(job)
    finally:
        job.forget()
    print(f"Opened as run {run_id}")
    result: dict[str, Any] = {"run": run_id}
    print_json(options, result)
    return 0


def _kind_of(path: Path) -> str:
    if path.suffix.lower() not in _BY_SUFFIX:
        raise DataError(
            f"The name does not tell what to write. Choose one that ends in "
            f"{', '.join(_BY_SUFFIX)}, or say --as. Received: {path}"
        )
    return _BY_SUFFIX[path.suffix.lower()]
