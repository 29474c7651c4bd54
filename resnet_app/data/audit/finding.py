"""What an audit tells: one finding a question that a person should ask of their data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from resnet_app.data.edit import Edit
from resnet_app.errors import ConfigError

SEVERITIES = ("serious", "worth a look", "fine to know")
"""Worst first. ``serious``: a network cannot learn, or its accuracy would mislead."""


@dataclass(frozen=True)
class Remedy:
    """A change that mends a finding; ``label`` is what the button says."""

    label: str
    edit: Edit


@dataclass(frozen=True)
class Finding:
    """One thing found in a data set.

    ``kind`` is a stable word for scripts, such as ``exact-duplicates``. ``title`` says it in under
    ten words with its figure; ``detail`` why it matters, in a sentence or two; ``measured`` and
    ``expected`` stand beside each other. ``images`` are examples, worst first, numbered as
    ``Dataset`` numbers its images; ``count`` is how many images are concerned (0: the set as a
    whole).
    """

    kind: str
    severity: str
    title: str
    detail: str
    measured: str
    expected: str
    count: int = 0
    images: tuple[int, ...] = ()
    remedy: Remedy | None = None

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ConfigError(f"severity is one of {SEVERITIES}. Received: {self.severity}")

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` is the way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Finding":
        """A finding from ``to_json``'s values."""
        remedy = values["remedy"]
        return cls(
            **{
                **values,
                "images": tuple(values["images"]),
                "remedy": remedy and Remedy(remedy["label"], Edit.from_json(remedy["edit"])),
            }
        )
