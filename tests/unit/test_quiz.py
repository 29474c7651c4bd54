import random

import pytest

from resnet_app import quiz
from resnet_app.doctor.causes import CAUSES
from resnet_app.faults.registry import FAULTS, Mistake
from tests.made_runs import made_run


@pytest.mark.parametrize("truth", [*sorted({f.cause for f in FAULTS.values()}), quiz.NOTHING])
def test_the_truth_is_among_a_few_plausible_options(truth: str):
    posed = quiz.pose(truth, True, random.Random(1))
    assert truth in posed.options
    assert 4 <= len(posed.options) <= 6
    assert len(set(posed.options)) == len(posed.options)
    assert set(posed.options) <= {*CAUSES, quiz.NOTHING}


def test_every_cause_is_hidden_sooner_or_later_and_nothing_now_and_then():
    rng = random.Random(0)
    hidden = [quiz.hide_one(2, rng) for _ in range(1000)]
    causes = {mistake.fault.cause for mistake in hidden if mistake}
    assert causes == {fault.cause for fault in FAULTS.values()}
    assert 50 < hidden.count(None) < 200


def test_only_the_first_guess_counts():
    mistake = Mistake(next(iter(FAULTS.values())), 2)
    run = made_run(quiz.broken_config(mistake, 3))
    quiz.keep(run, quiz.pose(mistake.fault.cause, True, random.Random(0)))
    assert quiz.is_open(run)
    assert not quiz.answer(run, quiz.NOTHING)
    assert quiz.answer(run, mistake.fault.cause)
    assert quiz.quiz_of(run).guess == quiz.NOTHING
    assert quiz.fault_of(run) == mistake


def test_a_run_that_is_no_quiz_has_none():
    run = made_run()
    assert quiz.quiz_of(run) is None
    assert not quiz.is_open(run)
    assert quiz.truth_of(made_run(quiz.broken_config(None, 0))) == quiz.NOTHING


@pytest.mark.parametrize("truth", ["exploding", "rate_too_high"])
def test_two_names_of_one_mistake_are_not_both_offered(truth: str):
    for seed in range(50):
        posed = quiz.pose(truth, True, random.Random(seed))
        assert {"exploding", "rate_too_high"} & set(posed.options) == {truth}
    assert quiz.is_right("exploding", truth) and quiz.is_right("rate_too_high", truth)
    assert not quiz.is_right("huge_head", truth) and not quiz.is_right(truth, "huge_head")
