"""What the evidence says of each cause on its own: pure functions from a ``Case``."""

from collections.abc import Callable

from resnet_app.doctor.case import Case
from resnet_app.doctor.rules import (
    averages,
    capacity,
    images,
    labels,
    layers,
    objective,
    parts,
    rate,
    scale,
)
from resnet_app.doctor.verdict import Opinion

Rule = Callable[[Case], Opinion]

RULES: tuple[Rule, ...] = (
    *images.RULES,
    *labels.RULES,
    *parts.RULES,
    *scale.RULES,
    *objective.RULES,
    *layers.RULES,
    *rate.RULES,
    *averages.RULES,
    *capacity.RULES,
)
"""A rule for each cause."""
