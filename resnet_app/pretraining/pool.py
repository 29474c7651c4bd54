"""The pictures that the pretrained model learns from, made on all cores."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data.dataset import Images, Labels
from resnet_app.data.generator import generate
from resnet_app.imaging import Framing
from resnet_app.pretraining.nondigits import draw_nondigit
from resnet_app.pretraining.variants import draw_variant, warp_variant
from resnet_app.strokes import PenDigit

NO_DIGIT = CLASSES
"""Label of a picture that is no digit; the model is to give all digits the same probability."""

_AT_ONCE = 200


@dataclass(frozen=True, eq=False)
class Sources:
    """What the pool is made of: pen digits, scanned images with labels, the framing aimed at."""

    pens: Sequence[PenDigit]
    scans: Images
    labels: Labels
    framing: Framing


@dataclass(frozen=True)
class Counts:
    """Pictures of each kind in a pool."""

    pens: int
    scans: int
    drawn: int
    nondigits: int


def make_pool(sources: Sources, counts: Counts, letters: str, seed: int) -> tuple[Images, Labels]:
    """(N, 50, 50) uint8 and (N,) uint8 labels, 0…9 or ``NO_DIGIT``, shuffled."""
    global _sources, _letters, _generated
    _sources, _letters = sources, letters
    _generated = generate(max(counts.drawn, 1), seed)
    tasks = [
        (maker, range(start, min(start + _AT_ONCE, count)), seed)
        for maker, count in (
            (_pen, counts.pens),
            (_scan, counts.scans),
            (_drawn, counts.drawn),
            (_nondigit, counts.nondigits),
        )
        for start in range(0, count, _AT_ONCE)
    ]
    with get_context("fork").Pool(os.cpu_count()) as workers:  # shares the sources without a copy
        parts = workers.starmap(_make, tasks, chunksize=1)
    order = np.random.default_rng(seed).permutation(sum(len(labels) for _, labels in parts))
    images, labels = (np.concatenate(part)[order] for part in zip(*parts, strict=True))
    return images, labels


_sources: Sources
_letters: str
_generated: tuple[Images, Labels]
_Made = tuple[NDArray[np.uint8], int]


def _make(
    maker: Callable[[int, np.random.Generator], _Made], indices: range, seed: int
) -> tuple[Images, Labels]:
    made: list[Any] = []
    for index in indices:
        rng = np.random.default_rng([seed, index, _KINDS.index(maker)])
        made.append(maker(index, rng))
    return np.stack([image for image, _ in made]), np.array([label for _, label in made], np.uint8)


def _pen(index: int, rng: np.random.Generator) -> _Made:
    pen = _sources.pens[index % len(_sources.pens)]
    return draw_variant(pen.strokes, _sources.framing, rng), pen.digit


def _scan(index: int, rng: np.random.Generator) -> _Made:
    index %= len(_sources.labels)
    return warp_variant(_sources.scans[index], _sources.framing, rng), int(_sources.labels[index])


def _drawn(index: int, rng: np.random.Generator) -> _Made:
    images, labels = _generated
    return warp_variant(images[index], _sources.framing, rng), int(labels[index])


def _nondigit(index: int, rng: np.random.Generator) -> _Made:
    drawing = draw_nondigit(_sources.pens, _letters, rng)
    return _sources.framing.apply(drawing, fitted=rng.random() < 0.9), NO_DIGIT


_KINDS = (_pen, _scan, _drawn, _nondigit)
