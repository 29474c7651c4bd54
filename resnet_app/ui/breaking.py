"""Break it: choosing or hiding a fault, the evidence, the guess, the truth, the score."""

import random
from functools import lru_cache
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from resnet_app import quiz
from resnet_app.data import store as datasets
from resnet_app.data.builtin import scanned_digits
from resnet_app.doctor import pictures
from resnet_app.doctor.causes import CAUSES
from resnet_app.doctor.judge import judge
from resnet_app.doctor.reading import count_evidence, read_evidence
from resnet_app.doctor.wording import headline
from resnet_app.faults.registry import FAULTS, SEVERITIES, Mistake
from resnet_app.quiz import NOTHING, Quiz, title_of
from resnet_app.runs.run import Run
from resnet_app.training import launch
from resnet_app.ui import state
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.runs import link_to
from resnet_app.ui.verdict import show_opinion
from resnet_app.ui.visitor import me

LAST = "last_break_it"
"""Session key: the last run of the page."""

_SCORE = "break_it_score"
_SCANNED = "Scanned (scikit-learn), 1,797"
_IN_USE = "The digits in use"
_EVIDENCE = {
    "predicted": "What it answers",
    "modes": "Both modes",
    "updates": "Steps",
    "silent": "Silent units",
    "pixels": "Pixels",
    "labels": "Classes",
    "outputs": "Sums of answers",
}
"""Pictures to look at before guessing, with the words on their tabs."""


def show_score() -> None:
    """Right guesses of all in this session, where there is one."""
    right, guessed = st.session_state.get(_SCORE, (0, 0))
    if guessed:
        st.markdown(f":material/trophy: **{right} of {guessed}** guessed right in this session.")


def show_choice() -> None:
    """What to break, how badly, on which digits; two buttons start it."""
    names = [_SCANNED] + ([_IN_USE] if state.chosen_dataset() else [])
    left, right = st.columns(2)
    digits = left.selectbox(
        "Digits", names, key="break-digits", persist_state="session",
        help="A run on the scanned digits takes about half a minute; on more digits, longer.",
    )  # fmt: skip
    severity = right.segmented_control(
        "How badly", SEVERITIES, default=2, key="break-severity", required=True,
        format_func={1: "Mildly", 2: "Clearly", 3: "Grossly"}.__getitem__,
    )  # fmt: skip
    if st.button(
        "Hide a fault from me",
        type="primary",
        icon=":material/visibility_off:",
        help="Any of them; now and then none at all.",
    ):
        rng = random.SystemRandom()
        _start(quiz.hide_one(severity, rng), True, digits)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Or choose the fault, to watch it or to set it to somebody",
            list(FAULTS),
            None,
            format_func=lambda name: FAULTS[name].title,
            key="break-fault",
        )
        if st.button("Break it", icon=":material/build:", disabled=name is None) and name:
            _start(Mistake(FAULTS[name], severity), False, digits)
    if name is not None:
        fault = FAULTS[name]
        st.caption(f"{plain(fault.severities[severity - 1])}. {plain(fault.story)}")


def _start(mistake: Mistake | None, hidden: bool, digits: str) -> None:
    with told_in_words():
        rng = random.SystemRandom()
        with st.spinner("Preparing the digits…"):
            digest = _digest(digits)
        run = launch.start(quiz.broken_config(mistake, rng.randrange(1000)), digest, me())
        truth = NOTHING if mistake is None else mistake.fault.cause
        quiz.keep(run, quiz.pose(truth, hidden, rng))
        state.choose_run(run)
        st.session_state[LAST] = run.id
        st.rerun()


def _digest(digits: str) -> str:
    chosen = state.chosen_dataset()
    if digits == _IN_USE and chosen is not None:
        return chosen
    return datasets.save(scanned_digits(), me())


