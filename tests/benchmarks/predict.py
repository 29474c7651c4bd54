"""One drawing to ten probabilities: LiteRT as the page uses it, against ``model.predict``.

Run: ``python -m tests.benchmarks.predict``. Prints medians and the ratio; weights are untrained.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from resnet_app.imaging import Framing, Normalizer
from resnet_app.model.resnet import build_resnet
from resnet_app.predict import Predictor
from resnet_app.training.recipes import RECIPES

_REPEATS = 50


def median_ms(action: Callable[[], object]) -> float:
    """Median time of ``action`` in milliseconds, after three calls that do not count."""
    times = []
    for _ in range(_REPEATS + 3):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[3:])


def main() -> None:
    """Print one line a recipe."""
    drawing = np.zeros((400, 400), np.uint8)
    drawing[60:340, 190:215] = 255
    print(f"{'recipe':<14}{'frame ms':>10}{'LiteRT ms':>11}{'predict ms':>12}{'ratio':>8}")
    for name, recipe in RECIPES.items():
        model = build_resnet(recipe.config)
        normalizer = Normalizer(recipe.config.normalization, 20.0, 60.0)
        framing = Framing(35.0, 25.0, 25.0, True)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.tflite"
            model.export(str(path), format="litert", verbose=False)
            predictor = Predictor(path, normalizer, framing)
        image = framing.apply(drawing)[None]
        values = normalizer.apply(image)
        frame = median_ms(lambda: framing.apply(drawing))  # noqa: B023
        light = median_ms(lambda: predictor.probabilities(image))  # noqa: B023
        keras = median_ms(lambda: model.predict(values, verbose=0))  # noqa: B023
        print(f"{name:<14}{frame:>10.2f}{light:>11.2f}{keras:>12.1f}{keras / light:>8.1f}")


if __name__ == "__main__":
    main()
