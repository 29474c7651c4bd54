"""The first batches of a pipeline, noted while they pass to the training.

To draw them apart from it would take random numbers, or batches, that the training then lacks.
Import it only where TensorFlow may load.
"""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

_BATCHES, _EXAMPLES = 32, 512
"""That are noted, at most."""

_BYTES = 2**26
"""Most that is kept."""


class Passing:
    """What passed: batches of inputs and labels, each a structure of arrays."""

    def __init__(self) -> None:
        self.batches: list[Any] = []
        self._examples = self._bytes = 0

    @property
    def complete(self) -> bool:
        """Whether no more will be noted."""
        full = self._examples >= _EXAMPLES or self._bytes >= _BYTES
        return full or len(self.batches) >= _BATCHES

    @property
    def labels(self) -> list[Any]:
        """Those of the batches, which are nothing else or have them second.

        Empty where each batch has several, for several outputs.
        """
        parts = [b[1:2] if isinstance(b, tuple | list) else [b] for b in self.batches]
        labels = [part[0] for part in parts if len(part)]
        return labels if all(isinstance(each, np.ndarray) for each in labels) else []

    @property
    def batch_size(self) -> int | None:
        """Examples of the first batch; None before it has passed."""
        return len(self.labels[0]) if self.labels else None

    def through(self, dataset: Any, labels_only: bool = False) -> Any:
        """``dataset`` as it is, which notes its first batches here."""

        def note(index: Any, element: Any) -> Any:
            kept = element[1] if labels_only else element
            stored = tf.cond(index < _BATCHES, lambda: self._note(kept), lambda: False)
            with tf.control_dependencies([stored]):
                return tf.nest.map_structure(tf.identity, element)

        return dataset.enumerate().map(note)

    def along(self, generator: Iterator[Any]) -> Iterator[Any]:
        """The same for a Python generator."""
        for element in generator:
            self.keep(element)
            yield element

    def beside(self, source: keras.utils.PyDataset) -> keras.utils.PyDataset:
        """The same for batches that are asked for by number."""
        return _Noted(source, self.keep)

    def _note(self, element: Any) -> Any:
        def store(*parts: NDArray[Any]) -> np.bool_:
            self.keep(tf.nest.pack_sequence_as(element, parts))
            return np.bool_(True)

        return tf.numpy_function(store, tf.nest.flatten(element), tf.bool)

    def keep(self, element: Any) -> None:
        """Note a batch as it passes, unless there are enough."""
        if self.complete:
            return
        copy = tf.nest.map_structure(np.array, element)
        parts = tf.nest.flatten(copy)
        self.batches.append(copy)
        self._examples += max((len(part) for part in parts if part.ndim), default=1)
        self._bytes += sum(part.nbytes for part in parts)


class _Noted(keras.utils.PyDataset):  # type: ignore[misc]  # Keras is untyped
    """``source`` as it is, but that ``keep`` sees each batch."""

    def __init__(self, source: keras.utils.PyDataset, keep: Callable[[Any], None]) -> None:
        super().__init__(source.workers, source.use_multiprocessing, source.max_queue_size)
        self._source = source
        self._keep = keep

    def __getitem__(self, index: int) -> Any:
        batch = self._source[index]
        self._keep(batch)
        return batch

    @property
    def num_batches(self) -> int | None:
        count: int | None = self._source.num_batches
        return count

    def on_epoch_begin(self) -> None:
        self._source.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._source.on_epoch_end()
