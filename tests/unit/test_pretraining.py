"""What the pretrained model learns from, made of a few strokes."""

import numpy as np
import pytest

from resnet_app.data.generator import generate, write
from resnet_app.imaging import Framing
from resnet_app.pretraining.grid import draw_cell
from resnet_app.pretraining.nondigits import (
    HELD_BACK_LETTERS,
    TRAINING_LETTERS,
    draw_nondigit,
)
from resnet_app.pretraining.variants import draw_variant, warp_variant
from resnet_app.strokes import PenDigit

_FRAMING = Framing(36.0, 25.0, 25.0, True, stroke=4.0)
_PENS = [PenDigit(digit, 1, tuple(write(digit, 5))) for digit in range(10)]


def test_variants_of_one_digit_differ_and_a_seed_repeats_them():
    def made(seed: int) -> np.ndarray:
        return draw_variant(_PENS[7].strokes, _FRAMING, np.random.default_rng(seed))

    variants = np.stack([made(seed) for seed in range(30)])
    assert np.array_equal(variants[0], made(0))
    assert len(np.unique(variants.reshape(30, -1), axis=0)) == 30
    ink = (variants > 100).mean((1, 2))
    assert 0.02 < ink.min() < ink.max() < 0.5


def test_warped_images_keep_their_digit_in_the_picture():
    images, _ = generate(20, seed=2)
    for seed, image in enumerate(images):
        warped = warp_variant(image, _FRAMING, np.random.default_rng(seed))
        assert 0.5 < warped.astype(float).sum() / image.astype(float).sum() < 2.5


@pytest.mark.parametrize("letters", [TRAINING_LETTERS, HELD_BACK_LETTERS])
def test_nondigits_are_never_blank(letters: str):
    rng = np.random.default_rng(1)
    for _ in range(60):
        assert draw_nondigit(_PENS, letters, rng).max() > 200


def test_no_letter_is_both_trained_and_tested():
    assert not set(TRAINING_LETTERS) & set(HELD_BACK_LETTERS)


@pytest.mark.parametrize(("pen", "size"), [(6, 0.3), (40, 0.95)])
def test_every_drawing_of_the_grid_lies_on_the_canvas(pen: int, size: float):
    for drawing in draw_cell(_PENS, pen, size):
        edge = np.concatenate([drawing[0], drawing[-1], drawing[:, 0], drawing[:, -1]])
        assert edge.max() == 0
        rows, columns = np.nonzero(drawing)
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert longer == pytest.approx(min(size * 400 + pen, 394), abs=3)
