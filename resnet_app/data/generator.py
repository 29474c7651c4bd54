"""Handwritten-looking digits, drawn from nothing but pen strokes and a seed."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from resnet_app.config import CLASSES, IMAGE_SIZE, MAX_IMAGES
from resnet_app.data.dataset import Images, Labels
from resnet_app.errors import DataError

Stroke = NDArray[np.float64]
"""(P, 2) points x, y of one pen stroke in a box of width and height about 1, y downwards."""

_OVERSAMPLING = 6
_BOLD = 0.25
"""Share of digits written with a pen of up to one and a half times the width."""

_SCANNED = 0.3
"""Share of digits that look enlarged from fewer pixels, as scans such as MNIST's are."""

_SAMPLES = 24
"""Points on a stroke between two corners after smoothing."""


def _arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float) -> list[list[float]]:
    """Points on an ellipse; angles in degrees, clockwise on the screen from three o'clock."""
    angles = np.radians(np.linspace(start, end, 9))
    return [[cx + rx * math.cos(a), cy + ry * math.sin(a)] for a in angles]


def _line(*points: float) -> list[list[float]]:
    """A polyline through x, y, x, y, …; a point given twice in a row is a sharp corner."""
    return [list(point) for point in zip(points[::2], points[1::2], strict=True)]


