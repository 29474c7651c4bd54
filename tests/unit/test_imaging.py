import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from resnet_app.data.generator import generate
from resnet_app.errors import ConfigError, DataError
from resnet_app.imaging import Framing, Normalizer, count_levels, is_dot, light_on_dark
from resnet_app.strokes import draw_strokes, place_strokes
from resnet_app.training.input import evaluation_batches
from tests.conftest import bar_images


@pytest.mark.parametrize("kind", ["raw", "unit", "standardized"])
def test_normalizer_matches_numpy(kind: str):
    images, _ = generate(60, seed=1)
    values = images.astype(np.float64)[..., None]
    expected = {
        "raw": values,
        "unit": values / 255,
        "standardized": (values - values.mean()) / values.std(),
    }[kind]
    normalized = Normalizer.fit(kind, images).apply(images)
    assert normalized.dtype == np.float32
    np.testing.assert_allclose(normalized, expected, atol=1e-4)


def test_levels_are_counted_without_a_wide_copy():
    images = np.random.default_rng(0).integers(0, 256, (2000, 50, 50), np.uint8)
    tracemalloc.start()
    counts = count_levels(images)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(counts, np.unique(images, return_counts=True)[1])
    assert peak < 3 * images.nbytes  # 64-bit copies of all pixels would be 8 times


def test_unknown_normalization_is_refused():
    with pytest.raises(ConfigError, match="Received: twice"):
        Normalizer.fit("twice", bar_images(60)[0])


@pytest.mark.parametrize("light", [True, False])
def test_a_training_image_through_the_canvas_path_is_the_training_image(light: bool):
    ink, labels = generate(60, seed=2)
    images = ink if light else 255 - ink
    normalizer, framing = Normalizer.fit("standardized", images), Framing.measure(images)
    assert framing.light_ink is light
    canvas = np.stack([framing.apply(drawing, fitted=False) for drawing in ink])
    assert np.array_equal(canvas, images)
    fed = np.concatenate([x for x, _ in evaluation_batches((images, labels), normalizer, 16)])
    np.testing.assert_allclose(normalizer.apply(canvas), fed, rtol=1e-5, atol=1e-5)


def test_a_small_drawing_in_a_corner_is_brought_to_size_and_place():
    images, _ = generate(200, seed=4)
    framing = Framing.measure(images)
    drawing = np.zeros((400, 400), np.uint8)
    drawing[20:80, 30:50] = 255
    framed = framing.apply(drawing)
    rows, columns = np.nonzero(framed > 50)
    assert abs((rows.max() - rows.min() + 1) - framing.side) <= 2
    assert abs(rows.mean() + 0.5 - framing.row) <= 1
    assert abs(columns.mean() + 0.5 - framing.column) <= 1


def test_an_empty_drawing_is_told_in_words():
    framing = Framing.measure(bar_images(60)[0])
    with pytest.raises(DataError, match="empty"):
        framing.apply(np.zeros((400, 400), np.uint8))


def test_a_photo_with_dark_ink_reads_like_its_negative():
    framing = Framing.measure(generate(60, seed=5)[0])
    drawing = np.zeros((100, 80), np.uint8)
    drawing[20:80, 30:40] = 255
    assert np.array_equal(framing.apply(light_on_dark(255 - drawing)), framing.apply(drawing))


def test_blank_images_have_a_framing():
    framing = Framing.measure(np.zeros((10, 50, 50), np.uint8))
    assert (framing.row, framing.column) == (25, 25)


def _seven(pen: float, size: float) -> np.ndarray:
    """A long-tailed 7, whose mass is far from the middle of its box."""
    seven = [np.array([[0.0, 0.1], [0.9, 0.0], [0.75, 0.3], [0.5, 2.0]])]
    return draw_strokes(place_strokes(seven, size), pen)


@pytest.mark.parametrize("size", [120, 240, 350])
def test_any_pen_and_size_looks_like_the_training_pen(size: int):
    framing = replace(Framing.measure(generate(300, seed=4)[0]), stroke=4.0, side=38.0)
    thick, thin = (framing.apply(_seven(pen, size)).astype(float) for pen in (40, 6))
    for framed in (thick, thin):
        assert framed[:, :20].sum(1).max() / 255 > 0  # the bar's left end is there
        below = framed[30:40].sum(1) / framed.max()
        assert np.median(below) == pytest.approx(4.0, rel=0.25)  # the tail is nearly upright
    assert np.abs(thick - thin).mean() < 6


@pytest.mark.parametrize("side", [36.0, 46.0, 50.0])
def test_no_ink_is_cut_off_at_the_edge(side: float):
    framing = Framing(side, 25.0, 25.0, True, stroke=4.0)
    framed = framing.apply(_seven(20, 350))
    edge = np.concatenate([framed[0], framed[-1], framed[:, 0], framed[:, -1]])
    assert edge.max() < 60
    assert framed.max() > 240


def test_the_pen_of_the_training_images_is_measured():
    lines = np.zeros((60, 50, 50), np.uint8)
    lines[:, 8:42, 22:27] = 255
    assert Framing.measure(lines).stroke == pytest.approx(5.0, abs=0.4)


def test_grey_levels_are_those_of_the_training_images():
    images = np.full((60, 50, 50), 30, np.uint8)
    images[:, 10:40, 22:28] = 200
    framed = Framing.measure(images).apply(_seven(20, 300))
    assert (framed.min(), framed.max()) == (30, 200)


def test_a_framing_stored_before_pens_were_measured_is_still_read():
    framing = Framing(**{"side": 36.0, "row": 25.0, "column": 25.0, "light_ink": True})
    thin, thick = (framing.apply(_seven(pen, 300)).astype(int).sum() for pen in (8, 32))
    assert thick > 2 * thin  # drawings keep their own pen


def test_a_dot_is_told_from_a_digit():
    dot = draw_strokes([np.array([[200.0, 200.0], [202.0, 201.0]])], 40)
    assert is_dot(dot)
    assert not is_dot(_seven(40, 120))
