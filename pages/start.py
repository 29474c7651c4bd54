"""What this is, and the shortest way to see it."""

import streamlit as st

from resnet_app.training import workers
from resnet_app.training.recipes import RECIPES
from resnet_app.ui import state
from resnet_app.ui.guards import told_in_words
from resnet_app.ui.page import open_page

open_page()
st.title("ResNet Digit Lab")
st.markdown(
    "Train a deep ResNet on images of digits and watch its curves as it learns. "
    "Change one thing, such as normalizing the pixels, and see what it does in your own run. "
    "Then draw a digit and see what the network reads."
)
with told_in_words():
    workers.warm_up(RECIPES["recommended"].config)
if st.button("Train on built-in digits", type="primary", icon=":material/play_arrow:"):
    with told_in_words():
        with st.spinner("Drawing 5,000 digits…"):
            run = state.start_demo()
        st.switch_page("pages/train.py", query_params={"run": run.id})
st.caption("The recommended recipe on 4,000 digits, tested on 1,000 more. Nothing is downloaded.")

st.header("The question behind it")
st.markdown(
    "> My deep ResNet on 10,000 digit images of 50×50×1 does not learn; accuracy stays at about "
    "0.2 and oscillates. Is it overfitting, or something else?\n\n"
    "The answer given was *first normalize the images*. Here you can test that answer: train the "
    "network as posted, raw and normalized, and compare."
)
st.page_link("pages/question.py", label="Answer it by an experiment", icon=":material/science:")

st.header("The road")
for page, label, icon, words in (
    ("data", "Data", "dataset", "Bring digits or make some, look at them, toggle normalization."),
    ("train", "Train", "show_chart", "Choose a recipe, start it, watch it learn."),
    ("results", "Results", "insights", "How good it is, its mistakes, its inside; compare runs."),
    ("diagnose", "Diagnose", "stethoscope", "Why a run does not learn, with proof."),
    ("break_it", "Break it", "casino", "Guess which fault was hidden in a run."),
    ("draw", "Draw", "draw", "Draw a digit; a trained network reads it at once."),
    ("classroom", "Classroom", "co_present", "A whole class draws; see live what a model reads."),
):
    left, right = st.columns([1, 5], vertical_alignment="center")
    left.page_link(f"pages/{page}.py", label=label, icon=f":material/{icon}:")
    right.markdown(words)
