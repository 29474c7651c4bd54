"""What every page does first."""

import gc
import logging
import threading
import time
from functools import cache

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from resnet_app import recovery
from resnet_app.training import queue
from resnet_app.ui import canvas, visitor
from resnet_app.ui.guards import told_in_words

_TOLD = "told"
_STYLE = """<style>
button[kind^='primary']:enabled { color: light-dark(#ffffff, #0d1117); }
[data-testid='stImage'] img { aspect-ratio: auto 1; }
</style>"""
"""Streamlit writes white on the primary colour, which must be light in the dark theme; and it gives
a picture no height until it has come, so that a button below would move from under the finger. Ours
are square, nearly all.
"""

_COLLECT_SECONDS = 30.0

_log = logging.getLogger(__name__)


def open_page(keep_canvas: bool = False) -> None:
    """Call at the top of every page; ``keep_canvas`` where the canvas itself is shown.

    Until ``app.py`` has run once, Streamlit takes the folder ``pages`` for its older kind of
    navigation, and a link straight to a page would open without our menu. Then begin again,
    through ``app.py``.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
    _collect_now_and_then()
    st.html(_STYLE)
    visitor.introduce()
    with told_in_words():
        _take_up_work()
    if not keep_canvas:
        canvas.reopen()
    for message in st.session_state.pop(_TOLD, []):
        st.toast(message, icon=":material/check_circle:")


@st.cache_resource(show_spinner=False)
def _take_up_work() -> None:
    """Once a start of the server: what processes left that were killed, and waiting trials."""
    try:
        recovery.recover()
    except OSError:
        _log.exception("The data folder could not be put in order")
    queue.wake()


@cache
def _collect_now_and_then() -> None:
    """Have unreachable objects freed, which Streamlit is told not to do after every script."""
    threading.Thread(target=_collect, name="collector", daemon=True).start()


def _collect() -> None:
    seen = 0
    while True:
        time.sleep(_COLLECT_SECONDS)
        made = gc.get_stats()[0]["collections"]  # of young objects: some were made
        if made != seen:
            gc.collect()
            seen = made


def tell(message: str) -> None:
    """Say ``message``, Markdown, for a few seconds, in the run that follows this one."""
    st.session_state.setdefault(_TOLD, []).append(message)
