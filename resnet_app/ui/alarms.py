"""What the doctor says while a run trains: late enough to be sure, and then it stays.

A suspicion is shown when two judgments in a row, each on new evidence, name the same cause, or at
once if it is a static fact; it goes when two in a row do not.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from resnet_app.doctor.judge import judge
from resnet_app.doctor.reading import count_evidence, read_evidence
from resnet_app.doctor.trials import is_treatable, treatment_plan
from resnet_app.doctor.verdict import Opinion
from resnet_app.runs.run import Run
from resnet_app.training import queue
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.runs import link_to
from resnet_app.ui.verdict import show_exhibits
from resnet_app.ui.visitor import is_mine, me

_IN_A_ROW = 2
_KEPT = 20
"""Runs whose judgments are remembered."""


@dataclass
class _Watched:
    """Judgments on one run, of all sessions that look at it; ``seen``: events before the last."""

    seen: tuple[int, ...] = ()
    judgments: list[Opinion | None] = field(default_factory=list)


_watched: OrderedDict[str, _Watched] = OrderedDict()
_lock = threading.Lock()


def settled(judgments: Sequence[Opinion | None]) -> Opinion | None:
    """What to show after these judgments, the oldest first."""
    shown: Opinion | None = None
    for index, opinion in enumerate(judgments):
        causes = {
            found and found.cause for found in judgments[max(0, index + 1 - _IN_A_ROW) : index + 1]
        }
        in_a_row = index + 1 >= _IN_A_ROW and len(causes) == 1
        if opinion is not None and (opinion.known == "certain" or in_a_row):
            shown = opinion
        elif opinion is not None and shown is not None and opinion.cause == shown.cause:
            shown = opinion  # with newer figures
        elif shown is not None and shown.cause not in causes:
            shown = None
    return shown


def look(run: Run) -> Opinion | None:
    """The suspicion to show beside the curves of ``run``, if there is one."""
    with _lock:
        watched = _watched.setdefault(run.id, _Watched())
        _watched.move_to_end(run.id)
        while len(_watched) > _KEPT:
            _watched.popitem(last=False)
        seen = count_evidence(run)
        if seen != watched.seen and run.history().epochs:
            watched.seen = seen
            watched.judgments.append(judge(read_evidence(run)).primary)
        return settled(watched.judgments)


def show_alarm(run: Run) -> None:
    """The suspicion, with Stop and Treat next to it; nothing where there is none."""
    opinion = look(run)
    if opinion is None:
        return
    with st.container(border=True):
        title = plain(opinion.words.title)
        st.markdown(f":orange[:material/stethoscope:] **The doctor suspects: {title}.**")
        show_exhibits(opinion.exhibits[:1])
        with st.container(horizontal=True):
            if is_mine(run):
                st.button(
                    "Stop the run",
                    icon=":material/stop:",
                    key=f"alarm-stop-{run.id}",
                    on_click=run.request_stop,
                )
                if is_treatable(run, opinion.cause) and st.button(
                    "Stop and treat",
                    icon=":material/healing:",
                    key=f"alarm-treat-{run.id}",
                    help="Stops this run and trains it again with one thing changed.",
                ):
                    _treat(run, opinion.cause)
            link_to(run, "diagnose", "Why?", "arrow_forward")


def _treat(run: Run, cause: str) -> None:
    with told_in_words():
        plan = treatment_plan(run, cause)
        run.request_stop()
        queue.submit(plan, me())
        st.switch_page("pages/diagnose.py", query_params={"run": run.id})
