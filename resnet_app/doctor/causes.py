"""Why a network does not learn: the causes that the doctor knows, by name."""

from dataclasses import dataclass

GROUPS = ("data", "input scale", "optimization", "objective", "capacity")
"""The parts of a recipe in which a cause can sit, in the order in which they are looked at."""


@dataclass(frozen=True)
class Cause:
    """One cause.

    ``name`` is a stable word for scripts; ``title`` says it in under ten plain words; ``plain`` is
    the explanation for a learner, two or three sentences; ``term`` is what the field calls it.
    """

    name: str
    group: str
    title: str
    plain: str
    term: str


CAUSES: dict[str, Cause] = {}
"""All causes by name."""
