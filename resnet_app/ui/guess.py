"""Ask for a guess before the verdict is shown; one click skips it."""

import random

import streamlit as st

from resnet_app.doctor.verdict import Verdict
from resnet_app.quiz import NOTHING, pose, title_of
from resnet_app.runs.run import Run

_GUESSES = "guesses"
_SKIP_ALL = "never_guess"


def ask(run: Run, subject: str, verdict: Verdict) -> bool:
    """Ask what is wrong with ``run``, about ``subject``; whether the verdict may be shown.

    The answer is remembered for the session.
    """
    guesses: dict[str, str] = st.session_state.setdefault(_GUESSES, {})
    if st.session_state.get(_SKIP_ALL):
        return True
    if run.id in guesses:
        _show_guess(guesses[run.id], title_of(guesses[run.id], subject), verdict)
        return True
    with st.container(border=True):
        st.markdown("**What do you think is wrong?** A guess first makes the answer stick.")
        picked = st.radio(
            "Your guess",
            _options(run, verdict),
            None,
            format_func=lambda option: title_of(option, subject),
            key=f"guess-{run.id}",
            label_visibility="collapsed",
        )
        with st.container(horizontal=True):
            st.button(
                "Guess",
                type="primary",
                key=f"say-{run.id}",
                disabled=picked is None,
                on_click=guesses.__setitem__,
                args=(run.id, picked),
            )
            st.button("Show the verdict", icon=":material/visibility:", on_click=_skip)
    return False


def _skip() -> None:
    st.session_state[_SKIP_ALL] = True


def _options(run: Run, verdict: Verdict) -> tuple[str, ...]:
    """The same for the same run as long as its verdict is the same."""
    truth = verdict.primary.cause if verdict.primary else NOTHING
    return pose(truth, False, random.Random(f"{run.id} {truth}")).options


def _show_guess(picked: str, title: str, verdict: Verdict) -> None:
    truth = verdict.primary.cause if verdict.primary else NOTHING
    if verdict.state == "not sure yet":
        st.caption(f"You guessed: {title}. The doctor is not sure either.")
    elif picked == truth:
        st.caption(f":material/check: You guessed it, and the doctor agrees: {title}.")
    elif picked in {other.cause for other in verdict.others}:
        st.caption(f"You guessed: {title}. The doctor has it among the suspects.")
    else:
        st.caption(f"You guessed: {title}. The doctor sees it differently.")
