"""A trained network as LiteRT: the traced function converted, against Keras's own export.

Run: ``python -m tests.benchmarks.exporting``. Both write the recommended network with its votes,
one after the other in this process; each is done once before, uncounted. Prints the median of
processor and wall seconds, the ratio, and the largest difference between what the two files answer.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from resnet_app.imaging import Framing, Normalizer
from resnet_app.model.light import export_light, with_votes
from resnet_app.model.resnet import build_resnet
from resnet_app.predict import Predictor
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine

_REPEATS = 5


def seconds(action: Callable[[], object]) -> tuple[float, float]:
    """Median processor and wall seconds of ``action``, after one call that does not count."""
    action()
    spent = []
    for _ in range(_REPEATS):
        began = time.process_time(), time.perf_counter()
        action()
        spent.append((time.process_time() - began[0], time.perf_counter() - began[1]))
    processor, wall = (statistics.median(each) for each in zip(*spent, strict=True))
    return processor, wall


def main() -> None:
    """Print one line a way."""
    print(machine.describe())
    model = build_resnet(RECIPES["recommended"].config)
    images, _ = machine.noise(20)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.tflite", Path(folder) / "theirs.tflite"
        rows = {
            "traced function": seconds(lambda: export_light(model, ours)),
            "Keras's export": seconds(
                lambda: with_votes(model).export(str(theirs), format="litert", verbose=False)
            ),
        }
        found, expected = (
            Predictor(path, Normalizer("unit", 0.0, 1.0), Framing.measure(images))
            for path in (ours, theirs)
        )
    print(f"{'':<18}{'processor s':>12}{'wall s':>8}{'ratio':>7}")
    rival = rows["Keras's export"][0]
    for name, (processor, wall) in rows.items():
        print(f"{name:<18}{processor:>12.1f}{wall:>8.1f}{rival / processor:>7.1f}")
    logits = np.abs(found.logits(images) - expected.logits(images)).max()
    votes = np.abs(found.votes(images) - expected.votes(images)).max()
    print(f"largest difference: logits {logits:.1e}, votes {votes:.1e}")


if __name__ == "__main__":
    main()
