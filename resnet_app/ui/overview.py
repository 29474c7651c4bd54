"""What is in a data set: numbers, examples, counts, pixels before and after normalization."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from resnet_app import figures
from resnet_app.data.dataset import Dataset
from resnet_app.imaging import Normalizer, count_levels
from resnet_app.ui import state
from resnet_app.ui.guards import plain

_AT_ONCE = 5000
_BARE = {"displayModeBar": False}


@dataclass(frozen=True, eq=False)
class _Pixels:
    """``levels`` (256,) pixels of each grey level in the training images; ``sheet`` of examples."""

    levels: NDArray[np.int64]
    sheet: NDArray[np.uint8]


@st.cache_data(max_entries=8, show_spinner="Looking at the pixels…")
def _look(digest: str) -> _Pixels:
    """Look at all training images, a few at a time, so that they never are all in memory."""
    dataset = state.load_dataset(digest)
    sheet, levels = figures.example_sheet(dataset), np.zeros(256, np.int64)
    for start in range(0, len(dataset.labels), _AT_ONCE):
        levels += count_levels(state.load_dataset(digest).images[start : start + _AT_ONCE])
    return _Pixels(levels, sheet)


def show_numbers(digest: str, dataset: Dataset) -> None:
    """How many images, of which digits, of which brightness; and what was done to them."""
    seen = np.flatnonzero(_look(digest).levels)
    with st.container(horizontal=True):
        st.metric("Training images", f"{len(dataset.labels):,}")
        st.metric("Test images", f"{len(dataset.test_labels):,}")
        st.metric("Digits", int((dataset.class_counts() > 0).sum()))
        st.metric("Pixels", f"{seen[0]}…{seen[-1]}")
    notes = list(dataset.notes)
    if not len(dataset.test_labels):
        notes.append("No test set of its own: a tenth will be held back when a run begins.")
    st.caption(plain(" ".join(notes)))


def show_examples(digest: str, dataset: Dataset) -> None:
    """Ten of each digit, how many there are, and the normalization toggle."""
    pixels = _look(digest)
    left, right = st.columns(2)
    left.image(
        pixels.sheet,
        caption="Ten of each digit",
        width="stretch",
        alt="The first ten training images of each digit, a row a digit",
    )
    with right:
        counts = dataset.class_counts()
        spoken = ", ".join(f"{digit}: {count:,}" for digit, count in enumerate(counts))
        st.plotly_chart(
            figures.class_counts(counts), config=_BARE, alt=f"Images of each digit. {spoken}"
        )
        _show_normalization(pixels.levels)


def _show_normalization(levels: NDArray[np.int64]) -> None:
    st.header("Normalization", anchor=False)
    before = state.chosen_normalization()
    on = st.toggle("Normalize the pixels", before not in (None, "raw"))
    kind = "raw"
    if on:
        kind = st.radio(
            "How",
            ["unit", "standardized"],
            1 if before == "standardized" else 0,
            format_func={
                "unit": "0…1: divided by 255",
                "standardized": "Standardized: minus the mean, divided by the deviation",
            }.__getitem__,
            horizontal=True,
        )
    if before is not None or on:
        state.choose_normalization(kind)
    normalizer = Normalizer.of_levels(kind, levels)
    st.plotly_chart(
        figures.pixel_histograms(levels, normalizer),
        config=_BARE,
        alt="Share of pixels at each value, raw and as the network gets them",
    )
    st.caption(
        f"To the network: {normalizer.describe()}. Whether this changes how it learns is for a "
        "run to show."
    )
