"""Small pictures side by side, each with a line below it; they flow on a phone."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from resnet_app.results.answers import pictures
from resnet_app.runs.run import Run

_ENLARGED = 100


def show_tiles(
    run: Run, numbers: NDArray[np.int64], marks: Sequence[str], names: Sequence[str]
) -> None:
    """Images of the run's data set by their numbers, with ``marks`` below them.

    ``names`` say what each shows to who does not see it. Raises ``DataError`` without the images.
    """
    images = [enlarged(image, _ENLARGED) for image in pictures(run, numbers)]
    show_pictures(images, marks, names, 76)


def show_pictures(
    images: Sequence[NDArray[np.uint8] | bytes],
    marks: Sequence[str],
    names: Sequence[str],
    width: int,
) -> None:
    """Pictures, all ``width`` pixels wide."""
    if not images:
        return
    with st.container(horizontal=True, gap="small"):
        for image, mark, name in zip(images, marks, names, strict=True):
            st.image(image, caption=mark, alt=name, width=width)


def enlarged(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """(h, w) as (side, side), each pixel a square."""
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.NEAREST))
