"""How well a model reads people it has never seen: every pen width, size, place and slant."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resnet_app.predict import Predictor
from resnet_app.strokes import CANVAS, PenDigit, draw_strokes, place_strokes

PENS = (6, 12, 18, 24, 32, 40)
"""Pixels of a canvas of 400."""

SIZES = (0.3, 0.5, 0.7, 0.95)
"""Longer side of the pen's path as a share of the canvas; less where the ink would not fit."""

DEFAULT_PEN = 24
_SLANT = 15.0
"""Degrees either way."""

_FREE = 6
"""Pixels of the canvas's edges, both together, that stay free of ink."""


def draw_cell(
    digits: Sequence[PenDigit], pen: float, size: float, seed: int = 0
) -> list[NDArray[np.uint8]]:
    """Each of ``digits`` on a canvas of its own, (400, 400) uint8."""
    rng = np.random.default_rng(seed)
    inner = CANVAS - pen - _FREE  # for the middle of the pen
    side = min(size * CANVAS, inner)
    room = (inner - side) / 2
    drawings = []
    for digit in digits:
        x, y = CANVAS / 2 + rng.uniform(-room, room, 2)
        strokes = place_strokes(digit.strokes, side, rng.uniform(-_SLANT, _SLANT), (x, y))
        drawings.append(draw_strokes(strokes, pen))
    return drawings


def accuracy(
    predictor: Predictor, digits: Sequence[PenDigit], pen: float, size: float, fitted: bool = True
) -> float:
    """Share of ``digits`` read right when drawn so."""
    images = np.stack([predictor.framing.apply(d, fitted) for d in draw_cell(digits, pen, size)])
    answers = predictor.probabilities(images).argmax(1)
    return float((answers == [digit.digit for digit in digits]).mean())
