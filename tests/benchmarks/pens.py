"""Draw digits that people wrote with a pen, as a file for ``bench-doctor --digits``.

Run: ``python -m tests.benchmarks.pens PENS.jsonl.gz OUT.npz``. ``PENS`` is read by
``resnet_app.strokes.read_pen_digits``; ``OUT`` has ``x`` (N, 36, 36) uint8, light ink on dark, and
``y`` (N,) uint8. Strokes fill three quarters of a picture, in lines of 2.25 to 3.75 pixels.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from resnet_app.strokes import Stroke, read_pen_digits

_SIDE = 36
_FINER = 4
"""Times finer than the picture that lines are drawn before they are averaged."""
_FILLED = 0.75
_WIDTHS = (9, 16)
"""Pixels of a line before averaging, the second not included."""


def main() -> None:
    """Write the file and say how many digits are in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pens", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    digits = read_pen_digits(options.pens)
    rng = np.random.default_rng(7)
    images = [_draw(digit.strokes, int(rng.integers(*_WIDTHS))) for digit in digits]
    labels = np.array([digit.digit for digit in digits], np.uint8)
    np.savez_compressed(options.out, x=np.stack(images), y=labels)
    print(f"{len(labels):,} digits, {np.bincount(labels)} of each")


def _draw(strokes: tuple[Stroke, ...], width: int) -> NDArray[np.uint8]:
    """(36, 36) uint8."""
    side = _SIDE * _FINER
    strokes = tuple(stroke * (1, -1) for stroke in strokes)  # upwards, as they were recorded
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    scale = side * _FILLED / max((high - low).max(), 1)
    free = (side - (high - low) * scale) / 2
    picture = Image.new("L", (side, side))
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        path = [(x, side - y) for x, y in ((stroke - low) * scale + free).tolist()]
        pen.line(path if len(path) > 1 else path * 2, fill=255, width=width, joint="curve")
        for x, y in (path[0], path[-1]):
            half = width / 2
            pen.ellipse([x - half, y - half, x + half, y + half], fill=255)
    return np.asarray(picture.resize((_SIDE, _SIDE), Image.Resampling.BOX))


if __name__ == "__main__":
    main()