# digit → usual ways to write it → strokes → control points
_SHAPES: dict[int, list[list[list[list[float]]]]] = {
    0: [
        [_arc(0.5, 0.5, 0.34, 0.48, -90, 275)],
        [_arc(0.5, 0.5, 0.24, 0.48, -80, 290)],
        [_arc(0.5, 0.5, 0.42, 0.46, -100, 265)],
        [_arc(0.5, 0.5, 0.33, 0.48, -60, -430)],
        [_line(0.3, 0.02, 0.5, 0.06) + _arc(0.48, 0.54, 0.32, 0.44, -60, -400)],
        [_arc(0.5, 0.5, 0.36, 0.46, -75, -430) + _line(0.62, 0.3)],
        [_arc(0.5, 0.5, 0.4, 0.46, -100, 265), _line(0.22, 0.78, 0.5, 0.5, 0.78, 0.24)],
    ],
    1: [
        [_line(0.5, 0.02, 0.5, 0.5, 0.5, 0.98)],
        [_line(0.5, 0.02, 0.5, 0.5, 0.5, 0.98)],
        [_line(0.28, 0.28, 0.4, 0.17, 0.53, 0.02, 0.53, 0.02, 0.53, 0.5, 0.53, 0.98)],
        [
            _line(0.28, 0.25, 0.5, 0.03, 0.5, 0.03, 0.5, 0.5, 0.5, 0.97),
            _line(0.25, 0.97, 0.5, 0.97, 0.75, 0.97),
        ],
        [_line(0.05, 0.45, 0.3, 0.24, 0.58, 0.02, 0.58, 0.02, 0.55, 0.5, 0.52, 0.98)],
        [_line(-0.1, 0.52, 0.25, 0.3, 0.6, 0.02, 0.6, 0.02, 0.56, 0.5, 0.5, 0.98)],
    ],
    2: [
        [
            _arc(0.47, 0.28, 0.3, 0.27, -165, 25)
            + _line(0.6, 0.58, 0.36, 0.8, 0.14, 0.97, 0.14, 0.97, 0.5, 0.96, 0.88, 0.96)
        ],
        [
            _arc(0.48, 0.27, 0.3, 0.26, -170, 30)
            + _line(0.58, 0.62, 0.34, 0.88, 0.2, 0.93, 0.13, 0.84, 0.24, 0.76, 0.42, 0.82)
            + _line(0.65, 0.95, 0.9, 0.9)
        ],
        [
            _line(0.15, 0.15, 0.4, 0.03, 0.68, 0.06, 0.76, 0.24, 0.62, 0.5, 0.38, 0.74)
            + _line(0.12, 0.97, 0.12, 0.97, 0.48, 0.93, 0.85, 0.98)
        ],
        [
            _line(0.2, 0.2, 0.42, 0.04, 0.66, 0.1, 0.7, 0.32, 0.58, 0.6, 0.38, 0.86, 0.16, 0.95)
            + _line(0.03, 0.82, 0.14, 0.68, 0.4, 0.76, 0.7, 0.9, 1.0, 0.84)
        ],
        [
            _line(0.1, 0.4, 0.32, 0.12, 0.6, 0.2, 0.52, 0.52, 0.12, 0.92, 0.12, 0.92)
            + _line(0.6, 0.84, 1.15, 0.72)
        ],
        [
            _arc(0.47, 0.27, 0.3, 0.26, -170, 35)
            + _line(0.52, 0.64, 0.3, 0.86, 0.14, 0.92, 0.1, 0.8, 0.26, 0.74, 0.56, 0.88, 0.88, 1.0)
        ],
        [
            _line(0.1, 0.22, 0.36, 0.02, 0.72, 0.08, 0.76, 0.36, 0.5, 0.68, 0.14, 0.94, 0.14, 0.94)
            + _line(0.5, 0.94, 0.95, 0.9)
        ],
        [
            _line(0.22, 0.24, 0.34, 0.06, 0.58, 0.02, 0.74, 0.16, 0.7, 0.42, 0.5, 0.7, 0.26, 0.94)
            + _line(0.06, 0.94, 0.06, 0.78, 0.26, 0.7, 0.48, 0.84, 0.7, 0.97, 0.92, 0.95)
        ],
    ],
    3: [
        [_arc(0.45, 0.26, 0.29, 0.24, -155, 80) + _arc(0.44, 0.73, 0.34, 0.25, -80, 150)],
        [
            _line(0.17, 0.04, 0.5, 0.04, 0.8, 0.04, 0.8, 0.04, 0.62, 0.22, 0.44, 0.42, 0.44, 0.42)
            + _arc(0.45, 0.7, 0.33, 0.28, -80, 150)
        ],
        [
            _arc(0.45, 0.25, 0.3, 0.23, -150, 70)
            + _line(0.4, 0.49, 0.4, 0.49)
            + _arc(0.45, 0.73, 0.3, 0.24, -85, 140)
        ],
        [
            _line(0.16, 0.12, 0.5, 0.02, 0.78, 0.12, 0.66, 0.34, 0.36, 0.48, 0.36, 0.48)
            + _line(0.66, 0.52, 0.78, 0.7, 0.62, 0.88, 0.34, 0.97, 0.06, 0.92)
        ],
        [
            _line(0.22, 0.14, 0.45, 0.01, 0.68, 0.13, 0.58, 0.36, 0.36, 0.5, 0.3, 0.42, 0.46, 0.42)
            + _line(0.7, 0.58, 0.72, 0.8, 0.5, 0.96, 0.16, 0.94)
        ],
        [
            _line(0.2, 0.06, 0.48, 0.02, 0.74, 0.1, 0.62, 0.3, 0.32, 0.45, 0.32, 0.45)
            + _line(0.62, 0.5, 0.72, 0.66, 0.52, 0.86, 0.14, 0.98)
        ],
    ],
    4: [
        [
            _line(0.6, 0.03, 0.38, 0.35, 0.12, 0.64, 0.12, 0.64, 0.5, 0.64, 0.92, 0.63),
            _line(0.65, 0.3, 0.65, 0.65, 0.65, 0.98),
        ],
        [
            _line(0.22, 0.05, 0.18, 0.3, 0.16, 0.52, 0.16, 0.52, 0.5, 0.54, 0.82, 0.5),
            _line(0.76, 0.04, 0.73, 0.5, 0.7, 0.98),
        ],
        [
            _line(0.7, 0.98, 0.69, 0.5, 0.68, 0.03, 0.68, 0.03, 0.4, 0.38, 0.1, 0.68, 0.1, 0.68)
            + _line(0.5, 0.67, 0.92, 0.66)
        ],
        [
            _line(0.25, 0.05, 0.2, 0.3, 0.26, 0.5, 0.5, 0.53, 0.75, 0.42),
            _line(0.78, 0.06, 0.74, 0.5, 0.7, 0.98),
        ],
    ],
    5: [
        [
            _line(0.3, 0.05, 0.26, 0.25, 0.23, 0.44, 0.23, 0.44)
            + _arc(0.46, 0.68, 0.32, 0.29, -120, 145),
            _line(0.3, 0.05, 0.55, 0.05, 0.84, 0.03),
        ],
        [
            _line(0.82, 0.04, 0.55, 0.05, 0.3, 0.06, 0.3, 0.06, 0.27, 0.25, 0.25, 0.42, 0.25, 0.42)
            + _arc(0.45, 0.69, 0.33, 0.28, -110, 140)
        ],
        [
            _line(0.8, 0.03, 0.56, 0.05, 0.38, 0.1, 0.28, 0.25, 0.3, 0.4, 0.5, 0.5, 0.66, 0.62)
            + _line(0.68, 0.8, 0.52, 0.95, 0.3, 0.96, 0.14, 0.88)
        ],
        [
            _line(0.4, 0.12, 0.3, 0.28, 0.24, 0.42, 0.42, 0.46, 0.62, 0.58, 0.64, 0.78)
            + _line(0.46, 0.93, 0.2, 0.97, 0.02, 0.9),
            _line(0.42, 0.12, 0.7, 0.06, 1.0, 0.04),
        ],
        [
            _line(0.3, 0.05, 0.27, 0.24, 0.25, 0.42, 0.25, 0.42)
            + _arc(0.46, 0.69, 0.3, 0.28, -125, 185),
            _line(0.3, 0.05, 0.55, 0.05, 0.88, 0.0),
        ],
        [
            _line(0.9, 0.03, 0.62, 0.03, 0.36, 0.06, 0.32, 0.32, 0.54, 0.46, 0.7, 0.66, 0.62, 0.9)
            + _line(0.42, 0.98, 0.2, 0.9)
        ],
        [
            _line(0.44, 0.04, 0.44, 0.3, 0.42, 0.42, 0.42, 0.42)
            + _arc(0.42, 0.7, 0.26, 0.27, -80, 150),
            _line(0.2, 0.06, 0.5, 0.04, 0.85, 0.03),
        ],
    ],
    6: [
        [_line(0.66, 0.03, 0.4, 0.2, 0.23, 0.48) + _arc(0.47, 0.71, 0.28, 0.26, 185, -175)],
        [
            _line(0.5, 0.02, 0.34, 0.25, 0.22, 0.55, 0.22, 0.8)
            + _arc(0.48, 0.74, 0.26, 0.23, 140, -160)
        ],
        [
            _line(0.78, 0.08, 0.5, 0.05, 0.28, 0.25, 0.17, 0.55, 0.24, 0.85, 0.5, 0.97, 0.76, 0.82)
            + _line(0.76, 0.6, 0.54, 0.48, 0.3, 0.58, 0.2, 0.7)
        ],
        [
            _line(0.36, 0.03, 0.18, 0.3, 0.1, 0.62, 0.18, 0.88, 0.46, 0.97, 0.78, 0.9)
            + _line(0.92, 0.72, 0.8, 0.58, 0.56, 0.6, 0.4, 0.76, 0.38, 0.92)
        ],
    ],
    7: [
        [_line(0.13, 0.07, 0.5, 0.06, 0.85, 0.04, 0.85, 0.04, 0.62, 0.45, 0.4, 0.98)],
        [
            _line(0.13, 0.07, 0.5, 0.06, 0.85, 0.04, 0.85, 0.04, 0.6, 0.48, 0.42, 0.98),
            _line(0.34, 0.5, 0.55, 0.5, 0.8, 0.48),
        ],
        [
            _line(0.14, 0.24, 0.16, 0.07, 0.16, 0.07, 0.5, 0.08, 0.84, 0.04, 0.84, 0.04)
            + _line(0.66, 0.35, 0.56, 0.7, 0.5, 0.98)
        ],
        [_line(0.12, 0.14, 0.4, 0.05, 0.7, 0.06, 0.82, 0.14, 0.7, 0.42, 0.55, 0.7, 0.48, 0.98)],
        [_line(0.05, 0.1, 0.35, 0.12, 0.8, 0.05, 0.8, 0.05, 0.68, 0.3, 0.58, 0.65, 0.58, 1.0)],
        [
            _line(0.16, 0.14, 0.4, 0.03, 0.7, 0.04, 0.8, 0.14, 0.66, 0.44, 0.5, 0.72, 0.42, 0.98),
            _line(0.24, 0.56, 0.55, 0.53, 0.92, 0.54),
        ],
        [
            _line(0.14, 0.3, 0.2, 0.1, 0.42, 0.1, 0.62, 0.14, 0.82, 0.06, 0.82, 0.06)
            + _line(0.7, 0.35, 0.62, 0.66, 0.6, 0.98)
        ],
    ],
    8: [
        [
            _line(0.72, 0.14, 0.48, 0.03, 0.25, 0.14, 0.26, 0.33, 0.5, 0.48, 0.74, 0.66)
            + _line(0.74, 0.86, 0.5, 0.97, 0.24, 0.86, 0.26, 0.66, 0.5, 0.48, 0.7, 0.32, 0.73, 0.16)
        ],
        [_arc(0.5, 0.25, 0.24, 0.22, 90, 450), _arc(0.5, 0.72, 0.3, 0.25, -90, 270)],
        [
            _line(0.5, 0.5, 0.28, 0.34, 0.28, 0.12, 0.5, 0.03, 0.71, 0.12, 0.7, 0.33, 0.5, 0.5)
            + _line(0.28, 0.68, 0.26, 0.88, 0.5, 0.97, 0.74, 0.87, 0.72, 0.67, 0.5, 0.5)
        ],
        [
            _line(0.84, 0.1, 0.55, 0.02, 0.3, 0.12, 0.32, 0.32, 0.52, 0.5, 0.6, 0.72)
            + _line(
                0.56, 0.92, 0.38, 0.97, 0.26, 0.86, 0.34, 0.66, 0.56, 0.46, 0.78, 0.28, 0.86, 0.12
            )
        ],
        [
            _line(0.74, 0.16, 0.5, 0.02, 0.28, 0.14, 0.32, 0.34, 0.54, 0.54, 0.58, 0.82)
            + _line(0.44, 0.98, 0.3, 0.86, 0.44, 0.58, 0.7, 0.34, 0.75, 0.18)
        ],
        [_arc(0.53, 0.2, 0.17, 0.18, 90, 450), _arc(0.5, 0.68, 0.3, 0.3, -90, 270)],
        [
            _line(0.66, 0.04, 0.42, 0.04, 0.3, 0.18, 0.4, 0.36, 0.64, 0.54, 0.76, 0.76, 0.56, 0.97)
            + _line(0.3, 0.88, 0.3, 0.68, 0.54, 0.46, 0.78, 0.22, 0.72, 0.02)
        ],
        [
            _line(1.0, 0.08, 0.7, 0.1, 0.42, 0.02, 0.28, 0.18, 0.42, 0.38, 0.62, 0.56, 0.66, 0.8)
            + _line(0.46, 0.98, 0.26, 0.86, 0.36, 0.64, 0.6, 0.42, 0.74, 0.24, 0.7, 0.1)
        ],
    ],
    9: [
        [
            _arc(0.47, 0.28, 0.27, 0.25, -10, -350)
            + _line(0.74, 0.3, 0.74, 0.3, 0.72, 0.65, 0.7, 0.98)
        ],
        [
            _arc(0.48, 0.28, 0.27, 0.25, -20, -360)
            + _line(0.76, 0.5, 0.66, 0.8, 0.44, 0.96, 0.22, 0.9)
        ],
        [
            _arc(0.45, 0.3, 0.26, 0.25, -40, -330)
            + _line(0.72, 0.1, 0.7, 0.3, 0.62, 0.65, 0.5, 0.98)
        ],
        [
            _arc(0.5, 0.22, 0.2, 0.2, 0, -340)
            + _line(0.7, 0.3, 0.74, 0.6, 0.66, 0.88, 0.4, 0.98, 0.12, 0.92)
        ],
        [
            _line(0.72, 0.06, 0.46, 0.04, 0.32, 0.18, 0.46, 0.32, 0.68, 0.2, 0.72, 0.08)
            + _line(0.74, 0.4, 0.7, 0.75, 0.4, 0.98, 0.05, 0.96)
        ],
        [
            _line(0.82, 0.14, 0.55, 0.03, 0.26, 0.1, 0.1, 0.28, 0.22, 0.42, 0.5, 0.38)
            + _line(0.76, 0.2, 0.84, 0.1, 0.84, 0.1, 0.78, 0.4, 0.68, 0.7, 0.58, 0.98)
        ],
        [
            _line(0.74, 0.08, 0.5, 0.04, 0.3, 0.14, 0.22, 0.32, 0.36, 0.42, 0.6, 0.34)
            + _line(0.78, 0.12, 0.78, 0.12, 0.76, 0.4, 0.74, 0.7, 0.73, 0.98)
        ],
    ],
}


