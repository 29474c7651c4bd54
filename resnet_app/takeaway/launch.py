"""Making and opening what is taken away, where need be in a process of its own."""

from pathlib import Path
from tempfile import TemporaryDirectory

from resnet_app.config import MAX_UPLOAD_BYTES, READING_SECONDS
from resnet_app.data.launch import new_folder
from resnet_app.data.source import SourceFile
from resnet_app.errors import LimitError
from resnet_app.runs.run import Run
from resnet_app.takeaway.kinds import kind_named, write
from resnet_app.takeaway.worker import MADE
from resnet_app.training import beside

_UPLOAD = "upload.zip"


class Job(beside.Job):
    """One thing that is made or opened by a child process."""

    module = "resnet_app.takeaway.worker"
    most_seconds = READING_SECONDS


def open_run(file: SourceFile, owner: str | None = None) -> Job:
    """Begin to open a run's zip file as a run of ``owner``; returns at once.

    ``opened_run`` tells the run's id.
    """
    return _open(file, new_folder(), owner)


def _open(file: SourceFile, folder: Path, owner: str | None) -> Job:
    request = {"name": file.name, "path": str(file.path.resolve()), "folder": str(folder)}
    return Job({"open": request | {"owner": owner}}, folder, owner)


def open_upload(data: memoryview, name: str, owner: str | None = None) -> Job:
    """As ``open_run``, for a file that lies in memory.

    Raises ``LimitError`` for a file of more than ``MAX_UPLOAD_BYTES``.
    """
    if data.nbytes > MAX_UPLOAD_BYTES:
        raise LimitError(
            f"A run's file may have at most {MAX_UPLOAD_BYTES // 2**20} MiB. "
            f"Received: {data.nbytes / 2**20:,.0f} MiB"
        )
    folder = new_folder()
    (folder / _UPLOAD).write_bytes(data)
    return _open(SourceFile(name, folder / _UPLOAD), folder, owner)


def opened_run(job: Job) -> str:
    """Id of the run that ``open_run`` made; waits for it. Raises ``LabError``."""
    run_id: str = job.answer()["run"]
    return run_id


def take(run: Run, name: str) -> bytes:
    """What ``KINDS`` calls ``name`` of ``run``; waits until it is made. Raises ``LabError``."""
    kind = kind_named(name)
    if not kind.heavy:
        with TemporaryDirectory() as place:
            path = Path(place, kind.file)
            write(run, kind, path)
            return path.read_bytes()
    folder = new_folder()
    request = {"run": str(run.directory.resolve()), "kind": name, "folder": str(folder)}
    job = Job({"make": request}, folder, run.owner)
    try:
        job.answer()
        return (job.folder / MADE).read_bytes()
    finally:
        job.forget()
