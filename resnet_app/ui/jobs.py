"""A job at work: progress and a stop, looked at again and again without holding up the page."""

from collections.abc import Callable
from typing import Protocol

import streamlit as st

_POLL_SECONDS = 0.5


class Job(Protocol):
    """Something at work: ``progress`` 0…1, ``message`` and whether it has ``ended``."""

    progress: float
    message: str

    @property
    def ended(self) -> bool: ...


def show_job(job: Job, stop: Callable[[], None], key: str) -> None:
    """Show how far ``job`` is; when it has ended, the whole page runs once more."""
    st.fragment(_show, run_every=_POLL_SECONDS)(job, stop, key)


def _show(job: Job, stop: Callable[[], None], key: str) -> None:
    if job.ended:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(min(max(job.progress, 0.0), 1.0), text=job.message)
        st.button("Stop", icon=":material/stop:", on_click=stop, key=f"stop-{key}")
