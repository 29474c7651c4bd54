"""Who looks at the page: an owner for each browser, known again by a cookie.

A session reads cookies but cannot set one, so a small script in the page does. Where a second tab
was faster, its cookie counts, and the page goes on as its owner. Without cookies, a session is an
owner until it is reloaded; links to its runs still open them.

The script stands where Streamlit keeps toasts: it shows nothing, and in the page it would take room
until it has loaded; then all below it would move, under the finger of whoever taps already.
"""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator_singletons import get_dg_singleton_instance

from resnet_app.data import store as datasets
from resnet_app.owners import is_token, new_token, owner_of
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run

_COOKIE, _TOKEN = "resnet_digit_lab", "visitor_token"
_component = st.components.v2.component(
    "visitor", html="", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def me() -> str:
    """The owner that this browser is."""
    return owner_of(_token())


def introduce() -> None:
    """Have the browser keep its token, unless its cookie has it already."""
    token = _token()
    if st.context.cookies.get(_COOKIE) == token:
        return
    with get_dg_singleton_instance().event_dg:
        answer = _component(
            key="visitor", data={"cookie": _COOKIE, "token": token}, on_known_change=lambda: None
        )
    known = answer.known
    if is_token(known) and known != token:
        st.session_state[_TOKEN] = known
        st.rerun()


def _token() -> str:
    token = st.session_state.get(_TOKEN) or st.context.cookies.get(_COOKIE)
    if not is_token(token):
        token = new_token()
    st.session_state[_TOKEN] = token
    return str(token)


def is_mine(run: Run) -> bool:
    """Whether this browser may change ``run``; else it may look at it and draw for it."""
    return runs.is_mine(run, me())


def may_read_images(run: Run) -> bool:
    """Whether this browser may see the images that ``run`` trained on."""
    if run.id == runs.PRETRAINED or run.foreign:
        return True
    return is_mine(run) and datasets.is_mine(run.dataset_digest, me())
