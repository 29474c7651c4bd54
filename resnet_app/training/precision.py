"""Which numbers the convolutions use. Import it only where TensorFlow may load."""

import time
from dataclasses import dataclass
from functools import cache

import tensorflow as tf

_WORTH_IT = 1.25
"""bfloat16 must be this many times as fast; below that, its coarser numbers buy nothing."""
_REPEATS = 12
_ENOUGH_SECONDS = 0.3
"""After which no further round begins."""


@dataclass(frozen=True)
class Precision:
    """A Keras dtype policy and, in one sentence, why it was taken."""

    policy: str
    reason: str


def choose_precision(asked: str) -> Precision:
    """The policy for ``asked``, one of ``auto``, ``float32``, ``mixed_bfloat16``.

    ``auto`` times a convolution of the network and its two gradients in both, once a process.
    Processors without units for bfloat16 emulate it: on two AVX2 cores the convolution alone is up
    to 2.5 times as fast, and the gradients are 10 to 50 times slower.
    """
    if asked != "auto":
        return Precision(asked, "Chosen in the settings.")
    ratio = _speed_of_bfloat16()
    policy = "mixed_bfloat16" if ratio >= _WORTH_IT else "float32"
    return Precision(
        policy, f"Measured here: a convolution learns {ratio:.2g} times as fast in bfloat16."
    )


@cache
def _speed_of_bfloat16() -> float:
    """Time of a 3×3 convolution with its gradients in float32 over that in bfloat16."""
    images, kernel = tf.random.normal([4, 26, 26, 64]), tf.random.normal([3, 3, 64, 64])
    pairs = {
        kind: (tf.cast(images, kind), tf.cast(kernel, kind)) for kind in (tf.float32, tf.bfloat16)
    }
    # By turns, so that another program's busy moment does not fall on one of them alone. The first
    # call prepares the kernel, and the best counts.
    rounds: list[dict[tf.DType, float]] = []
    end = time.perf_counter() + _ENOUGH_SECONDS
    while len(rounds) < 2 or (len(rounds) < _REPEATS and time.perf_counter() < end):
        rounds.append({kind: _time(*pair) for kind, pair in pairs.items()})
    best = {kind: min(times[kind] for times in rounds) for kind in pairs}
    return best[tf.float32] / best[tf.bfloat16]


def _time(x: tf.Tensor, w: tf.Tensor) -> float:
    began = time.perf_counter()
    with tf.GradientTape() as tape:
        tape.watch((x, w))
        y = tf.nn.conv2d(x, w, 1, "SAME")
    for gradient in tape.gradient(y, (x, w)):
        gradient.numpy()  # .numpy() waits for a GPU
    return time.perf_counter() - began
