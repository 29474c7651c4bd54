"""A drawing on its way from the canvas into a session."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_app.classroom import store
from resnet_app.classroom.session import Answer, Drawn, Session
from resnet_app.errors import LimitError
from resnet_app.predict import Prediction, load_predictor
from resnet_app.runs import store as runs
from resnet_app.strokes import CANVAS


def read_and_hand_in(
    session: Session, student: str, asked: int, ink: NDArray[np.uint8]
) -> tuple[Drawn, int]:
    """Have ``ink`` (H, W) uint8, light on dark, read by the session's models, and keep it.

    Returns it with what was read, and how many drawings of ``student`` there are now. Raises
    ``LabError`` as reading and ``store.hand_in`` do, ``LimitError`` if ``ink`` is too large.
    """
    if ink.ndim != 2 or max(ink.shape) > CANVAS:
        raise LimitError(
            f"A drawing has at most {CANVAS}×{CANVAS} pixels. Reload the page and draw it again. "
            f"Received: {'×'.join(map(str, ink.shape))}"
        )
    read = _read(session.model, ink)
    rival = _answer(_read(session.rival, ink)) if session.rival else None
    drawn = Drawn(asked, _as_png(ink), read.image, _answer(read), rival)
    return drawn, store.hand_in(session, student, drawn)


def _read(run_id: str, ink: NDArray[np.uint8]) -> Prediction:
    return load_predictor(runs.open_run(run_id)).read_drawing(ink)


def _answer(prediction: Prediction) -> Answer:
    return Answer(prediction.probabilities, prediction.sure)


def _as_png(ink: NDArray[np.uint8]) -> bytes:
    """Black on white, as on paper."""
    buffer = io.BytesIO()
    Image.fromarray(255 - ink).save(buffer, "PNG")
    return buffer.getvalue()
