"""The registry of mistakes, and what each does to settings and data."""

import pytest

from resnet_app.config import TrainingConfig
from resnet_app.doctor.causes import CAUSES
from resnet_app.errors import ConfigError
from resnet_app.faults.data import SPLIT_FAULTS
from resnet_app.faults.recipe import RECIPE_FAULTS
from resnet_app.faults.registry import FAULTS, PLACES, SEVERITIES, parse_mistake

ALL = [f"{name}@{severity}" for name in FAULTS for severity in SEVERITIES]


def test_every_cause_of_the_catalogue_can_be_injected():
    assert {fault.cause for fault in FAULTS.values()} == set(CAUSES)
    assert len(CAUSES) >= 28
    for fault in FAULTS.values():
        assert fault.place in PLACES
        assert fault.story.endswith(".")
        assert len(set(fault.severities)) == 3
    assert {*SPLIT_FAULTS, *RECIPE_FAULTS} <= set(FAULTS)


@pytest.mark.parametrize("text", ALL)
def test_a_mistake_is_a_setting_and_survives_json(text: str):
    config = TrainingConfig().with_texts({"mistakes": text})
    assert config.mistakes == (text,)
    assert TrainingConfig.from_json(config.to_json()) == config
    assert str(parse_mistake(text)) == text


def test_several_mistakes_or_none_are_read_from_text():
    two = TrainingConfig().with_texts({"mistakes": "leak@1, too_few@2"})
    assert two.mistakes == ("leak@1", "too_few@2")
    assert two.with_texts({"mistakes": ""}).mistakes == ()


@pytest.mark.parametrize("text", ["magic@1", "leak", "leak@0", "leak@4", "leak@x", "leak@1,leak@2"])
def test_an_unknown_mistake_is_refused(text: str):
    with pytest.raises(ConfigError, match="Received: "):
        TrainingConfig().with_texts({"mistakes": text})
