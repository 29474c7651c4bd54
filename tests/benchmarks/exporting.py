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
from numpy.typing import NDArray

from resnet_app.model.light import export_light, with_votes
from resnet_app.model.resnet import build_resnet
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


def answers(path: Path, images: NDArray[np.float32]) -> dict[int, NDArray[np.float32]]:
    """Votes and logits by their number of axes."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    given = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(given, images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given, images)
    interpreter.invoke()
    outputs = interpreter.get_output_details()
    return {len(each["shape"]): interpreter.get_tensor(each["index"]) for each in outputs}


def main() -> None:
    """Print one line a way."""
    print(machine.describe())
    model = build_resnet(RECIPES["recommended"].config)
    images = np.random.default_rng(0).random((20, 50, 50, 1), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.tflite", Path(folder) / "theirs.tflite"
        rows = {
            "traced function": seconds(lambda: export_light(model, ours)),
            "Keras's export": seconds(
                lambda: with_votes(model).export(str(theirs), format="litert", verbose=False)
            ),
        }
        found, expected = answers(ours, images), answers(theirs, images)
    print(f"{'':<18}{'processor s':>12}{'wall s':>8}{'ratio':>7}")
    rival = rows["Keras's export"][0]
    for name, (processor, wall) in rows.items():
        print(f"{name:<18}{processor:>12.1f}{wall:>8.1f}{rival / processor:>7.1f}")
    apart = max(float(np.abs(found[axes] - expected[axes]).max()) for axes in expected)
    print(f"largest difference {apart:.1e}")


if __name__ == "__main__":
    main()
