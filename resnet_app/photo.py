"""A picture of a digit, from a camera, a scanner or a screen → its ink alone."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_app.imaging import resize

_WORKING_SIDE = 600
"""Longer side in pixels of the picture while its ink is looked for."""

_TILES = 4
"""The light is measured in so many tiles each way."""

_GROUND_QUANTILE = 25
"""Percent of a tile's pixels that are ground for sure, a thick pen in it or not."""

_NOISE = 5.0
"""Standard deviations of the ground's noise below which nothing is ink."""

_LINE_LENGTH, _LINE_WIDTH = 0.6, 0.03
"""A row that is ink along this share of the width is a line on the paper, if no thicker than this
share of the height; likewise columns."""

_SPECK = 0.01
"""Share of the ink below which a separate piece of it is dirt."""


def find_ink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) uint8, ink dark on light or light on dark → (h, w) uint8, light ink on black.

    Uneven light, noise, lines on the paper, a dark border and specks are taken away; a clean
    picture only has its ink brought to 255. Large pictures come back smaller.
    """
    small = shrink(picture)
    if np.median(small) >= 128:
        small = 255 - small
    ink = _without_ground(small)
    if min(ink.shape) > 64 and ink.any():
        ink = _without_lines(_without_lines(ink).T).T
        ink = _main_pieces(ink)
    return np.round(ink * 255).astype(np.uint8)


def shrink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) uint8 → (h, w) uint8 of at most 600 pixels a side, the same if it has no more."""
    factor = min(1.0, _WORKING_SIDE / max(picture.shape))
    return resize(picture, *(max(1, round(length * factor)) for length in picture.shape))


def _without_ground(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) uint8, light ink → (H, W), 0…1, with the ground's light and noise taken off."""
    light = _light(picture)
    above = picture.astype(np.float32) - light
    noise = 1.4826 * float(np.median(np.abs(above - np.median(above))))
    strongest = float(np.quantile(above, 0.999)) if above.size > 10_000 else float(above.max())
    least = min(_NOISE * noise, 0.45 * strongest)
    if strongest - least < 10:
        return np.zeros(picture.shape, np.float32)
    return ((above - least) / (strongest - least)).clip(0, 1)


def _light(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) grey levels of the ground, smooth over the picture."""
    height, width = picture.shape
    rows, columns = (np.array_split(np.arange(length), _TILES) for length in picture.shape)
    if min(height, width) < 2 * _TILES:
        return np.full(picture.shape, np.percentile(picture, _GROUND_QUANTILE), np.float32)
    tiles = np.array(
        [
            [np.percentile(picture[r[0] : r[-1] + 1, c[0] : c[-1] + 1], _GROUND_QUANTILE)
             for c in columns]
            for r in rows
        ],
        np.float32,
    )  # fmt: skip
    light = Image.fromarray(tiles).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(light)


def _without_lines(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Wipe rows that are ink from side to side, except where a stroke crosses them."""
    rows = np.flatnonzero((ink > 0.3).mean(1) > _LINE_LENGTH)
    if not len(rows):
        return ink
    wiped = ink.copy()
    reach = max(2, round(_LINE_WIDTH * len(ink) / 2))
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 2) + 1):
        first, last = max(run[0] - 1, 0), min(run[-1] + 1, len(ink) - 1)
        if last - first > _LINE_WIDTH * len(ink) + 2 and first > 0 and last < len(ink) - 1:
            continue  # too thick for a line on paper, and no border
        above = ink[max(first - reach, 0) : first].max(0, initial=0)
        below = ink[last + 1 : last + 1 + reach].max(0, initial=0)
        wiped[first : last + 1, np.minimum(above, below) < 0.4] = 0
    return wiped


def _main_pieces(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Wipe specks, and pieces that lie along the edge of the picture."""
    from scipy import ndimage

    labels, count = ndimage.label(ink > 0.3, np.ones((3, 3)))
    sizes = ndimage.sum_labels(ink, labels, np.arange(1, count + 1))
    kept = sizes > _SPECK * sizes.sum()
    for index, place in enumerate(ndimage.find_objects(labels)):
        rows, columns = place
        at_edge = (
            rows.start == 0
            or columns.start == 0
            or rows.stop == ink.shape[0]
            or columns.stop == ink.shape[1]
        )
        long = (
            rows.stop - rows.start > 0.8 * ink.shape[0]
            or columns.stop - columns.start > 0.8 * ink.shape[1]
        )
        if at_edge and long:
            kept[index] = False
    if not kept.any():
        return ink
    near = ndimage.binary_dilation(np.isin(labels, np.flatnonzero(kept) + 1), iterations=2)
    wiped: NDArray[np.float32] = np.where(near, ink, 0).astype(np.float32)
    return wiped
