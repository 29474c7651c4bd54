"""What the doctor says of a run, as values: exhibits, opinions on single causes, the verdict."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from resnet_app.doctor.causes import Cause
from resnet_app.doctor.subject import SUBJECTS

STANDINGS = ("found", "ruled out", "open")
"""``open``: the run does not tell, yet or at all."""

CERTAINTIES = ("certain", "tested", "suspected")
"""``certain``: a static fact; ``tested``: an experiment showed it; ``suspected``: curves only."""

STATES = ("healthy", "not sure yet", "sick")


@dataclass(frozen=True)
class Exhibit:
    """A figure from this run beside the one to expect, both with their units, in words."""

    what: str
    measured: str
    expected: str


@dataclass(frozen=True)
class TestResult:
    """A discriminating test: ``question`` in words, ``result`` with its figures, and whether it
    ``supports`` the cause."""

    __test__ = False  # no test case for pytest

    name: str
    question: str
    result: str
    supports: bool


@dataclass(frozen=True)
class Opinion:
    """What the evidence says of one cause.

    ``cause`` is a name in ``CAUSES``; ``weight`` 0…1 orders those that are found; ``known`` is one
    of ``CERTAINTIES`` where the cause is found; ``since`` is the place on the curve, in epochs, at
    which it begins to show; ``picture`` names a figure of ``resnet_app.doctor.pictures``;
    ``subject`` names one of ``SUBJECTS``, of which its words are; ``own`` says that it shows in
    what no cause of another kind brings about, so that none explains it away.
    """

    cause: str
    standing: str
    exhibits: tuple[Exhibit, ...] = ()
    weight: float = 0.0
    known: str | None = None
    test: TestResult | None = None
    since: float | None = None
    picture: str | None = None
    subject: str = "digits"
    own: bool = False

    @property
    def words(self) -> Cause:
        """What the cause is, in words."""
        return SUBJECTS[self.subject].tell(self.cause)

    def about(self, subject: str) -> "Opinion":
        """The same opinion, said of digits so far, about ``subject``."""
        if subject == self.subject:
            return self
        say = SUBJECTS[subject].say
        exhibits = tuple(
            Exhibit(say(shown.what), say(shown.measured), say(shown.expected))
            for shown in self.exhibits
        )
        test = self.test and replace(
            self.test, question=say(self.test.question), result=say(self.test.result)
        )
        return replace(self, exhibits=exhibits, test=test, subject=subject)


@dataclass(frozen=True)
class Verdict:
    """``state``, one primary cause and at most two others, and what was ruled out, with figures.

    The others of a healthy run do it no harm that validation shows, and raise no alarm.
    ``open`` names the causes that could not be judged; ``set_aside`` those that show as well, but
    that the named ones explain or outweigh; ``advice`` says in one sentence what would make the
    verdict surer, where something would.
    """

    state: str
    primary: Opinion | None = None
    others: tuple[Opinion, ...] = ()
    ruled_out: tuple[Opinion, ...] = ()
    open: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    advice: str = ""

    @property
    def others_are(self) -> str:
        """What each of the others is, to be said before its title."""
        words = {"sick": "Perhaps also", "healthy": "Worth knowing"}
        return words.get(self.state, "A suspect")

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` is the way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Verdict":
        """A verdict from ``to_json``'s values."""
        primary = values["primary"]
        return cls(
            values["state"],
            primary and _opinion(primary),
            tuple(map(_opinion, values["others"])),
            tuple(map(_opinion, values["ruled_out"])),
            tuple(values["open"]),
            tuple(values.get("set_aside", ())),
            values["advice"],
        )


def _opinion(values: Mapping[str, Any]) -> Opinion:
    test = values["test"]
    return Opinion(
        **{
            **values,
            "exhibits": tuple(Exhibit(**exhibit) for exhibit in values["exhibits"]),
            "test": test and TestResult(**test),
        }
    )


def found(
    cause: str,
    known: str,
    weight: float,
    *exhibits: Exhibit,
    test: TestResult | None = None,
    since: float | None = None,
    picture: str | None = None,
    own: bool = False,
) -> Opinion:
    """The opinion that ``cause`` is at work."""
    return Opinion(cause, "found", exhibits, weight, known, test, since, picture, own=own)


def ruled_out(cause: str, *exhibits: Exhibit, test: TestResult | None = None) -> Opinion:
    """The opinion that it is not, with the figures that clear it."""
    return Opinion(cause, "ruled out", exhibits, test=test)


def undecided(cause: str, *exhibits: Exhibit) -> Opinion:
    """The opinion that the run does not tell."""
    return Opinion(cause, "open", exhibits)
