"""All runs and experiments: name, note, star, filter, delete and undo."""

from dataclasses import replace
from datetime import datetime

import streamlit as st

from resnet_app.errors import LabError
from resnet_app.runs import experiment as experiments
from resnet_app.runs import trash
from resnet_app.runs.experiment import Experiment
from resnet_app.runs.marks import MAX_NAME, MAX_NOTE, Marks, mark, marks_of, shown_name
from resnet_app.runs.run import Run
from resnet_app.runs.trash import Deleted
from resnet_app.ui import state
from resnet_app.ui.experiments import summary
from resnet_app.ui.guards import plain, show_error, told_in_words
from resnet_app.ui.page import tell
from resnet_app.ui.runs import label, not_trials
from resnet_app.ui.visitor import me

_UNDO, _REFUSED = "undo_delete", "delete_refused"
_PER_PAGE = 10


def show_all() -> None:
    """The list of runs, that of experiments, and what was deleted."""
    _show_undo()
    kept = not_trials()
    shown = _filter(kept)
    if kept and not shown:
        st.caption("No run fits.")
    pages, page = -(-len(shown) // _PER_PAGE), 1
    if pages > 1:
        page = st.pagination(pages, key="runs_page", persist_state="session")
    for run in shown[(page - 1) * _PER_PAGE : page * _PER_PAGE]:
        with told_in_words():
            _show_run(run)
    _show_experiments()
    _show_trash()


def _filter(kept: list[Run]) -> list[Run]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            "Filter", key="runs_filter", placeholder="Name, note, recipe or digits", width=300,
            icon=":material/search:", live=True, persist_state="session",
        )  # fmt: skip
        starred = st.toggle("Only starred", key="runs_starred", persist_state="session")
    return [run for run in kept if _fits(run, (wanted or "").strip().lower(), starred)]


def _fits(run: Run, wanted: str, starred: bool) -> bool:
    marks = marks_of(run)
    if starred and not marks.starred:
        return False
    try:
        text = f"{marks.name} {marks.note} {run.title} {run.dataset_name}"
    except LabError:
        text = f"{marks.name} {marks.note}"
    return wanted in text.lower()


def _show_run(run: Run) -> None:
    marks, busy = marks_of(run), not run.status().ended
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            name, about = _words(run, marks)
            st.markdown(f"**{plain(name)}**")
            st.caption(plain(about))
            if marks.note:
                st.markdown(plain(marks.note))
        with st.container(horizontal=True, width="content"):
            st.button(
                "Unstar" if marks.starred else "Star",
                key=f"star-{run.id}",
                icon=":material/star:",
                on_click=mark,
                args=(run, replace(marks, starred=not marks.starred)),
            )
            if st.button("Name", key=f"name-{run.id}", icon=":material/edit:"):
                _edit(run, marks)
            st.button(
                "Look",
                key=f"look-{run.id}",
                icon=":material/insights:",
                on_click=_look,
                args=(run,),
            )
            st.button(
                "Delete",
                key=f"delete-{run.id}",
                icon=":material/delete:",
                on_click=_delete_run,
                args=(run, name),
                disabled=busy,
            )


def _words(run: Run, marks: Marks) -> tuple[str, str]:
    """A name and a line about ``run``; one that cannot be read can still be deleted."""
    try:
        return shown_name(run), f"{label(run)} · {run.dataset_name}"
    except LabError:
        return marks.name or "A run that cannot be read", run.id


def _look(run: Run) -> None:
    state.choose_run(run)
    st.session_state["results_view"] = "run"


@st.dialog("Name a run")
def _edit(run: Run, marks: Marks) -> None:
    st.caption(plain(label(run)))
    name = st.text_input("Name", marks.name, max_chars=MAX_NAME)
    note = st.text_area("Note", marks.note, max_chars=MAX_NOTE)
    if st.button("Keep", type="primary"):
        with told_in_words():
            clean = "".join(c for c in name or "" if c.isprintable()).strip()
            mark(run, replace(marks, name=clean, note=(note or "").strip()))
            tell("Kept.")
            st.rerun()


def _delete_run(run: Run, name: str) -> None:
    try:
        st.session_state[_UNDO] = trash.delete_run(run, name)
        state.forget_run(run)
    except LabError as error:
        st.session_state[_REFUSED] = error


def _delete_experiment(experiment: Experiment) -> None:
    try:
        st.session_state[_UNDO] = trash.delete_experiment(experiment)
    except LabError as error:
        st.session_state[_REFUSED] = error


def _restore(deleted: Deleted) -> None:
    st.session_state.pop(_UNDO, None)
    try:
        trash.restore(deleted)
        tell(f"**{plain(deleted.title)}** is back.")
    except LabError as error:
        st.session_state[_REFUSED] = error


def _show_undo() -> None:
    if _REFUSED in st.session_state:
        show_error(st.session_state.pop(_REFUSED))
    deleted: Deleted | None = st.session_state.get(_UNDO)
    if deleted is not None:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"Deleted **{plain(deleted.title)}**.", width="stretch")
            st.button(
                "Undo", icon=":material/undo:", type="primary", on_click=_restore, args=(deleted,)
            )


def _show_experiments() -> None:
    found = experiments.listing(viewer=me())
    if not found:
        return
    st.header("Experiments", anchor=False)
    st.caption("Deleting one deletes its runs with it; Undo brings all back.")
    for experiment in found:
        with (
            told_in_words(),
            st.container(border=True, horizontal=True, vertical_alignment="center"),
        ):
            st.markdown(plain(summary(experiment)), width="stretch")
            st.button(
                "Delete",
                key=f"delete-{experiment.id}",
                icon=":material/delete:",
                on_click=_delete_experiment,
                args=(experiment,),
            )


def _show_trash() -> None:
    found = trash.listing(me())
    if not found:
        return
    with st.expander(f"Deleted, {len(found)}", icon=":material/delete:"):
        st.caption(f"Kept for {trash.KEPT_DAYS} days, then removed for good.")
        for deleted in found:
            with st.container(horizontal=True, vertical_alignment="center"):
                when = datetime.fromtimestamp(deleted.when).strftime("%d %b %H:%M")
                st.markdown(f"{plain(deleted.title)}, deleted {when}", width="stretch")
                st.button(
                    "Bring back", key=f"back-{deleted.id}", on_click=_restore, args=(deleted,)
                )
        st.button("Remove all for good", icon=":material/delete_forever:", on_click=_empty)


def _empty() -> None:
    st.session_state.pop(_UNDO, None)
    for deleted in trash.listing(me()):
        trash.remove(deleted)
