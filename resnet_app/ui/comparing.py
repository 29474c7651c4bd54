"""Runs side by side: curves, what differs, what came out, and whether chance explains it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from resnet_app import figures, quiz
from resnet_app.data import store as datasets
from resnet_app.errors import LabError
from resnet_app.results.answers import OWN, kept_answers, why_no_answers
from resnet_app.results.comparison import (
    Comparison,
    differences,
    kept_comparison,
    twins,
)
from resnet_app.results.launch import compare
from resnet_app.results.outcome import interval
from resnet_app.runs import store as runs
from resnet_app.runs.marks import shown_name
from resnet_app.runs.run import Run
from resnet_app.ui.chart import show_chart
from resnet_app.ui.computing import compute
from resnet_app.ui.guards import plain
from resnet_app.ui.runs import not_trials
from resnet_app.ui.visitor import me

_PICKED = "compared"

_SCROLLING = "<style>.st-key-wide-table table { display: block; overflow-x: auto; }</style>"
"""A table of many runs is wider than a phone."""


def show_comparison() -> None:
    """Choose runs, and see them side by side."""
    picked = _pick_runs()
    if len(picked) < 2:
        st.info("Choose two runs or more.", icon=":material/compare_arrows:")
        return
    _show_curves(picked)
    _show_settings(picked)
    _show_outcomes(picked)


def _pick_runs() -> dict[str, Run]:
    """The chosen runs by a name of each."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        trials = st.toggle("Runs of experiments too", key="with_trials", persist_state="session")
        found = runs.listing(me()) if trials else not_trials()
    known = {run.id: run for run in found if _is_comparable(run)}
    names = _names(list(known.values()))
    before = st.session_state.get(_PICKED, [])
    st.session_state[_PICKED] = [run_id for run_id in before if run_id in known]
    chosen = st.multiselect(
        "Runs", list(known), format_func=names.__getitem__, key=_PICKED, persist_state="session"
    )
    return {names[run_id]: known[run_id] for run_id in chosen}


def _is_comparable(run: Run) -> bool:
    """Whether the run has ended and nothing about it is to be guessed."""
    try:
        return run.status().ended and not quiz.is_open(run) and bool(run.title)
    except LabError:
        return False


def _names(listed: Sequence[Run]) -> dict[str, str]:
    """A short name for each run by its id; equal ones are told apart by the time, then a number."""
    names = {run.id: shown_name(run) for run in listed}
    times, seen = Counter(names.values()), Counter[str]()
    for run in reversed(listed):
        if times[names[run.id]] > 1:
            names[run.id] += datetime.fromtimestamp(run.created).strftime(", %d %b %H:%M")
        seen[names[run.id]] += 1
        if seen[names[run.id]] > 1:
            names[run.id] += f" ({seen[names[run.id]]})"
    return names


def _show_curves(picked: Mapping[str, Run]) -> None:
    st.header("Curves", anchor=False)
    histories = {name: run.history() for name, run in picked.items()}
    epochs = max((len(history.epochs) for history in histories.values()), default=0)
    if not epochs:
        st.caption("None of these runs ended an epoch.")
        return
    key = "-".join(run.id[-4:] for run in picked.values())
    for column, measure in zip(st.columns(2), ("accuracy", "loss"), strict=True):
        with column:
            show_chart(
                figures.overlaid_curves(histories, measure, epochs),
                f"compared-{measure}-{key}",
                f"{measure.capitalize()} of {', '.join(picked)}, by epoch",
            )


def _show_settings(picked: Mapping[str, Run]) -> None:
    st.header("What differs", anchor=False)
    own = {name: run for name, run in picked.items() if not run.foreign}
    rows = {"Digits": {name: run.dataset_name for name, run in picked.items()}}
    if len(set(rows["Digits"].values())) == 1:
        del rows["Digits"]
    for setting, values in differences({name: run.config for name, run in own.items()}).items():
        rows[_in_words(setting)] = values
    pairs = twins(own)
    for first, second, setting in pairs:
        st.markdown(
            f":blue-badge[twins] **{plain(first)}** and **{plain(second)}** differ in nothing but "
            f"{_in_words(setting).lower()}."
        )
    if not rows:
        st.markdown("Nothing: the same digits and the same settings.")
    else:
        st.html(_SCROLLING)
        with st.container(key="wide-table"):
            st.markdown(_table(rows, list(picked)))
    for name in picked.keys() - own.keys():
        st.caption(f"{plain(name)} was made by a Keras script, so its settings are not known here.")


