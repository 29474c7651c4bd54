"""Changes to single images: collected, listed, taken back, and saved as a new data set."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from resnet_app.data import launch
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Labels
from resnet_app.data.edit import Edit
from resnet_app.data.launch import Job
from resnet_app.ui import state
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.jobs import show_job
from resnet_app.ui.visitor import me

_CHANGES, _SAVING = "changes", "saving"
_LISTED = 8


@dataclass(frozen=True)
class Change:
    """What is to happen to images, numbered as ``Dataset`` does; ``digit`` None leaves them out."""

    images: tuple[int, ...]
    digit: int | None

    def in_words(self) -> str:
        """Such as ``Images 3, 14 → 7``."""
        numbers = ", ".join(str(number) for number in self.images[:_LISTED])
        more = len(self.images) - _LISTED
        numbers += f" and {more:,} more" if more > 0 else ""
        noun = "Image" if len(self.images) == 1 else "Images"
        return f"{noun} {numbers}: " + ("left out" if self.digit is None else f"now {self.digit}")


def to_edit(changes: Sequence[Change], labels: Labels) -> Edit:
    """All ``changes`` as one: of several changes of an image the last counts.

    ``labels`` (N,) are those of all images; a change to the label that an image has is none.
    """
    last = {number: change.digit for change in changes for number in change.images}
    return Edit(
        leave_out=tuple(sorted(number for number, digit in last.items() if digit is None)),
        relabel={n: d for n, d in sorted(last.items()) if d is not None and d != labels[n]},
    )


def changes_of(digest: str) -> list[Change]:
    """What is to be changed in this data set, oldest first; kept for the session."""
    every: dict[str, list[Change]] = st.session_state.setdefault(_CHANGES, {})
    return every.setdefault(digest, [])


@dataclass(frozen=True)
class _Saving:
    """A new data set on its way: ``changes`` are those of data set ``origin`` that are in it."""

    origin: str
    changes: tuple[Change, ...]
    job: Job


def begin_saving(origin: str, edit: Edit, name: str, changes: Sequence[Change] = ()) -> None:
    """Begin to keep a data set with ``edit`` under ``name``, and give up what was begun before.

    ``changes`` are those of which ``edit`` was made.
    """
    _stop_saving()
    job = launch.change(origin, edit, name, me())
    st.session_state[_SAVING] = _Saving(origin, tuple(changes), job)


def show_saving() -> None:
    """How far the saving is; when it is done, the new data set is used, and that is said."""
    saving: _Saving | None = st.session_state.get(_SAVING)
    if saving is None:
        return
    if not saving.job.ended:
        show_job(saving.job, _stop_saving, "saving")
        return
    with told_in_words():
        try:
            kept = saving.job.kept()
        finally:
            _stop_saving()
        waiting = changes_of(saving.origin)
        waiting[:] = [change for change in waiting if change not in saving.changes]
        state.choose_dataset(kept)
        name = next(stored.name for stored in datasets.listing(me()) if stored.digest == kept)
        st.toast(
            f"Saved and in use: **{plain(name)}**. The original is still here.",
            icon=":material/check_circle:",
        )


def _stop_saving() -> None:
    saving: _Saving | None = st.session_state.pop(_SAVING, None)
    if saving is not None:
        saving.job.forget()
