"""The process that makes the tests: ``python -m resnet_app.doctor.worker``.

It speaks as ``resnet_app.data.worker`` does::

    {"test": DIRECTORY}     done is {"summary": "4 tests made in 12 s"}

Each outcome is written to the run's ``tests.json`` as soon as it is known.
"""

import sys
import time
from pathlib import Path
from typing import Any

from resnet_app.data.source import Progress
from resnet_app.data.worker import serve_one
from resnet_app.doctor.plan import next_test
from resnet_app.doctor.reading import TESTS_FILE, read_evidence, read_tests
from resnet_app.files import write_json
from resnet_app.runs.run import Run
from resnet_app.training.memory import MOST_BYTES

BUDGET_SECONDS = 26.0
"""For all tests together, of which the last may run a little over; loading TensorFlow included."""

_NAMES = {
    "pixels": "Looking at the images",
    "duplicates": "Looking for training images among the validation images",
    "baseline": "Asking similar images for the labels",
    "averages": "Estimating the moving averages anew",
    "memorise": "Learning one batch by heart",
    "rates": "Trying other learning rates",
    "range": "Raising the learning rate step by step",
    "twins": "Training raw and normalized twins",
    "head": "Slowing down the last layer",
    "free": "Training without dropout and penalty",
}


def main() -> int:
    """Serve one request; 0 if it was answered, 1 after a bug."""
    return serve_one(_serve, MOST_BYTES)


def _serve(request: dict[str, Any], progress: Progress) -> dict[str, str]:
    return {"summary": make_tests(Run(Path(request["test"])), progress)}


def make_tests(run: Run, progress: Progress) -> str:
    """Make one worthwhile test after the other; how many there were and how long they took."""
    from resnet_app.doctor.battery import Battery, OutOfTime

    began = time.monotonic()
    battery = Battery(run, began + BUDGET_SECONDS)
    made: list[str] = []
    while name := next_test(read_evidence(run)):
        progress(min(1 - battery.seconds_left / BUDGET_SECONDS, 1.0), _NAMES[name])
        try:
            outcome = battery.make(name)
        except OutOfTime:
            break
        write_json(run.directory / TESTS_FILE, {**read_tests(run.directory), name: outcome})
        made.append(name)
    seconds = time.monotonic() - began
    done = f"{len(made)} test{'' if len(made) == 1 else 's'} made in {seconds:.0f} s"
    return done if name is None else f"{done}, and more wait: run the tests again"


if __name__ == "__main__":
    sys.exit(main())
