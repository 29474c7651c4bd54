"""The posted question's experiment: on which digits, how many runs, how long it will take."""

import streamlit as st

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits
from resnet_app.doctor.trials import question_plan
from resnet_app.runs import pace
from resnet_app.training import queue
from resnet_app.training.recipes import RECIPES
from resnet_app.ui import state
from resnet_app.ui.guards import told_in_words
from resnet_app.ui.visitor import me

_SINGLE, _ALL = "Each change alone (5 arms)", "All combinations (16 arms)"
_NETWORKS = {
    "A quarter of the work": 2,
    "As posted": 1,
}
"""Step of the first convolution; with 2 all that follows works on a quarter of the places."""
_COUNTS = (1000, 2000, 4000)
_EPOCHS = 6
_IN_USE = "The digits in use"


def show_choice() -> None:
    """Choices for the experiment, the time it takes, and the button that starts it."""
    left, right = st.columns(2)
    with left:
        arms = st.radio("Arms", (_SINGLE, _ALL), key="question-arms", persist_state="session")
        seeds = st.segmented_control(
            "Seeds", (1, 2, 3), default=2, key="question-seeds", required=True,
            help="One run of each arm for each seed; several tell chance from effect.",
        )  # fmt: skip
    with right:
        in_use = state.chosen_dataset()
        choices: list[int | str] = [*_COUNTS, *([_IN_USE] if in_use else [])]
        digits = st.selectbox(
            "Digits", choices, key="question-digits",
            persist_state="session", format_func=_name,
        )  # fmt: skip
        network = st.radio(
            "Network", list(_NETWORKS), key="question-network", persist_state="session",
            help="A quarter of the work: the first convolution steps over every other pixel; the "
            "same blocks. As posted: exactly the posted network.",
        )  # fmt: skip
    base = RECIPES["as-posted"].config.changed(
        stem_stride=_NETWORKS[network], epochs=_EPOCHS, fast_kernels=True
    )
    _show_time(base, _count(digits, in_use), seeds * (5 if arms == _SINGLE else 16))
    if st.button("Start the experiment", type="primary", icon=":material/science:"):
        with told_in_words():
            with st.spinner("Preparing the digits…"):
                digest = _digest(digits, in_use)
            queue.submit(question_plan(base, digest, seeds, arms == _ALL), me())
            st.rerun()


def _name(digits: int | str) -> str:
    return digits if isinstance(digits, str) else f"{digits:,} drawn by a generator"


def _count(digits: int | str, in_use: str | None) -> int:
    if isinstance(digits, int):
        return digits
    return next((entry.count for entry in datasets.listing(me()) if entry.digest == in_use), 0)


def _digest(digits: int | str, in_use: str | None) -> str:
    if isinstance(digits, int) or in_use is None:
        return datasets.save(drawn_digits(int(digits)), me())
    return in_use


def _show_time(base: TrainingConfig, images: int, count: int) -> None:
    estimate = pace.estimate(base, images)
    source = (
        "as runs of this network took on this machine"
        if estimate.measured_here
        else "as measured on another machine with two cores; the first run will tell better"
    )
    st.caption(
        f"{count} runs, one after the other: at most {pace.in_words(count * estimate.seconds)}, "
        f"{source}. You may leave the page; stop and go on whenever you like."
    )
