"""Click to a fine-tuned model, and what it learned and forgot.

Run: ``python -m tests.benchmarks.fine_tuning PENS.jsonl.gz [RUN] [--writer 19] [--drawings 40]``.
``RUN`` is a run's id, by default the pretrained model. One writer's digits are kept as drawings, in
mirror writing, so that the model has something to learn; ``--plain`` leaves them as they are.
"""

import argparse
import shutil
import time
from pathlib import Path

import numpy as np

from resnet_app import drawings
from resnet_app.config import home
from resnet_app.runs import store as runs
from resnet_app.strokes import draw_strokes, place_strokes, read_pen_digits
from resnet_app.training import launch
from tests.benchmarks import machine
from tests.benchmarks.first_point import temporary_home, wait_for_end


def main() -> None:
    """Print the seconds and the run's own comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pens", type=Path)
    parser.add_argument("run", nargs="?", default=runs.PRETRAINED)
    parser.add_argument("--writer", type=int, default=19)
    parser.add_argument("--drawings", type=int, default=40)
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    print(machine.describe())
    parent = runs.open_run(options.run)
    digits = [digit for digit in read_pen_digits(options.pens) if digit.writer == options.writer]
    order = np.random.default_rng(1).permutation(len(digits))[: options.drawings]
    mirror = np.array([1.0 if options.plain else -1.0, 1.0])
    with temporary_home():
        if options.run != runs.PRETRAINED:
            shutil.copytree(parent.directory, home() / "runs" / parent.id)
        for digit in (digits[index] for index in order):
            strokes = place_strokes([stroke * mirror for stroke in digit.strokes], 260)
            drawings.keep(draw_strokes(strokes, 24), digit.digit)
        began = time.perf_counter()
        run = launch.fine_tune(runs.open_run(options.run))
        wait_for_end(run)
        assert run.status().state == "finished", run.log_tail()
        print(f"{len(order)} drawings, {time.perf_counter() - began:.1f} s from click to done")
        print(run.tuning())


if __name__ == "__main__":
    main()
