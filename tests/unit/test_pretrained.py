"""The model that is there on first opening: its size, its card, and that it reads."""

import json

import numpy as np
import pytest

from resnet_app.data.generator import generate
from resnet_app.predict import load_predictor
from resnet_app.runs import store as runs


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
