"""The doctor speaks of somebody else's examples in words that fit them."""

import re
from dataclasses import replace

import pytest

from resnet_app.doctor import pictures, treatment
from resnet_app.doctor.case import Case
from resnet_app.doctor.causes import CAUSES
from resnet_app.doctor.evidence import Evidence, Pixels
from resnet_app.doctor.judge import judge
from resnet_app.doctor.subject import SUBJECTS
from resnet_app.doctor.verdict import Verdict
from tests.unit.doctor_cases import EVEN, GAP, LOOK, STUCK, UNIT, baseline, sound

OF_DIGITS = re.compile(r"\bdigits?\b", re.IGNORECASE)
OF_IMAGES = re.compile(r"\b(digits?|images?|pixels?|canvas|picture)\b", re.IGNORECASE)
WORDS = {"images": OF_DIGITS, "examples": OF_IMAGES}
TABLE = Pixels(0.0, 90_000.0, 120.0, 800.0)


def foreign(evidence: Evidence, pixels: Pixels | None = UNIT) -> Evidence:
    return replace(evidence, testable=False, facts=replace(evidence.facts, pixels=pixels))


def said(verdict: Verdict) -> str:
    """All that a verdict says, but for the field's own words."""
    opinions = [*filter(None, [verdict.primary]), *verdict.others, *verdict.ruled_out]
    texts = [verdict.advice]
    for opinion in opinions:
        texts += [opinion.words.title, opinion.words.plain]
        texts += [f"{e.what} {e.measured} {e.expected}" for e in opinion.exhibits]
        texts += [opinion.test.question, opinion.test.result] if opinion.test else []
    return "\n".join(texts)


@pytest.mark.parametrize("subject", WORDS)
def test_no_cause_or_treatment_speaks_of_what_is_not_there(subject: str):
    for cause in CAUSES:
        told = SUBJECTS[subject].tell(cause)
        by_hand = treatment._by_hand(cause, subject)
        for text in (told.title, told.plain, by_hand.label, by_hand.words):
            assert not WORDS[subject].search(text), text
            assert text[0].isupper() and "  " not in text


def test_digits_are_told_as_they_are_written():
    for cause, written in CAUSES.items():
        assert SUBJECTS["digits"].tell(cause) == written


def test_capitals_plurals_and_parts_of_words_are_kept():
    say = SUBJECTS["examples"].say
    assert (
        say("Images of a digit; the image's pixels") == "Examples of a class; the example's inputs"
    )
    assert say("Digits 3 and 8, digitize, image_head") == "Classes 3 and 8, digitize, image_head"


def test_the_subject_follows_from_what_the_network_reads():
    assert Case(sound()).subject == "digits"
    assert Case(foreign(sound())).subject == "images"
    assert Case(foreign(sound(), TABLE)).subject == "examples"
    assert Case(foreign(sound(), None)).subject == "examples"


def test_a_whole_verdict_is_said_about_its_subject():
    ill = [
        sound(GAP, labels=(0, *EVEN[1:]), validation_labels=(500, *EVEN[1:])),
        sound(GAP, shared=0.4),
        replace(sound(STUCK), tests={"baseline": baseline(0.1)}),
        replace(sound(GAP), watches=(replace(LOOK, silent={"conv": 0.9}),)),
    ]
    for evidence in ill:
        own = said(judge(evidence))
        assert OF_DIGITS.search(own) and "image" in own
        assert not OF_DIGITS.search(said(judge(foreign(evidence))))
        assert not OF_IMAGES.search(said(judge(foreign(evidence, TABLE))))


def test_pictures_are_said_about_it_too():
    def titles(evidence: Evidence) -> str:
        figure = pictures.draw("labels", evidence)
        return str(figure.to_plotly_json()) if figure is not None else ""

    assert "images" in titles(sound())
    assert not OF_IMAGES.search(titles(foreign(sound(), None)))
