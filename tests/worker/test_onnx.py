"""A trained run's model as ONNX, read by a runtime that knows neither Keras nor this project."""

import shutil
from pathlib import Path

import keras
import numpy as np
import onnxruntime

from resnet_app.runs import store as runs
from resnet_app.takeaway.launch import take
from tests.conftest import bar_images


def test_the_onnx_model_answers_as_the_keras_model(trained_home: Path, lab_home: Path):
    shutil.copytree(trained_home, lab_home)
    (run,) = runs.listing()
    session = onnxruntime.InferenceSession(take(run, "onnx"))
    pixels = run.normalizer().apply(bar_images(40)[0])  # (40, 50, 50, 1) float32
    (answers,) = session.run(None, {session.get_inputs()[0].name: pixels})
    model = keras.models.load_model(run.directory / "model.keras", compile=False)
    np.testing.assert_allclose(answers, model.predict(pixels, verbose=0), atol=1e-5)
