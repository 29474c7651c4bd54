import json
from dataclasses import fields

import pytest

from resnet_app.config import CHOICES, HELP, TrainingConfig
from resnet_app.errors import ConfigError
from resnet_app.training.recipes import RECIPES, recipe_named


def test_json_goes_both_ways():
    for recipe in RECIPES.values():
        text = json.dumps(recipe.config.to_json())
        assert TrainingConfig.from_json(json.loads(text)) == recipe.config


def test_texts_become_typed_values():
    config = TrainingConfig().with_texts(
        {"epochs": "3", "learning_rate": "1e-2", "strides": "1,2,2", "restore_best": "true"}
    )
    assert (config.epochs, config.learning_rate) == (3, 0.01)
    assert (config.strides, config.restore_best) == ((1, 2, 2), True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", "0"),
        ("epochs", "2.5"),
        ("epochs", "many"),
        ("learning_rate", "nan"),
        ("learning_rate", "-1"),
        ("strides", "1,2"),
        ("widths", "0,1,2"),
        ("restore_best", "perhaps"),
        ("optimizer", "magic"),
        ("colour", "red"),
    ],
)
def test_refused_values_are_named(name: str, value: str):
    with pytest.raises(ConfigError, match="Received: ") as caught:
        TrainingConfig().with_texts({name: value})
    assert name in str(caught.value)


def test_every_field_has_help_and_choices_are_fields():
    names = {field.name for field in fields(TrainingConfig)} - {"recipe"}
    assert set(HELP) == names
    assert set(CHOICES) <= names


def test_as_posted_is_the_question():
    config = recipe_named("as-posted").config
    assert (config.batch_size, config.epochs, config.patience) == (32, 10, 2)
    assert (config.validation_fraction, config.split, config.normalization) == (0.2, "tail", "raw")
    with pytest.raises(ConfigError, match="Received: nonsense"):
        recipe_named("nonsense")
