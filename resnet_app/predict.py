"""Reading digits without TensorFlow, through LiteRT."""

import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resnet_app.errors import RunError
from resnet_app.imaging import Framing, Normalizer
from resnet_app.runs.run import Run

_CACHED_MODELS = 4
_BATCH = 64


class Predictor:
    """A run's light model with its own framing and normalizer; safe to share between threads."""

    def __init__(self, model: Path, normalizer: Normalizer, framing: Framing) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.normalizer = normalizer
        self.framing = framing
        self._interpreter = Interpreter(model_content=model.read_bytes(), num_threads=2)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._size = 0
        self._lock = threading.Lock()  # an interpreter serves one call at a time

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
            return cls(path, run.normalizer(), run.framing())
        except (ValueError, RuntimeError, OSError) as error:
            raise RunError(
                f"This run's model cannot be read. Train it again. Received: {error}"
            ) from error

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, 50, 50) uint8, framed → (N, 10) float32, each row summing to 1."""
        parts = [self._run(images[i : i + _BATCH]) for i in range(0, len(images), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)

    def _run(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = self.normalizer.apply(images)  # (B, 50, 50, 1) float32
        with self._lock:
            if len(values) != self._size:
                self._interpreter.resize_tensor_input(self._input, values.shape)
                self._interpreter.allocate_tensors()
                self._size = len(values)
            self._interpreter.set_tensor(self._input, values)
            self._interpreter.invoke()
            result: NDArray[np.float32] = self._interpreter.get_tensor(self._output)
        return result


def load_predictor(run: Run) -> Predictor:
    """``Predictor.load``, keeping the last few open. Raises ``RunError`` as it does."""
    path = run.directory / "model.tflite"
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _load(run.directory, changed)


@lru_cache(maxsize=_CACHED_MODELS)
def _load(directory: Path, changed: int) -> Predictor:
    return Predictor.load(Run(directory))
