"""Starting the process that computes results."""

import subprocess
from collections.abc import Sequence
from typing import IO

from resnet_app.data import launch
from resnet_app.results.worker import MOST_BYTES
from resnet_app.runs.run import Run

_MOST_SECONDS = 600.0
"""Longest time for one request; ten thousand test digits through the posted network take a minute
or two on two cores."""


class Job(launch.Job):
    """One thing that is computed; what came of it is kept with the run."""

    work = "Computing"
    broke_off = (
        "The program that computes results broke off, perhaps because memory ran out, and nothing "
        "was kept. Try again when nothing else is at work."
    )

    def limits(self) -> tuple[int, float]:
        return MOST_BYTES, _MOST_SECONDS

    def spawn(self, log: IO[bytes]) -> "subprocess.Popen[str]":
        return launch.spawn_worker(log, "resnet_app.results.worker")


def measure(run: Run) -> Job:
    """Begin to have ``run`` read its test part; ``kept_outcome`` has the figures then."""
    return Job({"outcome": str(run.directory.resolve())}, launch.new_folder())


def trace(run: Run) -> Job:
    """Begin to read the network of ``run``; ``kept_network`` has it then."""
    return Job({"network": str(run.directory.resolve())}, launch.new_folder())


def compare(runs: Sequence[Run], test: str) -> Job:
    """Begin to compare ``runs`` on ``test``, ``OWN`` or the digest of a data set with test images.

    ``kept_comparison`` has it then.
    """
    places = [str(run.directory.resolve()) for run in runs]
    return Job({"compare": places, "test": test}, launch.new_folder())
