"""Measuring a run's answers with scikit-learn and SciPy; for the process that computes."""

import math
import time
from typing import Any

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from resnet_app.calibration import calibration_bins, calibration_error
from resnet_app.config import CLASSES
from resnet_app.data import store as datasets
from resnet_app.data.source import Progress
from resnet_app.results.answers import (
    OWN,
    Answers,
    answer,
    keep_answers,
    kept_answers,
    own_test,
    test_part,
)
from resnet_app.results.comparison import Pair
from resnet_app.results.outcome import Outcome, keep_outcome
from resnet_app.runs.run import Run


def measure_run(run: Run, progress: Progress) -> None:
    """Let ``run`` read its test part, and keep its answers and the outcome with it."""
    progress(0, "Opening the test digits")
    part = test_part(run)
    progress(0.1, "Reading the test digits")
    began = time.perf_counter()
    answers = answer(run, part)
    seconds = time.perf_counter() - began
    progress(0.9, "Measuring")
    keep_answers(run, answers, OWN)
    keep_outcome(run, measure(answers, 1000 * seconds / len(answers.labels)))


def answer_to(run: Run, test: str, progress: Progress) -> Answers:
    """The answers of ``run`` to ``test``, those that were kept if there are any.

    ``test`` is ``OWN`` or the digest of a data set with test images. Raises ``LabError``.
    """
    if kept_answers(run, test) is None:
        if test == OWN:
            measure_run(run, progress)
        else:
            keep_answers(run, answer(run, own_test(datasets.load(test))), test)
    answers = kept_answers(run, test)
    assert answers is not None
    return answers


def measure(answers: Answers, milliseconds: float) -> Outcome:
    """The figures of ``answers``; one image took so many ``milliseconds``.

    The calibration error of answers that are no numbers is NaN.
    """
    known = bool(np.isfinite(answers.probabilities).all())
    precision, recall, f1, support = precision_recall_fscore_support(
        answers.labels, answers.digits, labels=range(CLASSES), zero_division=np.nan
    )
    return Outcome(
        len(answers.labels),
        int(answers.right.sum()),
        _known(precision),
        _known(recall),
        _known(f1),
        tuple(int(count) for count in support),
        calibration_bins(answers.probabilities, answers.labels) if known else (),
        calibration_error(answers.probabilities, answers.labels) if known else math.nan,
        milliseconds,
    )


def compare_answers(first: Answers, second: Answers, ids: tuple[str, str]) -> Pair:
    """McNemar's exact test of two runs that answered the same images.

    McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages" (1947): under equal skill each image that only one reads is as likely the one's
    as the other's.
    """
    only_first = int((first.right & ~second.right).sum())
    only_second = int((second.right & ~first.right).sum())
    differing = only_first + only_second
    chance = float(binomtest(only_first, differing, 0.5).pvalue) if differing else 1.0
    return Pair(*ids, only_first, only_second, len(first.labels), chance)


def _known(values: Any) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else float(value) for value in values)