_RARE_SHAPES: dict[int, list[list[list[list[float]]]]] = {
    0: [
        [
            _line(0.62, 0.0, 0.36, 0.1, 0.16, 0.4, 0.16, 0.75, 0.42, 0.97, 0.74, 0.85, 0.86, 0.5)
            + _line(0.72, 0.2, 0.45, 0.12, 0.3, 0.2)
        ],
        [
            _line(0.42, -0.02, 0.2, 0.25, 0.14, 0.6, 0.3, 0.92, 0.6, 0.96, 0.84, 0.68, 0.82, 0.32)
            + _line(0.6, 0.12, 0.36, 0.16, 0.24, 0.3)
        ],
        [
            _line(0.2, 0.05, 0.12, 0.45, 0.25, 0.9, 0.6, 0.98, 0.85, 0.7)
            + _line(0.82, 0.3, 0.6, 0.08, 0.3, 0.06)
        ],
        [_arc(0.5, 0.5, 0.5, 0.42, -60, 310)],
    ],
    2: [
        [
            _line(0.2, 0.16, 0.45, 0.02, 0.72, 0.12, 0.72, 0.4, 0.56, 0.7, 0.32, 0.96, 0.06, 0.92)
            + _line(0.04, 0.68, 0.24, 0.52, 0.5, 0.6, 0.72, 0.8, 0.95, 0.92)
        ],
        [
            _line(0.14, 0.2, 0.36, 0.03, 0.66, 0.06, 0.72, 0.3, 0.6, 0.58, 0.4, 0.84, 0.2, 0.97)
            + _line(0.04, 0.88, 0.1, 0.72, 0.32, 0.66, 0.56, 0.76, 0.84, 0.72)
        ],
        [
            _line(0.08, 0.3, 0.2, 0.08, 0.5, 0.0, 0.78, 0.14, 0.8, 0.45, 0.62, 0.78, 0.3, 0.95)
            + _line(0.08, 0.82, 0.16, 0.62, 0.42, 0.64, 0.64, 0.84, 0.72, 1.0)
        ],
        [
            _line(0.35, 0.2, 0.5, 0.04, 0.62, 0.14, 0.56, 0.5, 0.4, 0.86, 0.22, 0.98, 0.22, 0.98)
            + _line(0.5, 0.94, 0.85, 0.96)
        ],
        [
            _line(0.36, 0.14, 0.52, 0.02, 0.6, 0.2, 0.5, 0.6, 0.34, 0.92, 0.16, 0.94, 0.2, 0.76)
            + _line(0.44, 0.76, 0.66, 0.9, 0.85, 0.86)
        ],
        [
            _line(0.05, 0.22, 0.3, 0.08, 0.7, 0.1, 0.85, 0.2, 0.6, 0.5, 0.2, 0.85, 0.2, 0.85)
            + _line(0.5, 0.8, 0.8, 0.95, 1.05, 0.9)
        ],
    ],
    3: [
        [
            _line(0.25, 0.1, 0.55, 0.02, 0.68, 0.18, 0.44, 0.42, 0.44, 0.42)
            + _line(0.7, 0.6, 0.6, 0.88, 0.35, 0.98)
        ],
        [
            _line(0.1, 0.24, 0.36, 0.04, 0.68, 0.08, 0.7, 0.28, 0.42, 0.44, 0.66, 0.5, 0.84, 0.7)
            + _line(0.66, 0.94, 0.3, 0.97, 0.0, 0.78)
        ],
    ],
    7: [
        [
            _line(0.12, 0.32, 0.14, 0.1, 0.14, 0.1, 0.45, 0.06, 0.8, 0.04)
            + _line(0.86, 0.12, 0.72, 0.45, 0.66, 0.98)
        ],
        [_line(0.1, 0.2, 0.3, 0.06, 0.62, 0.04, 0.78, 0.12, 0.7, 0.36, 0.5, 0.66, 0.3, 0.98)],
        [
            _line(0.05, 0.4, 0.2, 0.14, 0.36, 0.06, 0.46, 0.16, 0.78, 0.02)
            + _line(0.78, 0.02, 0.6, 0.5, 0.45, 0.98)
        ],
        [_line(0.1, 0.08, 0.5, 0.04, 0.78, 0.08, 0.86, 0.3, 0.84, 0.6, 0.7, 0.98)],
    ],
    8: [
        [
            _line(0.8, 0.06, 0.5, 0.02, 0.26, 0.16, 0.34, 0.36, 0.58, 0.52, 0.7, 0.76, 0.5, 0.97)
            + _line(0.28, 0.84, 0.36, 0.6, 0.6, 0.42, 0.88, 0.2)
        ],
        [
            _line(0.2, 0.04, 0.3, 0.3, 0.55, 0.55, 0.62, 0.82, 0.42, 0.98, 0.28, 0.8, 0.42, 0.55)
            + _line(0.66, 0.3, 0.82, 0.04)
        ],
        [
            _line(0.3, 0.98, 0.34, 0.7, 0.55, 0.45, 0.74, 0.22, 0.55, 0.03, 0.3, 0.14, 0.36, 0.36)
            + _line(0.58, 0.56, 0.72, 0.78, 0.74, 0.98)
        ],
        [
            _line(0.74, 0.16, 0.5, 0.03, 0.28, 0.18, 0.5, 0.46, 0.72, 0.7, 0.5, 0.97, 0.26, 0.8)
            + _line(0.3, 0.6, 0.6, 0.32, 0.9, 0.02)
        ],
    ],
    9: [
        [
            _arc(0.42, 0.38, 0.4, 0.36, -20, -350)
            + _line(0.84, 0.12, 0.84, 0.12, 0.84, 0.55, 0.86, 0.98)
        ],
        [
            _line(0.7, 0.05, 0.3, 0.05, 0.2, 0.35, 0.5, 0.42, 0.76, 0.3)
            + _line(0.76, 0.3, 0.68, 0.65, 0.55, 0.98)
        ],
        [
            _line(0.62, 0.16, 0.5, 0.03, 0.36, 0.12, 0.42, 0.28, 0.58, 0.24, 0.62, 0.12, 0.62, 0.12)
            + _line(0.6, 0.5, 0.55, 0.98)
        ],
        [
            _line(0.66, 0.04, 0.4, 0.04, 0.2, 0.2, 0.26, 0.42, 0.56, 0.42, 0.8, 0.2, 0.8, 0.2)
            + _line(0.74, 0.6, 0.7, 0.98)
        ],
    ],
}
"""Forms of few hands, which models should know and samples need not show."""


