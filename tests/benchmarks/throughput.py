"""Images a second of training: fast kernels against Keras as it comes and against PyTorch.

Run: ``python -m tests.benchmarks.throughput [--torch PYTHON]``, where PYTHON is an interpreter with
``tests/benchmarks/requirements.txt``. Rivals take turns, each in a process of its own, and the
median of the rounds counts. Before the table stands the machine's own speed in the convolutions
that make up four fifths of the posted network's work, and what it could train at most: 2.87
GFLOP an image, three times the 0.957 GFLOP of its forward convolutions.

On two cores with AVX2 alone, where TensorFlow leaves oneDNN off, the quick network in float32
trained 324 images a second with oneDNN's kernels and 194 without; in bfloat16, emulated, 33 and 38.

What was tried on two AVX512-BF16 cores and did not pay, so is not done:

- 1×1 convolutions, or their gradients, as matrix products; the gradient of a 3×3 kernel as nine
  or three matrix products, or over parts of the batch; the gradient of the input as a convolution
  with the turned kernel: from equally fast to half as fast as oneDNN's own.
- One thread a kernel and two kernels at once: slower for the posted network, somewhat faster for
  small batches of small networks. Two threads a kernel and one kernel at a time: no gain.
- Other ways to give out memory (``TF_CPU_ALLOCATOR_USE_BFC``, ``MALLOC_MMAP_THRESHOLD_``): a step
  has some 20 page faults as it is, and took 302, 297 and 301 ms.
- One kernel a variable for Adam and SGD: no faster step that could be told from noise in large
  networks. It is kept, because the training step is traced in half the time.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from resnet_app.config import TrainingConfig
from resnet_app.training.loading import load_keras
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine

GFLOP_POSTED = 2.87
"""Of training on one image; see above."""
_STEPS_LEFT_OUT = 3
_OURS = """
from tests.benchmarks.throughput import images_a_second
import json, sys
print(images_a_second(json.loads(sys.argv[1]), float(sys.argv[2])))
"""
_PEAK = "from tests.benchmarks.throughput import print_peak; print_peak()"


class _EnoughTimed(Exception):
    """Ends ``fit``; Keras takes a ``StopIteration`` for the end of the data."""


def main() -> None:
    """Print the machine, its peak, and one line a network and rival."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch", help="an interpreter that has PyTorch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    options = parser.parse_args()
    print(machine.describe())
    print(_run([sys.executable, "-c", _PEAK]))
    print(f"{'network':<14}{'rival':<34}{'images/s':>9}{'ratio':>8}")
    posted = RECIPES["as-posted"].config
    fast = posted.changed(fast_kernels=True, precision="auto")
    plain = RECIPES["recommended"].config.changed(fast_kernels=False, precision="float32")
    for name, rival, ours in (
        ("as posted", posted, fast),
        ("recommended", plain, RECIPES["recommended"].config),
    ):
        _print_contest(name, rival, ours.changed(augmentation="none"), options)


def _print_contest(
    name: str, plain: TrainingConfig, ours: TrainingConfig, options: argparse.Namespace
) -> None:
    seconds = str(options.seconds)
    commands = {
        "fast kernels": _our_command(ours, seconds),
        "fast kernels, float32": _our_command(ours.changed(precision="float32"), seconds),
        "Keras as it comes": _our_command(plain.changed(augmentation="none"), seconds),
    }
    if options.torch:
        for precision in ("bf16", "fp32"):
            for mode in ("eager", "compiled"):
                commands[f"PyTorch, {precision}, {mode}"] = [
                    options.torch, str(Path(__file__).with_name("torch_rival.py")),
                    ",".join(map(str, ours.strides)), ours.head, str(ours.batch_size),
                    precision, mode, seconds,
                ]  # fmt: skip
    found: dict[str, list[float]] = {rival: [] for rival in commands}
    for _ in range(options.rounds):
        for rival, command in commands.items():
            found[rival].append(float(_run(command)))
    medians = {rival: statistics.median(values) for rival, values in found.items()}
    for rival, median in medians.items():
        ratio = medians["fast kernels"] / median
        print(f"{name:<14}{rival:<34}{median:>9.1f}{ratio:>8.2f}", flush=True)


def _our_command(config: TrainingConfig, seconds: str) -> list[str]:
    return [sys.executable, "-c", _OURS, json.dumps(config.to_json()), seconds]


def _run(command: list[str]) -> str:
    """The last line that ``command`` prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout.strip().splitlines()[-1]


def images_a_second(values: dict[str, object], seconds: float) -> float:
    """Speed of ``fit`` with this configuration, on noise, the first steps left out.

    With fast kernels TensorFlow is loaded as the app loads it, otherwise as it comes.
    """
    config = TrainingConfig.from_json(values)
    if config.fast_kernels:
        load_keras()
    import keras

    from resnet_app.imaging import Normalizer
    from resnet_app.training.input import training_batches
    from resnet_app.training.prepare import prepare

    images = machine.noise(config.batch_size * 20)
    batches = training_batches(
        images, Normalizer("unit", 0, 1), config.batch_size, 0, config.augmentation, True
    )
    times: list[float] = []

    class Clock(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            times.append(time.perf_counter())
            if times[-1] - times[0] > seconds and len(times) > _STEPS_LEFT_OUT + 1:
                raise _EnoughTimed

    with contextlib.suppress(_EnoughTimed):
        prepare(config).model.fit(
            batches.repeat(), steps_per_epoch=10**6, callbacks=[Clock()], shuffle=False, verbose=0
        )
    counted = times[_STEPS_LEFT_OUT:]
    return (len(counted) - 1) * config.batch_size / (counted[-1] - counted[0])


def measure_peak() -> dict[str, float]:
    """GFLOP/s of a 3×3 convolution of the posted network's last stage, by dtype."""
    load_keras()
    import tensorflow as tf

    images, kernel = tf.random.normal([32, 26, 26, 128]), tf.random.normal([3, 3, 128, 128])
    operations = 2 * 32 * 26 * 26 * 128 * 128 * 9
    found = {}
    for kind in (tf.float32, tf.bfloat16):
        x, w = tf.cast(images, kind), tf.cast(kernel, kind)
        seconds = []
        for _ in range(12):
            began = time.perf_counter()
            tf.nn.conv2d(x, w, 1, "SAME").numpy()
            seconds.append(time.perf_counter() - began)
        found[kind.name] = operations / min(seconds) / 1e9
    return found


def print_peak() -> None:
    """One line: the peak, and what the posted network could train at most."""
    print(
        ", ".join(
            f"{name} convolution {speed:.0f} GFLOP/s: the posted network at most "
            f"{speed / GFLOP_POSTED:.0f} images/s"
            for name, speed in measure_peak().items()
        )
    )


if __name__ == "__main__":
    main()