def _in_words(setting: str) -> str:
    return setting.replace("_", " ").replace("bn ", "batch norm ").capitalize()


def _table(rows: Mapping[str, Mapping[str, str]], names: Sequence[str]) -> str:
    lines = ["| | " + " | ".join(plain(name) for name in names) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    for title, values in rows.items():
        cells = " | ".join(plain(values.get(name, "")) for name in names)
        lines.append(f"| {title} | {cells} |")
    return "\n".join(lines)


def _show_outcomes(picked: Mapping[str, Run]) -> None:
    st.header("What came out", anchor=False)
    test = _pick_test(picked)
    able = {name: run for name, run in picked.items() if _why_not(run, test) is None}
    for name in picked.keys() - able.keys():
        st.caption(f"{plain(name)} is left out. {plain(_why_not(picked[name], test) or '')}")
    if len(able) < 2:
        st.info("There are no two runs here whose answers can be compared.", icon=":material/info:")
        return
    comparison = kept_comparison(list(able.values()), test)
    if comparison is None:
        key = f"compare-{test}-" + "-".join(run.id[-8:] for run in able.values())
        compute(key, lambda: compare(list(able.values()), test), "the answers of these runs")
        return
    names = {run.id: name for name, run in able.items()}
    _show_scores(comparison, names)
    _show_pairs(comparison, names)


def _why_not(run: Run, test: str) -> str | None:
    """Why this run's answers cannot be had, in a sentence; None if they can."""
    if run.foreign:
        return "It was made by a Keras script of its own, which has its model."
    if not run.is_readable():
        return "It has no model that could answer."
    if kept_answers(run, test) is not None:
        return None
    return why_no_answers(run) if test == OWN else None


def _pick_test(picked: Mapping[str, Run]) -> str:
    """The test that all answer: what each held back, or images that came as a test set."""
    offered = {OWN: "What each run held back"} | {
        stored.digest: f"The {stored.test_count:,} test images of {stored.name}"
        for stored in datasets.listing(me())
        if stored.test_count
    }
    if len(offered) == 1:
        return OWN
    return str(
        st.selectbox(
            "Tested on", list(offered), format_func=offered.__getitem__, key="compared_on",
            help="No run trains on the test images of a data set that has its own.",
        )
    )  # fmt: skip


def _show_scores(comparison: Comparison, names: Mapping[str, str]) -> None:
    tests = list(dict.fromkeys(score.exam for score in comparison.scores))
    head = "| Run | Right | Accuracy | 95 % interval |"
    lines = [head + (" Test |" if len(tests) > 1 else ""), "|---|---|---|---|"]
    lines[1] += "---|" if len(tests) > 1 else ""
    best = max(score.right / score.count for score in comparison.scores)
    for score in comparison.scores:
        low, high = interval(score.right, score.count)
        share = score.right / score.count
        mark = "**" if share == best else ""
        line = (
            f"| {plain(names[score.run])} | {score.right:,} of {score.count:,} | "
            f"{mark}{share:.1%}{mark} | {low:.1%} to {high:.1%} |"
        )
        lines.append(line + (f" {tests.index(score.exam) + 1} |" if len(tests) > 1 else ""))
    st.markdown("\n".join(lines))
    if len(tests) > 1:
        st.warning(
            "Not all of these runs were tested on the same images, so their accuracies cannot be "
            "compared: a test with easier digits flatters. Those with the same number of test can. "
            "Choose one test for all above, if there is one.",
            icon=":material/block:",
        )


def _show_pairs(comparison: Comparison, names: Mapping[str, str]) -> None:
    pairs = sorted(comparison.pairs, key=lambda pair: pair.chance)
    if not pairs:
        return
    st.header("Is the difference real?", anchor=False)
    for pair in pairs[:10]:
        icon = ":material/check_circle:" if pair.is_significant(len(pairs)) else ":material/casino:"
        words = pair.describe({run: f"“{name}”" for run, name in names.items()}, len(pairs))
        st.markdown(f"{icon} {plain(words)}")
    if len(pairs) > 10:
        st.caption(f"The ten most uneven of {len(pairs)} pairs.")
    st.caption(
        "McNemar's exact test. It speaks of these trained networks; to judge the settings behind "
        "them, train each with several seeds, as an experiment does."
        + (
            f" Of {len(pairs)} pairs some look uneven by chance, so each must be "
            f"{len(pairs)} times as unlikely as one alone (Bonferroni)."
            if len(pairs) > 1
            else ""
        )
    )
