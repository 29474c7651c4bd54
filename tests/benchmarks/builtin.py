"""How a model that has seen nothing but built-in digits reads real hands and scans.

Run: ``python -m tests.benchmarks.builtin PENS.jsonl.gz SCANS.npz [--count 8000]``. ``SCANS`` has
``x`` (N, H, W) uint8 and ``y`` (N,). The forms of the built-in digits were chosen by the mistakes
on writers 1 to 10 and on the first 3,000 scans, so that by default others are read. The pen
strokes are drawn at the default pen over all sizes and places, in turn.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits
from resnet_app.data.resize import to_model_size
from resnet_app.predict import Predictor, load_predictor
from resnet_app.pretraining.grid import DEFAULT_PEN, SIZES, draw_cell
from resnet_app.strokes import read_pen_digits
from resnet_app.training import launch
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine
from tests.benchmarks.first_point import temporary_home, wait_for_end


def main() -> None:
    """Train, then print both accuracies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pens", type=Path)
    parser.add_argument("scans", type=Path)
    parser.add_argument("--count", type=int, default=8000)
    parser.add_argument("--recipe", default="recommended")
    parser.add_argument("--writers", default="16-30")
    parser.add_argument("--scans-from", type=int, default=5000)
    options = parser.parse_args()
    first, last = map(int, options.writers.split("-"))
    print(machine.describe())
    with temporary_home():
        began = time.perf_counter()
        digest = datasets.save(drawn_digits(options.count))
        run = launch.start(RECIPES[options.recipe].config, digest)
        wait_for_end(run)
        seconds = time.perf_counter() - began
        print(f"{options.recipe} on {options.count:,} built-in digits, {seconds:.0f} s", flush=True)
        predictor = load_predictor(run)
        _read_pens(predictor, options.pens, first, last)
        _read_scans(predictor, options.scans, options.scans_from)


def _read_pens(predictor: Predictor, path: Path, first: int, last: int) -> None:
    digits = [digit for digit in read_pen_digits(path) if first <= digit.writer <= last]
    right = 0
    for index, size in enumerate(SIZES):
        share = digits[index :: len(SIZES)]
        drawings = draw_cell(share, DEFAULT_PEN, size, index)
        images = np.stack([predictor.framing.apply(drawing) for drawing in drawings])
        answers = predictor.logits(images).argmax(1)
        right += int((answers == [digit.digit for digit in share]).sum())
    print(f"{right / len(digits):.2%} of {len(digits):,} pen digits of writers {first} to {last}")


def _read_scans(predictor: Predictor, path: Path, start: int) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        images, labels = to_model_size(arrays["x"][start:]), arrays["y"][start:]
    right = (predictor.logits(images).argmax(1) == labels).mean()
    print(f"{right:.2%} of {len(labels):,} scanned digits, from number {start:,} on")


if __name__ == "__main__":
    main()
