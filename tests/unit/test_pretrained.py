"""The model that is there on first opening: its size, its card, and that it reads."""

import json
from pathlib import Path

import numpy as np
import pytest

from resnet_app.data.generator import generate
from resnet_app.predict import load_predictor
from resnet_app.pretraining.grid import draw_cell
from resnet_app.pretraining.nondigits import HELD_BACK_LETTERS, draw_nondigit
from resnet_app.runs import store as runs
from resnet_app.strokes import read_pen_digits


def test_the_light_model_is_under_two_megabytes_and_has_its_keras_twin():
    directory = runs.pretrained().directory
    assert (directory / "model.tflite").stat().st_size < 2_000_000
    assert (directory / "model.keras").stat().st_size > 1_000_000


def test_the_card_tells_data_recipe_figures_limits_and_licences():
    run = runs.pretrained()
    card = (run.directory / "card.md").read_text(encoding="utf-8")
    for part in ("## Data", "## Recipe", "## Figures", "## Limits", "## Licences", "CC BY 4.0"):
        assert part in card
    figures = json.loads((run.directory / "figures.json").read_text())
    for name in ("default_pen_accuracy", "worst_cell", "scans_accuracy", "nondigits_called"):
        assert f"{figures[name]:.2%}" in card


def test_what_was_measured_meets_what_is_promised():
    figures = json.loads((runs.pretrained().directory / "figures.json").read_text())
    assert figures["default_pen_accuracy"] >= 0.99
    assert figures["worst_cell"] >= 0.98
    assert figures["nondigits_called"] <= 0.05
    assert figures["refused"] <= 0.01


def test_true_digits_are_rarely_refused_and_scribbles_rarely_called_one():
    """On the fifty strokes of the browser test, written by people that trained nothing."""
    digits = read_pen_digits(Path(__file__).parents[1] / "browser" / "strokes.jsonl.gz")
    predictor = load_predictor(runs.pretrained())
    drawings = [
        drawing
        for pen in (6, 24, 40)
        for size in (0.3, 0.5, 0.95)
        for drawing in draw_cell(digits, pen, size)
    ]
    assert np.mean([not predictor.read_drawing(drawing).sure for drawing in drawings]) <= 0.01
    rng = np.random.default_rng(8)
    others = [draw_nondigit(digits, HELD_BACK_LETTERS, rng) for _ in range(300)]
    called = [predictor.read_drawing(drawing).confidence > 0.9 for drawing in others]
    assert np.mean(called) <= 0.05


def test_no_temperature_is_kept_that_makes_confidence_less_honest():
    calibration = runs.pretrained().calibration()
    assert calibration.count > 1000
    assert calibration.error_before is not None
    assert calibration.error_after is not None
    assert calibration.error_after <= calibration.error_before


def test_it_is_opened_by_its_name_and_reads_built_in_digits():
    run = runs.open_run("pretrained")
    assert (run.status().state, run.is_readable()) == ("finished", True)
    assert runs.listing() == []  # it is not one of the runs made here
    images, labels = generate(200, seed=31)
    answers = load_predictor(run).probabilities(images).argmax(1)
    assert (answers == labels).mean() > 0.97


@pytest.mark.parametrize("ground", [0, 20])
def test_a_blank_page_is_no_confident_digit(ground: int):
    blank = np.full((1, 50, 50), ground, np.uint8)
    assert load_predictor(runs.pretrained()).probabilities(blank).max() < 0.9
