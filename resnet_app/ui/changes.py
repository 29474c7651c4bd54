"""Changes to single images: collected, listed, taken back, and saved as a new data set."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from resnet_app.data import store as datasets
from resnet_app.data.dataset import Labels
from resnet_app.data.edit import Edit, apply_edit
from resnet_app.ui import state
from resnet_app.ui.guards import plain
from resnet_app.ui.page import tell

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


def save_changed(digest: str, edit: Edit, name: str) -> None:
    """Keep the data set with ``edit`` under ``name`` as a new one, use it, and say so.

    Raises ``DataError`` if too few images are left, ``LimitError`` if there is no room.
    """
    with st.spinner("Saving a new data set…"):
        changed = datasets.save(apply_edit(datasets.load(digest), edit, name))
    state.choose_dataset(changed)
    tell(f"Saved and in use: **{plain(name)}**. The original is still here.")
