"""Why a run does not learn, with evidence, and a change that proves it."""

import streamlit as st

from resnet_app import quiz
from resnet_app.doctor.case import Case
from resnet_app.doctor.judge import judge
from resnet_app.doctor.reading import read_evidence
from resnet_app.runs import experiment as experiments
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.ui import breaking, guess, state
from resnet_app.ui.battery import show_tests
from resnet_app.ui.guards import told_in_words
from resnet_app.ui.page import open_page
from resnet_app.ui.runs import pick_run
from resnet_app.ui.script_lines import show_script_lines
from resnet_app.ui.treating import show_experiments, show_treatment
from resnet_app.ui.verdict import show_rest, show_verdict
from resnet_app.ui.visitor import me


def show_diagnosis(run: Run) -> None:
    """The verdict first, then what follows from it."""
    if quiz.is_open(run):
        breaking.ask_to_guess_first(run)
        return
    if run.status().waiting:
        st.info(
            "It waits for its turn, so there is no evidence yet.", icon=":material/hourglass_empty:"
        )
        return
    evidence = read_evidence(run)
    verdict = judge(evidence)
    if not evidence.ended:
        st.caption("It still trains, so this is what its evidence says so far.")
        st.button("Look again", icon=":material/refresh:")
    elif not (quiz.quiz_of(run) or experiments.of_run(run.id)) and not guess.ask(
        run, Case(evidence).subject, verdict
    ):
        return
    show_verdict(run, evidence, verdict)
    show_treatment(run, verdict)
    with told_in_words():
        show_experiments(run)
    show_tests(run)
    show_rest(verdict)


open_page()
st.title("Diagnose")
st.markdown("Why a run learns, or does not: the evidence, what was ruled out, and what to change.")
chosen = None
with told_in_words():
    chosen = pick_run(state.chosen_run())
if chosen is None and not runs.listing(me()):
    st.info("There is no run yet to look at.", icon=":material/info:")
    st.page_link("pages/train.py", label="Train one", icon=":material/show_chart:")
if chosen is not None:
    with told_in_words():
        show_diagnosis(chosen)
show_script_lines()
st.page_link(
    "pages/question.py",
    label="The posted question, answered by an experiment",
    icon=":material/science:",
)
