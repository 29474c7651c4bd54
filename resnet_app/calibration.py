"""Honest confidence: one temperature for the logits, where held-back digits say that it helps.

Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks" (2017).
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.floating[Any]]
"""(N, 10) scores."""

_BINS = 15
"""Bins of equal width of the expected calibration error, as in the paper."""

_REFUSED = 0.002
"""Share of held-back digits below the confidence from which an answer counts as sure; far less than
is bearable, for the people and pens to come are less like the training digits."""

_LET_THROUGH = 0.01
"""Share of drawings that are no digit above that confidence, where there are such: it is then the
least that keeps them out, for every higher one refuses more digits."""

_SURE_FROM, _SURE_TO = 0.5, 0.8
"""An answer that is less likely than not is never sure, one above the second always."""

_COLDEST, _HOTTEST = 0.2, 10.0
"""Temperatures that are looked at."""

_FOLDS = 5
"""Parts of the held-back digits, each judged by a temperature that the others fitted."""


@dataclass(frozen=True)
class Calibration:
    """``temperature`` divides the logits; an answer with ``sure`` or more counts as one.

    ``error_before`` and ``error_after`` are the expected calibration error, 0…1, on ``count``
    digits that fitted neither weights nor temperature; None where nobody measured it.
    """

    temperature: float = 1.0
    sure: float = _SURE_FROM
    error_before: float | None = None
    error_after: float | None = None
    count: int = 0

    @classmethod
    def fit(
        cls,
        held_back: tuple[Logits, NDArray[Any]],
        test: tuple[Logits, NDArray[Any]],
        nondigits: Logits | None = None,
    ) -> "Calibration":
        """Each part is (N, 10) logits and (N,) labels; the first fits, the second measures.

        ``nondigits``, (M, 10) logits of drawings that are no digit, decide from where on an answer
        is sure; without them the held-back digits do. The temperature is 1 where a fitted one does
        not help digits that did not fit it: a few confident mistakes must not blur all the others.
        """
        logits, labels = held_back
        temperature = _fit_temperature(logits, labels) if _helps(logits, labels) else 1.0
        if nondigits is None:
            least = np.quantile(softmax(logits / temperature).max(1), _REFUSED)
        else:
            least = np.quantile(softmax(nondigits / temperature).max(1), 1 - _LET_THROUGH)
        sure = float(np.clip(float(least), _SURE_FROM, _SURE_TO))
        before, after = (calibration_error(softmax(test[0] / t), test[1]) for t in (1, temperature))
        return cls(temperature, sure, before, after, len(test[1]))

    def apply(self, logits: Logits) -> NDArray[np.float32]:
        """(N, 10) logits → (N, 10) float32 probabilities, each row summing to 1."""
        return softmax(logits / self.temperature)

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``Calibration(**values)`` is the way back."""
        return asdict(self)


def softmax(logits: Logits) -> NDArray[np.float32]:
    """(N, 10) logits → (N, 10) float32 probabilities."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shares: NDArray[np.float32] = (powers / powers.sum(1, keepdims=True)).astype(np.float32)
    return shares


@dataclass(frozen=True)
class Bin:
    """``count`` answers of about the same confidence: its mean, and the share of right ones."""

    confidence: float
    right: float
    count: int


def calibration_bins(probabilities: NDArray[np.float32], labels: NDArray[Any]) -> tuple[Bin, ...]:
    """(N, 10) probabilities of images with (N,) labels in bins; no empty ones."""
    confidences = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    places = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    return tuple(
        Bin(
            float(confidences[places == place].mean()),
            float(right[places == place].mean()),
            int((places == place).sum()),
        )
        for place in np.unique(places)
    )


def calibration_error(probabilities: NDArray[np.float32], labels: NDArray[Any]) -> float:
    """Expected calibration error, 0…1: the mean gap between confidence and accuracy."""
    bins = calibration_bins(probabilities, labels)
    return sum(abs(each.confidence - each.right) * each.count for each in bins) / len(labels)


def _fit_temperature(logits: Logits, labels: NDArray[Any]) -> float:
    """The temperature with the least mean loss."""
    from scipy import optimize  # 20 MB that only training needs

    def loss(exponent: float) -> float:
        return float(_losses(logits / math.exp(exponent), labels).mean())

    bounds = math.log(_COLDEST), math.log(_HOTTEST)
    return math.exp(optimize.minimize_scalar(loss, bounds=bounds, method="bounded").x)


def _helps(logits: Logits, labels: NDArray[Any]) -> bool:
    """Whether temperatures help digits that did not fit them, by more than a standard error."""
    gains = np.zeros(len(labels))
    fold = np.arange(len(labels)) % _FOLDS
    for index in range(min(_FOLDS, len(labels) - 1)):
        judged = fold == index
        temperature = _fit_temperature(logits[~judged], labels[~judged])
        cooled = _losses(logits[judged] / temperature, labels[judged])
        gains[judged] = _losses(logits[judged], labels[judged]) - cooled
    return float(gains.mean()) > float(gains.std()) / math.sqrt(len(gains))


def _losses(logits: Logits, labels: NDArray[Any]) -> NDArray[np.floating[Any]]:
    """(N,) negative logarithms of the right digits' probabilities."""
    chosen = softmax(logits)[np.arange(len(labels)), labels.astype(int)]
    losses: NDArray[np.floating[Any]] = -np.log(np.maximum(chosen, 1e-12))
    return losses
