"""Numbers that tell digits apart without a network: strokes' directions, and coarse pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.dataset import Images

Rows = NDArray[np.float32]
"""(N, K) float32, a row an image."""

_HALF = IMAGE_SIZE // 2
_CELLS = 5
"""Cells a side in which directions are summed."""


def coarse(images: Images) -> Rows:
    """(N, 50, 50) uint8 → (N, 625): means of 2×2 pixels, each row of mean 0 and length 1.

    The scalar product of two rows is the images' correlation; brightness and contrast cancel.
    """
    rows = _halved(images).reshape(len(images), -1)
    rows -= rows.mean(1, keepdims=True)
    return _of_length_one(rows)


@dataclass(frozen=True, eq=False)
class Window:
    """The square in which a set's ink lies, as 25×25 areas.

    ``rows`` and ``columns`` (25, 50) are the shares of the 50 pixels in each area.
    """

    rows: NDArray[np.float32]
    columns: NDArray[np.float32]

    @classmethod
    def around(cls, images: Images) -> "Window":
        """The window of (N, 50, 50) uint8 images with light ink."""
        mean = images.mean(0)
        border = np.concatenate([mean[0], mean[-1], mean[:, 0], mean[:, -1]])
        ink = np.clip(mean - np.median(border), 0, None)
        (top, bottom), (left, right) = _extent(ink.sum(1)), _extent(ink.sum(0))
        side = min(IMAGE_SIZE, max(bottom - top, right - left) + 2)
        return cls(_areas((top + bottom) / 2, side), _areas((left + right) / 2, side))

    def of(self, images: Images) -> NDArray[np.float32]:
        """(N, 50, 50) uint8 → (N, 25, 25) float32, 0…255."""
        seen: NDArray[np.float32] = self.rows @ images.astype(np.float32) @ self.columns.T
        return seen


def directions(images: Images, window: Window) -> Rows:
    """(N, 50, 50) uint8, light ink → (N, 125): which way edges run in 5×5 cells of the window.

    Of each cell: the gradients' length, their sum, and the first harmonic of their angle taken
    modulo 180°, weighted by length; rows have length 1. After the Fourier form of histograms of
    oriented gradients: Liu et al., Rotation-invariant HOG descriptors using Fourier analysis in
    polar and spherical coordinates, IJCV 2014.
    """
    small = window.of(images)  # (N, 25, 25)
    across, down = np.zeros_like(small), np.zeros_like(small)
    across[:, :, 1:-1] = small[:, :, 2:] - small[:, :, :-2]
    down[:, 1:-1] = small[:, 2:] - small[:, :-2]
    length = np.sqrt(across**2 + down**2) + 1e-3
    channels = (
        length,
        across,
        down,
        (across**2 - down**2) / length,  # length · cos 2φ
        2 * across * down / length,  # length · sin 2φ
    )
    summed = [channel.reshape(len(small), -1) @ _WINDOWS for channel in channels]  # (N, 25) each
    # Over the root of the length: a bold stroke must not drown a fine one.
    root = np.sqrt(summed[0] + 1e-3 * summed[0].mean(1, keepdims=True))
    return _of_length_one(np.concatenate([part / root for part in summed], axis=1))


@dataclass(frozen=True, eq=False)
class Basis:
    """The directions in which rows differ most (principal components).

    ``middle`` (K,) is the mean row, ``axes`` (K, M) the components.
    """

    middle: NDArray[np.float32]
    axes: NDArray[np.float32]

    @classmethod
    def fit(cls, rows: Rows, count: int) -> "Basis":
        """The first ``count`` components of ``rows``."""
        middle = rows.mean(0, dtype=np.float32)
        _, axes = np.linalg.eigh(np.cov(rows - middle, rowvar=False))  # smallest first
        return cls(middle, axes[:, : -count - 1 : -1].astype(np.float32))

    def project(self, rows: Rows) -> Rows:
        """(N, K) → (N, M); no two rows come farther apart."""
        projected: Rows = np.matmul(rows - self.middle, self.axes, dtype=np.float32)
        return projected


def _extent(profile: NDArray[np.float64]) -> tuple[int, int]:
    """Where (50,) ``profile`` begins and ends, but for a hundredth of it on each side."""
    share = np.cumsum(profile) / max(float(profile.sum()), 1e-6)
    return int(np.searchsorted(share, 0.01)), int(np.searchsorted(share, 0.99)) + 1


def _areas(middle: float, side: int) -> NDArray[np.float32]:
    """(25, 50) shares of the pixels in each 25th of ``side`` pixels around ``middle``."""
    width = side / _HALF
    start = min(max(round(middle - side / 2), 0), IMAGE_SIZE - side)
    middles = start + (np.arange(_HALF)[:, None] + 0.5) * width  # (25, 1)
    pixels = np.arange(IMAGE_SIZE) + 0.5
    if width < 1:  # between pixels
        shares = np.clip(1 - np.abs(middles - pixels), 0, None)
    else:
        low = np.maximum(middles - width / 2, pixels - 0.5)
        high = np.minimum(middles + width / 2, pixels + 0.5)
        shares = np.clip(high - low, 0, None)
    areas: NDArray[np.float32] = (shares / shares.sum(1, keepdims=True)).astype(np.float32)
    return areas


def _halved(images: Images) -> NDArray[np.float32]:
    """(N, 50, 50) uint8 → (N, 25, 25) float32, 0…255."""
    wide = images.astype(np.float32)
    rows = wide[:, ::2] + wide[:, 1::2]
    halved: NDArray[np.float32] = (rows[:, :, ::2] + rows[:, :, 1::2]) * np.float32(0.25)
    return halved


def _of_length_one(rows: Rows) -> Rows:
    lengths = np.sqrt(np.einsum("nk,nk->n", rows, rows))
    rows /= np.maximum(lengths, 1e-6)[:, None]
    return rows


def _windows() -> NDArray[np.float32]:
    """(625, 25) weights of 25×25 pixels in 5×5 cells, which overlap by half like tents."""
    width = _HALF / _CELLS
    middles = (np.arange(_CELLS) + 0.5) * width
    distance = np.abs(np.arange(_HALF)[:, None] + 0.5 - middles) / width  # (25, 5)
    tent = np.clip(1 - distance, 0, None)
    return np.kron(tent, tent).astype(np.float32)


_WINDOWS = _windows()
