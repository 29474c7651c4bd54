"""Choose a fault or have one hidden, watch the run, guess, then see the truth."""

import streamlit as st

from resnet_app import quiz
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.ui import breaking, state
from resnet_app.ui.guards import told_in_words
from resnet_app.ui.live import show_run
from resnet_app.ui.page import open_page


def chosen_quiz_run() -> Run | None:
    """The run in the address, or the session's last of this page."""
    asked = st.query_params.get("run") or st.session_state.get(breaking.LAST)
    if not asked:
        return None
    run = runs.open_run(asked)
    return state.choose_run(run) if quiz.quiz_of(run) is not None else None


open_page()
st.title("Break it")
st.markdown(
    "A run with a fault: watch its curves, guess what is wrong, then see the truth and what the "
    "doctor says."
)
breaking.show_score()
run = None
with told_in_words():
    run = chosen_quiz_run()
with st.expander("A new fault", expanded=run is None, icon=":material/casino:"), told_in_words():
    breaking.show_choice()
if run is not None:
    with told_in_words():
        show_run(run, with_outcome=False)
        breaking.show_evidence(run)
        breaking.show_quiz(run)
