"""The mistakes of a run: the worst, where it was least sure, and how far its word can be taken."""

import io
import math

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from resnet_app import figures
from resnet_app.model.resnet import feature_places
from resnet_app.predict import load_predictor
from resnet_app.results import pictures
from resnet_app.results.answers import Answers, results_folder
from resnet_app.results.answers import pictures as images_of
from resnet_app.results.outcome import Outcome
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.ui.outcome import BARE, known_outcome
from resnet_app.ui.tiles import show_pictures, show_tiles

_SHOWN = 12
_SIDE = 150


def show_mistakes(run: Run) -> None:
    """Three sections; the work on the answers where there are none yet."""
    found = known_outcome(run)
    if found is None:
        return
    outcome, answers = found
    if math.isnan(outcome.error):
        st.info(
            "This network answers with something that is no number (NaN): its weights went beyond "
            "all bounds. So no answer is surer than another.",
            icon=":material/error:",
        )
        return
    _show_worst(run, answers)
    _show_least_sure(run, answers)
    _show_calibration(outcome)


def _show_worst(run: Run, answers: Answers) -> None:
    st.header("The worst mistakes", anchor=False)
    worst = answers.worst(_SHOWN)
    if not len(worst):
        st.success("It made no mistake on these test digits.", icon=":material/check_circle:")
        return
    asked = st.segmented_control(
        "Votes for",
        ["its answer", "the true digit"],
        default="its answer",
        required=True,
        key="votes_for",
    )
    st.markdown(
        "Wrong answers, the surest first. Blue places voted for the digit, orange ones against it: "
        "this is where the network looked."
    )
    digits = answers.digits[worst] if asked == "its answer" else answers.labels[worst]
    painted = _vote_pictures(
        run.id, str(results_folder(run)), tuple(map(int, answers.numbers[worst])),
        tuple(map(int, digits)),
    )  # fmt: skip
    marks = [
        f"{answers.labels[place]}, read {answers.digits[place]}, {answers.confidences[place]:.0%}"
        for place in worst
    ]
    names = [
        f"A {answers.labels[place]} read as {answers.digits[place]}, "
        f"{answers.confidences[place]:.0%} sure"
        for place in worst
    ]
    if painted is None:
        st.caption("This run was stored without its votes, so only the images are shown.")
        show_tiles(run, answers.numbers[worst], marks, names)
    else:
        show_pictures(painted, marks, names, 130)


@st.cache_data(max_entries=16, show_spinner=False)
def _vote_pictures(
    run_id: str, model: str, numbers: tuple[int, ...], digits: tuple[int, ...]
) -> list[bytes] | None:
    """PNGs of images with the votes for one digit each; None where the model has no votes."""
    run = runs.open_run(run_id)
    predictor = load_predictor(run)
    images = images_of(run, np.array(numbers, np.int64))
    votes = predictor.votes(images)
    if votes is None:
        return None
    places = feature_places(run.config, votes.shape[1])
    light = run.framing().light_ink
    painted = []
    for image, each, digit in zip(images, votes, digits, strict=True):
        shown, mine = (image if light else 255 - image), each[..., digit]
        top = float(np.abs(mine).max())
        painted.append(_as_png(figures.vote_picture(shown, mine, places, top)))
    return painted


def _as_png(picture: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).resize((_SIDE * 2, _SIDE * 2)).save(file, "PNG")
    return file.getvalue()


def _show_least_sure(run: Run, answers: Answers) -> None:
    st.header("The least sure", anchor=False)
    st.markdown("Answers with the lowest probability: borderline digits, right or wrong.")
    places = answers.least_sure(_SHOWN)
    marks = [
        f"{answers.digits[place]}, {answers.confidences[place]:.0%}"
        + ("" if answers.right[place] else f", is {answers.labels[place]}")
        for place in places
    ]
    names = [f"A {answers.labels[place]} read as {answers.digits[place]}" for place in places]
    show_tiles(run, answers.numbers[places], marks, names)


def _show_calibration(outcome: Outcome) -> None:
    st.header("Can its word be taken?", anchor=False)
    st.markdown(
        "A network that says *90 % sure* should be right in 90 of 100 such cases: then its dots "
        "lie on the dotted line. Below the line it is too sure of itself. The mean distance, the "
        f"**expected calibration error, is {100 * outcome.error:.1f} points** here. Small dots "
        "stand for few digits and say little."
    )
    st.plotly_chart(
        pictures.calibration_curve(outcome),
        key="calibration-curve",
        config=BARE,
        alt="; ".join(
            f"{each.confidence:.0%} sure: {each.right:.0%} right of {each.count}"
            for each in outcome.bins
        ),
    )
