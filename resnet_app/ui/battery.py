"""The tests that compute: a button, progress, a stop."""

import threading

import streamlit as st

from resnet_app.doctor import launch
from resnet_app.errors import LabError
from resnet_app.runs.run import Run
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.jobs import show_job
from resnet_app.ui.visitor import may_read_images

_jobs: dict[str, launch.Job] = {}
"""Tests at work by run, for all sessions: two that look at one run share them."""
_lock = threading.Lock()


def show_tests(run: Run) -> None:
    """Offer the tests that compute, or show how far they are."""
    job = _jobs.get(run.id)
    if job is not None and not job.ended:
        show_job(job, job.stop, f"tests-{run.id}")
        return
    if job is not None:
        with _lock:
            _jobs.pop(run.id, None)
        try:
            st.caption(job.summary())
        except LabError as error:
            st.warning(plain(str(error)), icon=":material/error:")
        job.forget()
    if run.foreign or not run.status().ended or not may_read_images(run):
        return  # the tests need the images
    done = (run.directory / "tests.json").exists()
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Run the tests again" if done else "Run the tests",
            icon=":material/science:",
            help="Short experiments with this run's network and data, in a process of their own.",
        ):
            with told_in_words():
                _start(run)
                st.rerun()
        st.caption("They make the verdict surer: what was suspected is tested.")


def _start(run: Run) -> None:
    with _lock:
        if run.id not in _jobs or _jobs[run.id].ended:
            _jobs[run.id] = launch.start_tests(run)
