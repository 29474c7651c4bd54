"""Figures of a test: intervals, McNemar's test, what differs between runs, a network's steps."""

import numpy as np
import pytest
from scipy.stats import binomtest

from resnet_app.calibration import calibration_error
from resnet_app.config import TrainingConfig
from resnet_app.results.answers import Answers
from resnet_app.results.comparison import Pair, differences, twins
from resnet_app.results.measure import compare_answers, measure
from resnet_app.results.outcome import Outcome, interval
from tests.made_runs import made_run


def answers(digits: list[int], labels: list[int], confidence: float = 0.9) -> Answers:
    probabilities = np.full((len(digits), 10), (1 - confidence) / 9, np.float32)
    probabilities[np.arange(len(digits)), digits] = confidence
    return Answers(np.arange(len(digits)), np.array(labels, np.uint8), probabilities, "exam")


def test_an_interval_is_wilsons():
    # Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I.
    for right, count, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605),
                                    (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):  # fmt: skip
        assert interval(right, count) == pytest.approx((low, high), abs=5e-5)
        scipys = binomtest(right, count).proportion_ci(method="wilson")
        assert interval(right, count) == pytest.approx((scipys.low, scipys.high), abs=1e-9)
    assert interval(20, 20)[1] == 1.0


def test_precision_and_recall_are_those_counted_by_hand():
    # Of three 0s two are read as 0 and one as 1; both 1s are read as 1; nothing else is there.
    outcome = measure(answers([0, 0, 1, 1, 1], [0, 0, 0, 1, 1]), 2.0)
    assert (outcome.right, outcome.count) == (4, 5)
    assert outcome.precision[:2] == pytest.approx((1.0, 2 / 3))
    assert outcome.recall[:2] == pytest.approx((2 / 3, 1.0))
    assert outcome.f1[0] == pytest.approx(0.8)
    assert outcome.recall[5] is None
    assert outcome.support[:3] == (3, 2, 0)
    assert Outcome.from_json(outcome.to_json()) == outcome


def test_bins_of_confidence_add_up_to_the_calibration_error():
    mixed = answers([0] * 8 + [1] * 2, [0] * 10)
    outcome = measure(mixed, 1.0)
    (only,) = outcome.bins
    assert (only.count, only.right, only.confidence) == pytest.approx((10, 0.8, 0.9))
    assert outcome.error == pytest.approx(0.1)
    assert outcome.error == calibration_error(mixed.probabilities, mixed.labels)


def test_answers_that_are_no_numbers_are_counted_all_the_same():
    broken = answers([0, 0], [0, 1], np.nan)
    outcome = measure(broken, 1.0)
    assert (outcome.right, outcome.bins) == (1, ())
    assert np.isnan(outcome.error)


def test_mcnemars_test_counts_only_what_one_of_both_reads():
    # Of 20 images the first alone reads 9, the second alone 1: 2 · (1 + 10) / 2^10.
    labels = [0] * 20
    first, second = [0] * 9 + [1] + [0] * 10, [1] * 9 + [0] + [0] * 10
    pair = compare_answers(answers(first, labels), answers(second, labels), ("a", "b"))
    assert (pair.only_first, pair.only_second, pair.count) == (9, 1, 20)
    assert pair.chance == pytest.approx(22 / 1024)
    names = {"a": "Ann", "b": "Bob"}
    assert "Ann reads digits like these better" in pair.describe(names)
    assert "may well be chance" in pair.describe(names, pairs=3)  # corrected for three pairs
    same = compare_answers(answers(first, labels), answers(first, labels), ("a", "b"))
    assert "exactly the same" in same.describe(names)


def test_the_surest_mistake_comes_first_and_the_least_sure_answer_too():
    some = answers([1, 0, 2], [0, 0, 0])
    some.probabilities[2] = np.eye(10)[2]
    some.probabilities[1] = [0.2, *[0.8 / 9] * 9]
    assert some.worst(5).tolist() == [2, 0]
    assert some.least_sure(1).tolist() == [1]
    assert some.confused(0, 1).tolist() == [0]


def test_runs_that_differ_in_one_setting_are_twins():
    base = TrainingConfig()
    runs = {
        "raw": made_run(base),
        "unit": made_run(base.changed(normalization="unit", recipe="mine")),
        "other": made_run(base.changed(normalization="unit", seed=3)),
        "elsewhere": made_run(base.changed(seed=3), digest="1" * 16),
    }
    assert twins(runs) == [("raw", "unit", "normalization"), ("unit", "other", "seed")]
    shown = differences({name: run.config for name, run in runs.items()})
    assert set(shown) == {"normalization", "seed"}
    assert shown["seed"]["other"] == "3"


def test_a_pair_says_how_rare_chance_would_be():
    words = Pair("a", "b", 40, 0, 500, 1e-9).describe({"a": "A", "b": "B"})
    assert "less than one of 1,000 cases" in words
