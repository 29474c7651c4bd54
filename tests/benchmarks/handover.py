"""End of one run to the first point of the next, which waited: in a cold process and a ready one.

Run: ``python -m tests.benchmarks.handover [--rounds 3]``. Both runs are quick ones on 2,000
built-in digits. Without memory for two processes with TensorFlow both columns are cold.
"""

import argparse
import os
import statistics
import time

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits
from resnet_app.training import launch
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine
from tests.benchmarks.first_point import temporary_home, wait_for_end

_IMAGES, _EPOCHS = 2000, 2


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine.describe())
    config = RECIPES["quick"].config.changed(epochs=_EPOCHS)
    with temporary_home():
        digest = datasets.save(drawn_digits(_IMAGES))
        for words, warm in (("cold", "0"), ("made ready", "1")):
            os.environ["RESNET_APP_WARM_WORKER"] = warm
            gaps = [_gap(config, digest) for _ in range(options.rounds)]
            print(f"{words:<12}{statistics.median(gaps):>6.1f} s  ", end="")
            print(", ".join(f"{gap:.1f}" for gap in gaps))


def _gap(config: TrainingConfig, digest: str) -> float:
    first, second = launch.start(config, digest), launch.start(config, digest)
    while not first.status().ended:
        time.sleep(0.02)
    ended = time.perf_counter()
    while not second.history().batches:
        assert not second.status().ended, second.log_tail()
        time.sleep(0.02)
    gap = time.perf_counter() - ended
    wait_for_end(second)
    return gap


if __name__ == "__main__":
    main()
