"""The process that makes the tests: ``python -m resnet_app.doctor.worker DIRECTORY``.

It answers with JSON lines on its standard output::

    {"progress": 0.4, "message": "Trying a tenth of the learning rate"}
    {"done": "4 tests made in 12 s"}
    {"error": "…"}              a ``LabError`` in words; anything else is a bug

Each outcome is written to the run's ``tests.json`` as soon as it is known. The process ends when
its standard input closes, which is when nobody waits any more.
"""

import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from resnet_app.doctor.plan import next_test
from resnet_app.doctor.reading import TESTS_FILE, read_evidence, read_tests
from resnet_app.errors import LabError
from resnet_app.files import write_json
from resnet_app.processes import make_way
from resnet_app.runs.run import Run

BUDGET_SECONDS = 26.0
"""For all tests together, of which the last may run a little over; loading TensorFlow included."""

_LEAST_SECONDS = 2.0
"""Time left below which no further test is begun."""

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
    """Make the tests; 0 if they came to their end, 1 after a bug."""
    make_way()
    directory = Path(sys.argv[1])
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print goes to standard error
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def say(**values: Any) -> None:
        output.write(json.dumps(values) + "\n")
        output.flush()

    try:
        say(done=make_tests(Run(directory), say))
        return 0
    except LabError as error:
        say(error=str(error))
        return 0
    except Exception:
        traceback.print_exc()
        return 1


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)


def make_tests(run: Run, say: Any) -> str:
    """Make one worthwhile test after the other; how many there were and how long they took."""
    from resnet_app.doctor.battery import Battery

    began = time.monotonic()
    battery = Battery(run, began + BUDGET_SECONDS)
    made: list[str] = []
    while battery.seconds_left > _LEAST_SECONDS:
        name = next_test(read_evidence(run))
        if name is None:
            break
        say(progress=1 - battery.seconds_left / BUDGET_SECONDS, message=_NAMES[name])
        outcome = battery.make(name)
        write_json(run.directory / TESTS_FILE, {**read_tests(run.directory), name: outcome})
        made.append(name)
    seconds = time.monotonic() - began
    return f"{len(made)} test{'' if len(made) == 1 else 's'} made in {seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
