"""Draw a digit and see what a trained network reads."""

import time

import numpy as np
import streamlit as st
from PIL import Image

from resnet_app import figures
from resnet_app.predict import load_predictor
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.ui import canvas, state
from resnet_app.ui.guards import told_in_words
from resnet_app.ui.page import open_page


@st.fragment
def read_drawing(run: Run) -> None:
    """Canvas, what the network sees, and its answer; a stroke reruns only this."""
    left, middle, right = st.columns([5, 3, 4])
    with left:
        pen = st.slider("Pen width", 6, 40, 24, key="pen", persist_state="session")
        ink = canvas.draw_digit(pen)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Clear", icon=":material/delete:", on_click=canvas.clear)
            fitted = st.toggle(
                "Fit to the training digits",
                True,
                help="Brings the drawing to the size and place of the digits that the model was "
                "trained on. Off: the whole canvas is made smaller as it is.",
            )
        st.caption("Undo is in the bar that appears on the canvas.")
    if ink is None:
        middle.info("Draw a digit from 0 to 9.", icon=":material/draw:")
        return
    with told_in_words():
        predictor = load_predictor(run)
        began = time.perf_counter()
        image = predictor.framing.apply(ink, fitted)
        probabilities = predictor.probabilities(image[None])[0]
        milliseconds = (time.perf_counter() - began) * 1000
        answer = int(probabilities.argmax())
        enlarged = Image.fromarray(image).resize((300, 300), Image.Resampling.NEAREST)
        middle.image(
            np.asarray(enlarged),
            caption="What the network sees: 50×50 pixels",
            alt="What the network sees",
        )
        right.metric(
            "Answer",
            f"{answer}",
            f"{probabilities[answer]:.0%} probability",
            delta_color="off",
            delta_arrow="off",
        )
        right.plotly_chart(
            figures.probability_bars(probabilities),
            key="probabilities",
            config={"displayModeBar": False, "staticPlot": True},
        )
        right.caption(f"Framed and read in {milliseconds:.1f} ms.")


open_page(keep_canvas=True)
st.title("Draw")
readable = {run.id: run for run in runs.listing() if run.is_readable()}
if not readable:
    st.info("Drawing needs a trained network, and there is none yet.", icon=":material/info:")
    if st.button("Train on built-in digits", type="primary", icon=":material/play_arrow:"):
        with told_in_words():
            with st.spinner("Drawing 5,000 digits…"):
                run = state.start_demo()
            st.switch_page("pages/train.py", query_params={"run": run.id})
    st.stop()


def describe(run_id: str) -> str:
    """One line for the list of models."""
    run = readable[run_id]
    evaluation = run.evaluation()
    accuracy = f", {evaluation.accuracy:.1%} on test digits" if evaluation else ""
    return f"{run.config.recipe} on {run.dataset_name}{accuracy}"


wanted = None
with told_in_words():
    wanted = state.chosen_run()
ids = list(readable)
start = ids.index(wanted.id) if wanted and wanted.id in readable else 0
picked = st.selectbox("Model", ids, start, format_func=describe)
with told_in_words():
    read_drawing(state.choose_run(readable[picked]))
