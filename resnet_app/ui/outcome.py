"""How well a run reads: accuracy, digit by digit, what was taken for what."""

from typing import Any

import streamlit as st

from resnet_app.config import CLASSES
from resnet_app.results import pictures
from resnet_app.results.answers import Answers, kept_answers, why_no_answers
from resnet_app.results.launch import measure
from resnet_app.results.outcome import Outcome, interval, kept_outcome
from resnet_app.runs import store as runs
from resnet_app.runs.run import Evaluation, Run, count_confusion
from resnet_app.ui.computing import compute
from resnet_app.ui.guards import plain
from resnet_app.ui.tiles import show_tiles
from resnet_app.ui.visitor import may_read_images

BARE = {"displayModeBar": False}

_MOST_IMAGES = 24


def known_outcome(run: Run) -> tuple[Outcome, Answers] | None:
    """The figures and answers that are kept with ``run``, or the work on them; None meanwhile."""
    if not may_read_images(run):
        st.info("The test images are those of the person who trained it.", icon=":material/lock:")
        return None
    outcome, answers = kept_outcome(run), kept_answers(run)
    if outcome is not None and answers is not None and len(answers.labels):
        return outcome, answers
    reason = _why_not(run)
    if reason is not None:
        st.info(plain(reason), icon=":material/info:")
    else:
        compute(f"outcome-{run.id}", lambda: measure(run), "the answers to the test digits")
    return None


def _why_not(run: Run) -> str | None:
    """Why its test digits cannot be looked at, in a sentence; None if they can."""
    if run.id == runs.PRETRAINED:
        return "This model was tested on digits that do not come with the app."
    return why_no_answers(run)


def show_outcome(run: Run) -> None:
    """Accuracy first, then what is behind it."""
    evaluation = run.evaluation()
    known = kept_answers(run)
    if known is not None:  # of the very model that the other figures come from
        evaluation = count_confusion(known.labels, known.digits)
    if evaluation is None or not evaluation.count:
        st.info("This run was not tested, so it has no accuracy.", icon=":material/info:")
        return
    _show_accuracy(evaluation)
    found = known_outcome(run)
    if found is None:
        _show_confusion(run, evaluation, None)
        return
    outcome, answers = found
    _show_confusion(run, evaluation, answers)
    _show_digits(outcome)


def _show_accuracy(evaluation: Evaluation) -> None:
    right = int(evaluation.confusion.trace())
    low, high = interval(right, evaluation.count)
    st.header("Accuracy", anchor=False)
    with st.container(horizontal=True):
        st.metric("Test accuracy", f"{evaluation.accuracy:.1%}")
        st.metric("95 % interval", f"{low:.1%} to {high:.1%}")
        st.metric("Wrong", f"{evaluation.count - right:,} of {evaluation.count:,}")
    st.markdown(
        f"Of {evaluation.count:,} digits held back from training, {right:,} were read right. Other "
        f"digits of the same kind would give a little more or less: the interval **{low:.1%}** to "
        f"**{high:.1%}** is made so that in 95 of 100 such tests it holds the network's true share."
    )


def _show_digits(outcome: Outcome) -> None:
    st.header("Digit by digit", anchor=False)
    st.markdown(
        "**Precision**: when it says 7, how often it is one. **Recall**: of all 7s, how many it "
        "finds. **F1** is high only where both are."
    )
    left, right = st.columns(2, gap="large")
    lines = ["| Digit | Precision | Recall | F1 | Images |", "|--:|--:|--:|--:|--:|"]
    for digit in range(CLASSES):
        shares = (outcome.precision[digit], outcome.recall[digit], outcome.f1[digit])
        cells = " | ".join("none" if share is None else f"{share:.1%}" for share in shares)
        lines.append(f"| {digit} | {cells} | {outcome.support[digit]:,} |")
    left.plotly_chart(
        pictures.scores_by_digit(outcome),
        key="scores-by-digit",
        config=BARE,
        alt="Precision and recall of each digit, as the table beside it says",
    )
    right.markdown("\n".join(lines))


def _show_confusion(run: Run, evaluation: Evaluation, answers: Answers | None) -> None:
    st.header("What was taken for what", anchor=False)
    st.markdown("Each row is a true digit, each column an answer. **Click a cell** for its images.")
    left, right = st.columns(2, gap="large")
    with left:
        chart = f"cells-{run.id}"
        st.plotly_chart(
            pictures.confusion_cells(evaluation),
            key=chart,
            on_select=lambda: _take_cell(st.session_state[chart]),
            selection_mode="points",
            config=BARE,
            alt=_in_words(evaluation),
        )
    with right:
        _pick_cell(evaluation)
        if answers is not None:
            _show_cell(run, answers)
        elif may_read_images(run) and _why_not(run) is None:
            st.caption("The images appear when the answers have been worked out.")


_TRUE, _ANSWER = "cell_true", "cell_answer"


def _take_cell(event: Any) -> None:
    for point in event["selection"]["points"][:1]:
        st.session_state[_TRUE], st.session_state[_ANSWER] = map(int, point["customdata"])


def _pick_cell(evaluation: Evaluation) -> None:
    """The cell in two boxes, for who does not click; the largest confusion at first."""
    if _TRUE not in st.session_state or _ANSWER not in st.session_state:
        wrong = evaluation.confusion.copy()
        wrong[range(CLASSES), range(CLASSES)] = 0
        true, answer = divmod(int(wrong.argmax()), CLASSES)
        st.session_state[_TRUE], st.session_state[_ANSWER] = true, answer
    with st.container(horizontal=True):
        st.selectbox("True digit", range(CLASSES), key=_TRUE, width=130, persist_state="session")
        st.selectbox("Answer", range(CLASSES), key=_ANSWER, width=130, persist_state="session")


def _show_cell(run: Run, answers: Answers) -> None:
    true, answer = st.session_state[_TRUE], st.session_state[_ANSWER]
    places = answers.confused(true, answer)
    shown = places[:_MOST_IMAGES]
    more = f", the {len(shown)} surest" if len(places) > len(shown) else ""
    word = "image" if len(places) == 1 else "images"
    st.markdown(f"**True {true}, read as {answer}: {len(places):,} {word}{more}**")
    marks = [f"{answers.confidences[place]:.0%} sure" for place in shown]
    show_tiles(run, answers.numbers[shown], marks, [f"A {true} read as {answer}, {m}"
                                                     for m in marks])  # fmt: skip


def _in_words(evaluation: Evaluation) -> str:
    found = [
        (int(evaluation.confusion[true, answer]), f"{true} as {answer}")
        for true in range(CLASSES)
        for answer in range(CLASSES)
        if true != answer and evaluation.confusion[true, answer]
    ]
    most = ", ".join(f"{words}: {count}" for count, words in sorted(found, reverse=True)[:5])
    return f"Confusion matrix. Most frequent mistakes: {most or 'none'}"
