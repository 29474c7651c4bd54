"""The data sets that are kept: which is in use, the list of all, renaming, deleting."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from resnet_app.config import dataset_quota
from resnet_app.data import mapped
from resnet_app.data import store as datasets
from resnet_app.data.store import StoredDataset
from resnet_app.errors import LabError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.ui import state
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.page import tell
from resnet_app.ui.visitor import me

_PICKER = "digits_in_use"


def pick_dataset() -> str | None:
    """Let a person choose among the data sets; the digest of the one in use."""
    names = _names(datasets.listing(me()))
    chosen = state.chosen_dataset()
    if chosen is None:
        return None
    st.session_state[_PICKER] = chosen
    st.selectbox(
        "Digits in use",
        list(names),
        format_func=names.__getitem__,
        key=_PICKER,
        on_change=_use_picked,
    )
    return chosen


def show_datasets() -> None:
    """All data sets, and the room that they take."""
    used, quota = datasets.used(), dataset_quota()
    st.progress(min(used / quota, 1.0), f"{_megabytes(used)} of {_megabytes(quota)} MB used")
    if used > 0.9 * quota:
        st.warning(
            "There is hardly any room left. Delete data sets that you do not need.",
            icon=":material/hard_drive:",
        )
    chosen, trained = state.chosen_dataset(), _runs_by_dataset()
    listing = datasets.listing(me())
    for stored, name in zip(listing, _names(listing).values(), strict=True):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            _show_entry(stored, name, stored.digest == chosen, trained.get(stored.digest, []))


def _names(listing: Sequence[StoredDataset]) -> dict[str, str]:
    """A name for each digest; of those with the same name, the later ones get a number."""
    names, seen = {}, Counter[str]()
    for stored in sorted(listing, key=lambda stored: stored.created):
        seen[stored.name] += 1
        times = seen[stored.name]
        names[stored.digest] = stored.name + (f" ({times})" if times > 1 else "")
    return {stored.digest: names[stored.digest] for stored in listing}


def _use_picked() -> None:
    state.choose_dataset(st.session_state[_PICKER])


def _when(stored: StoredDataset) -> str:
    return datetime.fromtimestamp(stored.created).strftime("%d %b %Y, %H:%M")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}" if size < 1e8 else f"{size / 1e6:,.0f}"


def _runs_by_dataset() -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in runs.listing(me()):
        try:
            found.setdefault(run.dataset_digest, []).append(run)
        except LabError:
            continue
    return found


def _show_entry(stored: StoredDataset, name: str, in_use: bool, trained: list[Run]) -> None:
    with st.container(width="stretch", gap=None):
        st.markdown(f"**{plain(name)}**" + (" :blue-badge[in use]" if in_use else ""))
        test = f" and {stored.test_count:,} test images" if stored.test_count else " images"
        st.caption(
            f"{stored.count:,}{test} · {_when(stored)} · {_megabytes(stored.size)} MB"
            + (f" · {_counted(trained)}" if trained else "")
        )
    with st.container(horizontal=True, width="content"):
        key = stored.digest
        st.button(
            "Use",
            key=f"use-{key}",
            disabled=in_use,
            on_click=state.choose_dataset,
            args=(key,),
        )
        if st.button("Rename", key=f"rename-{key}", icon=":material/edit:"):
            _rename(stored)
        if st.button("Delete", key=f"delete-{key}", icon=":material/delete:"):
            _delete(stored, trained)


def _counted(trained: list[Run]) -> str:
    return f"{len(trained)} run" + ("" if len(trained) == 1 else "s")


@st.dialog("Rename a data set")
def _rename(stored: StoredDataset) -> None:
    name = st.text_input("Name", stored.name, max_chars=datasets.MAX_NAME)
    if st.button("Rename it", type="primary"):
        with told_in_words():
            datasets.rename(stored.digest, name, me())
            tell(f"Renamed to **{plain(name)}**.")
            st.rerun()


@st.dialog("Delete a data set")
def _delete(stored: StoredDataset, trained: list[Run]) -> None:
    st.markdown(f"**{plain(stored.name)}**, {stored.total:,} images")
    if any(run.dataset_digest == stored.digest for run in runs.unended()):
        st.warning(
            "A run trains on it, or waits to. Wait until it has finished, or stop it first.",
            icon=":material/block:",
        )
        return
    if trained:
        st.markdown(f"Trained on it: {_counted(trained)}. They keep their models and results.")
    st.markdown("This cannot be undone.")
    if st.button("Delete it", type="primary", icon=":material/delete:"):
        datasets.delete(stored.digest, me())
        mapped.forget(stored.digest)
        tell(f"Deleted **{plain(stored.name)}**.")
        st.rerun()
