"""What names of arrays and files say, and what shapes allow: images or labels, training or test."""

import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from resnet_app.config import CLASSES
from resnet_app.data.pixels import MIN_SIDE
from resnet_app.data.source import Array

TRAINING, TEST, VALIDATION = "training", "test", "validation"

_PARTS = {
    **dict.fromkeys(("train", "training", "trn", "tra", "tr"), TRAINING),
    **dict.fromkeys(("test", "testing", "tst", "tes", "te", "t10k"), TEST),
    **dict.fromkeys(("val", "valid", "validation", "dev"), VALIDATION),
}
_IMAGES = (
    *("x", "images", "image", "imgs", "img", "pictures", "picture", "pixels", "digits"),
    *("patterns", "data", "features", "inputs", "input", "samples"),
)
_LABELS = (
    *("y", "labels", "label", "lbl", "targets", "target", "classes", "class", "digit"),
    *("answers", "answer", "truth"),
)
"""Words for images and for labels, the clearest first."""

_JOINED = re.compile(
    r"(x|y|images?|labels?|data|patterns|targets?)?"
    r"(train|test|val)(?:ing|id|idation)?"
    r"(x|y|images?|labels?|data|patterns|targets?)?"
)
_SHORT = re.compile(r"([xy])(tr|te)|(tr|te)([xy])")


@dataclass(frozen=True)
class Hint:
    """What a name says. ``images`` and ``labels`` are how clearly it says so, 0 most; None: not.

    ``part`` is training, test, validation or empty; ``rest`` is the name without that.
    """

    part: str
    images: int | None
    labels: int | None
    rest: tuple[str, ...]

    @classmethod
    def of(cls, name: str) -> "Hint":
        """Read a name such as ``x_train``, ``trainX``, ``train/labels``, ``t10k-images``."""
        words = _words(name)
        parts = [_PARTS[word] for word in words if word in _PARTS]
        return cls(
            parts[0] if parts else "",
            min((_IMAGES.index(word) for word in words if word in _IMAGES), default=None),
            min((_LABELS.index(word) for word in words if word in _LABELS), default=None),
            tuple(word for word in words if word not in _PARTS),
        )


def _words(name: str) -> list[str]:
    """``trainX``, ``train_x``, ``xtrain`` → the words train and x, in lower case."""
    words = []
    for word in re.findall(r"[Tt]10[Kk]|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name):
        lower = word.lower()
        joined = _JOINED.fullmatch(lower) or _SHORT.fullmatch(lower)
        words += [part for part in joined.groups() if part] if joined else [lower]
    return words


@dataclass(frozen=True, eq=False)
class Layout:
    """One way to see an array as pictures: ``images`` (N, H, W[, C]), a view.

    ``note`` says what was done; ``flat`` that the pictures were rows of pixels.
    """

    images: Array
    note: str | None = None
    flat: bool = False


@dataclass(frozen=True, eq=False)
class NamedArray:
    """An array with the ``place`` where a person finds it and what its name says.

    ``file`` is the name of its file; ``matlab`` as in ``ArrayFile``.
    """

    name: str
    place: str
    array: Array
    hint: Hint
    file: str
    matlab: bool = False

    @cached_property
    def layouts(self) -> tuple[Layout, ...]:
        """Every way in which this can be images, the likeliest first."""
        if self.array.dtype.kind not in "biufc" or self.array.ndim < 2:
            return ()
        first, last = _pictures(self.array), _pictures_along_last(self.array, self.matlab)
        ways = (last, first) if self.matlab and self.array.ndim > 2 else (first, last)
        return tuple(way for way in ways if way is not None)

    @cached_property
    def labels(self) -> Array | None:
        """(N,) or (N, K) labels, if this can be labels."""
        return _as_labels(self.array)

    @property
    def is_images(self) -> bool:
        """Whether to take this for images rather than labels."""
        named = self.hint.images is not None and self.hint.labels is None
        return bool(self.layouts) and (self.labels is None or named)

    @property
    def is_labels(self) -> bool:
        """Whether to take this for labels rather than images."""
        return self.labels is not None and not self.is_images

    def layout_of(self, count: int) -> Layout | None:
        """The likeliest way to see ``count`` images in this."""
        return next((way for way in self.layouts if len(way.images) == count), None)


def _pictures(array: Array) -> Layout | None:
    """Pictures along the first axis: (N, H, W), (N, k²), and both with axes of length 1."""
    single = tuple(axis for axis in range(1, array.ndim) if array.shape[axis] == 1)
    images = array.squeeze(single)
    if images.ndim == 2:
        side = math.isqrt(images.shape[1])
        if side < MIN_SIDE or side * side != images.shape[1]:
            return None
        note = f"Rows of {side * side} numbers were read as {side}×{side} images."
        return Layout(images.reshape(len(images), side, side), note, flat=True)
    if images.ndim == 4 and images.shape[1] in (1, 3, 4) and images.shape[3] not in (1, 3, 4):
        note = "The planes of colour came before rows and columns; they were put behind them."
        return Layout(np.moveaxis(images, 1, 3), note)
    return Layout(images) if images.ndim in (3, 4) else None


def _pictures_along_last(array: Array, matlab: bool) -> Layout | None:
    """Pictures along the last axis, as in MATLAB: (H, W, N), (H, W, C, N), (k², N)."""
    usual = (
        array.ndim == 2
        or (array.ndim == 3 and array.shape[0] == array.shape[1])
        or (array.ndim == 4 and array.shape[2] in (1, 3))
    )
    layout = _pictures(np.moveaxis(array, -1, 0)) if usual or matlab else None
    if layout is None:
        return None
    if layout.flat:
        side = layout.images.shape[1]
        note = f"Columns of {side * side} numbers were read as {side}×{side} images."
    else:
        note = f"Pictures were taken along the last axis of {'×'.join(map(str, array.shape))}."
    return Layout(layout.images, note, layout.flat)


def _as_labels(array: Array) -> Array | None:
    """(N,) or (N, K) labels from (N,), (N, 1), (1, N), (N, K), and (10, N) one-hot.

    More columns than the smallest picture has pixels are no labels.
    """
    if array.dtype.kind not in "biufU" or array.ndim not in (1, 2):
        return None
    if array.ndim == 1 or 1 in array.shape:
        return array.reshape(-1)
    if len(array) == CLASSES != array.shape[1] and array.dtype.kind != "U":
        one_hot = ((array == 0) | (array == 1)).all() and (array.sum(0) == 1).all()
        return array.T if one_hot else None
    return array if array.shape[1] < MIN_SIDE**2 else None
