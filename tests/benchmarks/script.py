"""A run with fast kernels and the plain Keras script that is taken home of it, side by side.

Run: ``python -m tests.benchmarks.script [--recipe quick] [--digits 4000] [--file DIGITS.npz]``.
Without a file, with ``x`` (N, H, W) uint8 and ``y`` (N,), the digits are built-in ones. The script
rounds differently than fast kernels do, so it comes near the run's figures and not to them. Two
accuracies on the same N test digits that differ by chance alone are, in 95 of 100 cases, no
further apart than the noise that is printed; that trainings differ too is not in it.
"""

import argparse
import math
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits
from resnet_app.takeaway.cells import write_cells
from resnet_app.takeaway.script import as_script
from resnet_app.training import launch
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine
from tests.benchmarks.accuracy import read_fold
from tests.benchmarks.first_point import temporary_home, wait_for_end


def main() -> None:
    """Print both accuracies, both times, and by how much chance alone makes two differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="quick")
    parser.add_argument("--digits", type=int, default=4000)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    print(machine.describe())
    dataset = read_fold(options.file, 0) if options.file else drawn_digits(options.digits)
    with temporary_home(), tempfile.TemporaryDirectory() as folder:
        digest = datasets.save(dataset)
        began = time.perf_counter()
        run = launch.start(RECIPES[options.recipe].config, digest)
        wait_for_end(run)
        own_seconds = time.perf_counter() - began
        evaluation = run.evaluation()
        assert evaluation is not None, run.log_tail()
        place = Path(folder)
        (place / "digits.npz").write_bytes(datasets.arrays_path(digest).read_bytes())
        (place / "train.py").write_text(as_script(write_cells(run)), encoding="utf-8")
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "train.py"], cwd=place, capture_output=True, text=True, check=True
        )
        seconds = time.perf_counter() - began
    (told,) = re.findall(r"Test accuracy: ([\d.]+)", done.stdout)
    mean = (evaluation.accuracy + float(told)) / 2
    noise = 1.96 * math.sqrt(2 * mean * (1 - mean) / evaluation.count)
    print(f"{options.recipe}, {len(dataset.labels):,} digits, {evaluation.count:,} test digits")
    print(f"run     {evaluation.accuracy:.2%} after {own_seconds:.0f} s, worker cold")
    print(f"script  {float(told):.2%} after {seconds:.0f} s")
    print(f"chance alone: {noise:.2%}")


if __name__ == "__main__":
    main()
