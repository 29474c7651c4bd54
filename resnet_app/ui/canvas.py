"""The only place that knows streamlit-drawable-canvas."""

import io

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from resnet_app.errors import DataError
from resnet_app.strokes import CANVAS

_NARROW = "<style>" + "".join(
    f"@media (max-width: {screen}px) {{ [class*='st-key-canvas-'] {{ zoom: {zoom}; }} }}"
    for screen, zoom in ((440, 0.87), (380, 0.8), (350, 0.7))
) + "</style>"  # fmt: skip
"""The canvas has a fixed width, so phones show it smaller; the pen still hits where it points."""


def draw_digit(pen_width: int) -> NDArray[np.uint8] | None:
    """Show the canvas and return its ink, (400, 400) uint8, light on dark; None without a stroke.

    The drawing survives a switch of pages. It is black on white in both themes, as on paper.
    Raises ``DataError`` if what a browser sent is no drawing of this canvas.
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
    if result.image_bytes is not None:
        st.session_state["canvas_ink"] = read_ink(result.image_bytes)
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


def read_ink(png: bytes) -> NDArray[np.uint8] | None:
    """A PNG of the canvas, black on white → its ink as of ``draw_digit``; None if there is none.

    Raises ``DataError`` if it is something else, before its pixels are unpacked.
    """
    paper = Image.new("RGBA", (CANVAS, CANVAS), "white")
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            if picture.size != paper.size:
                raise OSError(f"a picture of {picture.width}×{picture.height} pixels")
            paper.alpha_composite(picture.convert("RGBA"))
    except (OSError, ValueError, SyntaxError) as error:  # all of which Pillow raises
        raise DataError(
            "What came from the canvas is not its drawing. Clear it and draw again. "
            f"Received: {str(error)[:60]}"
        ) from error
    ink = 255 - np.asarray(paper.convert("L"))
    return ink if ink.max() > 50 else None
