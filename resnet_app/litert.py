"""A light model, run by LiteRT and without TensorFlow."""

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class LightModel:
    """The model in the file ``path``; safe to share between threads.

    ``ranks`` are the numbers of axes of its outputs, in their order. Raises ``OSError`` without the
    file, ``ValueError`` or ``RuntimeError`` if it is no model.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=path.read_bytes(), num_threads=threads)
        self._input = self._interpreter.get_input_details()[0]["index"]
        details = self._interpreter.get_output_details()
        self.ranks = tuple(len(each["shape"]) for each in details)
        self._outputs = tuple(each["index"] for each in details)
        self._size = 0
        self._lock = threading.Lock()  # an interpreter serves one call at a time

    def __call__(self, values: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """(N, 50, 50, 1) float32 → its outputs for each of the N, float32."""
        with self._lock:
            if len(values) != self._size:
                self._interpreter.resize_tensor_input(self._input, values.shape)
                self._interpreter.allocate_tensors()
                self._size = len(values)
            self._interpreter.set_tensor(self._input, values)
            self._interpreter.invoke()
            return tuple(map(self._interpreter.get_tensor, self._outputs))  # copies
