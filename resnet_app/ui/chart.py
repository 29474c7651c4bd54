"""The only place that knows our component: a Plotly chart that stays while what it shows changes.

``st.plotly_chart`` builds a new chart for every new point, so zoom and hover are lost while a run
trains, and it shows no pictures under the pointer. This one is built once and extended.
"""

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

import plotly
import plotly.graph_objects as go
import streamlit as st
from streamlit import runtime
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from resnet_app import figures

_PACKAGE = "resnet-digit-lab"
_LIBRARY = "plotly"
_ADDRESS = f"_stcore/bidi-components/{_PACKAGE}.{_LIBRARY}/plotly.min.js"
_component = st.components.v2.component(
    "chart",
    html='<div class="chart-frame"><div class="chart" role="img"></div>'
    '<div class="tile" aria-hidden="true" hidden></div></div>',
    css=Path(__file__).with_suffix(".css").read_text(encoding="utf-8"),
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
    isolate_styles=False,  # Plotly puts its own styles into the document's head
)


def show_chart(figure: go.Figure, key: str, alt: str) -> None:
    """Show ``figure``; with the same ``key`` again, its curves grow and zoom and legend stay.

    ``alt`` says in words what is to be seen. Colours of text and grid follow the theme.
    """
    _component(key=key, data=_content(_drawn(figure), alt))


def show_growing_chart(
    frame: Callable[..., go.Figure],
    about: tuple[Hashable, ...],
    points: Sequence[figures.Points],
    key: str,
    alt: str,
) -> None:
    """As ``show_chart``, of ``frame(*about)`` with ``points`` for each of its traces.

    The figure without points is made once for all sessions: to make one takes Plotly's Python
    longer than all else that an update of the chart needs.
    """
    drawn = _frame(frame, *about)
    traces = [
        {**trace, "x": _finite(x), "y": _finite(y)}
        for trace, (x, y) in zip(drawn["data"], points, strict=True)
    ]
    _component(key=key, data=_content({**drawn, "data": traces}, alt))


@lru_cache(maxsize=100)
def _frame(make: Callable[..., go.Figure], *about: Hashable) -> dict[str, Any]:
    return _drawn(make(*about))


def _drawn(figure: go.Figure) -> dict[str, Any]:
    drawn: dict[str, Any] = json.loads(figure.to_json())
    return drawn


def _finite(values: Sequence[float]) -> list[float | None]:
    """``values`` as JSON can hold them."""
    return [value if isfinite(value) else None for value in values]


@dataclass(frozen=True)
class Sheet:
    """Pictures for the pointer: one PNG of square tiles, ``columns`` of them in a row."""

    png: bytes
    columns: int


def show_pictures_chart(
    figure: go.Figure, key: str, alt: str, sheet: Sheet, on_pick: Callable[[int], None]
) -> None:
    """As ``show_chart``; the pointer shows a point's picture, a click calls ``on_pick``.

    ``customdata`` of a point begins with the number for ``on_pick`` and its place in ``sheet``.
    """

    def pick() -> None:
        on_pick(int(st.session_state[key].picked))

    _component(
        key=key,
        data=_content(
            _drawn(figure), alt, sheet={"address": _serve(sheet, key), "columns": sheet.columns}
        ),
        on_picked_change=pick,
    )


def _content(drawn: dict[str, Any], alt: str, **more: Any) -> bytes:
    _serve_plotly()
    content = {
        "library": _ADDRESS,
        "alt": alt,
        "traces": drawn["data"],
        # Plotly's own look comes along with every figure, and would hide the theme.
        "layout": {name: value for name, value in drawn["layout"].items() if name != "template"},
        **more,
    }
    # As bytes: in anything else Streamlit would look for tables, and load pandas for that, 60 MB.
    return json.dumps(content).encode()


def _serve(sheet: Sheet, key: str) -> str:
    """Address of the sheet, which a browser then fetches once and not with every click."""
    if not runtime.exists():  # a test of the page
        return ""
    address: str = runtime.get_instance().media_file_mgr.add(sheet.png, "image/png", key)
    return address.lstrip("/")  # to be found where the app is not at the root of its server


def _serve_plotly() -> None:
    """Let browsers fetch plotly.js from the installed package: no network, no copy of it here."""
    manager = get_bidi_component_manager()
    if manager.get(f"{_PACKAGE}.{_LIBRARY}") is None:
        files = ComponentConfig(_LIBRARY, "package_data")
        manager.register_from_manifest(
            ComponentManifest(_PACKAGE, plotly.__version__, [files]), Path(plotly.__file__).parent
        )
