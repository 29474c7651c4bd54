import numpy as np

from resnet_app.data.generator import write
from resnet_app.imaging import Framing
from resnet_app.photo import find_ink
from resnet_app.strokes import draw_strokes, place_strokes

_FRAMING = Framing(36.0, 25.0, 25.0, True, stroke=4.0)


def _digit() -> np.ndarray:
    return draw_strokes(place_strokes(write(4, 3), 240), 20)


def _paper(ink: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Dark ink on paper under ``light`` (H, W), with a little noise."""
    noise = np.random.default_rng(0).normal(0, 2, ink.shape)
    return np.clip(light * (1 - 0.75 * ink / 255.0) + noise, 0, 255).astype(np.uint8)


def _gap(picture: np.ndarray) -> float:
    """Mean difference of the framed picture from the framed clean drawing, in grey levels."""
    framed = _FRAMING.apply(find_ink(picture)).astype(float)
    return float(np.abs(framed - _FRAMING.apply(_digit())).mean())


def test_a_clean_picture_of_either_polarity_is_its_ink():
    assert np.array_equal(find_ink(_digit()), _digit())
    assert np.array_equal(find_ink(255 - _digit()), _digit())


def test_uneven_light_is_taken_off():
    light = np.linspace(110, 240, 400)[None, :] * np.linspace(1, 0.8, 400)[:, None]
    assert _gap(_paper(_digit(), light)) < 4


def test_lines_on_the_paper_are_taken_off():
    picture = _paper(_digit(), np.full((400, 400), 230.0))
    for row in range(30, 400, 60):
        picture[row : row + 3] = np.minimum(picture[row : row + 3], 120)
    for column in range(20, 400, 60):
        picture[:, column : column + 3] = np.minimum(picture[:, column : column + 3], 120)
    assert _gap(picture) < 8


def test_a_dark_border_is_taken_off():
    picture = _paper(_digit(), np.full((400, 400), 230.0))
    picture[:12] = picture[:, -18:] = 25
    assert _gap(picture) < 4


def test_specks_are_taken_off():
    picture = _paper(_digit(), np.full((400, 400), 230.0))
    picture[20:24, 20:24] = picture[380:383, 370:374] = 40
    assert _gap(picture) < 4


def test_a_large_photo_comes_back_smaller_and_a_blank_one_empty():
    assert find_ink(np.full((3000, 2000), 200, np.uint8)).max() == 0
    assert max(find_ink(np.full((3000, 2000), 200, np.uint8)).shape) == 600
