"""Pen strokes: reading recorded ones and drawing them as the page's canvas would."""

import gzip
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from resnet_app.errors import DataError

CANVAS = 400
"""Height and width of the canvas in its own pixels."""

Stroke = NDArray[np.float64]
"""(P, 2) points x, y of one pen stroke, y downwards."""

_OVERSAMPLING = 2


@dataclass(frozen=True, eq=False)
class PenDigit:
    """A digit as somebody wrote it; ``strokes`` in the tablet's units, in the order of writing."""

    digit: int
    writer: int
    strokes: tuple[Stroke, ...]


def read_pen_digits(path: Path) -> list[PenDigit]:
    """Digits of a gzipped file with one JSON object a line.

    Each has ``digit``, ``writer`` and ``strokes``, lists of [x, y] with y upwards, as in the
    original form of UCI's Pen-Based Recognition of Handwritten Digits (Alpaydin, Alimoglu 1998;
    CC BY 4.0). Raises ``DataError`` if the file is something else.
    """
    found = []
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                strokes = tuple(np.array(stroke, float) * (1, -1) for stroke in row["strokes"])
                found.append(PenDigit(int(row["digit"]), int(row["writer"]), strokes))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"These are not pen strokes, one JSON object a line and gzipped ({error}). "
            f"Received: {path}"
        ) from error
    return found


def place_strokes(
    strokes: Sequence[Stroke],
    size: float,
    slant: float = 0.0,
    centre: tuple[float, float] = (CANVAS / 2, CANVAS / 2),
) -> list[Stroke]:
    """Bring ``strokes`` to the canvas: longer side of the pen's path ``size`` pixels.

    ``slant`` in degrees leans them to the right; ``centre`` is x, y of the path's box.
    """
    shear = np.array([[1.0, -math.tan(math.radians(slant))], [0.0, 1.0]])
    leaning = [stroke @ shear.T for stroke in strokes]
    points = np.concatenate(leaning)
    low, high = points.min(0), points.max(0)
    scale = size / max(float((high - low).max()), 1e-6)
    return [(stroke - (low + high) / 2) * scale + centre for stroke in leaning]


def draw_strokes(
    strokes: Sequence[Stroke], pen: float, size: tuple[int, int] = (CANVAS, CANVAS)
) -> NDArray[np.uint8]:
    """Draw with a round pen ``pen`` pixels wide: ``size`` (H, W) uint8, antialiased, light ink."""
    height, width = size
    picture = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING))
    brush = ImageDraw.Draw(picture)
    half = pen * _OVERSAMPLING / 2
    for stroke in strokes:
        points = (stroke * _OVERSAMPLING).tolist()
        brush.line([tuple(point) for point in points], fill=255, width=max(1, round(2 * half)))
        for x, y in points:
            brush.ellipse([x - half, y - half, x + half, y + half], fill=255)
    return np.asarray(picture.reduce(_OVERSAMPLING))
