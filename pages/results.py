"""What a finished run came to, run beside run, and the list of all."""

import streamlit as st

from resnet_app import quiz
from resnet_app.runs.marks import marks_of
from resnet_app.runs.run import Run
from resnet_app.ui import breaking, comparing, course, inside, mistakes, outcome, shelf, state
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.page import open_page
from resnet_app.ui.runs import link_to, not_trials, pick_run

VIEWS = {
    "run": ":material/insights: One run",
    "compare": ":material/compare_arrows: Compare",
    "all": ":material/list: All runs",
}
TABS = {
    "Outcome": outcome.show_outcome,
    "Mistakes": mistakes.show_mistakes,
    "Inside": inside.show_inside,
    "Course": course.show_course,
}


def show_results(run: Run) -> None:
    """One run in four tabs, of which only the open one is filled."""
    if quiz.is_open(run):
        breaking.ask_to_guess_first(run)
        return
    if marks_of(run).note:
        st.markdown(plain(marks_of(run).note))
    status = run.status()
    if not status.ended:
        words = "It waits for its turn" if status.waiting else "It still trains"
        st.info(f"{words}. Its results come when it has ended.", icon=":material/hourglass_empty:")
        link_to(run, "train", "Watch it", "show_chart")
        return
    if status.state != "finished":
        st.warning(plain(status.message), icon=":material/stop_circle:")
    if not run.is_readable():
        st.info(
            "It left no model here, so there is nothing to look into but its curves."
            if not run.foreign
            else "A Keras script of its own made this run and has its model; its curves are here.",
            icon=":material/info:",
        )
        course.show_course(run)
        return
    tabs = st.tabs(list(TABS), key="results_tab", on_change="rerun")
    for tab, (name, show) in zip(tabs, TABS.items(), strict=True):
        if st.session_state["results_tab"] == name:
            with tab, told_in_words():
                show(run)


open_page(keep_canvas=True)
st.title("Results")
st.session_state.setdefault("results_view", "run")
view = st.segmented_control(
    "View", list(VIEWS), format_func=VIEWS.__getitem__, required=True, key="results_view",
    label_visibility="collapsed",
)  # fmt: skip
if view == "all":
    with told_in_words():
        shelf.show_all()
elif view == "compare":
    with told_in_words():
        comparing.show_comparison()
else:
    chosen = None
    with told_in_words():
        chosen = pick_run(state.chosen_run())
    if chosen is None and not not_trials():
        st.info("There is no run yet to look at.", icon=":material/info:")
        st.page_link("pages/train.py", label="Train one", icon=":material/show_chart:")
    if chosen is not None:
        with told_in_words():
            show_results(chosen)
