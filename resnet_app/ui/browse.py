"""All images of a data set, a page at a time; some to be left out or relabelled."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data import store as datasets
from resnet_app.data.audit.finding import Finding
from resnet_app.data.dataset import Dataset, Labels
from resnet_app.data.mapped import take
from resnet_app.ui import state
from resnet_app.ui.changes import Change, begin_saving, changes_of, to_edit
from resnet_app.ui.gallery import Tile, pick_images
from resnet_app.ui.guards import plain, told_in_words

_PER_PAGE = 60
_ANY = "any"
_TURN = "changes_turn"


def show_finding(digest: str, kind: str) -> None:
    """Open the images with only those that a finding concerns. For a callback."""
    state.show_view("Images")
    for name, value in (("finding", kind), ("digit", _ANY), ("part", _ANY)):
        st.session_state[_key(digest, name)] = value


@st.fragment
def browse(digest: str) -> None:
    """The images, those that are selected, and what is to be changed."""
    with told_in_words():
        dataset = state.load_dataset(digest)
        labels = np.concatenate([dataset.labels, dataset.test_labels])
        numbers, view = _filter(digest, dataset, labels)
        if len(numbers):
            selected = _show_page(digest, dataset, labels, numbers, view)
            _offer_changes(digest, labels, selected)
        else:
            st.info("No image is like that.", icon=":material/filter_alt_off:")
        if changes_of(digest):
            _show_changes(digest, dataset.name, labels)


def _key(digest: str, name: str) -> str:
    return f"images-{name}-{digest}"


def _turn() -> int:
    """Counts the changes; with a new turn nothing is selected."""
    turn: int = st.session_state.setdefault(_TURN, 0)
    return turn


def _next_turn() -> None:
    st.session_state[_TURN] = _turn() + 1
    st.rerun()


def _filter(digest: str, dataset: Dataset, labels: Labels) -> tuple[NDArray[np.int64], str]:
    """Numbers of the images that a person wants to see, and a name for this choice."""
    found = {f.kind: f for f in datasets.findings(digest) or () if f.images}
    with st.container(horizontal=True):
        digits = {_ANY: "All digits", **{str(d): f"Only {d}" for d in range(CLASSES)}}
        digit = _select(digest, "digit", "Digit", digits)
        part = kind = _ANY
        if len(dataset.test_labels):
            parts = {_ANY: "Training and test", "training": "Training", "test": "Test"}
            part = _select(digest, "part", "Part", parts)
        if found:
            titles = {_ANY: "All images", **{kind: f.title for kind, f in found.items()}}
            kind = _select(digest, "finding", "Finding", titles)
    kept = np.ones(len(labels), bool)
    if digit != _ANY:
        kept &= labels == int(digit)
    if part != _ANY:
        kept &= (np.arange(len(labels)) < len(dataset.labels)) == (part == "training")
    numbers = np.arange(len(labels)) if kind == _ANY else _concerned(found[kind])
    return numbers[kept[numbers]], f"{digit}-{part}-{kind}"


def _select(digest: str, name: str, label: str, options: Mapping[str, str]) -> str:
    key = _key(digest, name)
    if st.session_state.get(key, _ANY) not in options:
        del st.session_state[key]
    chosen: str = st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        persist_state="session",
        width=220,
    )
    return chosen


def _concerned(finding: Finding) -> NDArray[np.int64]:
    """Numbers of the images that a finding names, its examples first."""
    edit = finding.remedy.edit if finding.remedy else None
    more = (*edit.leave_out, *edit.relabel, *edit.invert) if edit else ()
    return np.array(list(dict.fromkeys((*finding.images, *more))), np.int64)


def _show_page(
    digest: str, dataset: Dataset, labels: Labels, numbers: NDArray[np.int64], view: str
) -> tuple[int, ...]:
    """A page of the images; the numbers of those that are selected."""
    pages = -(-len(numbers) // _PER_PAGE)
    page = 1
    if pages > 1:
        page = st.pagination(pages, key=_key(digest, f"page-{view}"), persist_state="session")
    first = (page - 1) * _PER_PAGE
    shown = numbers[first : first + _PER_PAGE].tolist()
    st.caption(f"{first + 1:,} to {first + len(shown):,} of {len(numbers):,} images")
    edit = to_edit(changes_of(digest), labels)
    tiles = [
        _tile(number, int(labels[number]), number in edit.leave_out, edit.relabel.get(number))
        for number in shown
    ]
    return pick_images(take(dataset, shown), tiles, _key(digest, f"{view}-{page}-{_turn()}"))


def _tile(number: int, label: int, left_out: bool, digit: int | None) -> Tile:
    name = f"digit {label}, image {number}"
    if left_out:
        return Tile(number, f"{name}, to be left out", "out", True)
    if digit is not None:
        return Tile(number, f"{name}, to be {digit}", f"{label} → {digit}", True)
    return Tile(number, name, str(label))


def _offer_changes(digest: str, labels: Labels, selected: Sequence[int]) -> None:
    """What can be done with the selected images."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        digit: Any = st.pills(
            "Change label to",
            range(CLASSES),
            key=_key(digest, f"relabel-{_turn()}"),
            wrap=True,
        )
        leave_out = st.button("Leave out", icon=":material/block:", key=_key(digest, "leave-out"))
    if digit is None and not leave_out:
        return
    changes = changes_of(digest)
    before = to_edit(changes, labels)
    changes.append(Change(tuple(sorted(selected)), None if leave_out else digit))
    if to_edit(changes, labels) == before:
        changes.pop()
        words = "They are like that already." if selected else "Select images first."
        st.toast(words, icon=":material/touch_app:")
    _next_turn()


def _show_changes(digest: str, name: str, labels: Labels) -> None:
    """What is to be changed, taking it back, and saving it."""
    changes = changes_of(digest)
    with st.container(border=True):
        st.markdown("**Not saved yet**")
        st.markdown("\n".join(f"- {plain(change.in_words())}" for change in changes))
        with st.container(horizontal=True):
            if st.button("Undo the last", icon=":material/undo:"):
                changes.pop()
                _next_turn()
            if st.button("Discard all", icon=":material/delete:"):
                changes.clear()
                _next_turn()
        new_name = st.text_input(
            "Name of the new data set",
            f"{name}, changed",
            max_chars=datasets.MAX_NAME,
            key=_key(digest, "name"),
        )
        if st.button("Save as a new data set", type="primary", icon=":material/save:"):
            edit = to_edit(changes, labels)
            begin_saving(digest, edit, new_name.strip() or name, changes)
            st.rerun()
