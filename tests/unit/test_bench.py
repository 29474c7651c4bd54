"""The bench without training: its cases, the rivals' rules, what counts as harm."""

import json
import math
from dataclasses import asdict, replace

import pytest

from resnet_app.doctor.bench.cases import all_cases, placebos, small_cases
from resnet_app.doctor.bench.rivals import MEANS, RIVALS, autotrainer, deepdiagnosis, umlaut
from resnet_app.doctor.bench.scoring import Answer, Outcome, Row, as_it_went, harms
from resnet_app.doctor.bench.table import JUDGES, format_confusions, format_table
from resnet_app.doctor.bench.training import from_json
from resnet_app.doctor.causes import CAUSES
from resnet_app.doctor.evidence import Evidence, Facts, Layer, Pixels, Watch
from resnet_app.doctor.verdict import Verdict
from resnet_app.faults.registry import FAULTS
from resnet_app.runs.course import EpochPoint, History
from tests.unit.doctor_cases import curve


def test_every_fault_is_there_in_three_severities_and_seeds_on_both_kinds_of_digits():
    cases = [case for case in all_cases() if case.kind == "fault"]
    assert len(cases) == len(FAULTS) * 3 * 3 * 2
    assert len({case.id for case in cases}) == len(cases)
    assert {case.cause for case in cases} == set(CAUSES)


def test_a_fault_differs_from_its_twin_in_its_mistake_alone():
    cases = {case.id: case for case in all_cases()}
    for case in cases.values():
        if case.kind == "fault":
            twin = cases[str(case.twin)]
            assert twin.kind == "healthy"
            assert twin.config == case.config.changed(mistakes=())
            assert (twin.data, twin.count, twin.data_seed, twin.part) == (
                case.data,
                case.count,
                case.data_seed,
                case.part,
            )


def test_a_pair_has_two_causes_and_a_twin_with_neither():
    cases = {case.id: case for case in all_cases()}
    pairs = [case for case in cases.values() if case.kind == "pair"]
    assert len(pairs) >= 20 * 3 * 2
    for case in pairs:
        assert len(case.causes) == 2
        assert cases[str(case.twin)].config == case.config.changed(mistakes=())
        assert case.part == ("tune" if case.config.seed == 0 else "report")


@pytest.mark.parametrize(
    ("named", "either", "both"),
    [
        ((), "0.0%", "0.0%"),
        (("leak",), "100.0%", "0.0%"),
        (("leak", "imbalance"), "100.0%", "100.0%"),
    ],
)
def test_a_pair_is_right_if_one_is_first_and_complete_if_both_are_named(
    named: tuple[str, ...], either: str, both: str
):
    case = replace(
        small_cases()[0],
        kind="pair",
        config=small_cases()[0].config.changed(mistakes=("leak@1", "imbalance@1")),
    )
    answer = Answer(frozenset(named[:1]), frozenset(named), bool(named))
    outcome, verdict = Outcome(0.5, 0.9), Verdict("not sure yet")
    answers = dict.fromkeys(JUDGES, answer)
    row = Row(case, outcome, outcome, True, answers, verdict, 1.0, 1.0, 0.0)
    told = f"doctor names one first in {either}, both among the first three in {both}"
    assert told in format_table([row])
    assert (case.id in format_confusions([row])) == (both == "0.0%")


def test_sixty_sound_recipes_differ_and_all_hard_negatives_are_there():
    cases = all_cases()
    recipes = {
        json.dumps(case.config.changed(seed=0, recipe="").to_json())
        for case in cases
        if case.kind == "healthy"
    }
    assert len(recipes) >= 60
    names = {case.config.recipe for case in cases if case.kind == "negative"}
    assert len(names) == 8


