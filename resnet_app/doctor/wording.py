"""Figures in words, written alike everywhere."""

import math

from resnet_app.doctor.case import standard_error
from resnet_app.doctor.verdict import Opinion, Verdict

_WHILE_IT_TRAINED = ("modes", "outputs")
"""Tests of which the watcher writes down the outcome."""


def share(value: float) -> str:
    """An accuracy or share: ``0.42``."""
    return f"{value:.2f}"


def figure(value: float) -> str:
    """Any number, to three digits; what is not finite by name."""
    if math.isnan(value):
        return "not a number"
    return "infinite" if math.isinf(value) else f"{value:.3g}"


def how_known(opinion: Opinion) -> str:
    """What makes an opinion that names a cause as sure as it is."""
    if opinion.known == "certain":
        return "a fact of this run, no guess"
    if opinion.known == "tested":
        watched = opinion.test is None or opinion.test.name in _WHILE_IT_TRAINED
        return "measured while it trained" if watched else "an experiment showed it"
    points = opinion.test is not None and opinion.test.supports
    return "an experiment points to it" if points else "from the record of the run only"


def headline(verdict: Verdict, active: bool = False) -> str:
    """The verdict in one plain sentence, of a run that is still ``active`` or has ended."""
    if verdict.primary is not None:
        return f"{verdict.primary.words.title}."
    if verdict.state != "healthy":
        return "Not sure yet: nothing stands out clearly enough to accuse it."
    if active:
        return "Healthy so far: it learns as it should."
    if verdict.advice:
        return "Healthy: it learned well, if not as well as it could."
    return "Healthy: it learned as it should."


def chance_of(chance: float, count: int | None) -> str:
    """``chance is 0.10 ± 0.013``: two standard errors, where the number of images is known."""
    if not count:
        return f"chance is {share(chance)}"
    return f"chance is {share(chance)} ± {2 * standard_error(chance, count):.2g}"


def digits(numbers: list[int]) -> str:
    """``digit 8`` or ``digits 8 and 9``."""
    names = [str(number) for number in numbers]
    if len(names) < 2:
        return f"digit {''.join(names)}"
    return f"digits {', '.join(names[:-1])} and {names[-1]}"
