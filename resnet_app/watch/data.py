"""What is known of data before training: pure NumPy, fields of ``doctor.evidence.Facts``.

Anything that does not apply to these data is left out.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.data.audit.measures import ink_is_dark, measure_surface
from resnet_app.doctor.evidence import MEASURED

_SCANNED_BYTES = 2**28
"""Largest array that is read as a whole."""
_SMALLEST_SIDE, _OBLONG, _CHANNELS = 4, 2, (1, 3, 4)
"""Pixels, and times as long as wide: what is narrower or longer is a table of moments. Channels of
a picture: others are planes of a game, or measures."""
_GROUND, _EVENLY, _DRAWN = 0.65, 0.15, 0.9
"""Share of an image's border that lies on the ground of a drawing, within that share of the image's
contrast; and share of images of which that is so where they are drawings. The ink of 8×8 scans
reaches the border."""
_STROKES_SIDE, _CLEAN = 28, 0.97
"""Pixels a side, and share of all borders on their ground, from which pierced strokes can be told:
MNIST digits of 14×14 have as many holes as wrapped ones, and so have those with specks of noise."""
_LAGS = (1, 2, 3)
"""Pixels apart, across and down, at which a pattern is looked for."""
_COLUMNS, _ROWS, _FEW_VALUES, _SAME = 200, 50, 20, 0.9999
"""Columns of a table at most, rows at least, values of a column that names a label, and correlation
from which two columns are one."""
_COPIED, _AMONG, _NUMBERS = 128, 20_000, 500_000
"""Validation rows that are looked up, and rows and numbers at most among which they are."""
_CLOSE = 0.1
"""Distance of the nearest row over that of the ``_CROWD``-th up to which it is a copy with a little
noise."""
_SAME_ROW = 1e-6
"""The same up to which it is equal, to rounding."""
_CROWD, _WIDER, _DIMENSIONS = 20, 80, 3.0
"""Numbers of neighbours, whose distances tell in how many dimensions rows spread; and the fewest in
which chance brings next to none as close: of D, ``_CROWD * _CLOSE**D`` of all."""
_SHUFFLES = 20
_DEVIATIONS = 3.0
"""Standard errors by which batches must be less mixed than random ones: a rare class is in some."""

Values = dict[str, Any]


def choose(count: int, wanted: int) -> NDArray[np.int64]:
    """At most ``wanted`` indices below ``count``, in order; always the same ones."""
    if count <= wanted:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, wanted, replace=False))


def some(images: NDArray[Any]) -> NDArray[Any]:
    """As many of ``images`` (N, ...) as are measured."""
    return images[choose(len(images), MEASURED)]


def measure_pixels(images: NDArray[Any]) -> Values | None:
    """Fields of ``Pixels`` for (N, ...) numbers; None if there are none.

    The extremes and the bad values are those of all images where they fit in memory at once, the
    rest is measured on some of them.
    """
    if images.dtype.kind not in "buif" or images.ndim < 2 or not images.size:
        return None
    sample = np.asarray(some(images), np.float64)  # (n, ...)
    whole = images if images.nbytes <= _SCANNED_BYTES else sample
    low, high, bad = float(whole.min()), float(whole.max()), 0.0
    if not np.isfinite([low, high]).all():  # a NaN among them makes both NaN
        finite, bad = np.isfinite(whole), bad_share(whole)
        low = float(np.min(whole, where=finite, initial=np.inf))
        high = float(np.max(whole, where=finite, initial=-np.inf))
        sample = np.where(np.isfinite(sample), sample, 0.0)
    found: Values = {"low": low, "high": high, "bad": bad}
    found |= {"mean": float(sample.mean()), "deviation": float(sample.std())}
    return found | _look(sample)


def bad_share(values: NDArray[Any]) -> float:
    """Share of ``values``, of any shape, that are not a number or infinite."""
    return float(1 - np.isfinite(values).mean()) if values.dtype.kind == "f" else 0.0


def _look(images: NDArray[np.float64]) -> Values:
    """Of (N, H, W) or (N, H, W, C) the fields of ``Pixels`` from ``border`` on, else nothing."""
    pictures = images if images.ndim == 4 else images[..., None]
    if pictures.ndim != 4 or not _is_shaped(*pictures.shape[1:]) or _spells(images):
        return {}
    flat = pictures.reshape(len(pictures), -1)
    return {
        "border": float(np.median(_border(pictures))),
        "constant": float((np.ptp(flat, axis=1) == 0).mean()),
        "distinct": len(set(_fingerprints(flat))) / len(flat),
        **_likeness(pictures),
        **_look_at_ink(pictures.mean(3) if pictures.shape[3] > 1 else pictures[..., 0]),
    }


def _is_shaped(height: int, width: int, channels: int) -> bool:
    """Whether pictures are of such a shape, and tables of moments or of places are not."""
    shorter, longer = sorted((height, width))
    return shorter >= _SMALLEST_SIDE and longer <= _OBLONG * shorter and channels in _CHANNELS


def _spells(images: NDArray[np.float64]) -> bool:
    """Whether (N, H, W) are rows that each name one of W things or none, or columns likewise."""
    if images.ndim != 3 or not np.isin(images, (0, 1)).all():
        return False
    return any(bool((images.sum(axis) <= 1).all()) for axis in (1, 2))


def _border(pictures: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, H, W, ...) → (N, 2H + 2W, ...)."""
    edges = (pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1])
    return np.concatenate(edges, axis=1)


