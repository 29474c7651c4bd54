"""Pen strokes of held-back writers, drawn through the canvas path: accuracy of each cell.

Run: ``python -m tests.benchmarks.drawing PENS.jsonl.gz [RUN] [--writers 26-30]``. ``RUN`` is a
run's id, by default the pretrained model. A cell is one pen width and one size of the drawing;
within it every digit is drawn once, anywhere on the canvas, slanted by up to 15° either way.
"""

import argparse
from pathlib import Path

import numpy as np

from resnet_app.predict import load_predictor
from resnet_app.pretraining.grid import DEFAULT_PEN, PENS, SIZES, accuracy
from resnet_app.runs import store as runs
from resnet_app.strokes import read_pen_digits


def main() -> None:
    """Print the grid, its worst cell and the mean at the default pen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pens", type=Path)
    parser.add_argument("run", nargs="?", default=runs.PRETRAINED)
    parser.add_argument("--writers", default="26-30")
    parser.add_argument("--as-is", action="store_true", help="do not fit the drawing")
    options = parser.parse_args()
    first, last = map(int, options.writers.split("-"))
    digits = [d for d in read_pen_digits(options.pens) if first <= d.writer <= last]
    predictor = load_predictor(runs.open_run(options.run))
    print(f"{len(digits):,} digits of writers {first} to {last}, {options.run}")
    print("pen   " + "".join(f"{size:>9.0%}" for size in SIZES))
    cells = {}
    for pen in PENS:
        for size in SIZES:
            cells[pen, size] = accuracy(predictor, digits, pen, size, not options.as_is)
        print(f"{pen:>3} px" + "".join(f"{cells[pen, size]:>9.2%}" for size in SIZES), flush=True)
    usual = np.mean([cells[DEFAULT_PEN, size] for size in SIZES])
    print(f"at {DEFAULT_PEN} px over all sizes {usual:.2%}, worst cell {min(cells.values()):.2%}")


if __name__ == "__main__":
    main()
