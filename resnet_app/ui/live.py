"""A run as it goes on: state, progress, curves, outcome."""

import streamlit as st

from resnet_app import figures
from resnet_app.errors import RunError
from resnet_app.quiz import is_open
from resnet_app.runs import store as runs
from resnet_app.runs.course import History
from resnet_app.runs.run import Evaluation, Run, Status, Tuning
from resnet_app.training import launch
from resnet_app.ui.alarms import show_alarm
from resnet_app.ui.chart import show_growing_chart
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.keeping import show_keeping
from resnet_app.ui.line import show_waiting
from resnet_app.ui.runs import link_to
from resnet_app.ui.takeaway import show_takeaway
from resnet_app.ui.visitor import is_mine

_POLL_SECONDS = 1.0


def name_run(run: Run) -> str:
    """One line: how and on what ``run`` trained, and from which run it went on."""
    if run.id == runs.PRETRAINED:
        return "the model that comes with the app"
    name = f"{run.title} {'from' if run.foreign else 'on'} {run.dataset_name}"
    name += ", opened from a file" if run.imported else ""
    if run.parent is None:
        return name
    try:
        return f"{name}, from {name_run(runs.open_run(run.parent))}"
    except RunError:
        return f"{name}, from a run that is no longer here"


def name_with_accuracy(run: Run) -> str:
    """``name_run``, and how many test digits ``run`` answered right."""
    evaluation = run.evaluation()
    return name_run(run) + (f"; {evaluation.accuracy:.1%} on test digits" if evaluation else "")


def show_run(run: Run, with_outcome: bool = True) -> None:
    """Show ``run``; while it waits or trains, look again every second.

    Without ``with_outcome`` only the curves: nothing that judges them.
    """
    at_work = not run.status().ended
    st.fragment(_show, run_every=_POLL_SECONDS if at_work else None)(run, at_work, with_outcome)


def _show(run: Run, was_at_work: bool, with_outcome: bool) -> None:
    status = run.status()
    if was_at_work and status.ended:
        st.rerun()  # once more in full: polling ends and the outcome appears
    with told_in_words():
        _show_status(run, status)
    if status.waiting:
        return
    evaluation = run.evaluation() if status.ended else None
    if evaluation is not None:
        _show_outcome(run, evaluation)
    tuning = run.tuning()
    if tuning is not None:
        _show_tuning(tuning)
    may_be_judged = with_outcome and not is_open(run)
    if not status.active:
        _show_ways_on(run, evaluation is not None, may_be_judged)
    elif may_be_judged:
        show_alarm(run)
    show_curves(run)
    precision = run.precision()
    if precision is not None:
        st.caption(f"Precision: {precision}")
    if status.ended and may_be_judged and run.is_readable():
        show_takeaway(run)
    if evaluation is not None:
        with st.expander(f"Which digits were confused ({evaluation.count:,} test digits)"):
            st.plotly_chart(figures.confusion_matrix(evaluation), key=f"confusion-{run.id}")
    if status.ended and with_outcome:
        show_keeping(run)


def _show_status(run: Run, status: Status) -> None:
    badge = "" if is_mine(run) else " :gray-badge[:material/visibility: somebody else's]"
    st.markdown(f"**{plain(name_run(run))}**{badge}")
    if status.state == "failed":
        st.error(plain(status.message), icon=":material/error:")
        _offer_resume(run)
        log = run.log_tail()
        if log and is_mine(run) and not is_open(run):  # which would tell a hidden fault
            with st.expander("Log of the training process"):
                st.code(log, language=None, wrap_lines=True)
    elif status.active:
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.progress(status.progress, text=_progress_text(status))
        if is_mine(run):
            right.button(
                "Stop",
                icon=":material/stop:",
                on_click=run.request_stop,
                help="Stops after this batch and keeps what has been learned.",
                width="stretch",
                disabled=status.state == "finishing",
            )
    elif status.waiting:
        show_waiting(run)
    elif status.state == "stopped":
        st.info(
            plain(f"{status.message} {run.stop_reason()} {run.way_on()}"),
            icon=":material/stop_circle:",
        )
        _offer_resume(run)


def _offer_resume(run: Run) -> None:
    if not run.can_resume or not is_mine(run):
        return
    if st.button("Resume", icon=":material/resume:", key=f"resume-{run.id}"):
        with told_in_words():
            launch.resume(run)
            st.rerun()


def _show_ways_on(run: Run, was_tested: bool, may_be_judged: bool) -> None:
    with st.container(horizontal=True):
        if was_tested:
            link_to(run, "draw", "Draw a digit for this model", "draw")
        if may_be_judged:
            link_to(run, "results", "Look at its results", "insights")
            link_to(run, "diagnose", "Did it learn as it should? Ask the doctor", "stethoscope")


def _progress_text(status: Status) -> str:
    text = status.message
    if status.steps and status.state != "starting":  # which may be for the second time
        text += f": epoch {status.epoch} of {status.epochs}, batch {status.step} of {status.steps}"
    if status.seconds_left is not None:
        minutes, seconds = divmod(round(status.seconds_left), 60)
        text += f", {minutes} min {seconds} s left" if minutes else f", {seconds} s left"
    return text


def show_curves(run: Run) -> None:
    """Both curves of ``run``, which grow where they were shown before."""
    history = run.history()
    if not history.batches and run.status().ended:
        return
    for column, measure in zip(st.columns(2), ("accuracy", "loss"), strict=True):
        with column:
            show_growing_chart(
                figures.learning_frame,
                (measure, run.epochs),
                figures.learning_points(history, measure),
                f"curve-{run.id}-{measure}",
                _curve_in_words(history, measure),
            )


def _curve_in_words(history: History, measure: str) -> str:
    if not history.epochs:
        return f"{measure.capitalize()} within the first epoch"
    last = history.epochs[-1]
    training, validation = getattr(last, measure), getattr(last, f"val_{measure}")
    return (
        f"{measure.capitalize()} after epoch {last.epoch}: training {training:.3f}, "
        f"validation {validation:.3f}"
    )


def _show_outcome(run: Run, evaluation: Evaluation) -> None:
    first, second = st.columns(2)
    first.metric(
        "Test accuracy",
        f"{evaluation.accuracy:.1%}",
        help=f"On {evaluation.count:,} digits held back from training and validation.",
    )
    epochs = run.history().epochs
    if epochs:
        second.metric(
            "Last epoch, training and validation",
            f"{epochs[-1].accuracy:.1%} / {epochs[-1].val_accuracy:.1%}",
        )


def _show_tuning(tuning: Tuning) -> None:
    """Before and after, on drawings that did not train and on other digits."""
    held_back, others = tuning.held_back, tuning.others
    by = ""
    if tuning.held_back_students is not None:
        by = f", by {tuning.held_back_students} students none of whose drawings trained,"
    st.markdown(
        f"Trained on {tuning.trained} drawings. Of the {held_back.count} that were held back{by} "
        f"it reads **{held_back.after}** right; before, it read **{held_back.before}**. "
        f"Other digits ({others.count:,} {plain(tuning.others_name)}): "
        f"{others.before / others.count:.1%} right before, {others.after / others.count:.1%} after."
    )
