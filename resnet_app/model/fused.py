"""Batch normalization on TensorFlow's fused kernel. Import it only where TensorFlow may load."""

from typing import Any

import keras
import tensorflow as tf


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Keras's ``BatchNormalization`` as one kernel instead of a dozen.

    The same arguments, weights and results, to rounding; (B, H, W, C) inputs in float32 or
    bfloat16 with the channels last take the fast way, anything else Keras's own.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not self._fits_kernel(inputs, mask):
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1]
        scale = self.gamma if self.scale else tf.ones([channels])
        offset = self.beta if self.center else tf.zeros([channels])
        learning = bool(training and self.trainable)
        empty = tf.zeros([0])
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=scale,
            offset=offset,
            mean=empty if learning else self.moving_mean,
            variance=empty if learning else self.moving_variance,
            epsilon=self.epsilon,
            is_training=learning,
        )
        if learning:
            count = tf.cast(tf.size(inputs) // channels, tf.float32)
            # The kernel divides by count - 1, Keras by count.
            self._follow(mean, variance * tf.maximum(count - 1, 1) / count)
        return outputs

    def _fits_kernel(self, inputs: Any, mask: Any) -> bool:
        return (
            mask is None
            and not self.renorm
            and not self.synchronized
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and inputs.dtype in (tf.float32, tf.bfloat16)
        )

    def _follow(self, mean: Any, variance: Any) -> None:
        """Move the moving averages towards a batch's (C,) ``mean`` and ``variance``."""
        for average, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            average.assign(average * self.momentum + value * (1 - self.momentum))
