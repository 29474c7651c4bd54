"""How a run went: curves, the doctor's notes on them, time and memory."""

import math

import streamlit as st

from resnet_app.doctor import pictures
from resnet_app.doctor.case import Case
from resnet_app.doctor.evidence import Evidence
from resnet_app.doctor.judge import judge
from resnet_app.doctor.reading import read_evidence
from resnet_app.doctor.wording import headline
from resnet_app.results.network import kept_network
from resnet_app.results.outcome import kept_outcome
from resnet_app.runs import pace
from resnet_app.runs.run import Run
from resnet_app.ui.chart import show_chart
from resnet_app.ui.guards import plain
from resnet_app.ui.runs import link_to
from resnet_app.ui.verdict import show_exhibits


def show_course(run: Run) -> None:
    """Curves first, then what they took."""
    evidence = read_evidence(run)
    _show_curves(run, evidence)
    _show_costs(run, evidence)


def _show_curves(run: Run, evidence: Evidence) -> None:
    st.header("Learning curves", anchor=False)
    if not (evidence.history.batches or evidence.history.epochs):
        st.caption("This run ended before its first point.")
        return
    say = Case(evidence).say
    st.markdown(say("Training: images that it learns from. Validation: images that it only reads."))
    since = None
    if st.toggle("The doctor's notes", key="doctors_notes", persist_state="session"):
        verdict = judge(evidence)
        st.info(plain(headline(verdict, not evidence.ended)), icon=":material/stethoscope:")
        if verdict.primary is not None:
            since = verdict.primary.since
            show_exhibits(verdict.primary.exhibits)
        link_to(run, "diagnose", "The whole diagnosis", "arrow_forward")
    for column, name in zip(st.columns(2), pictures.curves_of(evidence), strict=False):
        figure = pictures.draw(name, evidence, since)
        if figure is not None:
            with column:
                show_chart(figure, f"course-{run.id}-{name}", _in_words(evidence, name))


def _in_words(evidence: Evidence, name: str) -> str:
    measure = "loss" if name == "loss" else "accuracy"
    values = [getattr(point, f"val_{measure}") for point in evidence.history.epochs]
    return f"Validation {measure} by epoch: " + ", ".join(f"{value:.3f}" for value in values)


def _show_costs(run: Run, evidence: Evidence) -> None:
    st.header("What it took", anchor=False)
    st.markdown("Measured on the machine that did it; what was not measured is left out.")
    network, outcome, peak = kept_network(run), kept_outcome(run), run.peak_memory()
    facts = {"Time from start to end": _duration(pace.duration(run))}
    speed = _images_a_second(evidence)
    if speed is not None:
        facts[Case(evidence).say("Trained images a second")] = f"{speed:,.0f}"
    if network is not None:
        facts["Weights"] = f"{network.parameters:,}"
    if peak is not None:
        facts["Most memory while training"] = f"{peak / 1e6:,.0f} MB"
    if outcome is not None:
        facts["Reading one digit"] = f"{outcome.milliseconds:.1f} ms"
    with st.container(horizontal=True):
        for name, value in facts.items():
            st.metric(name, value)


def _images_a_second(evidence: Evidence) -> float | None:
    """Of all epochs but the first, in which TensorFlow prepares; validation included."""
    seconds = [point.seconds for point in evidence.history.epochs[1:]]
    images = evidence.facts.images
    if not seconds or not images or not math.isfinite(sum(seconds)) or not sum(seconds):
        return None
    return images * len(seconds) / sum(seconds)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
