"""Which numbers the convolutions use. Import it only where TensorFlow may load."""

import time
from dataclasses import dataclass
from functools import cache

import tensorflow as tf

_WORTH_IT = 1.25
"""bfloat16 must be this many times as fast; below that, its coarser numbers buy nothing."""
_REPEATS = 12


@dataclass(frozen=True)
class Precision:
    """A Keras dtype policy and, in one sentence, why it was taken."""

    policy: str
    reason: str


def choose_precision(asked: str) -> Precision:
    """The policy for ``asked``, one of ``auto``, ``float32``, ``mixed_bfloat16``.

    ``auto`` times one convolution of the network in both, about 0.1 s, once a process: processors
    without units for bfloat16 emulate it and are slower.
    """
    if asked != "auto":
        return Precision(asked, "Chosen in the settings.")
    ratio = _speed_of_bfloat16()
    policy = "mixed_bfloat16" if ratio >= _WORTH_IT else "float32"
    return Precision(
        policy, f"Measured here: a convolution in bfloat16 runs {ratio:.1f} times as fast."
    )


@cache
def _speed_of_bfloat16() -> float:
    """Time of a 3×3 convolution in float32 over its time in bfloat16."""
    images, kernel = tf.random.normal([16, 26, 26, 64]), tf.random.normal([3, 3, 64, 64])
    pairs = {
        kind: (tf.cast(images, kind), tf.cast(kernel, kind)) for kind in (tf.float32, tf.bfloat16)
    }
    for x, w in pairs.values():
        tf.nn.conv2d(x, w, 1, "SAME").numpy()  # the first call prepares the kernel
    # By turns, so that another program's busy moment does not fall on one of them alone.
    rounds = [{kind: _time(*pair) for kind, pair in pairs.items()} for _ in range(_REPEATS)]
    best = {kind: min(times[kind] for times in rounds) for kind in pairs}
    return best[tf.float32] / best[tf.bfloat16]


def _time(x: tf.Tensor, w: tf.Tensor) -> float:
    began = time.perf_counter()
    tf.nn.conv2d(x, w, 1, "SAME").numpy()  # .numpy() waits for a GPU
    return time.perf_counter() - began
