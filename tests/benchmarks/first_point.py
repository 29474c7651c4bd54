"""Click to the first point of the curve: a cold worker against one that was kept warm.

Run: ``python -m tests.benchmarks.first_point [--recipes quick] [--rounds 3]``. The click is
``launch.start``; the point is the first line of the run's events that a page would draw.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.runs.run import Run
from resnet_app.training import launch, workers
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine

_PATIENCE_SECONDS = 120


def main() -> None:
    """Print one line a recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipes", default=",".join(RECIPES))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine.describe())
    print(f"{'recipe':<14}{'cold s':>8}{'warm s':>8}{'ratio':>8}")
    with temporary_home():
        digest = datasets.save(Dataset("Noise", *machine.noise(4000)))
        for name in options.recipes.split(","):
            config = RECIPES[name].config
            cold, warm = [], []
            for _ in range(options.rounds):
                cold.append(_seconds_to_point(config, digest))
                warm_up_and_wait(config)
                warm.append(_seconds_to_point(config, digest))
            medians = statistics.median(cold), statistics.median(warm)
            print(f"{name:<14}{medians[0]:>8.1f}{medians[1]:>8.1f}{medians[0] / medians[1]:>8.1f}")


@contextmanager
def temporary_home() -> Iterator[None]:
    """A data folder of its own, removed afterwards."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home:
        patch.setenv("RESNET_APP_HOME", home)
        yield


def warm_up_and_wait(config: TrainingConfig) -> None:
    """Have a worker traced for ``config`` and idle, as it is when a person has looked around."""
    import psutil

    workers.warm_up(config)
    assert workers._warm is not None, "no room for a warm worker"
    worker = psutil.Process(workers._warm.pid)
    idle_since = busy = 0.0
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        time.sleep(0.5)
        used = sum(worker.cpu_times()[:2])
        if used - busy > 0.05 or used < 3:
            idle_since = time.monotonic()
        busy = used
        if time.monotonic() - idle_since > 2:
            return


def _seconds_to_point(config: TrainingConfig, digest: str) -> float:
    began = time.perf_counter()
    run = launch.start(config, digest)
    while not run.history().batches:
        assert not run.status().ended, run.log_tail()
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    run.request_stop()
    wait_for_end(run)
    return seconds


def wait_for_end(run: Run) -> None:
    """Wait until the worker of ``run`` has written its files and gone."""
    while run.status().active:
        time.sleep(0.2)
    for worker in workers._workers:
        worker.wait(_PATIENCE_SECONDS)


if __name__ == "__main__":
    main()
