"""What a model reads in a drawing, and why: one panel a model."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from resnet_app import figures
from resnet_app.config import CLASSES
from resnet_app.model.resnet import feature_places
from resnet_app.predict import Prediction, Predictor, load_predictor
from resnet_app.runs.run import Run

_ENLARGED = 300


def show_reading(run: Run, ink: NDArray[np.uint8], fitted: bool, beside: bool) -> Prediction:
    """Read ``ink`` (H, W) uint8, light on dark, with ``run`` and show the answer and its reasons.

    ``beside`` says that another model's panel stands next to this one. Raises ``LabError``.
    """
    predictor = load_predictor(run)
    prediction = predictor.read_drawing(ink, fitted)
    answered, seen = (st.container(), st.container()) if beside else st.columns([3, 2])
    with answered:
        _show_answer(prediction, run.id)
    with seen:
        _show_pictures(predictor, prediction, ink, fitted)
    _explain(prediction, run)
    return prediction


def _show_answer(prediction: Prediction, key: str) -> None:
    guess = f"{prediction.digit}, {prediction.confidence:.0%} probability"
    st.metric(
        "Answer",
        f"{prediction.digit}" if prediction.sure else "Not sure",
        f"{prediction.confidence:.0%} probability" if prediction.sure else f"at best {guess}",
        delta_color="off",
        delta_arrow="off",
    )
    st.plotly_chart(
        figures.probability_bars(prediction.probabilities),
        key=f"probabilities-{key}",
        config={"displayModeBar": False, "staticPlot": True},
        alt="Probabilities: "
        + ", ".join(f"{d}: {p:.1%}" for d, p in enumerate(prediction.probabilities)),
    )


def _show_pictures(
    predictor: Predictor, prediction: Prediction, ink: NDArray[np.uint8], fitted: bool
) -> None:
    """The picture that the network sees, large, and the one it would see otherwise."""
    st.image(
        _enlarged(prediction.image),
        caption=f"What the network sees: 50×50 pixels, {_way(fitted)}",
        alt="What the network sees",
        width=200,
    )
    st.image(
        _enlarged(predictor.framing.apply(ink, not fitted)),
        caption=f"Not used: {_way(not fitted)}",
        alt=f"The drawing, {_way(not fitted)}",
        width=90,
    )


def _way(fitted: bool) -> str:
    return "fitted to the training digits" if fitted else "the canvas as it is"


def _enlarged(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture = Image.fromarray(image).resize((_ENLARGED, _ENLARGED), Image.Resampling.NEAREST)
    return np.asarray(picture)


def _explain(prediction: Prediction, run: Run) -> None:
    """Votes for the answer and for any other digit, over the drawing."""
    votes = prediction.votes
    if votes is None:
        st.caption("This run was stored without its votes; train it again to see why.")
        return
    others = [digit for digit in range(CLASSES) if digit != prediction.digit]
    second = max(others, key=lambda digit: float(prediction.logits[digit]))
    picked = st.pills(
        f"Why {prediction.digit}, and why not …",
        others,
        default=second,
        key=f"why-{run.id}-{prediction.digit}-{second}",
    )
    asked = second if picked is None else picked
    places = feature_places(run.config, len(votes))
    top = float(np.abs(votes[..., [prediction.digit, asked]]).max())
    image = prediction.image if run.framing().light_ink else 255 - prediction.image
    for column, digit in zip(st.columns(2), (prediction.digit, asked), strict=True):
        word = "Why" if digit == prediction.digit else "Why not"
        column.image(
            figures.vote_picture(image, votes[..., digit], places, top),
            caption=f"{word} {digit}: votes {votes[..., digit].sum():+z.1f}, "
            f"bias {prediction.bias(digit):+z.1f}, score {prediction.logits[digit]:z.1f}",
            alt=f"{word} {digit}: {_in_words(votes[..., digit])}",
            width="stretch",
        )
    st.caption(
        "Blue places voted for the digit, orange ones against it. The votes and the bias add up "
        "to the digit's score, exactly; the highest score is the answer."
    )


def _in_words(votes: NDArray[np.float32]) -> str:
    """Where the strongest votes of (h, w) are, for who cannot see them."""
    parts = []
    for word, sign in (("for", 1), ("against", -1)):
        index = int((sign * votes).argmax())
        if sign * votes.flat[index] <= 0:
            parts.append(f"no vote {word} it")
            continue
        row, column = np.unravel_index(index, votes.shape)
        down = ("top", "middle", "bottom")[int(3 * int(row) / votes.shape[0])]
        across = ("left", "centre", "right")[int(3 * int(column) / votes.shape[1])]
        parts.append(f"strongest vote {word} it at the {down} {across}")
    return ", ".join(parts)
