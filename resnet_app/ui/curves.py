"""The only place that knows our component: a Plotly chart that stays while its curves grow.

``st.plotly_chart`` builds a new chart for every new point, so zoom and hover are lost while a run
trains. This one is built once and extended.
"""

import json
from pathlib import Path

import plotly
import plotly.graph_objects as go
import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

_PACKAGE = "resnet-digit-lab"
_LIBRARY = "plotly"
_ADDRESS = f"_stcore/bidi-components/{_PACKAGE}.{_LIBRARY}/plotly.min.js"
_component = st.components.v2.component(
    "growing_curves",
    html='<div class="curves" role="img"></div>',
    css=Path(__file__).with_suffix(".css").read_text(encoding="utf-8"),
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
    isolate_styles=False,  # Plotly puts its own styles into the document's head
)


def show_curves(figure: go.Figure, key: str, alt: str) -> None:
    """Show ``figure``; with the same ``key`` again, its curves grow and zoom and legend stay.

    ``alt`` says in words what is to be seen. Colours of text and grid follow the theme.
    """
    _serve_plotly()
    drawn = json.loads(figure.to_json())
    content = {
        "library": _ADDRESS,
        "alt": alt,
        "traces": drawn["data"],
        # Plotly's own look comes along with every figure, and would hide the theme.
        "layout": {name: value for name, value in drawn["layout"].items() if name != "template"},
    }
    # As bytes: in anything else Streamlit would look for tables, and load pandas for that, 60 MB.
    _component(key=key, data=json.dumps(content).encode())


def _serve_plotly() -> None:
    """Let browsers fetch plotly.js from the installed package: no network, no copy of it here."""
    manager = get_bidi_component_manager()
    if manager.get(f"{_PACKAGE}.{_LIBRARY}") is None:
        files = ComponentConfig(_LIBRARY, "package_data")
        manager.register_from_manifest(
            ComponentManifest(_PACKAGE, plotly.__version__, [files]), Path(plotly.__file__).parent
        )
