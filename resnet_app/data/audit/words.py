"""What findings say and offer alike."""

from collections.abc import Sequence

import numpy as np

from resnet_app.config import MIN_IMAGES
from resnet_app.data.audit.finding import Remedy
from resnet_app.data.audit.twins import Numbers
from resnet_app.data.audit.view import View
from resnet_app.data.edit import Edit

_EXAMPLES = 24
"""Most pictures that a finding shows."""


def images(count: int, kind: str = "") -> str:
    """Such as ``1 image`` and ``12 test images``."""
    return f"{count:,} {kind + ' ' if kind else ''}image{'' if count == 1 else 's'}"


def share_of(count: int, total: int) -> str:
    """Such as ``12 of 4,000 images (0.3%)``."""
    return f"{count:,} of {images(total)} ({count / max(total, 1):.1%})"


def listed(values: Sequence[int]) -> str:
    """Such as ``3, 4 and 7``."""
    texts = [str(value) for value in values]
    return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))


def examples(numbers: Numbers) -> tuple[int, ...]:
    """The first of ``numbers``, as many as a finding shows."""
    return tuple(numbers[:_EXAMPLES].tolist())


def leave_out(view: View, numbers: Numbers, what: str) -> Remedy | None:
    """A remedy that leaves out ``what``; None if too little to train on would be left."""
    kept = np.delete(view.dataset.labels, numbers[numbers < view.count])
    if len(kept) < MIN_IMAGES or len(np.unique(kept)) < 2:
        return None
    return Remedy(f"Leave out {what}", Edit(leave_out=tuple(np.sort(numbers).tolist())))