def _look_at_ink(grey: NDArray[np.float64]) -> Values:
    """``dark`` and what ``measure_surface`` tells of (N, H, W), where they are drawings."""
    low, high = grey.min((1, 2)), grey.max((1, 2))
    inked = high > low
    if not inked.any():
        return {}
    grey, low, high = grey[inked], low[inked], high[inked]
    border = _border(grey)
    away = np.abs(border - np.median(border, axis=1, keepdims=True))
    on_ground = (away <= _EVENLY * (high - low)[:, None]).mean(1)
    if (on_ground >= _GROUND).mean() < _DRAWN:
        return {}
    dark = ink_is_dark(grey, low, high)
    if min(grey.shape[1:]) < _STROKES_SIDE or on_ground.mean() < _CLEAN:
        return {"dark": float(dark.mean())}
    levels = np.rint(255 * (grey - low.min()) / (high.max() - low.min())).astype(np.int16)
    levels = np.where(dark[:, None, None], 255 - levels, levels)
    return {"dark": float(dark.mean()), **measure_surface(levels)}


def _likeness(pictures: NDArray[np.float64]) -> Values:
    """``correlation`` and ``texture`` of (N, H, W, C); nothing where all of them are blank.

    The one is the mean over pictures of the correlation of each pixel with those beside and below
    it. The other says how alike, or opposite, pixels are that lie as far apart as is most telling:
    the root mean square of their correlation, less the 1/P that P pixels of noise have by chance.
    Stripes whose neighbours are unlike each other have much, noise has 0.
    """
    centred = pictures - pictures.mean((1, 2, 3), keepdims=True)
    power = _mean_product(centred, centred)  # (N,)
    varied = power > 0
    if not varied.any():
        return {}
    centred, power = centred[varied], power[varied]
    alike = {(far, axis): _products(centred, far, axis) / power for far in _LAGS for axis in (1, 2)}
    squares = max(float((each**2).mean()) for each in alike.values())
    return {
        "correlation": float((alike[1, 1] + alike[1, 2]).mean() / 2),
        "texture": max(squares - 1 / pictures[0].size, 0.0) ** 0.5,
    }


def _products(centred: NDArray[np.float64], far: int, axis: int) -> NDArray[np.float64]:
    """(N,) mean of each pixel times the one that lies so ``far`` from it along ``axis``."""
    here, there = [slice(None)] * 4, [slice(None)] * 4
    here[axis], there[axis] = slice(None, -far), slice(far, None)
    return _mean_product(centred[tuple(here)], centred[tuple(there)])