def show_evidence(run: Run) -> None:
    """The doctor's pictures of ``run`` without the doctor's words; one at a time."""
    active = run.status().active
    st.fragment(_show_evidence, run_every=3.0 if active else None)(run)


def _show_evidence(run: Run) -> None:
    drawn = _draw_evidence(run.directory, count_evidence(run))
    known = list(drawn)
    if not known:
        st.caption("More evidence appears as it trains.")
        return
    st.markdown("**Evidence**")
    picked = st.segmented_control(
        "Evidence", known, default=known[0], format_func=_EVIDENCE.__getitem__,
        key=f"evidence-{run.id}", label_visibility="collapsed", required=True,
    )  # fmt: skip
    st.plotly_chart(
        drawn[picked], key=f"evidence-{run.id}-{picked}", config={"displayModeBar": False}
    )


@lru_cache(maxsize=20)
def _draw_evidence(directory: Path, count: tuple[int, ...]) -> dict[str, go.Figure]:
    """The pictures of the run in ``directory`` when it had so much evidence, for all who look."""
    evidence = read_evidence(Run(directory))
    drawn = {name: pictures.draw(name, evidence) for name in _EVIDENCE}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def ask_to_guess_first(run: Run) -> None:
    """Instead of what would tell the fault."""
    st.info("What is wrong with this run is for you to guess first.", icon=":material/quiz:")
    link_to(run, "break_it", "Guess on Break it", "arrow_forward")


def show_quiz(run: Run) -> None:
    """The guess; after it the truth, how it happens, and the doctor's opinion."""
    posed = quiz.quiz_of(run)
    if posed is None:
        return
    st.header("What is wrong?", anchor=False)
    if posed.is_open:
        _ask(run, posed)
    else:
        _reveal(run, posed)


def _ask(run: Run, posed: Quiz) -> None:
    picked = st.radio(
        "Your guess",
        posed.options,
        None,
        format_func=title_of,
        key=f"break-guess-{run.id}",
        label_visibility="collapsed",
    )
    st.button(
        "Guess",
        type="primary",
        disabled=picked is None,
        key=f"break-say-{run.id}",
        on_click=_count,
        args=(run, picked),
        help="The sooner, the braver; more evidence comes until the run has ended.",
    )


def _count(run: Run, picked: str) -> None:
    right, guessed = st.session_state.get(_SCORE, (0, 0))
    is_right = quiz.answer(run, picked)
    st.session_state[_SCORE] = (right + is_right, guessed + 1)


def _reveal(run: Run, posed: Quiz) -> None:
    truth = quiz.truth_of(run)
    mistake = quiz.fault_of(run)
    what = plain(mistake.words) if mistake else "Nothing was broken"
    if posed.guess is not None and quiz.is_right(posed.guess, truth):
        st.success(f"**Right.** {what}.", icon=":material/check_circle:")
    else:
        guessed = plain(title_of(str(posed.guess)))
        st.error(f"**Not this: {guessed}.** It was: {what}.", icon=":material/cancel:")
    if mistake is not None:
        st.markdown(f"**How it happens.** {plain(mistake.fault.story)}")
    _show_doctor(run, truth)
    link_to(run, "diagnose", "The doctor's whole file, and the treatment", "stethoscope")


def _show_doctor(run: Run, truth: str) -> None:
    evidence = read_evidence(run)
    verdict = judge(evidence)
    st.markdown(f"**The doctor says:** {plain(headline(verdict, not evidence.ended))}")
    if verdict.primary is None:
        return
    agrees = quiz.is_right(verdict.primary.cause, truth)
    sign = ":material/check: right" if agrees else ":material/close: wrong, this time"
    named = truth in {other.cause for other in verdict.others}
    also = f"; among its suspects: {plain(CAUSES[truth].title)}" if named and not agrees else ""
    st.caption(f"{sign}{also}")
    with st.expander("Its evidence", icon=":material/search:"):
        show_opinion(run, evidence, verdict.primary, key="break-it")
