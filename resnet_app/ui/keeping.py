"""A star that keeps a run from being cleared away, deleting it, and the warning before it goes."""

from dataclasses import replace

import streamlit as st

from resnet_app.errors import LabError
from resnet_app.runs import clearing, trash
from resnet_app.runs.marks import mark, marks_of, shown_name
from resnet_app.runs.run import Run
from resnet_app.ui import state
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.page import tell
from resnet_app.ui.runs import label
from resnet_app.ui.visitor import is_mine, me

_LISTED = 5


def show_keeping(run: Run) -> None:
    """Keep or delete ``run``, which has ended, if it is one's own."""
    if not is_mine(run) or not run.status().ended:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle(
            "Keep this run",
            marks_of(run).starred,
            key=f"keep-{run.id}",
            on_change=_turn,
            args=(run,),
            help="It gets a star. Runs without one go, the oldest first, when new ones need room.",
        )
        if st.button("Delete", icon=":material/delete:", key=f"delete-run-{run.id}"):
            _delete(run)


def _turn(run: Run) -> None:
    mark(run, replace(marks_of(run), starred=bool(st.session_state[f"keep-{run.id}"])))


@st.dialog("Delete a run")
def _delete(run: Run) -> None:
    st.markdown(f"**{plain(label(run))}**")
    st.markdown(
        f"Its model and results go with it. For {trash.KEPT_DAYS} days **Results → All runs** can "
        "bring it back."
    )
    if st.button("Delete it", type="primary", icon=":material/delete:"):
        with told_in_words():
            trash.delete_run(run, shown_name(run))
            state.forget_run(run)
            tell("Deleted the run.")
            st.rerun()


def warn_of_clearing() -> None:
    """Which of one's own runs go next, where room is scarce."""
    if not clearing.is_scarce():
        return
    lines = []
    for run in clearing.next_to_go():
        if run.owner == me():
            try:
                lines.append(f"- {plain(label(run))}")
            except LabError:
                continue
    if lines:
        more = f"\n- and {len(lines) - _LISTED} more" if len(lines) > _LISTED else ""
        st.warning(
            "Room for runs is scarce. When it is used up, these of yours are deleted first; open "
            "one and *keep* it, or take it away:\n" + "\n".join(lines[:_LISTED]) + more,
            icon=":material/auto_delete:",
        )
