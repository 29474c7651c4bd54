"""Starting the tests that compute in a process of their own, watched, with progress and a stop."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from resnet_app.errors import LabError
from resnet_app.processes import ProcessMark
from resnet_app.runs.run import Run
from resnet_app.training import beside, memory

_PROJECT = Path(__file__).resolve().parents[2]

_LIMIT_SECONDS = 120.0
"""After which the process is ended: four times what all tests together should take."""

NOT_OURS = (
    "The tests that compute need the images, and this run was recorded elsewhere, without them. "
    "The verdict rests on what was recorded."
)


class Job:
    """The tests of one run, waiting for their turn or at work.

    ``progress`` 0…1 and ``message`` say how far they are. Their outcomes go to the run's
    ``tests.json`` one by one, so a stop keeps what was found; ``error`` says in words what went
    wrong, if anything did.
    """

    def __init__(self) -> None:
        self.progress = 0.0
        self.message = "Starting"
        self.error: str | None = None
        self._child: subprocess.Popen[str] | None = None
        self._stopped = threading.Event()
        self._finished = threading.Event()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._finished.is_set()

    def stop(self) -> None:
        """End the tests now; what they found until now stays."""
        self._stopped.set()
        if self._child is not None:
            self._child.kill()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most so long; whether it has ended."""
        return self._finished.wait(seconds)

    def begin(self, run: Run) -> None:
        """Start the process that tests ``run`` when its turn has come; returns at once."""
        threading.Thread(target=self._take_turn, args=(run,), daemon=True).start()

    def end(self, message: str, error: str | None = None) -> None:
        """Nothing more will come, and this is why."""
        self.progress, self.message, self.error = 1.0, message, error
        self._finished.set()

    def _take_turn(self, run: Run) -> None:
        try:
            needed = memory.needed_for(run)
            with beside.in_turn(needed, run.owner, self._stopped.wait, self._tell) as turn:
                if turn is None:
                    self.end("Taken out of the line before they began.")
                else:
                    self._serve(run.directory, turn)
        except LabError as error:
            self.end(str(error), str(error))

    def _tell(self, message: str) -> None:
        self.message = message

    def _serve(self, directory: Path, turn: beside.Turn) -> None:
        failure = "The tests broke off. The verdict rests on what they found until then."
        try:
            with (directory / "tests.log").open("wb") as log, _spawn(directory, log) as child:
                self._child, turn.worker = child, ProcessMark.of(child.pid)
                clock = threading.Timer(_LIMIT_SECONDS, child.kill)
                clock.start()
                if self._stopped.is_set():  # before there was a process to end
                    child.kill()
                done = self._listen(child)
                clock.cancel()
        except OSError:
            done = False
        if done or self.error is not None:
            self.end(self.message, self.error)
        elif self._stopped.is_set():
            self.end("Stopped; what the tests found until then is kept.")
        else:
            self.end(failure, failure)

    def _listen(self, child: "subprocess.Popen[str]") -> bool:
        """Take what ``child`` says; whether it came to its end."""
        assert child.stdout is not None
        for line in child.stdout:
            try:
                answer: dict[str, Any] = json.loads(line)
            except ValueError:  # it was killed amid a line
                return False
            if "done" in answer:
                self.message = answer["done"]
                return True
            if "error" in answer:
                self.message = self.error = answer["error"]
            else:
                self.progress, self.message = answer["progress"], answer["message"]
        return False


def start_tests(run: Run) -> Job:
    """Have the tests made whose answers can change the verdict on ``run``; returns at once.

    They begin beside what trains, when it is their turn and there is memory.
    """
    job = Job()
    try:
        run.config  # noqa: B018 - raises where these are not our settings
        digest = run.dataset_digest
    except (LabError, TypeError, KeyError, AttributeError):
        job.end(NOT_OURS)
        return job
    if not digest:
        job.end(NOT_OURS)
        return job
    job.begin(run)
    return job


def _spawn(directory: Path, log: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "resnet_app.doctor.worker", str(directory.resolve())],
        cwd=_PROJECT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,  # closes when this process ends, which ends the tests
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # a Ctrl-C at the terminal is answered by ``stop``
    )
