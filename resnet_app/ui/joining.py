"""The student's side of a class session: draw what is asked, hand it in, see what is read."""

import time

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from resnet_app.classroom import store
from resnet_app.classroom.handing_in import read_and_hand_in
from resnet_app.classroom.session import Answer, Drawn, Session, is_student, new_student, next_digit
from resnet_app.errors import DataError
from resnet_app.ui import canvas
from resnet_app.ui.guards import told_in_words

_PEN = 24
_JOINED, _STEP = "classroom_joined", "classroom_step"
_LAST, _TIME = "classroom_last", "classroom_time"
_TAPPED = "classroom_tapped"
_LATE_SECONDS = 0.25
"""The canvas sends a stroke 0.2 s after its end; of who hands in sooner it would be missing."""

_LATEST_SECONDS = 2.0
"""How long the first stroke of a slow phone is waited for before there is said to be none."""

_COMPACT = "<style>.stMainBlockContainer { padding-top: 4rem; }</style>"
"""There is no menu above, and the answer is to be in sight below the canvas of a phone."""

_ANSWER_WIDTH = 270
"""Pixels; with the picture beside it the width of a phone."""

_TWICE_SECONDS = 3.0
"""A second tap on the button so soon after a drawing was handed in meant that drawing."""


def show_student(code: str) -> None:
    """The page of a student who came with ``code``. Raises ``ClassroomError`` if it is unknown."""
    st.html(_COMPACT)
    session = store.session_with_code(code)
    student = st.query_params.get("me", "")
    if not is_student(student):
        student = st.query_params["me"] = new_student()
    if st.session_state.get(_JOINED) != session.id:
        st.session_state[_JOINED] = session.id
        canvas.clear()  # of what was drawn on another page
    _draw_and_hand_in(session.code, student)


@st.fragment
def _draw_and_hand_in(code: str, student: str) -> None:
    """A stroke reruns only this."""
    if st.session_state.get(_STEP) == "wait":
        time.sleep(_LATE_SECONDS)
        st.session_state[_STEP] = "read"
        st.rerun()
    with told_in_words():
        session = store.session_with_code(code)  # again each time, for it may have been closed
        count = store.handed_in(session, student)
        if session.is_open:
            asked = next_digit(session, student, count)
            ink = _ask_for(asked)
            if st.session_state.get(_STEP) == "read":
                del st.session_state[_STEP]
                _read(session, student, asked, ink)
            _show_last(session)
        else:
            _say_that_it_is_closed()
        st.caption(f"You have handed in {count}. No name is asked for, and none is kept.")


def _ask_for(digit: int) -> NDArray[np.uint8] | None:
    """The request, the canvas and its buttons; the ink so far, (400, 400) uint8."""
    st.header(f"Draw {_name(digit)}", anchor=False)
    ink = canvas.draw_digit(_PEN)
    with st.container(horizontal=True):
        # Not disabled before there is ink, which the canvas tells only some time after a stroke.
        st.button("Hand in", type="primary", icon=":material/send:", on_click=_begin_to_hand_in)
        st.button("Clear", icon=":material/delete:", on_click=canvas.clear)
    return ink


def _name(digit: int) -> str:
    return f"{'an' if digit == 8 else 'a'} {digit}"


def _begin_to_hand_in() -> None:
    st.session_state[_STEP], st.session_state[_TAPPED] = "wait", time.monotonic()


def _read(session: Session, student: str, asked: int, ink: NDArray[np.uint8] | None) -> None:
    """Hand in, and show the page again with the answer and the next digit."""
    if ink is None:
        now = time.monotonic()
        if now - st.session_state.get(_TIME, -_TWICE_SECONDS) < _TWICE_SECONDS:
            return
        if now - st.session_state[_TAPPED] < _LATEST_SECONDS:
            st.session_state[_STEP] = "wait"
            st.rerun()
        raise DataError(f"There is nothing to hand in yet. Draw {_name(asked)}. Received: no ink")
    drawn, _ = read_and_hand_in(session, student, asked, ink)
    st.session_state[_LAST] = session.id, drawn
    st.session_state[_TIME] = time.monotonic()
    canvas.clear()
    st.rerun()


def _show_last(session: Session) -> None:
    """What was read in the drawing before."""
    session_id, drawn = st.session_state.get(_LAST, (None, None))
    if session_id != session.id:
        return
    assert isinstance(drawn, Drawn)
    words = f"You drew {_name(drawn.asked)}. The model {_say(drawn.answer)}."
    if drawn.rival is not None:
        words += f" The second model {_say(drawn.rival)}."
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(drawn.framed, alt="What the model saw", width=64)
        if not drawn.answer.sure:
            st.info(words, icon=":material/help:", width=_ANSWER_WIDTH)
        elif drawn.answer.digit == drawn.asked:
            st.success(words, icon=":material/check_circle:", width=_ANSWER_WIDTH)
        else:
            st.warning(words, icon=":material/cancel:", width=_ANSWER_WIDTH)


def _say(answer: Answer) -> str:
    reads = "reads" if answer.sure else "is **not sure**; at best it reads"
    return f"{reads} **{answer.digit}**, {answer.confidence:.0%} probability"


def _say_that_it_is_closed() -> None:
    st.info(
        "The teacher has closed this class session. Thank you for drawing.", icon=":material/done:"
    )
    st.button("Look again", icon=":material/refresh:")
