"""A picture of a digit instead of a drawing: chosen, dropped or pasted, read in a child process."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from resnet_app.config import MAX_PHOTO_BYTES
from resnet_app.data import launch
from resnet_app.ui.jobs import show_job

_UPLOADER, _BROUGHT = "picture", "brought_picture"
_TYPES = ("png", "jpg", "jpeg", "webp", "bmp")

_PATIENCE_SECONDS = 3.0
"""So long the page waits for the ink, which usually takes a second, before it shows progress."""

_paste = st.components.v2.component(
    "paste_picture",
    html=f"""
<div class="paste" data-uploader="st-key-{_UPLOADER}">
  <button type="button">Paste</button>
  <span>or press Ctrl+V (⌘V) with a picture on the clipboard</span>
  <span role="status"></span>
</div>
""",
    css=Path(__file__).with_suffix(".css").read_text(encoding="utf-8"),
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, eq=False)
class _Brought:
    """The picture before us, by Streamlit's name for it, and the job that looks for its ink."""

    file_id: str
    job: launch.Job


def take_picture() -> NDArray[np.uint8] | None:
    """The ink of a picture of one digit, (h, w) uint8, light on black; None while there is none.

    The file is decoded in a process of its own. Raises ``LabError`` for one that cannot be read.
    """
    file = st.file_uploader(
        "A photo or screenshot of one digit",
        _TYPES,
        key=_UPLOADER,
        max_upload_size=MAX_PHOTO_BYTES // 2**20,
    )
    _paste(key="paste")
    brought: _Brought | None = st.session_state.get(_BROUGHT)
    if brought and (file is None or file.file_id != brought.file_id):
        del st.session_state[_BROUGHT]
        brought.job.forget()
        brought = None
    if file is None:
        return None
    if brought is None:
        brought = _Brought(file.file_id, launch.read_photo(file.getbuffer(), file.name))
        st.session_state[_BROUGHT] = brought
    if not brought.job.wait(_PATIENCE_SECONDS):
        show_job(brought.job, brought.job.stop, _UPLOADER)
        return None
    picture, ink = brought.job.photo()
    left, right = st.columns(2)
    left.image(picture, caption="Your picture", alt="Your picture", width="stretch")
    right.image(255 - ink, caption="Its ink", alt="The ink found in it", width="stretch")
    return ink
