"""The only place that knows our component: a page of images, any of which can be selected."""

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st
from PIL import Image

from resnet_app import figures
from resnet_app.data.dataset import Images

_COLUMNS = 12
_HTML = """
<div class="gallery">
  <div class="bar">
    <button type="button" class="all">Select all</button>
    <button type="button" class="none">Select none</button>
    <span class="count" role="status"></span>
  </div>
  <div class="grid" role="group" aria-label="Images. Arrow keys move, space selects."></div>
</div>
"""
_component = st.components.v2.component(
    "image_gallery",
    html=_HTML,
    css=Path(__file__).with_suffix(".css").read_text(encoding="utf-8"),
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Tile:
    """An image in the gallery: its number, its name for those who hear it, what stands below it."""

    number: int
    name: str
    mark: str
    changed: bool = False


def pick_images(images: Images, tiles: Sequence[Tile], key: str) -> tuple[int, ...]:
    """Show ``images`` (N, 50, 50) as toggle buttons; the numbers of those that are selected.

    A new ``key`` begins with none selected.
    """
    data = {
        "token": key,
        "columns": _COLUMNS,
        "sheet": _data_uri(images),
        "images": [asdict(tile) for tile in tiles],
    }
    # As bytes: in anything else Streamlit would look for tables, and load pandas for that, 60 MB.
    result = _component(key=key, data=json.dumps(data).encode(), on_selected_change=_ignore)
    shown = {tile.number for tile in tiles}
    return tuple(number for number in result.selected or () if number in shown)


def _ignore() -> None:
    """Streamlit names the result's attributes after the callbacks."""


def _data_uri(images: Images) -> str:
    file = io.BytesIO()
    Image.fromarray(figures.contact_sheet(images, _COLUMNS)).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
