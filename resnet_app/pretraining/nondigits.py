"""Drawings that are no digit: letters, signs, scribbles, dots, two digits at once."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from resnet_app.pretraining.variants import PENS, bend, reshaped
from resnet_app.strokes import CANVAS, PenDigit, Stroke, draw_strokes, place_strokes

TRAINING_LETTERS = "ACEFHJLMPUVWXacdfjnprtuvwx&@#%$+*"
"""Letters and signs that nobody means as a digit; O, I, l, S, Z, B, G, b, q, g, y may be one."""

HELD_BACK_LETTERS = "RTKNhekm?="
"""As above, but these never train: for honest figures."""

# Written letters: strokes of corners x, y, x, y, … in a box of 1, y downwards.
_WRITTEN: dict[str, tuple[tuple[float, ...], ...]] = {
    "A": ((0.1, 1, 0.5, 0, 0.9, 1), (0.27, 0.62, 0.75, 0.62)),
    "E": ((0.85, 0, 0.15, 0, 0.15, 1, 0.9, 1), (0.15, 0.5, 0.75, 0.5)),
    "F": ((0.9, 0, 0.15, 0, 0.15, 1), (0.15, 0.48, 0.7, 0.48)),
    "H": ((0.12, 0, 0.12, 1), (0.88, 0, 0.88, 1), (0.12, 0.5, 0.88, 0.5)),
    "K": ((0.15, 0, 0.15, 1), (0.85, 0, 0.15, 0.55, 0.9, 1)),
    "M": ((0.05, 1, 0.15, 0, 0.5, 0.7, 0.85, 0, 0.95, 1),),
    "N": ((0.1, 1, 0.1, 0, 0.9, 1, 0.9, 0),),
    "P": ((0.2, 1, 0.2, 0), (0.2, 0.03, 0.6, 0.02, 0.82, 0.15, 0.8, 0.4, 0.55, 0.52, 0.2, 0.52)),
    "R": (
        (0.2, 1, 0.2, 0, 0.62, 0.02, 0.82, 0.18, 0.75, 0.42, 0.2, 0.5),
        (0.45, 0.5, 0.9, 1),
    ),
    "T": ((0.05, 0, 0.95, 0), (0.5, 0, 0.5, 1)),
    "V": ((0.05, 0, 0.5, 1, 0.95, 0),),
    "W": ((0, 0, 0.25, 1, 0.5, 0.3, 0.75, 1, 1, 0),),
    "X": ((0.1, 0, 0.9, 1), (0.9, 0, 0.1, 1)),
    "h": ((0.2, 0, 0.2, 1), (0.2, 0.65, 0.4, 0.5, 0.65, 0.5, 0.78, 0.65, 0.78, 1)),
    "k": ((0.2, 0, 0.2, 1), (0.7, 0.45, 0.22, 0.72, 0.75, 1)),
    "m": (
        (0.05, 0.4, 0.05, 1, 0.05, 0.6, 0.2, 0.42, 0.4, 0.45, 0.48, 0.6, 0.48, 1)
        + (0.48, 0.6, 0.62, 0.42, 0.82, 0.45, 0.92, 0.6, 0.92, 1),
    ),
    "n": ((0.15, 0.3, 0.15, 1, 0.18, 0.55, 0.4, 0.32, 0.7, 0.36, 0.82, 0.6, 0.82, 1),),
    "e": ((0.15, 0.55, 0.85, 0.5, 0.75, 0.2, 0.45, 0.1, 0.15, 0.35, 0.15, 0.75, 0.5, 1, 0.9, 0.8),),
    "d": (
        (0.75, 0.55, 0.5, 0.42, 0.2, 0.55, 0.15, 0.8, 0.4, 1, 0.75, 0.85),
        (0.78, 0, 0.76, 0.6, 0.82, 1),
    ),
    "f": ((0.8, 0.1, 0.6, 0, 0.42, 0.15, 0.4, 1), (0.15, 0.42, 0.75, 0.42)),
    "t": ((0.45, 0, 0.45, 0.85, 0.6, 1, 0.8, 0.9), (0.15, 0.32, 0.8, 0.32)),
    "u": ((0.12, 0, 0.12, 0.7, 0.3, 1, 0.6, 0.95, 0.82, 0.6, 0.82, 0, 0.85, 1),),
    "w": ((0, 0, 0.2, 0.9, 0.35, 1, 0.5, 0.3, 0.65, 1, 0.8, 0.9, 1, 0),),
    "+": ((0.5, 0, 0.5, 1), (0, 0.5, 1, 0.5)),
    "#": ((0.3, 0, 0.25, 1), (0.7, 0, 0.65, 1), (0, 0.3, 1, 0.3), (0, 0.7, 1, 0.7)),
    "=": ((0, 0.3, 1, 0.3), (0, 0.7, 1, 0.7)),
    "*": ((0.5, 0, 0.5, 1), (0.05, 0.25, 0.95, 0.75), (0.95, 0.25, 0.05, 0.75)),
}
_SIGNS: tuple[tuple[tuple[float, ...], ...], ...] = (
    ((0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9, 0.1, 0.1),),  # square
    ((0.5, 0.05, 0.95, 0.9, 0.05, 0.9, 0.5, 0.05),),  # triangle
    ((0.2, 1, 0.5, 0, 0.8, 1, 0, 0.38, 1, 0.38, 0.2, 1),),  # star
    ((0, 0.6, 0.35, 1, 1, 0),),  # tick
    ((0, 0.5, 1, 0.5), (0.65, 0.2, 1, 0.5, 0.65, 0.8)),  # arrow
    ((0, 0.5, 1, 0.5),),  # dash
    ((0, 0.7, 0.25, 0.2, 0.5, 0.7, 0.75, 0.2, 1, 0.7),),  # wave
    ((0.5, 1, 0.02, 0.4, 0.1, 0.08, 0.35, 0.05, 0.5, 0.3, 0.65, 0.05, 0.9, 0.08)
     + (0.98, 0.4, 0.5, 1),),  # heart
    ((0.1, 0.1, 0.3, 0.1), (0.7, 0.1, 0.9, 0.1), (0, 0.6, 0.3, 0.95, 0.7, 0.95, 1, 0.6)),  # face
    ((0.5, 0, 0.5, 0.7, 0.1, 1), (0.5, 0.7, 0.9, 1), (0.1, 0.35, 0.9, 0.35)),  # stick man
)  # fmt: skip


def draw_nondigit(
    digits: Sequence[PenDigit], letters: str, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """One drawing on the canvas, (400, 400) uint8, light ink; two digits come from ``digits``."""
    choice = rng.random()
    if choice < 0.2:
        return _printed(letters, rng)
    if choice < 0.5:
        written = [letter for letter in letters if letter in _WRITTEN]
        return _write(_corners(_WRITTEN[str(rng.choice(written))]), rng)
    if choice < 0.62:
        return _write(_corners(_SIGNS[rng.integers(len(_SIGNS))]), rng)
    if choice < 0.82:
        return _write(_scribble(rng), rng)
    if choice < 0.87:
        return _dots(rng)
    return _two_digits(digits, rng)


def _corners(shape: tuple[tuple[float, ...], ...]) -> list[Stroke]:
    """Strokes through corners, with points between them so that they can be bent."""
    strokes = []
    for flat in shape:
        corners = np.reshape(flat, (-1, 2))
        position = np.linspace(0, len(corners) - 1, 8 * len(corners))
        along = np.arange(len(corners))
        strokes.append(np.stack([np.interp(position, along, xy) for xy in corners.T], axis=1))
    return strokes


def _write(strokes: Sequence[Stroke], rng: np.random.Generator) -> NDArray[np.uint8]:
    pen = math.exp(rng.uniform(*np.log(PENS)))
    size = min(rng.uniform(0.3, 0.9) * CANVAS, CANVAS - pen - 4)
    return draw_strokes(place_strokes(bend(strokes, rng), size), pen)


def _printed(letters: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    picture = Image.new("L", (CANVAS, CANVAS))
    font = ImageFont.load_default(int(rng.integers(150, 280)))
    ImageDraw.Draw(picture).text(
        (CANVAS / 2, CANVAS / 2), str(rng.choice(list(letters))), 255, font, anchor="mm"
    )
    return reshaped(picture, rng)


def _scribble(rng: np.random.Generator) -> list[Stroke]:
    """One to four strokes through random places, smooth, jagged or going round and round."""
    strokes = []
    for _ in range(rng.integers(1, 5)):
        places = rng.uniform(0, 1, (rng.integers(4, 14), 2))
        fine = np.linspace(0, len(places) - 1, 60)
        stroke = np.stack([np.interp(fine, np.arange(len(places)), xy) for xy in places.T], axis=1)
        smooth = int(rng.integers(1, 9))
        kernel = np.ones(smooth) / smooth
        strokes.append(np.stack([np.convolve(xy, kernel, "valid") for xy in stroke.T], axis=1))
    if rng.random() < 0.3:
        angles = np.linspace(0, rng.uniform(3, 9) * 2 * np.pi, 120)
        radius = np.linspace(rng.uniform(0, 0.1), 0.5, 120)[:, None]
        strokes = [np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius]
    return strokes


def _dots(rng: np.random.Generator) -> NDArray[np.uint8]:
    """A dot or a few: the pen put down and hardly moved."""
    strokes: list[Stroke] = []
    for _ in range(rng.integers(1, 5)):
        start = rng.uniform(60, CANVAS - 60, 2)
        strokes.append(np.stack([start, start + rng.normal(0, 3, 2)]))
    return draw_strokes(strokes, math.exp(rng.uniform(*np.log(PENS))))


def _two_digits(digits: Sequence[PenDigit], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Two or three digits side by side."""
    count = int(rng.choice([2, 2, 2, 3]))
    size = rng.uniform(0.5, 0.9) * CANVAS / count
    strokes: list[Stroke] = []
    for index in range(count):
        digit = digits[int(rng.integers(len(digits)))]
        centre = (CANVAS * (index + 0.5) / count, CANVAS / 2 + rng.normal(0, 15))
        strokes += place_strokes(bend(digit.strokes, rng), size * rng.uniform(0.9, 1.1), 0, centre)
    return draw_strokes(strokes, math.exp(rng.uniform(*np.log((6, 24)))))