def generate(count: int, seed: int = 0, varied: bool = True) -> tuple[Images, Labels]:
    """Draw ``count`` digits: (count, 50, 50) uint8, light ink on dark, and (count,) uint8 labels.

    ``varied`` adds rare forms, bold pens and the soft look of scans to what most hands write.
    Classes are balanced (counts differ by at most one) and shuffled. The same count and seed give
    the same digits on every platform. Raises ``DataError`` if ``count`` is not in 1…``MAX_IMAGES``.
    """
    if not 1 <= count <= MAX_IMAGES:
        raise DataError(f"Ask for 1 to {MAX_IMAGES:,} digits. Received: {count}")
    rng = np.random.Generator(np.random.PCG64(seed))  # default_rng may change its generator
    labels = rng.permutation(np.arange(count) % CLASSES).astype(np.uint8)
    images = np.stack([_draw(int(label), rng, varied) for label in labels])
    return images, labels


def write(digit: int, seed: int) -> list[Stroke]:
    """The strokes of one ``digit`` in a usual form, in pixels of a picture of 50×50.

    The seed decides.
    """
    return _write(_SHAPES[digit], np.random.Generator(np.random.PCG64(seed)))


def _draw(digit: int, rng: np.random.Generator, varied: bool) -> NDArray[np.uint8]:
    """One digit as (50, 50) uint8."""
    ways = _SHAPES[digit] + (_RARE_SHAPES.get(digit, []) if varied else [])
    return _ink(_write(ways, rng), rng, varied)


