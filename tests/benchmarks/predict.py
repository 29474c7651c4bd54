"""One drawing to ten probabilities: LiteRT as the page uses it, against ``model.predict``.

Run: ``python -m tests.benchmarks.predict``. Prints medians and the ratio; the recipes' weights are
untrained. "whole" is from a drawing on the canvas to its probabilities, framing included.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from resnet_app.data.generator import write
from resnet_app.imaging import Framing, Normalizer
from resnet_app.model.light import export_light
from resnet_app.model.resnet import build_resnet
from resnet_app.predict import Predictor
from resnet_app.runs import store as runs
from resnet_app.strokes import draw_strokes, place_strokes
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine

_REPEATS = 50
_DRAWING = draw_strokes(place_strokes(write(4, 3), 280), 24)


def median_ms(action: Callable[[], object]) -> float:
    """Median time of ``action`` in milliseconds, after three calls that do not count."""
    times = []
    for _ in range(_REPEATS + 3):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[3:])


def main() -> None:
    """Print one line a recipe, and one for the model that comes with the app."""
    import keras

    print(machine.describe())
    heads = ("frame ms", "LiteRT ms", "whole ms", "predict ms", "ratio")
    print(f"{'':<14}" + "".join(f"{head:>12}" for head in heads))
    framing = Framing(35.0, 25.0, 25.0, True, stroke=3.75)
    for name, recipe in RECIPES.items():
        model = build_resnet(recipe.config)
        normalizer = Normalizer(recipe.config.normalization, 20.0, 60.0)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.tflite"
            export_light(model, path)
            _print_row(name, Predictor(path, normalizer, framing), model)
    shipped = runs.pretrained()
    model = keras.models.load_model(shipped.directory / "model.keras")
    _print_row(shipped.id, Predictor.load(shipped), model)


def _print_row(name: str, predictor: Predictor, model: object) -> None:
    image = predictor.framing.apply(_DRAWING)[None]
    values = predictor.normalizer.apply(image)
    frame = median_ms(lambda: predictor.framing.apply(_DRAWING))
    light = median_ms(lambda: predictor.probabilities(image))
    whole = median_ms(lambda: predictor.read_drawing(_DRAWING))
    rival = median_ms(lambda: model.predict(values, verbose=0))  # type: ignore[attr-defined]
    cells = "".join(f"{value:>12.2f}" for value in (frame, light, whole, rival, rival / light))
    print(f"{name:<14}{cells}", flush=True)


if __name__ == "__main__":
    main()
