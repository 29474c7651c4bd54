"""What the audit found, worst first, each with its pictures and what mends it."""

import threading
from functools import partial

import numpy as np
import streamlit as st

from resnet_app.data import launch
from resnet_app.data import store as datasets
from resnet_app.data.audit.finding import SEVERITIES, Finding, Remedy
from resnet_app.data.dataset import Dataset
from resnet_app.data.launch import Job
from resnet_app.data.mapped import take
from resnet_app.errors import LabError
from resnet_app.ui import browse
from resnet_app.ui.changes import begin_saving
from resnet_app.ui.guards import plain, show_error
from resnet_app.ui.jobs import show_job

_LOOKS = dict(
    zip(
        SEVERITIES,
        (":red[:material/error:]", ":orange[:material/warning:]", ":blue[:material/info:]"),
        strict=True,
    )
)

_audits: dict[str, Job | None] = {}
"""By digest, for all sessions: two that look at one data set share its audit. None: stopped."""
_lock = threading.Lock()


def show_findings(digest: str, dataset: Dataset) -> None:
    """What is wrong with the data set; if nobody knows yet, find out first."""
    st.header("Check", anchor=False)
    findings = datasets.findings(digest)
    if findings is None:
        _show_audit(digest)
        return
    _forget(digest)
    if not findings:
        _show_praise()
    for finding in findings:
        _show_finding(digest, dataset, finding)


def _show_audit(digest: str) -> None:
    with _lock:
        if digest not in _audits:
            _audits[digest] = launch.audit(digest)
        job = _audits[digest]
    if job is not None and not job.ended:
        show_job(job, partial(_stop, digest), "audit")
        return
    if job is None:
        st.info("The check was stopped.", icon=":material/stop_circle:")
    else:
        try:
            job.result()
        except LabError as error:
            show_error(error)
    st.button("Check again", icon=":material/refresh:", on_click=_forget, args=(digest,))


def _stop(digest: str) -> None:
    _forget(digest)
    _audits[digest] = None


def _forget(digest: str) -> None:
    with _lock:
        job = _audits.pop(digest, None)
    if job is not None:
        job.forget()


def _show_praise() -> None:
    from resnet_app.data.audit import CHECKED

    st.success("Nothing to complain about.", icon=":material/check_circle:")
    st.caption(f"Looked at: {', '.join(CHECKED)}.")


def _show_finding(digest: str, dataset: Dataset, finding: Finding) -> None:
    label = (
        f"{_LOOKS[finding.severity]} **{finding.severity.capitalize()}:** {plain(finding.title)}"
    )
    with st.expander(label, key=f"finding-{digest}-{finding.kind}"):
        st.markdown(plain(finding.detail))
        st.markdown(
            f"**Measured:** {plain(finding.measured)}  \n**Expected:** {plain(finding.expected)}"
        )
        if finding.images:
            _show_examples(dataset, finding)
        with st.container(horizontal=True):
            if finding.remedy is not None:
                _offer(digest, dataset, finding.kind, finding.remedy)
            if finding.images:
                st.button(
                    "Show in Images",
                    icon=":material/grid_view:",
                    key=f"see-{finding.kind}",
                    on_click=browse.show_finding,
                    args=(digest, finding.kind),
                )


def _show_examples(dataset: Dataset, finding: Finding) -> None:
    labels = np.concatenate([dataset.labels, dataset.test_labels])
    with st.container(horizontal=True, gap="xsmall"):
        for number, image in zip(finding.images, take(dataset, finding.images), strict=True):
            label = labels[number]
            st.image(image, caption=str(label), width=56, alt=f"Image {number}, labelled {label}")


def _offer(digest: str, dataset: Dataset, kind: str, remedy: Remedy) -> None:
    if st.button(
        plain(remedy.label),
        type="primary",
        icon=":material/healing:",
        key=f"mend-{kind}",
        help="Saves a new data set; this one stays as it is.",
    ):
        begin_saving(digest, remedy.edit, _name_after(dataset.name, remedy))
        st.rerun()


def _name_after(name: str, remedy: Remedy) -> str:
    left_out = remedy.label.removeprefix("Leave out ")
    change = f"without {left_out}" if left_out != remedy.label else remedy.edit.describe()
    return f"{name}, {change}"
