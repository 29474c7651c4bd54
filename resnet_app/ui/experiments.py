"""Experiments at work: progress, stop, the table of arms, overlaid curves, what came out."""

from statistics import mean

import streamlit as st

from resnet_app import figures
from resnet_app.doctor.outcomes import (
    ArmResult,
    arm_results,
    describe_outcome,
    effects,
    outcome_of,
    question_reading,
    twin_reading,
)
from resnet_app.doctor.proof import TESTED
from resnet_app.errors import LabError, RunError
from resnet_app.owners import may_change
from resnet_app.runs import experiment as experiments
from resnet_app.runs import pace
from resnet_app.runs import store as runs
from resnet_app.runs.course import History
from resnet_app.runs.experiment import Experiment, Trial
from resnet_app.runs.run import Run
from resnet_app.training import queue, workers
from resnet_app.ui.chart import show_growing_chart
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.line import place_in_words
from resnet_app.ui.runs import link_to
from resnet_app.ui.visitor import me

_POLL_SECONDS = 1.0
_LOOKS = {"confirmed": st.success, "refuted": st.error}
_STATES = {
    "waiting": ":material/hourglass_empty:",
    "training": ":material/sync:",
    "stopped": ":material/stop_circle:",
    "failed": ":material/error:",
}


def show_experiment(experiment: Experiment) -> None:
    """Show ``experiment``; while it goes on, look again every second."""
    at_work = _at_work(experiment)
    st.fragment(_show, run_every=_POLL_SECONDS if at_work else None)(experiment, at_work)


def _at_work(experiment: Experiment) -> bool:
    return not experiment.ended and (not experiment.stopped or _training(experiment) is not None)


def _training(experiment: Experiment) -> Trial | None:
    return next((trial for trial in experiment.trials() if trial.state == "training"), None)


def _show(experiment: Experiment, was_at_work: bool) -> None:
    if was_at_work and not _at_work(experiment):
        st.rerun()  # once more in full: polling ends
    with told_in_words():
        _show_progress(experiment)
        {"treatment": _show_treatment, "twin": _show_twin}.get(experiment.plan.kind, _show_table)(
            experiment
        )


def _show_progress(experiment: Experiment) -> None:
    trials = experiment.trials()
    done = [trial for trial in trials if trial.state not in ("waiting", "training")]
    broken = [trial for trial in done if trial.state in ("failed", "stopped")]
    if _at_work(experiment):
        left, right = st.columns([5, 1], vertical_alignment="center")
        share, text = _progress(experiment, trials, len(done))
        left.progress(share, text=text)
        if _is_mine(experiment):
            right.button(
                "Stop",
                icon=":material/stop:",
                key=f"stop-{experiment.id}",
                on_click=experiment.request_stop,
                help="Stops the run that trains, and starts no other one.",
                width="stretch",
            )
    elif experiment.stopped or broken:
        words = "Stopped." if experiment.stopped else f"{_counted(len(broken))} broke off."
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{words} {len(done) - len(broken)} of {len(trials)} runs are done.")
            if _is_mine(experiment):
                st.button(
                    "Go on",
                    icon=":material/play_arrow:",
                    key=f"go-on-{experiment.id}",
                    on_click=queue.go_on,
                    args=(experiment,),
                    help="Trains what is missing.",
                )
    for trial in broken:
        words = trial.error or (trial.run.status().message if trial.run else "")
        if trial.state == "failed" and words:
            st.warning(f"{plain(trial.arm.name)}: {plain(words)}", icon=":material/error:")


def _is_mine(experiment: Experiment) -> bool:
    return may_change(me(), experiment.owner)


def _counted(count: int) -> str:
    return "One run" if count == 1 else f"{count} runs"


def _progress(experiment: Experiment, trials: tuple[Trial, ...], done: int) -> tuple[float, str]:
    now = _training(experiment)
    if now is None or now.run is None:
        queue.keep_going()
        place = queue.place_of(experiment.id)
        waits = place is not None and workers.training()
        text = place_in_words(place, _is_mine(experiment)) if waits else "Starting the next run."
        return done / len(trials), f"{text} {done} of {len(trials)} runs are done."
    status = now.run.status()
    share = (done + status.progress) / len(trials)
    text = f"Run {done + 1} of {len(trials)}: {now.arm.name}, seed {now.seed}"
    if status.steps:
        text += f", epoch {status.epoch} of {status.epochs}"
    ended = [t.run for t in trials if t.run is not None and t.state == "finished"]
    if ended and len(trials) > 1:
        seconds = mean(map(pace.duration, ended)) * len(trials) * (1 - share)
        text += f", {pace.in_words(seconds)} left"
    return min(share, 1.0), plain(text)


def _show_treatment(experiment: Experiment) -> None:
    """The original and the treated on one axis, and what that proves."""
    try:
        original = runs.open_run(experiment.plan.original or "")
    except RunError as error:
        st.warning(plain(str(error)), icon=":material/error:")
        return
    trials = experiment.trials()
    for trial in trials:
        comparison = outcome_of(trial, original, experiment.plan.cause)
        if comparison is not None:
            word, words = describe_outcome(comparison, trial.arm.is_placebo)
            look = st.info if trial.arm.is_placebo else _LOOKS.get(comparison.outcome, st.info)
            icon = ":material/verified:" if comparison.outcome == "confirmed" else None
            look(f"**{word}.** {plain(words)}", icon=icon)
    histories = {"Original": original.history()}
    for trial in trials:
        if trial.run is not None:
            histories[trial.arm.name] = trial.run.history()
    _show_curves(experiment, histories, original)


