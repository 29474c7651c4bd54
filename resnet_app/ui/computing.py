"""Results that a process of its own computes: begun when they are first looked at, once a run."""

import threading
from collections.abc import Callable

import streamlit as st

from resnet_app.errors import LabError
from resnet_app.results.launch import Job
from resnet_app.training import workers
from resnet_app.ui.guards import plain
from resnet_app.ui.jobs import show_job

_jobs: dict[str, Job] = {}
"""Work by what it is for, for all sessions: two that look at one run share it."""
_lock = threading.Lock()


def compute(key: str, start: Callable[[], Job], what: str) -> None:
    """Show how far the work called ``key`` is; ``start`` begins it, ``what`` says in words.

    It begins at once, unless a run trains or it did not succeed before: then a button begins it.
    """
    refusal = f"refused-{key}"
    with _lock:
        job = _jobs.get(key)
    if job is not None and job.ended:
        st.session_state[refusal] = _settle(key, job)
        if st.session_state[refusal] is None:
            del st.session_state[refusal]
            st.rerun()
        job = None
    if job is None:
        busy = bool(workers.training())
        if refusal in st.session_state:
            st.warning(plain(st.session_state[refusal]), icon=":material/error:")
        elif busy:
            st.caption("A run is training now, and both at once would slow each other down.")
        if refusal in st.session_state or busy:
            wanted = st.button(f"Work out {what}", icon=":material/calculate:", key=f"begin-{key}")
            if not wanted:
                return
        st.session_state.pop(refusal, None)
        job = _begin(key, start)
    st.caption(f"Working out {what}. It is done once and kept with the run.")
    show_job(job, job.stop, key)


def _begin(key: str, start: Callable[[], Job]) -> Job:
    with _lock:
        if key not in _jobs:
            _jobs[key] = start()
        return _jobs[key]


def _settle(key: str, job: Job) -> str | None:
    """Why ``job``, which has ended, did not succeed; None if it did."""
    with _lock:
        _jobs.pop(key, None)
    try:
        job.answer()
        return None
    except LabError as error:
        return str(error)
    finally:
        job.forget()
