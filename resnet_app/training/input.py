"""Feeding the network: uint8 in memory, float32 a batch at a time."""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from resnet_app.config import IMAGE_SIZE
from resnet_app.data.dataset import Images
from resnet_app.imaging import Normalizer

_TURN = 0.17
"""Largest rotation of light augmentation, in radians (about 10°)."""
_SHEAR = 0.15
_ZOOM = 0.12
_SHIFT = 3.0
"""Largest shift of light augmentation, in pixels."""


def training_batches(
    part: tuple[Images, NDArray[Any]],
    normalizer: Normalizer,
    batch_size: int,
    seed: int,
    augmentation: str,
    light_ink: bool,
    shuffled: bool = True,
    first_epoch: int = 0,
) -> Any:
    """A ``tf.data.Dataset`` of ((B, 50, 50, 1) float32, (B, …)), shuffled anew each epoch.

    ``part`` is (N, 50, 50) uint8 and what is wanted of each: (N,) labels or (N, 10) probabilities.
    Unless ``shuffled``, the images come in their order. Each pass is an epoch, from
    ``first_epoch`` on; ``seed`` and its number alone decide order and augmentation, so that a run
    which is taken up again sees what it would have seen.
    TensorFlow's global seed stays untouched: setting it would throw away what was prepared for the
    first training step, some 2.5 seconds of work.
    """
    import tensorflow as tf

    count = len(part[1])
    chosen = _passes(count, batch_size, seed, shuffled, first_epoch)
    gather, ground = _gatherer(part), 0.0 if light_ink else 255.0

    def batch(indices: Any, dice: Any) -> Any:
        images, wanted = gather(indices)
        return (_move(images, ground, dice) if augmentation == "light" else images), wanted

    size = tf.data.experimental.assert_cardinality(-(-count // batch_size))
    return _normalized(chosen.map(_as_it_is(batch)).apply(size), normalizer)


def _passes(count: int, batch_size: int, seed: int, shuffled: bool, first_epoch: int) -> Any:
    """Passes over ``count`` images: (B,) int64 numbers, and (2,) int64 dice of the batch."""
    import tensorflow as tf

    with tf.device("CPU:0"):
        epochs = tf.Variable(first_epoch, trainable=False, dtype=tf.int64)

    def one_pass(epoch: Any) -> Any:
        indices = tf.range(count, dtype=tf.int64)
        if shuffled:
            dice = tf.stack([tf.constant(seed, tf.int64), epoch])
            indices = tf.random.experimental.stateless_shuffle(indices, dice)
        batches = tf.data.Dataset.from_tensor_slices(indices).batch(batch_size)
        return batches.enumerate().map(
            _as_it_is(lambda batch, found: (found, tf.stack([seed + epoch * 2**32, -1 - batch])))
        )

    # Counted when a pass's first batch is asked for: Keras opens passes that it never reads.
    counted = tf.data.Dataset.from_tensors(0).map(_as_it_is(lambda _: epochs.assign_add(1) - 1))
    return counted.flat_map(_as_it_is(one_pass))


def evaluation_batches(
    part: tuple[Images, NDArray[Any]], normalizer: Normalizer, batch_size: int
) -> Any:
    """As ``training_batches``, in order and unchanged."""
    import tensorflow as tf

    indices = tf.data.Dataset.range(len(part[1])).batch(batch_size)
    return _normalized(indices.map(_as_it_is(_gatherer(part))), normalizer)


def _gatherer(part: tuple[Images, NDArray[Any]]) -> Callable[[Any], Any]:
    """(B,) numbers → (B, 50, 50, 1) float32 and what is wanted of each."""
    import tensorflow as tf

    images, labels = tf.constant(part[0]), tf.constant(part[1])

    def gather(chosen: Any) -> Any:
        pixels = tf.cast(tf.gather(images, chosen), tf.float32)[..., None]  # (B, 50, 50, 1)
        return pixels, tf.gather(labels, chosen)

    return gather


def _as_it_is(function: Callable[..., Any]) -> Any:
    """``function``, in which TensorFlow need not look for loops: that takes a while."""
    import tensorflow as tf

    return tf.autograph.experimental.do_not_convert(function)


def _normalized(batches: Any, normalizer: Normalizer) -> Any:
    import tensorflow as tf

    scale, offset = normalizer.scale_and_offset
    scaled = _as_it_is(lambda images, labels: (images * scale + offset, labels))
    batches = batches.map(scaled).prefetch(2)
    # There is nothing to tune, and the tuner's thread would hold up the end of an epoch: it looks
    # up only after 0.01, 0.03, 0.07, … 10.23, 20.47 s, and often the epoch waits for that.
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.with_options(options)


def _move(images: Any, ground: float, dice: Any) -> Any:
    """Rotate, shear, scale and shift each of (B, 50, 50, 1) a little, about its middle.

    ``dice`` are (2,) int64, the seed of these moves.
    """
    import tensorflow as tf

    chance = tf.random.stateless_uniform([5, tf.shape(images)[0]], dice, -1.0, 1.0)
    turn, shear, scale = chance[0] * _TURN, chance[1] * _SHEAR, 1 + chance[2] * _ZOOM
    # Output pixel (x, y) looks at input (a x + b y + c, d x + e y + f).
    a, b = tf.cos(turn) * scale, -tf.sin(turn) * scale + shear
    d, e = tf.sin(turn) * scale, tf.cos(turn) * scale
    middle = (IMAGE_SIZE - 1) / 2
    c = middle - a * middle - b * middle + chance[3] * _SHIFT
    f = middle - d * middle - e * middle + chance[4] * _SHIFT
    zeros = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([a, b, c, d, e, f, zeros, zeros], axis=1),
        output_shape=[IMAGE_SIZE, IMAGE_SIZE],
        fill_value=ground,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
