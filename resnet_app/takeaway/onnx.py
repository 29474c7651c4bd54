"""A run's model as ONNX, where the converter is installed."""

from importlib.util import find_spec
from pathlib import Path

from resnet_app.config import IMAGE_SIZE
from resnet_app.runs.run import Run

_CONVERTERS = ("tf2onnx", "onnx")


def why_no_onnx(run: Run) -> str | None:
    """Why the model cannot be converted, in a sentence; None if it can."""
    missing = [name for name in _CONVERTERS if find_spec(name) is None]
    if not missing:
        return None
    return f"ONNX needs {' and '.join(missing)}, which this installation does not have."


def write_onnx(run: Run, path: Path) -> None:
    """Convert the model of ``run``; TensorFlow loads here."""
    import keras
    import numpy as np

    model = keras.models.load_model(run.directory / "model.keras", compile=False)
    model(np.zeros((1, IMAGE_SIZE, IMAGE_SIZE, 1), np.float32))  # the exporter wants one call
    model.export(str(path), format="onnx", verbose=False)
