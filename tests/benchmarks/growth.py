"""How the time of an epoch grows with the number of images and with cores.

Run: ``python -m tests.benchmarks.growth [--sizes 1000,4000,16000,60000]``. Each row is one epoch of
the quick recipe's network on noise, in a process of its own, tracing left out; the rival is plain
Keras, with the same network and batch. Cores are taken away by the process's affinity (Linux).
"""

import argparse
import os
import subprocess
import sys

from resnet_app.training.loading import load_keras
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine

_CHILD = """
import os, sys
os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: int(sys.argv[2])]))
from tests.benchmarks.growth import seconds_of_an_epoch
print(seconds_of_an_epoch(int(sys.argv[1]), sys.argv[3] == "fast"))
"""


def main() -> None:
    """Print one line a size and number of cores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,4000,16000,60000")
    options = parser.parse_args()
    print(machine.describe())
    print(f"{'images':>8}{'cores':>7}{'fast s':>9}{'images/s':>10}{'Keras s':>9}{'ratio':>8}")
    for size in map(int, options.sizes.split(",")):
        for cores in sorted({1, min(2, machine.cores())}):
            fast, plain = (_measure(size, cores, kind) for kind in ("fast", "plain"))
            print(
                f"{size:>8,}{cores:>7}{fast:>9.1f}{size / fast:>10.0f}{plain:>9.1f}"
                f"{plain / fast:>8.2f}",
                flush=True,
            )


def _measure(size: int, cores: int, kind: str) -> float:
    command = [sys.executable, "-c", _CHILD, str(size), str(cores), kind]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
    return float(done.stdout.strip().splitlines()[-1])


def seconds_of_an_epoch(size: int, fast: bool) -> float:
    """Time of one epoch of ``size`` images after an epoch on a few that traces the step."""
    import time

    if fast:
        load_keras()
    from resnet_app.imaging import Normalizer
    from resnet_app.training.input import training_batches
    from resnet_app.training.prepare import prepare, trace

    config = RECIPES["quick"].config
    if not fast:
        config = config.changed(fast_kernels=False, precision="float32")
    network = prepare(config)
    trace(network)
    batches = training_batches(
        machine.noise(size), Normalizer("unit", 0, 1), config.batch_size, 0, "light", True
    )
    began = time.perf_counter()
    network.model.fit(batches, shuffle=False, verbose=0)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
