"""Many drawings out of one: what people, pens and paper do to a digit."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_app.config import IMAGE_SIZE
from resnet_app.imaging import Framing, resize
from resnet_app.strokes import CANVAS, Stroke, draw_strokes, place_strokes

PENS = (6.0, 40.0)
"""Narrowest and widest pen in pixels of the canvas."""

_SIZES = (0.2, 0.95)
"""Smallest and largest drawing as a share of the canvas."""


def draw_variant(
    strokes: Sequence[Stroke], framing: Framing, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """``strokes`` bent, drawn on the canvas with some pen somewhere, and framed: (50, 50) uint8."""
    pen = math.exp(rng.uniform(*np.log(PENS)))
    size = min(rng.uniform(*_SIZES) * CANVAS, CANVAS - pen - 4)
    room = (CANVAS - pen - size) / 2
    centre = tuple(CANVAS / 2 + rng.uniform(-room, room, 2))
    placed = place_strokes(bend(strokes, rng), size, centre=centre)
    drawing = draw_strokes(_with_gaps(placed, pen, rng), pen)
    if rng.random() < 0.12 and size > 0.5 * CANVAS and pen > 14:
        return framing.apply(drawing, fitted=False)
    return _loosely(framing, rng).apply(drawing)


def bend(strokes: Sequence[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Slant, turn, stretch, tilt in space and wave; the result lies in a box of about 1."""
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    span = max(float((high - low).max()), 1e-6)
    turn, slant = rng.normal(0, 0.09), math.tan(float(np.clip(rng.normal(0, 0.2), -0.5, 0.5)))
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    stretch = math.exp(rng.normal(0, 0.13))
    matrix = rotation @ np.array([[stretch, slant], [0.0, 1 / stretch]])
    tilt = rng.normal(0, 0.15, 2)
    direction, phase = rng.normal(0, 3.0, (4, 2)), rng.uniform(0, 2 * np.pi, 4)
    push = rng.normal(0, 0.018, (4, 2))
    bent = []
    for stroke in strokes:
        moved = ((stroke - (low + high) / 2) / span) @ matrix.T
        moved = moved / (1 + np.clip(moved @ tilt, -0.4, 0.4))[:, None]
        slip = rng.normal(0, 0.02, 2) if len(strokes) > 1 else 0.0
        bent.append(moved + np.sin(moved @ direction.T + phase) @ push + slip)
    return bent


def _with_gaps(strokes: Sequence[Stroke], pen: float, rng: np.random.Generator) -> Sequence[Stroke]:
    """Now and then lift the pen for a moment, as a light touch does."""
    if rng.random() > 0.08:
        return strokes
    index = int(rng.integers(len(strokes)))
    stroke = strokes[index]
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(stroke, axis=0), axis=1))])
    middle, half = rng.uniform(0, lengths[-1]), (pen + rng.uniform(4, 16)) / 2
    before, after = stroke[lengths < middle - half], stroke[lengths > middle + half]
    parts = [part for part in (before, after) if len(part) > 2]
    return [*strokes[:index], *parts, *strokes[index + 1 :]] if parts else strokes


def _loosely(framing: Framing, rng: np.random.Generator) -> Framing:
    """``framing`` itself, or in a quarter of the cases with another pen, size and place."""
    if rng.random() > 0.25:
        return framing
    return replace(
        framing,
        stroke=(framing.stroke or 3.7) * math.exp(rng.normal(0, 0.3)),
        side=float(np.clip(framing.side * math.exp(rng.normal(0, 0.1)), 25, 46)),
        row=framing.row + rng.normal(0, 1.5),
        column=framing.column + rng.normal(0, 1.5),
    )


def warp_variant(
    image: NDArray[np.uint8], framing: Framing, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A (50, 50) uint8 training image under elastic and affine change; a third is framed anew."""
    if rng.random() < 0.33:
        enlarged = resize(image, 4 * IMAGE_SIZE, 4 * IMAGE_SIZE)
        image = replace(
            framing,
            stroke=(framing.stroke or 3.7) * math.exp(rng.normal(0, 0.3)),
            side=float(np.clip(framing.side * math.exp(rng.normal(0, 0.08)), 25, 46)),
        ).apply(enlarged)
    return _elastic(image, rng)


def _elastic(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Simard, Steinkraus, Platt, "Best practices for convolutional networks" (2003), and affine."""
    from scipy import ndimage

    smooth = rng.uniform(5.0, 8.0)
    push = rng.uniform(0.0, 1.7)
    field = ndimage.gaussian_filter(
        rng.normal(0, 1, (2, IMAGE_SIZE, IMAGE_SIZE)), (0, *[smooth] * 2)
    )
    field *= push / max(float(field.std()), 1e-9)
    turn, shear = rng.normal(0, 0.09), rng.normal(0, 0.13)
    zoom = np.exp(rng.normal(0, 0.07, 2))
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    matrix = matrix @ np.array([[zoom[0], 0.0], [shear, zoom[1]]])
    grid = np.mgrid[:IMAGE_SIZE, :IMAGE_SIZE] - (IMAGE_SIZE - 1) / 2
    places = np.einsum("ij,jhw->ihw", matrix, grid) + field + (IMAGE_SIZE - 1) / 2
    places += rng.normal(0, 0.8, 2)[:, None, None]
    warped = ndimage.map_coordinates(image.astype(np.float32), places, order=3, mode="constant")
    levels: NDArray[np.uint8] = np.round(warped.clip(0, 255)).astype(np.uint8)
    return levels


def reshaped(picture: Image.Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A light-on-dark picture, slanted and turned a little, as (H, W) uint8."""
    slant = rng.normal(0, 0.15)
    width, height = picture.size
    leaning = picture.transform(
        (width, height),
        Image.Transform.AFFINE,
        (1, slant, -slant * height / 2, 0, 1, 0),
        Image.Resampling.BICUBIC,
    )
    return np.asarray(leaning.rotate(rng.normal(0, 6), Image.Resampling.BICUBIC))
