"""Taking a finished run away, and opening one that was."""

from functools import partial

import streamlit as st

from resnet_app.config import MAX_UPLOAD_BYTES
from resnet_app.errors import LabError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.takeaway.cells import why_no_code, write_cells
from resnet_app.takeaway.kinds import KINDS, Kind, why_not
from resnet_app.takeaway.launch import Job, open_upload, opened_run, take
from resnet_app.takeaway.script import as_script
from resnet_app.ui import state
from resnet_app.ui.guards import plain, show_error
from resnet_app.ui.jobs import show_job
from resnet_app.ui.visitor import may_read_images, me

_FIRST = ("run", "report", "code")
"""Kinds that stand out; the others come below them."""

_OPENING, _REFUSAL, _TURN = "opening", "opening_refusal", "opening_turn"


def show_takeaway(run: Run) -> None:
    """Files of ``run``, each made when it is asked for, and its code to look at."""
    with st.expander("Take away", icon=":material/download:"):
        reasons = {name: _why_not(run, kind) for name, kind in KINDS.items()}
        there = [name for name, reason in reasons.items() if reason is None]
        for first in (True, False):
            with st.container(horizontal=True):
                for name in there:
                    if (name in _FIRST) == first:
                        _offer(run, KINDS[name], first)
        for reason in dict.fromkeys(reason for reason in reasons.values() if reason):
            st.caption(plain(reason))
    if why_no_code(run) is None:
        with st.expander("Show the code", icon=":material/code:"):
            st.caption(
                "The run as one script of plain Keras. It reads digits.npz, which *Script, "
                "notebook and digits* has with it."
            )
            # A container, for keys scroll it; a block of code by itself takes no focus.
            with st.container(height=480, border=False):
                st.code(as_script(write_cells(run)), language="python", wrap_lines=True)


def _why_not(run: Run, kind: Kind) -> str | None:
    if kind.has_images and not may_read_images(run):
        return "Its digits belong to whoever trained this run, so they do not come along."
    return why_not(run, kind)


def _offer(run: Run, kind: Kind, first: bool) -> None:
    st.download_button(
        kind.title,
        partial(take, run, kind.name),
        f"{run.id}-{kind.file}" if first else kind.file,
        on_click="ignore",
        key=f"take-{kind.name}-{run.id}",
        type="primary" if kind.name == "run" else "secondary" if first else "tertiary",
        icon=":material/download:",
        help=_HELP.get(kind.name),
    )


_HELP = {
    "run": "One zip: settings, curves, weights, digits, script. Another installation opens it.",
    "report": "One page to read or print: question, data, recipe, curves, verdict, results.",
    "code": "To unpack and run anywhere TensorFlow is.",
    "predictions": "CSV: for each test image the answer and ten probabilities.",
    "keras": "Plain Keras layers.",
    "tflite": "For LiteRT: logits, and the votes of each place.",
}


def show_opening() -> bool:
    """Let a person open a run's zip file; whether one has been opened and is now the chosen one."""
    with st.expander("Open a run from a file", icon=":material/upload_file:"):
        turn = st.session_state.setdefault(_TURN, 0)
        upload = st.file_uploader(
            "A run's zip file",
            max_upload_size=MAX_UPLOAD_BYTES // 2**20,
            key=f"run-file-{turn}",
            help="As *Take away*, *The whole run* gives it. Nothing in it is run: the network is "
            "built here from the settings, and only its weights are read.",
        )
        if upload is not None and _OPENING not in st.session_state:
            st.session_state.pop(_REFUSAL, None)
            try:
                st.session_state[_OPENING] = open_upload(upload.getbuffer(), upload.name, me())
            except LabError as error:
                _settle(error)
        job: Job | None = st.session_state.get(_OPENING)
        if job is not None and job.ended and _take(job):
            return True
        if _OPENING in st.session_state:
            show_job(st.session_state[_OPENING], st.session_state[_OPENING].stop, "opening")
        if _REFUSAL in st.session_state:
            show_error(st.session_state[_REFUSAL])
    return False


def _take(job: Job) -> bool:
    """Choose the run that ``job`` opened; False if it did not."""
    try:
        state.choose_run(runs.open_run(opened_run(job)))
        _settle(None)
        return True
    except LabError as error:
        _settle(error)
        return False
    finally:
        job.forget()


def _settle(error: LabError | None) -> None:
    """The file is done with; the next run of the page has an empty uploader."""
    st.session_state.pop(_OPENING, None)
    st.session_state[_TURN] += 1
    if error is not None:
        st.session_state[_REFUSAL] = error
