"""The only place that knows streamlit-drawable-canvas."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from resnet_app.strokes import CANVAS

_NARROW = "<style>" + "".join(
    f"@media (max-width: {screen}px) {{ [class*='st-key-canvas-'] {{ zoom: {zoom}; }} }}"
    for screen, zoom in ((440, 0.87), (380, 0.8), (350, 0.7))
) + "</style>"  # fmt: skip
"""The canvas has a fixed width, so phones show it smaller; the pen still hits where it points."""


def draw_digit(pen_width: int) -> NDArray[np.uint8] | None:
    """Show the canvas and return its ink, (400, 400) uint8, light on dark; None without a stroke.

    The drawing survives a switch of pages. It is black on white in both themes, as on paper.
    """
    from streamlit_drawable_canvas import st_canvas  # needs a running server to be imported

    st.html(_NARROW)
    generation = st.session_state.setdefault("canvas_generation", 0)
    # A new initial drawing reloads the canvas, so it is taken once each time the page opens.
    if "canvas_initial" not in st.session_state:
        st.session_state["canvas_initial"] = st.session_state.get("canvas_drawing")
    result = st_canvas(
        stroke_width=pen_width,
        stroke_color="#000000",
        background_color="#ffffff",
        height=CANVAS,
        width=CANVAS,
        drawing_mode="freedraw",
        initial_drawing=st.session_state["canvas_initial"],
        return_image_data=True,
        key=f"canvas-{generation}",
    )
    if result.json_data is not None:
        st.session_state["canvas_drawing"] = result.json_data
    if result.image_data is not None:
        st.session_state["canvas_ink"] = _ink(result.image_data)
    # A drawing put back by the page switch is sent again only with its next stroke.
    ink: NDArray[np.uint8] | None = st.session_state.get("canvas_ink")
    return ink


def clear() -> None:
    """Forget the drawing and begin with an empty canvas."""
    st.session_state["canvas_generation"] = st.session_state.get("canvas_generation", 0) + 1
    for name in ("canvas_drawing", "canvas_initial", "canvas_ink"):
        st.session_state[name] = None


def reopen() -> None:
    """Call when the page is left, so that the drawing is put back when it opens again."""
    st.session_state.pop("canvas_initial", None)


def _ink(picture: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """(H, W, 4) RGBA, black on white → (H, W) ink, light on dark; None if there is none."""
    paper = Image.new("RGBA", (picture.shape[1], picture.shape[0]), "white")
    paper.alpha_composite(Image.fromarray(picture))
    ink = 255 - np.asarray(paper.convert("L"))
    return ink if ink.max() > 50 else None