def test_nothing_that_is_reported_was_tuned_on():
    cases = all_cases()
    for name in {case.config.recipe for case in cases}:
        own = [case for case in cases if case.config.recipe == name]
        tuned = {case.config.widths for case in own if case.part == "tune"}
        assert not tuned & {case.config.widths for case in own if case.part == "report"}
    seeds = {case.config.seed for case in cases if case.part == "tune"}
    assert seeds == {0}


def test_a_case_survives_json_and_placebos_change_nothing():
    cases = all_cases()
    for case in [*small_cases(), *placebos(cases)]:
        assert from_json(json.loads(json.dumps(asdict(case)))) == case
    originals = {case.id: case for case in cases}
    for placebo in placebos(cases):
        assert placebo.config == originals[str(placebo.twin)].config


@pytest.mark.parametrize(
    ("outcome", "harmful"),
    [
        (Outcome(0.9, 0.9), False),
        (Outcome(0.8, 0.8), True),
        (Outcome(float("nan"), float("nan")), True),
        (Outcome(0.9, 0.99), True),
        (Outcome(0.93, 0.9), False),
    ],
)
def test_harm_is_a_worse_test_or_a_validation_that_misleads(outcome: Outcome, harmful: bool):
    assert harms(outcome, Outcome(0.92, 0.91)) == harmful


_CONV = Layer("conv1", "Conv2D", "linear", parameters=100)
_HEAD = Layer("D2", "Dense", "softmax", parameters=100)
_SOUND = Evidence(
    History(
        (),
        tuple(
            EpochPoint(i + 1, 1 / (i + 1), 0.5 + i / 10, 1 / (i + 1), 0.5 + i / 10, 1e-3, 1.0)
            for i in range(4)
        ),
    ),
    Facts(
        layers=(_CONV, _HEAD),
        learning_rate=1e-3,
        pixels=Pixels(0.0, 1.0, 0.1, 0.2),
    ),
    (Watch(1.0, 1.0, {"conv1": 0.1, "D2": 0.1}, {"conv1": -3.0, "D2": -3.0}, {"conv1": 0.1}),),
)


def test_what_the_rivals_say_of_a_sound_run():
    assert umlaut(_SOUND) == ["missing activation", "missing softmax"]
    assert autotrainer(_SOUND) == []
    assert deepdiagnosis(_SOUND) == []


def test_what_the_rivals_say_of_raw_pixels_and_a_high_rate():
    facts = replace(_SOUND.facts, pixels=Pixels(0.0, 255.0, 28.0, 70.0), learning_rate=0.1)
    ill = replace(_SOUND, facts=facts)
    assert {"input out of -1…1", "rate above 0.01"} <= set(umlaut(ill))
    assert autotrainer(ill) == ["abnormal data"]
    assert deepdiagnosis(ill) == ["normalize the data"]


def test_what_the_rivals_say_of_a_run_that_explodes():
    broken = [replace(point, loss=float("nan")) for point in _SOUND.history.epochs]
    ill = replace(_SOUND, history=History((), tuple(broken)))
    assert "exploding gradient" in autotrainer(ill)
    assert "loss is not a number" in deepdiagnosis(ill)


def test_every_message_of_a_rival_means_causes_of_the_catalogue():
    assert set(RIVALS) == {"UMLAUT", "AUTOTRAINER", "DeepDiagnosis"}
    assert all(meaning <= set(CAUSES) for meaning in MEANS.values())


@pytest.mark.parametrize(
    "peak, cause", [(2.7, "rate_too_high"), (4e5, "exploding"), (math.nan, "exploding")]
)
def test_what_may_explode_is_called_by_how_it_went(peak: float, cause: str):
    case = next(case for case in all_cases() if case.id == "exploding-1-s1-drawn")
    history = curve([0.1, 0.1], [0.1, 0.1], [2.4, 2.4], peak=peak)
    assert as_it_went(case, history).cause == cause
    other = next(case for case in all_cases() if case.id == "leak-1-s1-drawn")
    assert as_it_went(other, history).cause == "leak"
