"""The posted ResNet and its family.

Blocks follow He, Zhang, Ren, Sun, "Deep residual learning for image recognition" (2015), with the
same number of filters in all three convolutions of a block, as the posted network has them.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES, IMAGE_SIZE, TrainingConfig

if TYPE_CHECKING:
    import keras

BLOCKS = ("a", "b", "c")
"""Letters of the blocks of a stage; the first is the convolutional one."""

FEWEST_STEPPED = 16
"""Channels below which the step of a block is taken before its convolutions instead of by them: the
same result, but oneDNN's gradient of a 1×1 convolution with a step writes beyond its memory for
fewer channels and an odd number of images, which ends the process (TensorFlow 2.21)."""


def build_resnet(
    config: TrainingConfig, fast_kernels: bool = False, dtype: str = "float32"
) -> "keras.Model":
    """The network of ``config``: (N, 50, 50, 1) float32 → (N, 10) float32 probabilities.

    With the default configuration it has 939,146 parameters and 21,632 inputs to its head. Plain
    Keras layers in float32 unless ``fast_kernels`` or another Keras dtype policy, such as
    ``mixed_bfloat16``, is asked for; the weights are the same, in the same order.
    """
    import keras
    from keras import layers

    parts = _Parts(config, fast_kernels, dtype)
    image = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 1), name="image")
    x = layers.ZeroPadding2D(3, name="pad0", dtype=dtype)(image)  # (N, 56, 56, 1)
    x = parts.convolution(x, 32, 5, "conv1", config.stem_stride)  # (N, 52, 52, 32)
    x = parts.normalize_and_activate(x, "bn1")
    x = layers.MaxPooling2D(2, name="pool1", dtype=dtype)(x)  # (N, 26, 26, 32)
    for stage, (filters, stride) in enumerate(zip(config.widths, config.strides, strict=True), 2):
        x = parts.stage(x, stage, filters, stride)
    if config.head == "flatten":
        x = layers.AveragePooling2D(2, padding="same", name="Pool0", dtype=dtype)(
            x
        )  # (N, 13, 13, 128)
        x = layers.Flatten(name="D0", dtype=dtype)(x)
    else:
        x = layers.GlobalAveragePooling2D(name="Pool0", dtype=dtype)(x)  # (N, 128)
    x = layers.Dense(
        CLASSES,
        activation="softmax",
        kernel_initializer=parts.initializer(),
        name="D2",
        dtype="float32",  # probabilities need more digits than bfloat16 has
    )(x)
    return keras.Model(image, x, name="resnet")


def feature_places(config: TrainingConfig, count: int) -> NDArray[np.float64]:
    """(count,) rows, or columns, of the picture on which the head's inputs are centred.

    Follows a place of the last feature map back through steps and poolings: a place of ``pool1``
    looks at two positions of ``conv1``, whose kernel of 5 starts 3 pixels outside the picture.
    """
    step = math.prod(config.strides)
    index = np.arange(count, dtype=float)
    if config.head == "flatten":
        index = 2 * index + 0.5  # averaged in pairs
    return (2 * step * index + 0.5) * config.stem_stride - 1


class _Parts:
    """Layers that share a configuration: momentum, initializer, dtype, names."""

    def __init__(self, config: TrainingConfig, fast_kernels: bool, dtype: str) -> None:
        self.batch_norm = config.batch_norm
        self.momentum = config.bn_momentum
        self.fast_kernels = fast_kernels
        self.dtype = dtype

    def initializer(self) -> Any:
        """glorot_uniform(seed=0), a new one for each layer, as posted."""
        import keras

        return keras.initializers.GlorotUniform(seed=0)

    def convolution(
        self, x: Any, filters: int, kernel: int, name: str, stride: int = 1, padding: str = "valid"
    ) -> Any:
        from keras import layers

        return layers.Conv2D(
            filters,
            kernel,
            strides=stride,
            padding=padding,
            kernel_initializer=self.initializer(),
            name=name,
            dtype=self.dtype,
        )(x)

    def normalize(self, x: Any, name: str) -> Any:
        from keras import layers

        if not self.batch_norm:
            return x
        kind = layers.BatchNormalization
        if self.fast_kernels:
            from resnet_app.model.fused import FusedBatchNormalization as kind
        return kind(momentum=self.momentum, name=name, dtype=self.dtype)(x)

    def normalize_and_activate(self, x: Any, name: str) -> Any:
        from keras import layers

        return layers.ReLU(name=f"{name}_relu", dtype=self.dtype)(self.normalize(x, name))

    def stage(self, x: Any, stage: int, filters: int, stride: int) -> Any:
        """One convolutional block with ``stride``, then two identity blocks."""
        for letter in BLOCKS:
            x = self.block(x, f"{stage}{letter}", filters, stride if letter == "a" else 0)
        return x

    def block(self, x: Any, name: str, filters: int, stride: int) -> Any:
        """A residual block; ``stride`` 0 means that the shortcut is the identity."""
        from keras import layers

        if stride > 1 and x.shape[-1] < FEWEST_STEPPED:
            x = layers.MaxPooling2D(1, stride, name=f"res{name}_step", dtype=self.dtype)(x)
            stride = 1
        shortcut = x
        x = self.convolution(x, filters, 1, f"res{name}_branch2a", stride or 1)
        x = self.normalize_and_activate(x, f"bn{name}_branch2a")
        x = self.convolution(x, filters, 3, f"res{name}_branch2b", padding="same")
        x = self.normalize_and_activate(x, f"bn{name}_branch2b")
        x = self.convolution(x, filters, 1, f"res{name}_branch2c")
        x = self.normalize(x, f"bn{name}_branch2c")
        if stride:
            shortcut = self.convolution(shortcut, filters, 1, f"res{name}_branch1", stride)
            shortcut = self.normalize(shortcut, f"bn{name}_branch1")
        x = layers.Add(name=f"res{name}_add", dtype=self.dtype)([x, shortcut])
        return layers.ReLU(name=f"res{name}_relu", dtype=self.dtype)(x)
