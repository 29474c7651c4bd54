"""Honest confidence: one temperature for the logits, fitted on held-back digits.

Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks" (2017).
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BINS = 15
"""Bins of equal width of the expected calibration error, as in the paper."""

_REFUSED = 0.002
"""Share of held-back digits below the confidence from which an answer counts as sure; far less than
is bearable, for the people and pens to come are less like the training digits."""

_SURE_FROM, _SURE_TO = 0.5, 0.8
"""An answer that is less likely than not is never sure, one above the second always."""

_TEMPERATURES = np.geomspace(0.2, 10.0, 400)


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
        held_back: tuple[NDArray[np.floating[Any]], NDArray[Any]],
        test: tuple[NDArray[np.floating[Any]], NDArray[Any]],
    ) -> "Calibration":
        """Each part is (N, 10) logits and (N,) labels; the first fits, the second measures."""
        logits, labels = held_back
        losses = [_loss(softmax(logits / t), labels) for t in _TEMPERATURES]
        temperature = float(_TEMPERATURES[int(np.argmin(losses))])
        confidences = softmax(logits / temperature).max(1)
        sure = float(np.clip(np.quantile(confidences, _REFUSED), _SURE_FROM, _SURE_TO))
        before, after = (calibration_error(softmax(test[0] / t), test[1]) for t in (1, temperature))
        return cls(temperature, sure, before, after, len(test[1]))

    def apply(self, logits: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """(N, 10) logits → (N, 10) float32 probabilities, each row summing to 1."""
        return softmax(logits / self.temperature)

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``Calibration(**values)`` is the way back."""
        return asdict(self)


def softmax(logits: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """(N, 10) logits → (N, 10) float32 probabilities."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shares: NDArray[np.float32] = (powers / powers.sum(1, keepdims=True)).astype(np.float32)
    return shares


def calibration_error(probabilities: NDArray[np.float32], labels: NDArray[Any]) -> float:
    """Expected calibration error, 0…1: the mean gap between confidence and accuracy."""
    confidences = probabilities.max(1)
    right = probabilities.argmax(1) == labels
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidences[bins == index].mean() - right[bins == index].mean()) * (bins == index).sum()
        for index in np.unique(bins)
    ]
    return float(sum(gaps) / len(labels))


def _loss(probabilities: NDArray[np.float32], labels: NDArray[Any]) -> float:
    """Mean negative logarithm of the right digit's probability."""
    chosen = probabilities[np.arange(len(labels)), labels.astype(int)]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())
