"""The light model: logits and, for each place of the picture, its votes for each digit.

Both heads are linear in what they are fed, so the votes are exact: of one picture they and the
last layer's bias add up to the logits. Import it only where TensorFlow may load.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from resnet_app.config import CLASSES, IMAGE_SIZE
from resnet_app.files import replacing


def with_votes(model: keras.Model) -> keras.Model:
    """``model`` of this family as (N, 50, 50, 1) → [(N, h, w, 10) votes, (N, 10) logits].

    Places are those of the last feature map, averaged in pairs of rows and columns where the head
    is ``flatten``, as that head itself does.
    """
    pool, dense = model.get_layer("Pool0"), model.get_layer("D2")
    weights, bias = (np.asarray(value) for value in dense.get_weights())  # (K, 10), (10,)
    if len(pool.output.shape) == 4:
        features = pool.output  # (N, h, w, C), then flattened
        height, width, channels = features.shape[1:]
        votes = _PlaceVotes(weights.reshape(height, width, channels, CLASSES))(features)
    else:
        features = pool.input  # (N, h, w, C), then averaged
        height, width, channels = features.shape[1:]
        each = weights.reshape(1, 1, channels, CLASSES) / (height * width)
        votes = layers.Conv2D(
            CLASSES, 1, use_bias=False, kernel_initializer=_given(each), name="votes"
        )(features)
    logits = ops.sum(votes, axis=(1, 2)) + ops.convert_to_tensor(bias)
    return keras.Model(model.input, [votes, logits], name="light")


def export_light(model: keras.Model, path: Path, half_precision: bool = False) -> None:
    """Write ``model`` with its votes as LiteRT, as ``export_litert`` does."""
    export_litert(with_votes(model), path, half_precision)


def export_litert(model: keras.Model, path: Path, half_precision: bool = False) -> None:
    """Write ``model``, of (N, 50, 50, 1) float32 images, as LiteRT, at once or not at all.

    ``half_precision`` stores the weights as float16: half the size; the arithmetic stays float32.

    The traced function is converted as it is. Keras's own export writes a SavedModel first and
    reads it twice, for the same operations: see ``tests/benchmarks/exporting.py``.
    """
    import tensorflow as tf

    image = tf.TensorSpec((None, IMAGE_SIZE, IMAGE_SIZE, 1), tf.float32, name="image")
    call = tf.function(lambda images: model(images, training=False), autograph=False)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function(image)])
    if half_precision:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    with replacing(path) as temporary:
        temporary.write_bytes(converter.convert())


class _PlaceVotes(layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """(N, h, w, C) times weights of its own at each place: (N, h, w, 10)."""

    def __init__(self, weights: Any) -> None:
        super().__init__(name="votes")
        self._given = weights.astype(np.float32)  # (h, w, C, 10)

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(
            self._given.shape, _given(self._given), name="kernel", trainable=False
        )

    def call(self, features: Any) -> Any:
        return ops.sum(features[..., None] * self.kernel, axis=3)


def _given(values: Any) -> Any:
    return lambda shape, dtype=None: ops.cast(values, dtype)
