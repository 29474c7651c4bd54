"""Reading digits without TensorFlow, through LiteRT."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resnet_app.calibration import Calibration
from resnet_app.errors import RunError
from resnet_app.imaging import Framing, Normalizer, is_dot
from resnet_app.litert import LightModel
from resnet_app.runs.run import Run

_CACHED_MODELS = 4
_BATCH = 64
_LEAST = 1e-30
"""A probability that is still a number when its logarithm is taken."""


class Likeliest:
    """What follows from ``probabilities`` (10,) float32 of one picture."""

    probabilities: NDArray[np.float32]

    @property
    def digit(self) -> int:
        """The likeliest digit."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """Its probability, 0…1."""
        return float(self.probabilities.max())


@dataclass(frozen=True, eq=False)
class Prediction(Likeliest):
    """What a model reads in one picture.

    ``image`` (50, 50) uint8 is what it was given; ``probabilities`` (10,) float32, calibrated;
    ``logits`` (10,) float32; ``votes`` (h, w, 10) float32, which part of each logit comes from
    which place, or None for models stored without them; ``sure`` whether it counts as an answer.
    """

    image: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    logits: NDArray[np.float32]
    votes: NDArray[np.float32] | None
    sure: bool

    def bias(self, digit: int) -> float:
        """The part of ``digit``'s logit that comes from no place: the same for every picture."""
        assert self.votes is not None
        return float(self.logits[digit] - self.votes[..., digit].sum())


class Predictor:
    """A run's light model with what belongs to it; safe to share between threads."""

    def __init__(
        self,
        model: Path,
        normalizer: Normalizer,
        framing: Framing,
        calibration: Calibration | None = None,
    ) -> None:
        self.normalizer = normalizer
        self.framing = framing
        self.calibration = calibration or Calibration()
        self._model = LightModel(model, threads=2)
        places = {rank: place for place, rank in enumerate(self._model.ranks)}
        self._scores = places[2]  # (N, 10): logits, or probabilities where there are no votes
        self._votes = places.get(4)  # (N, h, w, 10)

    @classmethod
    def load(cls, run: Run) -> "Predictor":
        """Open the model of ``run``. Raises ``RunError`` if it has none yet or it is damaged."""
        path = run.directory / "model.tflite"
        if not path.is_file():
            raise RunError(
                "This run has no model yet. Wait until it has finished, or choose another run. "
                f"Received: {run.id}"
            )
        try:
            return cls(path, run.normalizer(), run.framing(), run.calibration())
        except (ValueError, RuntimeError, OSError) as error:
            raise RunError(
                f"This run's model cannot be read. Train it again. Received: {error}"
            ) from error

    def read_drawing(self, drawing: NDArray[np.uint8], fitted: bool = True) -> Prediction:
        """Frame ``drawing`` (H, W) uint8, light ink on dark, and read it.

        Raises ``DataError`` if there is no ink.
        """
        image = self.framing.apply(drawing, fitted)
        logits, votes = self._logits(image[None])
        probabilities = self.calibration.apply(logits)[0]
        sure = self.is_sure(drawing, float(probabilities.max()))
        return Prediction(
            image, probabilities, logits[0], None if votes is None else votes[0], sure
        )

    def is_sure(self, drawing: NDArray[np.uint8], confidence: float) -> bool:
        """Whether an answer with this calibrated ``confidence`` to ``drawing`` counts as one."""
        return confidence >= self.calibration.sure and not is_dot(drawing)

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, 50, 50) uint8, framed → (N, 10) float32, calibrated, each row summing to 1."""
        return self.calibration.apply(self.logits(images))

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, 50, 50) uint8, framed → (N, 10) float32."""
        parts = [self._logits(images[i : i + _BATCH])[0] for i in range(0, len(images), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)

    def votes(self, images: NDArray[np.uint8]) -> NDArray[np.float32] | None:
        """(N, 50, 50) uint8, framed → (N, h, w, 10) float32, as ``Prediction`` has them."""
        return self._logits(images)[1]

    def _logits(
        self, images: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        outputs = self._model(self.normalizer.apply(images))
        scores = outputs[self._scores]
        if self._votes is None:
            return np.log(np.maximum(scores, _LEAST)), None
        return scores, outputs[self._votes]


def load_predictor(run: Run) -> Predictor:
    """``Predictor.load``, keeping the last few open. Raises ``RunError`` as it does."""
    path = run.directory / "model.tflite"
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _load(run.directory, changed)


@lru_cache(maxsize=_CACHED_MODELS)
def _load(directory: Path, changed: int) -> Predictor:
    return Predictor.load(Run(directory))