def _mean_product(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) of two (N, H, W, C)."""
    means: NDArray[np.float64] = np.einsum("nhwc,nhwc->n", a, b) / a[0].size
    return means


def classes_of(labels: NDArray[Any], classes: int) -> NDArray[np.int64] | None:
    """(N,) class of each label, from numbers (N,) or (N, 1) or from one-hot rows (N, ``classes``).

    None if they are neither: several targets, or numbers between classes.
    """
    if labels.dtype.kind not in "buif":
        return None
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.shape[1] == classes and classes > 1:
        shares = np.all(labels >= 0) and np.allclose(labels.sum(1), 1, atol=1e-3)
        return labels.argmax(1).astype(np.int64) if shares else None
    if labels.ndim != 1 or not np.isfinite(labels).all() or np.any(labels != np.round(labels)):
        return None
    return labels.astype(np.int64)


def count_classes(chosen: NDArray[np.int64] | None, classes: int | None) -> tuple[int, ...] | None:
    """How often each class occurs; what is out of range is not counted."""
    if chosen is None or classes is None:
        return None
    inside = chosen[(chosen >= 0) & (chosen < classes)]
    return tuple(np.bincount(inside, minlength=classes).tolist())


def weigh_classes(
    chosen: NDArray[np.int64] | None, weights: NDArray[np.float64], classes: int | None
) -> tuple[float, ...] | None:
    """``count_classes`` with ``weights`` (N,), which count as many as there are in all."""
    total = float(weights.sum()) if np.isfinite(weights).all() else 0.0
    if chosen is None or classes is None or total <= 0:
        return None
    inside = (chosen >= 0) & (chosen < classes)
    sums = np.bincount(chosen[inside], weights[inside] * len(weights) / total, minlength=classes)
    return tuple(float(one) for one in sums)


def label_range(labels: NDArray[Any]) -> tuple[float, float] | None:
    """Smallest and largest label; NaN where there is one."""
    if labels.dtype.kind not in "buif" or not labels.size:
        return None
    return float(labels.min()), float(labels.max())


def label_sums(labels: NDArray[Any]) -> tuple[float, float] | None:
    """Smallest and largest sum of a row of (N, C) labels; None of others."""
    if (
        labels.ndim != 2
        or labels.shape[1] < 2
        or labels.dtype.kind not in "buif"
        or not len(labels)
    ):
        return None
    sums = labels.sum(1, dtype=np.float64)
    return (float(sums.min()), float(sums.max())) if np.isfinite(sums).all() else None


def label_empty(labels: NDArray[Any]) -> float | None:
    """Share of rows of (N, C) labels whose numbers are all 0; None of others."""
    if label_sums(labels) is None:
        return None
    return float((labels == 0).all(axis=1).mean())


def label_spread(labels: NDArray[Any]) -> tuple[float, float] | None:
    """Mean squared error, and mean absolute error, of who always gives the best constant answer.

    Of some of the ``labels`` (N, ...), each place with an answer of its own; None unless all these
    are numbers.
    """
    if labels.dtype.kind not in "buif" or not labels.size:
        return None
    values = np.asarray(some(labels), np.float64)
    if not np.isfinite(values).all():
        return None
    apart = np.abs(values - np.median(values, axis=0))
    return float(values.var(axis=0).mean()), float(apart.mean())


def telling_input(rows: NDArray[Any], labels: NDArray[Any]) -> int | None:
    """The first column of ``rows`` (N, D) that tells each of ``labels`` (N,) by itself.

    It has few values, each with one label, or is the label but for its scale. None of a wide
    table, whose columns may do so by chance, and of few rows.
    """
    if rows.ndim != 2 or rows.dtype.kind not in "buif" or rows.shape[1] > _COLUMNS:
        return None
    if labels.size != len(rows) or labels.dtype.kind not in "buif" or len(rows) < _ROWS:
        return None
    labels = labels.reshape(-1, 1)
    x, y = np.asarray(some(rows), np.float64), np.asarray(some(labels)[:, 0], np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()) or np.ptp(y) == 0:
        return None
    return next((at for at, column in enumerate(x.T) if _tells(column, y)), None)


def _tells(column: NDArray[np.float64], labels: NDArray[np.float64]) -> bool:
    """Whether (N,) ``column`` alone tells (N,) ``labels``."""
    if np.ptp(column) == 0:
        return False
    values, group = np.unique(column, return_inverse=True)
    if len(values) <= _FEW_VALUES:
        return all(np.ptp(labels[group == one]) == 0 for one in range(len(values)))
    return bool(abs(np.corrcoef(column, labels)[0, 1]) > _SAME)


def count_shared(images: NDArray[Any], validation: NDArray[Any]) -> float | None:
    """Share of the ``validation`` images that are among ``images`` too, byte for byte."""
    comparable = images.dtype == validation.dtype and images.shape[1:] == validation.shape[1:]
    small = images.nbytes + validation.nbytes <= _SCANNED_BYTES
    if not (comparable and small and len(images) and len(validation)):
        return None
    known = set(_fingerprints(images))
    return sum(print_ in known for print_ in _fingerprints(validation)) / len(validation)


def count_near(rows: NDArray[Any], validation: NDArray[Any]) -> float | None:
    """Share of the ``validation`` rows (M, K) that are those of ``rows`` (N, K) but for some noise.

    Equal ones do not count. Columns in which many rows have the same number tell nothing. None of
    other inputs than tables, and where rows lie so close together that chance does this.
    """
    table = rows.ndim == 2 and rows.shape[1] <= _COLUMNS
    if not table or len(rows) > _AMONG or rows.size > _NUMBERS:
        return None
    if validation.shape[1:] != rows.shape[1:] or len(rows) <= _WIDER:
        return None
    if not len(validation) or {rows.dtype.kind, validation.dtype.kind} - set("iuf"):
        return None
    ours = np.asarray(rows, np.float64)
    theirs = np.asarray(validation[choose(len(validation), _COPIED)], np.float64)
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return None
    told = np.array([len(np.unique(column)) >= len(ours) / 2 for column in ours.T])
    if told.sum() < _DIMENSIONS:
        return None
    ours, theirs = ours[:, told], theirs[:, told]
    mean, spread = ours.mean(0), ours.std(0)
    ours, theirs = (ours - mean) / spread, (theirs - mean) / spread
    squares = (theirs**2).sum(1)[:, None] - 2 * theirs @ ours.T + (ours**2).sum(1)  # (Q, N)
    places = [0, _CROWD - 1, _WIDER - 1]
    ordered = np.partition(squares, places, axis=1)[:, places]
    first, crowd, wider = np.sqrt(np.maximum(ordered, 0.0)).T
    apart = crowd > 0
    if not apart.any():
        return None
    growth = np.median(np.log(wider[apart] / crowd[apart]))
    if growth <= 0 or np.log(_WIDER / _CROWD) / growth < _DIMENSIONS:
        return None
    near = (first <= _CLOSE * crowd) & (first > _SAME_ROW * crowd)
    return float(near[apart].sum() / len(theirs))


def _fingerprints(images: NDArray[Any]) -> Iterable[int]:
    return (hash(image.tobytes()) for image in images)


def batch_entropy(
    batches: Sequence[NDArray[np.int64]], everything: NDArray[np.int64]
) -> float | None:
    """Mean entropy of the classes within ``batches`` over that of random batches as large.

    1 is well mixed, as far as chance makes it, 0 is one class a batch; None where all labels are
    the same.
    """
    rng = np.random.default_rng(0)
    sizes = [min(len(batch), len(everything)) for batch in batches]  # the last may be small
    random = {
        size: [_entropy(rng.choice(everything, size, replace=False)) for _ in range(_SHUFFLES)]
        for size in set(sizes)
    }
    expected = float(np.mean([np.mean(random[size]) for size in sizes]))
    own = float(np.mean([_entropy(batch) for batch in batches]))
    if not expected:
        return None
    spread = float(np.mean([np.var(random[size]) for size in sizes]) / len(sizes)) ** 0.5
    by_chance = _DEVIATIONS * spread
    return own / expected if own < expected - by_chance else max(own / expected, 1.0)


def _entropy(labels: NDArray[np.int64]) -> float:
    """In nats."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(-(shares * np.log(shares)).sum())
