"""Reading and auditing data in a process of its own, watched, with progress and a stop."""

import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import psutil
from numpy.typing import NDArray

from resnet_app import errors
from resnet_app.config import MAX_PHOTO_BYTES, READING_BYTES, READING_SECONDS, home
from resnet_app.data.edit import Edit
from resnet_app.data.source import Choices, Reading, SourceFile
from resnet_app.data.worker import INK, PHOTO, PREVIEW, out_of_memory
from resnet_app.errors import DataError, LabError, LimitError
from resnet_app.training import memory

_PROJECT = Path(__file__).resolve().parents[2]
_WATCH_SECONDS = 0.1
_STALE_SECONDS = 24 * 3600
_TOLD_CHARACTERS = 4000
"""Of what a child that broke off had said last, for the server's log."""
_LEFT_BYTES = 50_000_000
"""So much memory a child leaves to the app and the runs that train; else it is given up."""

_log = logging.getLogger(__name__)

_one_at_a_time = threading.Lock()
"""Each child may take ``READING_BYTES``, which a small machine has only once."""


class Job:
    """One request at work, or waiting for its turn: one child runs at a time.

    ``progress`` 0…1 and ``message`` say how far it is. The child is killed when it takes more
    than ``READING_BYTES`` or ``READING_SECONDS``, or what ``limits`` of a subclass says, which may
    also name its own ``work``, and say what is ``left`` of it after a stop and what to do when it
    ``broke_off``.
    """

    work = "Reading"
    left = "nothing was kept"
    broke_off = (
        "The program that reads files broke off on this one, and nothing was kept. The file is "
        "probably damaged; save it again, or in another format."
    )

    def __init__(self, request: dict[str, Any], folder: Path) -> None:
        self.folder = folder
        self.progress = 0.0
        self.message = "Waiting for its turn"
        self._request = request
        self._reading: dict[str, Any] | None = None
        self._done = False
        self._error: LabError | None = None
        self._given_up = threading.Event()
        self._finished = threading.Event()
        # Whoever loses a job, such as a browser that went away, leaves no files behind.
        self._remove = weakref.finalize(self, shutil.rmtree, folder, True)
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def ended(self) -> bool:
        """Whether ``result`` returns at once."""
        return self._finished.is_set()

    def stop(self) -> None:
        """Give up, unless it has ended; ``result`` then raises ``DataError``."""
        self._give_up(DataError(f"{self.work} was stopped, and {self.left}. Received: a stop"))

    def given_up(self, seconds: float) -> bool:
        """Wait for a stop, at most so long; whether there was one."""
        return self._given_up.wait(seconds)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most so long; whether it has ended."""
        return self._finished.wait(seconds)

    def result(self) -> Reading | None:
        """The reading, or None after an audit; waits for it. Raises what the worker raised."""
        self._finished.wait()
        if self._error is not None:
            raise self._error
        return Reading.from_json(self._reading) if self._reading else None

    def kept(self) -> str:
        """Digest of the data set that ``change`` kept; waits for it. Raises as ``result`` does."""
        digest: str = self.answer()["digest"]
        return digest

    def answer(self) -> dict[str, Any]:
        """What the worker said at its end; waits for it. Raises as ``result`` does."""
        self._finished.wait()
        if self._error is not None:
            raise self._error
        return self._reading or {}

    def examples(self) -> NDArray[np.uint8]:
        """(K, 5, 50, 50) uint8: pictures for each of the reading's label values."""
        with np.load(self.folder / PREVIEW, allow_pickle=False) as arrays:
            examples: NDArray[np.uint8] = arrays["examples"]
            return examples

    def photo(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The picture that ``read_photo`` was given and its ink, (h, w) uint8 each; waits for them.

        Raises as ``result`` does.
        """
        self.result()
        with np.load(self.folder / INK, allow_pickle=False) as arrays:
            return arrays["picture"], arrays["ink"]

    def forget(self) -> None:
        """Stop if need be and remove the job's files."""
        if not self.ended:
            self.stop()
            self.wait()
        self._remove()

    def limits(self) -> tuple[int, float]:
        """Most bytes of memory and most seconds that the child may take."""
        return READING_BYTES, READING_SECONDS

    def spawn(self, log: IO[bytes]) -> "subprocess.Popen[str]":
        """Start the child."""
        return _spawn(log)

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Wait for the time in which the child may work; False if it was given up before."""
        while not _one_at_a_time.acquire(timeout=_WATCH_SECONDS):
            if self._given_up.is_set():
                yield False
                return
        try:
            yield True
        finally:
            _one_at_a_time.release()

    def _run(self) -> None:
        try:
            with self.turn() as has_come:
                if has_come:
                    self._serve()
        except LabError as error:
            self._error = self._error or error
        finally:
            self._finished.set()

    def _serve(self) -> None:
        self.message = "Starting"
        with (self.folder / "worker.log").open("wb") as log:
            child = self.spawn(log)
        threading.Thread(target=self._watch, args=(child,), daemon=True).start()
        try:
            with child:  # which also waits for its end
                assert child.stdin is not None and child.stdout is not None
                child.stdin.write(json.dumps(self._request) + "\n")
                child.stdin.flush()
                for line in child.stdout:
                    self._take(json.loads(line))
        except (OSError, ValueError):
            pass  # it was killed, before it listened or amid a line
        if not self._done and self._error is None:
            self._error = DataError(f"{self.broke_off} Received: exit status {child.returncode}")
            said = (self.folder / "worker.log").read_text(encoding="utf-8", errors="replace")
            _log.error("%s broke off:\n%s", self.work, said[-_TOLD_CHARACTERS:])

    def _take(self, answer: dict[str, Any]) -> None:
        if "done" in answer:
            self._reading, self._done = answer["done"], True
        elif "error" in answer:
            self._error = self._error or getattr(errors, answer["error"])(answer["message"])
        else:
            self.progress, self.message = answer["progress"], answer["message"]

    def _watch(self, child: "subprocess.Popen[str]") -> None:
        """Kill ``child`` when it was given up or goes beyond the limits."""
        most_bytes, most_seconds = self.limits()
        end = time.monotonic() + most_seconds
        while child.poll() is None and not self._given_up.wait(_WATCH_SECONDS):
            if _memory_of(child.pid) > most_bytes:
                self._give_up(LimitError(out_of_memory(most_bytes)))
            elif memory.available() < _LEFT_BYTES:
                self._give_up(
                    LimitError(
                        f"Memory was nearly used up, so {self.work.lower()} was given up before "
                        "anything else broke off. Try again when no run trains, or use fewer "
                        f"images. Received: less than {memory.in_mb(_LEFT_BYTES)} left"
                    )
                )
            elif time.monotonic() > end:
                self._give_up(
                    LimitError(
                        f"{self.work} took longer than {most_seconds:.0f} seconds, so it was given "
                        "up. Use fewer images. Received: more than can be done in that time"
                    )
                )
        child.kill()

    def _give_up(self, error: LabError) -> None:
        self._error = self._error or error
        self._given_up.set()


def _spawn(log: IO[bytes]) -> "subprocess.Popen[str]":
    return spawn_worker(log, "resnet_app.data.worker")


def spawn_worker(log: IO[bytes], module: str) -> "subprocess.Popen[str]":
    """Start a child that serves one request by ``module``; what it prints goes to ``log``."""
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=_PROJECT,
        env={
            **os.environ,
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # a Ctrl-C at the terminal is answered by ``stop``
    )


def _memory_of(pid: int) -> int:
    """Bytes of memory that a process takes; 0 if it has ended."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def new_folder() -> Path:
    """An empty folder for uploads and one job; those of days ago are removed."""
    incoming = home() / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    for old in incoming.iterdir():
        if time.time() - old.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    folder = incoming / secrets.token_hex(8)
    folder.mkdir()
    return folder


def read(
    files: Sequence[SourceFile], choices: Choices | None = None, owner: str | None = None
) -> Job:
    """Begin to read ``files``, keep the data set for ``owner`` and audit it; returns at once."""
    folder = new_folder()
    return Job(
        {
            "read": {
                "files": [[file.name, str(file.path.resolve())] for file in files],
                "choices": (choices or Choices()).to_json(),
                "folder": str(folder),
                "owner": owner,
            }
        },
        folder,
    )


def audit(digest: str) -> Job:
    """Begin to audit a stored data set; returns at once."""
    return Job({"audit": digest}, new_folder())


def download(choices: Choices | None = None, owner: str | None = None) -> Job:
    """Begin to download MNIST, keep it for ``owner`` and audit it; returns at once."""
    folder = new_folder()
    wanted = {"choices": (choices or Choices()).to_json(), "folder": str(folder), "owner": owner}
    return Job({"download": wanted}, folder)


def read_photo(data: memoryview, name: str) -> Job:
    """Begin to look for the ink of one digit in a picture file; returns at once.

    Raises ``LimitError`` for a file of more than ``MAX_PHOTO_BYTES``.
    """
    if data.nbytes > MAX_PHOTO_BYTES:
        raise LimitError(
            f"A picture of a digit may have at most {MAX_PHOTO_BYTES // 2**20} MiB. Make it "
            f"smaller, or save it as JPEG. Received: {data.nbytes / 2**20:,.1f} MiB"
        )
    folder = new_folder()
    (folder / PHOTO).write_bytes(data)
    return Job({"photo": {"name": name, "folder": str(folder)}}, folder)


def change(digest: str, edit: Edit, name: str, owner: str | None = None) -> Job:
    """Begin to keep a stored data set with ``edit`` as a new one of ``owner``, and audit it.

    Returns at once. The job's ``kept`` tells the new one's digest.
    """
    request = {"digest": digest, "edit": edit.to_json(), "name": name, "owner": owner}
    return Job({"change": request}, new_folder())
