"""Where the time of a training step goes, by kind of operation, and what could be won at most.

Run: ``python -m tests.benchmarks.step_profile [--recipe as-posted] [--set key=value]...``. Some
operations run side by side, so shares are of the time of all of them together. The last lines
compare the step with two bounds: everything but the convolutions for nothing, and that besides
the convolutions at the speed of the fastest one, measured in the same run.
"""

import argparse
import collections
import tempfile
import time
from pathlib import Path

from resnet_app.config import TrainingConfig
from resnet_app.imaging import Normalizer
from resnet_app.training.loading import load_keras
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine
from tests.benchmarks.throughput import GFLOP_POSTED, measure_peak

_STEPS = 8
_SHOWN = 14
_AROUND = ("Process", "Run", "MapDataset", "MakeIterator")
"""Time in which the operations themselves run, or of other threads."""


def main() -> None:
    """Print the operations of one step, the slowest first, and the bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="as-posted")
    parser.add_argument("--set", action="append", default=[], dest="changes")
    options = parser.parse_args()
    config = RECIPES[options.recipe].config.changed(
        fast_kernels=True, precision="auto", augmentation="none"
    )
    config = config.with_texts(dict(text.split("=", 1) for text in options.changes))
    print(machine.describe())
    peaks = measure_peak()
    policy, step, operations = _profile(config)
    print(f"{policy}, batch of {config.batch_size}: {1e3 * step:.0f} ms a step")
    total = operations.total()
    for name, seconds in operations.most_common(_SHOWN):
        print(f"{1e3 * seconds:>9.1f} ms {seconds / total:>6.1%}  {name}")
    share = sum(s for name, s in operations.items() if "Conv2D" in name) / total
    _print_bound("everything but the convolutions for nothing", step, share * step)
    if options.recipe == "as-posted" and not options.changes:
        peak = peaks["bfloat16" if "bfloat16" in policy else "float32"]
        least = GFLOP_POSTED * config.batch_size / peak
        _print_bound(f"and these at the fastest one's {peak:.0f} GFLOP/s", step, least)


def _print_bound(what: str, step: float, bound: float) -> None:
    print(f"{what}: {1e3 * bound:.0f} ms, {step / bound:.2f} times as fast")


def _profile(config: TrainingConfig) -> tuple[str, float, "collections.Counter[str]"]:
    """The dtype policy, seconds of a step without the profiler, seconds a step by operation."""
    load_keras()
    import tensorflow as tf

    from resnet_app.training.input import training_batches
    from resnet_app.training.prepare import prepare

    network = prepare(config)
    batches = training_batches(
        machine.noise(config.batch_size * _STEPS),
        Normalizer("unit", 0, 1),
        config.batch_size,
        0,
        config.augmentation,
        True,
    )
    network.model.fit(batches, shuffle=False, verbose=0)  # traces
    began = time.perf_counter()
    network.model.fit(batches, shuffle=False, verbose=0)
    step = (time.perf_counter() - began) / _STEPS
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        network.model.fit(batches, shuffle=False, verbose=0)
        tf.profiler.experimental.stop()
        return network.precision.policy, step, _add_up(next(Path(folder).rglob("*.xplane.pb")))


def _add_up(file: Path) -> "collections.Counter[str]":
    """Seconds a step of each kind of operation in a profile."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    space = xplane_pb2.XSpace()
    space.ParseFromString(file.read_bytes())
    seconds: collections.Counter[str] = collections.Counter()
    for plane in space.planes:
        if "CPU" not in plane.name:
            continue
        for event in (event for line in plane.lines for event in line.events):
            name = plane.event_metadata[event.metadata_id].name
            kind = name.split(":")[-1]
            # NAME:KIND is an operation; steps of the data pipeline and whole functions are not.
            if ":" in name and not name.startswith("Iterator") and _is_operation(kind):
                seconds[kind] += event.duration_ps / 1e12 / _STEPS
    return seconds


def _is_operation(kind: str) -> bool:
    return kind.strip() not in _AROUND and not kind.startswith(("__inference", " "))


if __name__ == "__main__":
    main()
