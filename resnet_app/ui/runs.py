"""Runs by name, for lists and for choosing one."""

from collections import Counter
from datetime import datetime

import streamlit as st

from resnet_app.errors import LabError
from resnet_app.runs import experiment as experiments
from resnet_app.runs import store as runs
from resnet_app.runs.marks import marks_of, shown_name
from resnet_app.runs.run import Run
from resnet_app.ui import state
from resnet_app.ui.visitor import me

_PICKER = "picked_run"


def label(run: Run) -> str:
    """When, what, and how it went, in a line."""
    evaluation = run.evaluation()
    outcome = f", {evaluation.accuracy:.1%} right on test digits" if evaluation else ""
    status = run.status()
    state = "in progress" if status.active else status.state
    when = datetime.fromtimestamp(run.created).strftime("%d %b %H:%M")
    state += ", opened from a file" if run.imported else ""
    star = "★ " if marks_of(run).starred else ""
    return f"{star}{when}: {shown_name(run)}, {state}{outcome}"


def link_to(run: Run, page: str, words: str, icon: str) -> None:
    """A link to ``page``, such as ``draw``, which then shows ``run``; ``icon`` is Material's."""
    st.page_link(
        f"pages/{page}.py",
        label=words,
        icon=f":material/{icon}:",
        query_params={"run": run.id},
    )


def not_trials() -> list[Run]:
    """One's runs that were started one by one, newest first; experiments link to their own."""
    trials = experiments.trial_ids()
    return [run for run in runs.listing(me()) if run.id not in trials]


def pick_run(chosen: Run | None) -> Run | None:
    """Let a person choose among all runs; ``chosen`` at first, else the newest."""
    names = {run.id: name for run in not_trials() if (name := _label_or_none(run))}
    if chosen is not None and chosen.id not in names:
        names = {chosen.id: label(chosen), **names}
    names = _numbered(names)
    if not names:
        return None
    if chosen is not None:
        st.session_state[_PICKER] = chosen.id
    picked = st.selectbox(
        "Run", list(names), format_func=lambda run_id: names[run_id], key=_PICKER,
        on_change=_use_picked,
    )  # fmt: skip
    return state.choose_run(runs.open_run(picked))


def _use_picked() -> None:
    st.query_params["run"] = st.session_state[_PICKER]


def _numbered(names: dict[str, str]) -> dict[str, str]:
    """Names that differ, the newest first: a select box takes equal ones for the same."""
    times, found = Counter[str](), {}
    for run_id, name in reversed(names.items()):
        times[name] += 1
        found[run_id] = name + (f" ({times[name]})" if times[name] > 1 else "")
    return {run_id: found[run_id] for run_id in names}


def _label_or_none(run: Run) -> str | None:
    try:
        return label(run)
    except LabError:
        return None
