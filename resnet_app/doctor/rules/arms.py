"""Arms of an experiment: short trainings from the same start on the same batches."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resnet_app.doctor.case import Case

CLEARLY = 0.1
"""Share of the loss by which an arm must win, beyond twice the noise."""

SLIGHTLY = 0.02
"""The same where a run has learned next to nothing: there 50 steps of the right kind gain little,
and others gain nothing."""


def margin(case: Case) -> float:
    """Share of the loss by which an arm must win in ``case``."""
    return SLIGHTLY if case.far_from_learned else CLEARLY


@dataclass(frozen=True)
class Arm:
    """Mean ``loss`` of the last third of the steps, its standard ``error`` and the accuracy."""

    loss: float
    error: float
    accuracy: float

    @classmethod
    def of(cls, test: Mapping[str, Any], name: str) -> "Arm | None":
        """The arm called ``name`` of an outcome; null, a loss beyond bounds, is infinite."""
        values = test.get(name)
        if not isinstance(values, Mapping):
            return None
        loss = values.get("loss")
        return cls(
            math.inf if loss is None else float(loss),
            float(values.get("error") or 0.0),
            float(values.get("accuracy") or 0.0),
        )

    def beats(self, other: "Arm", by: float = CLEARLY) -> bool:
        """Whether its loss is lower by more than ``by`` of the other's and twice the noise."""
        if math.isinf(other.loss):
            return not math.isinf(self.loss)
        noise = 2 * math.hypot(self.error, other.error)
        return other.loss - self.loss > max(by * other.loss, noise)