def _show_twin(experiment: Experiment) -> None:
    reading = twin_reading(experiment)
    if reading is not None:
        st.info(plain(reading), icon=":material/balance:")
    trials = experiment.trials()
    histories = {t.arm.name: t.run.history() for t in trials if t.run is not None}
    _show_curves(experiment, histories, None)


def _show_curves(
    experiment: Experiment, histories: dict[str, History], original: Run | None
) -> None:
    if not any(history.epochs for history in histories.values()):
        st.caption("The curves begin when the first epoch has ended.")
        return
    epochs = [len(history.epochs) for history in histories.values()]
    for column, measure in zip(st.columns(2), ("accuracy", "loss"), strict=True):
        with column:
            show_growing_chart(
                figures.overlaid_frame,
                (tuple(histories), measure, max(*epochs, experiment.plan.base.epochs)),
                figures.overlaid_points(histories.values(), measure),
                f"overlay-{experiment.id}-{measure}",
                f"{measure.capitalize()} of {', '.join(histories)}, by epoch",
            )
    links = {"Original": original} if original is not None else {}
    links |= {t.arm.name: t.run for t in experiment.trials() if t.run is not None}
    with st.container(horizontal=True):
        for name, run in links.items():
            link_to(run, "train", f"{plain(name)}: its run", "show_chart")


def _show_table(experiment: Experiment) -> None:
    """Arms as rows, seeds as columns; the dots; what the figures say."""
    results = arm_results(experiment)
    if experiment.plan.kind == "question":
        for line in question_reading(experiment):
            st.markdown(_only_bold(line))
    accuracies = {r.arm.name: [score.value for score in r.scores] for r in results}
    if any(accuracies.values()):
        st.plotly_chart(
            figures.arm_results(accuracies),
            key=f"arms-{experiment.id}",
            config={"displayModeBar": False},
        )
    st.markdown(_table(experiment, results))
    if experiment.plan.kind == "question":
        _show_effects(experiment)


def _only_bold(text: str) -> str:
    """``text`` without meaning to Markdown but for its double stars."""
    return "**".join(plain(part) for part in text.split("**"))


def _table(experiment: Experiment, results: tuple[ArmResult, ...]) -> str:
    seeds = experiment.plan.seeds
    head = (
        "| One change | " + " | ".join(f"Seed {seed}" for seed in seeds) + " | Against the first |"
    )
    lines = [head, "|---" * (len(seeds) + 2) + "|"]
    for result in results:
        cells = [_cell(trial) for trial in result.trials]
        lines.append(f"| {plain(result.arm.name)} | {' | '.join(cells)} | {_against(result)} |")
    return "\n".join(lines)


def _cell(trial: Trial) -> str:
    if trial.state != "finished" or trial.run is None:
        return _STATES.get(trial.state, "")
    evaluation = trial.run.evaluation()
    return f"{evaluation.accuracy:.1%}" if evaluation else ""


def _against(result: ArmResult) -> str:
    if result.comparison is None:
        return ""
    points, noise = result.comparison.difference * 100, result.comparison.noise * 100
    colour = {"confirmed": "green", "refuted": "red"}.get(result.comparison.outcome, "gray")
    words = {"confirmed": "better", "slight gain": "a little better", "refuted": "worse"}
    word = words.get(result.comparison.outcome, "no difference")
    on = "" if result.comparison.images == TESTED else f", on {result.comparison.images}"
    return f":{colour}-badge[{word}] {points:+.1f} ± {noise:.1f} points{on}"


def _show_effects(experiment: Experiment) -> None:
    found = effects(experiment)
    if len(experiment.plan.arms) <= len(found) + 1 or not found:
        return  # each was changed alone only, which the table shows already
    st.markdown("**Each change over all pairs of runs that differ in it alone**")
    lines = ["| Change | Pairs | Accuracy without → with | Difference |", "|---|---|---|---|"]
    for effect in found:
        comparison = effect.comparison
        lines.append(
            f"| {plain(effect.words)} | {comparison.pairs} | {comparison.before:.1%} → "
            f"{comparison.after:.1%} | {comparison.difference * 100:+.1f} ± "
            f"{comparison.noise * 100:.1f} points |"
        )
    st.markdown("\n".join(lines))


def summary(experiment: Experiment) -> str:
    """A line for a list: title, and how far it is."""
    try:
        trials = experiment.trials()
    except LabError:
        return experiment.plan.title
    done = sum(trial.state == "finished" for trial in trials)
    return f"{experiment.plan.title}: {done} of {len(trials)} runs done"


def show_links(most: int = 8) -> None:
    """Links to the newest experiments, each on the page where it is shown."""
    found = experiments.listing(viewer=me())[:most]
    if found:
        st.header("Experiments", anchor=False)
    for experiment in found:
        page, parameters = _place_of(experiment)
        st.page_link(
            f"pages/{page}.py",
            label=plain(summary(experiment)),
            icon=":material/science:",
            query_params=parameters,
        )


def _place_of(experiment: Experiment) -> tuple[str, dict[str, str]]:
    if experiment.plan.kind == "twin":
        return "train", {"twin": experiment.id}
    if experiment.plan.original is not None:
        return "diagnose", {"run": experiment.plan.original}
    return "question", {}
