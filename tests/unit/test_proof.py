import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.doctor.outcomes import describe_outcome
from resnet_app.doctor.proof import MATTERS, TESTED, Score, Spread, compare, proof
from tests.made_runs import made_run


def scores(*values: float, count: int = 400) -> list[Score]:
    return [Score(value, count, "held-back images") for value in values]


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (0.2, 0.9, "confirmed"),
        (0.9, 0.2, "refuted"),
        (0.90, 0.91, "no difference"),
        (0.50, 0.54, "no difference"),  # 4 points of 400 images are within the noise
    ],
)
def test_one_pair_is_judged_by_the_number_of_images(before: float, after: float, outcome: str):
    assert compare(scores(before), scores(after)).outcome == outcome


def test_a_difference_that_is_sure_but_tiny_confirms_nothing():
    many = compare(scores(0.900, count=10**6), scores(0.910, count=10**6))
    assert many.difference > many.noise
    assert many.difference < MATTERS
    assert many.outcome == "slight gain"
    assert "less than 3 points" in describe_outcome(many)[1]
    worse = compare(scores(0.910, count=10**6), scores(0.900, count=10**6))
    assert worse.outcome == "refuted"


def test_equal_runs_rarely_seem_to_differ():
    rng = np.random.default_rng(0)
    pairs = rng.binomial(200, 0.85, (2000, 2)) / 200
    outcomes = [compare(scores(a, count=200), scores(b, count=200)).outcome for a, b in pairs]
    assert outcomes.count("no difference") / 2000 > 0.94


def test_seeds_that_disagree_widen_the_noise():
    agreeing = compare(scores(0.5, 0.5, 0.5), scores(0.7, 0.7, 0.7))
    torn = compare(scores(0.5, 0.5, 0.5), scores(0.4, 0.7, 1.0))
    assert agreeing.outcome == "confirmed"
    assert torn.difference == pytest.approx(agreeing.difference)
    assert torn.outcome == "no difference"


def test_the_spread_of_seeds_is_pooled_over_arms():
    arms = [scores(0.5, 0.6), scores(0.7, 0.8), scores(0.9)]
    spread = Spread.pooled(arms)
    assert spread == Spread(pytest.approx(0.005), 2)
    assert Spread.pooled([scores(0.5)]) is None
    one_pair = compare(scores(0.5), scores(0.7), spread)
    assert one_pair.noise == pytest.approx(4.303 * 0.1)


def test_the_words_name_the_figures():
    words = compare(scores(0.2), scores(0.9)).describe()
    assert "20.0%" in words and "90.0%" in words and "+70.0 points" in words and "400" in words


def test_held_back_images_decide():
    original = made_run(accuracy=0.2, curve=[(0.9, 0.9)])
    treated = made_run(accuracy=0.9, curve=[(0.9, 0.2)])
    found = proof(original, treated)
    assert found is not None
    assert (found.outcome, found.images) == ("confirmed", "held-back images")


@pytest.mark.parametrize("cause", ["scaled_differently", "polarity", "sorted_split"])
def test_a_cause_that_may_spoil_validation_alone_is_judged_there_where_the_test_tells_nothing(
    cause: str,
):
    original = made_run(accuracy=0.9, curve=[(0.9, 0.2)])
    treated = made_run(accuracy=0.9, curve=[(0.9, 0.9)])
    assert proof(original, treated).outcome == "no difference"
    assert proof(original, treated, cause).outcome == "confirmed"
    worse = proof(original, made_run(accuracy=0.2, curve=[(0.9, 0.9)]), cause)
    assert (worse.outcome, worse.images) == ("refuted", TESTED)


def test_validation_decides_where_either_run_has_no_test():
    tested, untested = made_run(curve=[(0.9, 0.2)]), made_run(accuracy=None, curve=[(0.9, 0.9)])
    found = proof(tested, untested)
    assert (found.outcome, found.images) == ("confirmed", "validation images")
    assert proof(untested, tested).outcome == "refuted"


def test_a_leak_is_cured_when_validation_can_be_believed_again():
    leaking = made_run(accuracy=0.6, curve=[(0.9, 0.9)])
    cured = made_run(accuracy=0.6, curve=[(0.9, 0.62)])
    assert proof(leaking, cured, "leak").outcome == "confirmed"


def test_a_stopped_run_is_compared_after_as_many_epochs():
    curve = [(0.5, 0.1), (0.8, 0.1)]
    original = made_run(accuracy=0.1, curve=curve, state="stopped")
    treated = made_run(accuracy=0.95, curve=[(0.5, 0.1), (0.8, 0.11), (0.9, 0.95)])
    found = proof(original, treated)
    assert (found.outcome, found.after) == ("no difference", 0.11)


def test_a_run_that_broke_off_counts_as_guessing():
    original = made_run(accuracy=None, curve=[], state="failed")
    found = proof(original, made_run(accuracy=0.9))
    assert (found.before, found.outcome) == (0.1, "confirmed")
    late = made_run(accuracy=None, curve=[(0.9, 0.8)], state="failed")  # what it had learned counts
    found = proof(late, made_run(accuracy=0.9))
    assert (found.before, found.outcome) == (0.8, "no difference")


def test_there_is_no_proof_before_both_have_ended():
    training = made_run(TrainingConfig(), accuracy=None, state="training")
    assert proof(made_run(), training) is None
    assert proof(made_run(), made_run(accuracy=None, curve=[])) is None
