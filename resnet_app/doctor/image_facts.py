"""What the pixels tell: blank images, noise, scrambled rows, wrapped values, polarity."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.data.audit.measures import measure_surface
from resnet_app.data.audit.view import View

_LOOKED_AT = 500
"""Images whose surface is measured."""


def read_pictures(view: View) -> dict[str, Any]:
    """Shares of images, and how the pixels lie; training images and, where named so, validation.

    With what ``measure_surface`` tells.
    """
    training = ~view.in_test
    usable = view.usable
    dark = view.measures.dark_ink
    return {
        "images": int(training.sum()),
        "blank": float(view.blank[training].mean()),
        "noise": float(view.without_likeness[training].mean()),
        "order": float(min(view.order)),
        "scrambled": view.scrambled,
        "dark": _mean(dark[training & usable]),
        "validation_dark": _mean(dark[view.in_test & usable]),
        **measure_surface(view.dataset.images[:_LOOKED_AT].astype(np.int16)),
    }


def _mean(values: NDArray[np.bool_]) -> float | None:
    return float(values.mean()) if len(values) else None
