"""What the pixels tell: blank images, noise, scrambled rows, wrapped values, polarity."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.data.audit.view import View

_DEEP = 60
"""Grey levels by which a pixel must be darker than both its neighbours to be a hole in a stroke."""

_EVEN = 8
"""Difference of neighbouring grey levels up to which they count as one surface."""

_LOOKED_AT = 500
"""Images in which holes are counted."""


def read_pictures(view: View) -> dict[str, Any]:
    """Shares of images, and how the pixels lie; training images and, where named so, validation.

    ``holes`` are pixels much darker than both neighbours, per pixel at an edge, along rows and
    along columns: smooth strokes have next to none, wrapped ones as many either way, and rows from
    other images have them along columns alone. ``flat`` is the share of even surface and
    ``flat_spread`` how it differs between images (90 % of them).
    """
    training = ~view.in_test
    usable = view.usable
    dark = view.measures.dark_ink
    images = view.dataset.images[:_LOOKED_AT].astype(np.int16)  # (N, 50, 50)
    flat = 1 - (np.abs(np.diff(images, axis=2)) > _EVEN).mean((1, 2))  # (N,)
    low, high = np.quantile(flat, (0.05, 0.95))
    return {
        "images": int(training.sum()),
        "blank": float(view.blank[training].mean()),
        "noise": float(view.without_likeness[training].mean()),
        "order": float(min(view.order)),
        "scrambled": view.scrambled,
        "dark": _mean(dark[training & usable]),
        "validation_dark": _mean(dark[view.in_test & usable]),
        "holes": [_count_holes(images, 2), _count_holes(images, 1)],
        "flat": float(np.median(flat)),
        "flat_spread": float(high - low),
    }


def _count_holes(images: NDArray[np.int16], axis: int) -> float:
    """Holes of (N, 50, 50) images along ``axis``, per pixel at an edge; mean over images."""
    along = np.moveaxis(images, axis, 2)
    holes = np.minimum(along[:, :, :-2], along[:, :, 2:]) - along[:, :, 1:-1] > _DEEP
    edges = np.abs(np.diff(along, axis=2)) > _EVEN
    return float((holes.sum((1, 2)) / np.maximum(edges.sum((1, 2)), 1)).mean())


def _mean(values: NDArray[np.bool_]) -> float | None:
    return float(values.mean()) if len(values) else None