def _write(ways: list[list[list[list[float]]]], rng: np.random.Generator) -> list[Stroke]:
    points = [np.array(stroke) for stroke in ways[rng.integers(len(ways))]]
    strokes = [_smooth(stroke) for stroke in _proportion(_wobble(points, rng), rng)]
    return _place(strokes, rng)


def _smooth(points: Stroke) -> Stroke:
    """A Catmull-Rom curve through ``points``; between repeated points it has a corner."""
    corners = np.flatnonzero((np.diff(points, axis=0) == 0).all(1))
    parts = np.split(points, corners + 1)
    return np.concatenate([_curve(part) for part in parts])


def _curve(points: Stroke) -> Stroke:
    if len(points) < 3:
        return points
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    position = np.linspace(0, len(points) - 1 - 1e-9, _SAMPLES)
    index = position.astype(int)
    t = (position - index)[:, None]
    p0, p1, p2, p3 = (padded[index + i] for i in range(4))
    curve: Stroke = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return curve


def _wobble(strokes: list[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Bend the plane by a few smooth waves and move every control point a little."""
    direction = rng.normal(0, 1, (4, 2))
    phase = rng.uniform(0, 2 * np.pi, 4)
    push = rng.normal(0, 0.03, (4, 2))
    bent = []
    for stroke in strokes:
        waves = np.sin(2.2 * stroke @ direction.T + phase)  # (P, 4)
        slip = rng.normal(0, 0.02, stroke.shape)
        corners = np.flatnonzero((np.diff(stroke, axis=0) == 0).all(1))
        slip[corners + 1] = slip[corners]  # a point given twice stays a corner
        bent.append(stroke + waves @ push + slip + rng.normal(0, 0.02, 2))
    return bent


def _proportion(strokes: list[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Share height and width out anew between the upper and the lower half."""
    waist, flare = math.exp(rng.normal(0, 0.22)), rng.normal(0, 0.25)
    shared = []
    for stroke in strokes:
        x, y = stroke[:, 0], np.clip(stroke[:, 1], 0, 1)
        widened = 0.5 + (x - 0.5) * (1 + flare * (y - 0.5))
        shared.append(np.stack([widened, stroke[:, 1] + y**waist - y], axis=1))
    return shared


def _place(strokes: list[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """Slant, turn, stretch and move the strokes to pixels."""
    height = rng.uniform(0.54, 0.76) * IMAGE_SIZE
    aspect = float(np.clip(rng.normal(0.88, 0.18), 0.5, 1.3))
    slant, turn = rng.normal(-0.2, 0.25), rng.normal(0, 0.1)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    shear = np.array([[aspect, slant], [0.0, 1.0]])
    matrix = height * rotation @ shear
    centred = [(stroke - 0.5) @ matrix.T for stroke in strokes]
    points = np.concatenate(centred)
    box_middle, mass_middle = (points.max(0) + points.min(0)) / 2, points.mean(0)
    middle = box_middle + rng.uniform(0, 1) * (mass_middle - box_middle)
    shift = IMAGE_SIZE / 2 - middle + rng.normal(0, 1.2, 2)
    return [np.clip(stroke + shift, 2.5, IMAGE_SIZE - 2.5) for stroke in centred]


def _ink(strokes: list[Stroke], rng: np.random.Generator, varied: bool) -> NDArray[np.uint8]:
    """Draw with a round pen whose pressure varies along the stroke."""
    size = IMAGE_SIZE * _OVERSAMPLING
    picture = Image.new("L", (size, size))
    pen = ImageDraw.Draw(picture)
    thickness = rng.uniform(2.2, 6.0) * _OVERSAMPLING
    if varied and rng.random() < _BOLD:
        thickness *= rng.uniform(1.0, 1.5)
    phase, pressure = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.3)
    for stroke in strokes:
        # Rounded, so that the last bits of a platform's sine cannot move a pixel.
        points = np.round(stroke * _OVERSAMPLING, 3)
        widths = thickness * (1 + pressure * np.sin(phase + np.linspace(0, 4, len(points))))
        halves = np.round(widths / 2, 3)
        for start, end, half in zip(points[:-1], points[1:], halves[:-1], strict=True):
            pen.line([*start, *end], fill=255, width=max(1, round(2 * half)))
        for (x, y), half in zip(points.tolist(), halves.tolist(), strict=True):
            pen.ellipse([x - half, y - half, x + half, y + half], fill=255)
    small = picture.reduce(_OVERSAMPLING)
    if varied and rng.random() < _SCANNED:
        side = int(rng.integers(24, 40))
        coarse = picture.resize((side, side), Image.Resampling.BOX)
        small = coarse.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC)
    strength = rng.uniform(0.8, 1.0)
    return np.round(np.asarray(small) * strength).astype(np.uint8)
