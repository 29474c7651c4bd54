"""Starting the process that computes results."""

from collections.abc import Sequence
from typing import Any

from resnet_app.data.launch import new_folder
from resnet_app.runs.run import Run
from resnet_app.training import beside


class Job(beside.Job):
    """One thing that is computed; what came of it is kept with the run."""

    module = "resnet_app.results.worker"
    work = "Computing"
    most_seconds = 600.0  # 10,000 digits through the posted network take a minute or two
    broke_off = (
        "The program that computes results broke off, perhaps because memory ran out, and nothing "
        "was kept. Try again when nothing else is at work."
    )


def measure(run: Run) -> Job:
    """Begin to have ``run`` read its test part; ``kept_outcome`` has the figures then."""
    return _begin(run, {"outcome": str(run.directory.resolve())})


def trace(run: Run) -> Job:
    """Begin to read the network of ``run``; ``kept_network`` has it then."""
    return _begin(run, {"network": str(run.directory.resolve())})


def compare(runs: Sequence[Run], test: str) -> Job:
    """Begin to compare ``runs`` on ``test``, ``OWN`` or the digest of a data set with test images.

    ``kept_comparison`` has it then.
    """
    places = [str(run.directory.resolve()) for run in runs]
    return _begin(runs[0], {"compare": places, "test": test})


def _begin(run: Run, request: dict[str, Any]) -> Job:
    return Job(request, new_folder(), run.owner)
