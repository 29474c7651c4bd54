"""Runs that read fairly well, but clearly worse than similar images alone would."""

from dataclasses import replace

import pytest

from resnet_app.doctor.case import Case
from resnet_app.doctor.evidence import Evidence
from resnet_app.doctor.judge import judge
from resnet_app.doctor.plan import next_test
from resnet_app.runs.course import BatchPoint
from tests.unit.doctor_cases import (
    LAGGING,
    LAYERS,
    PLAIN,
    RAW,
    baseline,
    curve,
    modes,
    pictures,
    sound,
)

VALIDATION = [0.5, 0.7, 0.8, 0.87, 0.88]
FAIR = curve([0.5, 0.7, 0.85, 0.9, 0.93], VALIDATION)
BY_HEART = curve([0.5, 0.8, 0.9, 0.95, 0.99], VALIDATION)
HIGH = replace(FAIR, batches=(BatchPoint(0.3, 4.7, 0.1), *FAIR.batches))


def fair(evidence: Evidence, foretold: float = 0.98, images: int = 500) -> Evidence:
    """``evidence`` of a run beside what neighbours foretell of its labels."""
    counts = (images // 10,) * 10
    facts = replace(evidence.facts, validation_images=images, validation_labels=counts)
    return replace(evidence, facts=facts, tests={"baseline": baseline(foretold)})


RUNS = {
    "raw_pixels": replace(sound(FAIR, layers=PLAIN, pixels=RAW, validation_pixels=RAW), modes=()),
    "overfitting": replace(sound(BY_HEART), modes=(modes(1.0, 0.94),)),
    "huge_head": replace(sound(HIGH, head_inputs=384), modes=(modes(0.93, 0.9),)),
}


@pytest.mark.parametrize("cause", RUNS)
def test_what_holds_a_fair_run_back_is_named(cause: str):
    verdict = judge(fair(RUNS[cause]))
    named = [opinion.cause for opinion in (verdict.primary, *verdict.others) if opinion]
    assert named == [cause]
    assert verdict.state == ("sick" if cause == "raw_pixels" else "healthy")


def test_a_fair_run_that_nothing_explains_is_healthy_and_told_that_it_could_do_better():
    verdict = judge(fair(replace(sound(FAIR), modes=(modes(0.9, 0.9),))))
    assert verdict.state == "healthy" and not verdict.others
    assert verdict.advice.startswith("Similar images alone foretell more")
    assert judge(fair(sound(FAIR), 0.9)).advice == ""


def test_tests_are_made_of_a_fair_run_as_of_an_ill_one():
    fast = {"rates": {"skipped": "for this test"}}
    static = {"pixels": pictures(), "duplicates": {"shared": 0, "images": 200}}
    for foretold, wanted in ((0.98, True), (0.9, False)):
        evidence = fair(sound(FAIR, learning_rate=0.5), foretold)
        evidence = replace(evidence, tests={**static, **evidence.tests})
        assert (next_test(evidence) is not None) is wanted
        assert next_test(replace(evidence, tests={**evidence.tests, **fast})) != "rates"


@pytest.mark.parametrize("cause", RUNS)
def test_nothing_is_said_where_neighbours_do_no_better_or_were_not_asked(cause: str):
    for other in (fair(RUNS[cause], 0.9), fair(RUNS[cause], images=60), RUNS[cause]):
        assert not Case(other).falls_short
        assert cause not in {opinion.cause for opinion in judge(other).others}


def test_the_figures_stand_beside_what_neighbours_foretell():
    raw = judge(fair(RUNS["raw_pixels"])).primary
    assert raw is not None
    shown = [(one.measured, one.expected) for one in raw.exhibits]
    assert ("0.88", "0.98, as similar images tell") in shown
    inputs = judge(fair(RUNS["huge_head"])).others[0].exhibits[0]
    assert inputs.measured == "384" and inputs.expected.startswith("below 256")


def test_averages_that_bring_validation_back_once_estimated_anew_have_lagged():
    held = replace(sound(FAIR, layers=LAGGING), modes=(modes(0.93, 0.89),))
    short = fair(held)
    averages = {"images": 400, "before": 0.868, "after": 0.96}
    asked = replace(short, tests={**short.tests, "averages": averages})
    verdict = judge(asked)
    assert verdict.primary is not None and verdict.primary.cause == "lagging_averages"
    quick = replace(asked, facts=replace(asked.facts, layers=LAYERS))
    assert judge(quick).primary is None  # this momentum is the treatment
    same = replace(short, tests={**short.tests, "averages": averages | {"after": 0.9}})
    assert judge(same).primary is None


def test_who_reads_training_far_better_is_suspected_where_both_modes_do_not_tell():
    unsteady = curve([0.5, 0.8, 0.85, 0.9, 0.93], [0.5, 0.7, 0.85, 0.75, 0.6])
    evidence = fair(replace(sound(unsteady), modes=(modes(0.93, 0.62),)))
    verdict = judge(evidence)
    assert verdict.state == "not sure yet"
    assert [opinion.cause for opinion in verdict.others] == ["overfitting"]
    steady = fair(replace(sound(curve([0.5, 0.6], [0.5, 0.6])), modes=(modes(0.62, 0.62),)))
    assert "overfitting" not in {opinion.cause for opinion in judge(steady).others}
