"""Some images as a run trains and validates on them, faults made on purpose included."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from resnet_app import figures
from resnet_app.data import store as datasets
from resnet_app.errors import LabError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.training.material import gather
from resnet_app.ui.visitor import may_read_images

_SHOWN, _COLUMNS = 24, 6
_MOST_IMAGES = 5000
"""Data sets beyond this are not split again for a picture."""


def show_samples(run: Run) -> None:
    """Two sheets of images; nothing where they are not here, too many, or somebody else's."""
    if not may_read_images(run):
        st.caption("The images belong to whoever trained this run.")
        return
    try:
        sheets = _sheets(run.id)
    except LabError:
        return
    for column, (part, sheet) in zip(st.columns(2), sheets.items(), strict=False):
        column.image(sheet, caption=f"{part} images", width="stretch", alt=f"{part} images")


@st.cache_data(max_entries=8, show_spinner=False)
def _sheets(run_id: str) -> dict[str, NDArray[np.uint8]]:
    run = runs.open_run(run_id)
    counts = {stored.digest: stored.count for stored in datasets.listing()}
    if run.foreign or counts.get(run.dataset_digest, _MOST_IMAGES + 1) > _MOST_IMAGES:
        return {}
    split = gather(run.config, datasets.load(run.dataset_digest)).split
    parts = {"Training": split.train[0], "Validation": split.validation[0]}
    return {
        part: figures.contact_sheet(_spread(images), _COLUMNS) for part, images in parts.items()
    }


def _spread(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``_SHOWN`` of (N, 50, 50) images, evenly from all of them."""
    places = np.linspace(0, len(images) - 1, min(_SHOWN, len(images))).astype(int)
    return np.asarray(images[places], np.uint8)
