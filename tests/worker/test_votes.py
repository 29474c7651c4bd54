"""Why: the votes of the light model, against the Keras model itself."""

from pathlib import Path

import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data.generator import generate
from resnet_app.imaging import Framing, Normalizer
from resnet_app.model.resnet import feature_places
from resnet_app.predict import Predictor

_CONFIGS = {
    "flatten": TrainingConfig(widths=(8, 8, 16)),
    "flatten, odd": TrainingConfig(widths=(8, 8, 16), strides=(1, 2, 1), normalization="unit"),
    "pooled": TrainingConfig(widths=(8, 8, 16), head="pooled", strides=(1, 2, 2)),
    "pooled, stem": TrainingConfig(widths=(8, 8, 16), head="pooled", stem_stride=2),
}


def _untrained(config: TrainingConfig):
    """A network whose weights, bias and moving averages are all different from zero."""
    from resnet_app.model.resnet import build_resnet

    rng = np.random.default_rng(1)
    model = build_resnet(config)
    model.set_weights(
        [
            rng.uniform(0.5, 1.5, w.shape) if "variance" in v.path or "gamma" in v.path
            else rng.normal(0, 0.1, w.shape)
            for v, w in zip(model.weights, model.get_weights(), strict=True)
        ]
    )  # fmt: skip
    return model


@pytest.mark.parametrize("name", _CONFIGS)
def test_votes_and_bias_sum_to_the_logit(name: str, tmp_path: Path):
    import keras

    from resnet_app.model.light import export_light

    config = _CONFIGS[name]
    model = _untrained(config)
    export_light(model, tmp_path / "model.tflite")
    images, _ = generate(12, seed=3)
    normalizer = Normalizer("unit", 0.0, 1.0)
    predictor = Predictor(tmp_path / "model.tflite", normalizer, Framing.measure(images))

    dense = model.get_layer("D2")
    into_head = keras.Model(model.input, dense.input)
    weights, bias = dense.get_weights()
    logits = into_head.predict(normalizer.apply(images), verbose=0) @ weights + bias

    np.testing.assert_allclose(predictor.logits(images), logits, atol=1e-3)
    for image in images[:3]:
        prediction = predictor.read_drawing(np.asarray(image), fitted=False)
        expected = into_head.predict(normalizer.apply(image[None]), verbose=0) @ weights + bias
        assert prediction.votes is not None
        summed = prediction.votes.sum((0, 1)) + bias
        np.testing.assert_allclose(summed, expected[0], atol=1e-3)
        np.testing.assert_allclose([prediction.bias(digit) for digit in range(10)], bias, atol=1e-3)
    np.testing.assert_allclose(
        predictor.probabilities(images),
        model.predict(normalizer.apply(images), verbose=0),
        atol=1e-4,
    )


@pytest.mark.parametrize("name", _CONFIGS)
def test_votes_lie_where_the_network_looked(name: str):
    """A place's features change most with the pixels that the place stands for."""
    import keras

    config = _CONFIGS[name].changed(head="pooled")
    model = _untrained(config)
    features = model.get_layer("Pool0").input
    network = keras.Model(model.input, features)
    count = features.shape[1]
    middle = count // 2
    image = np.random.default_rng(0).uniform(0, 1, (50, 50, 1)).astype(np.float32)
    images = np.stack([image] * 51)  # the last stays as it is
    for row in range(50):
        images[row, row] += 0.05
    found = network.predict(images, verbose=0)[:, middle, middle]  # (51, C)
    change = np.abs(found[:50] - found[50]).sum(1)
    rows = (change * np.arange(50)).sum() / change.sum()
    assert rows == pytest.approx(feature_places(config, count)[middle], abs=2.5)


def test_a_model_stored_without_votes_is_still_read(tmp_path: Path):
    config = _CONFIGS["pooled"]
    model = _untrained(config)
    model.export(str(tmp_path / "model.tflite"), format="litert", verbose=False)
    images, _ = generate(5, seed=4)
    normalizer = Normalizer("unit", 0.0, 1.0)
    predictor = Predictor(tmp_path / "model.tflite", normalizer, Framing.measure(images))
    np.testing.assert_allclose(
        predictor.probabilities(images),
        model.predict(normalizer.apply(images), verbose=0),
        atol=1e-4,
    )
    assert predictor.read_drawing(images[0]).votes is None
