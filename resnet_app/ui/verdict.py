"""A verdict as a page tells it: one sentence, then the figures, then how it is known."""

from collections.abc import Sequence

import streamlit as st

from resnet_app.doctor import pictures
from resnet_app.doctor.case import Case
from resnet_app.doctor.causes import CAUSES
from resnet_app.doctor.evidence import Evidence
from resnet_app.doctor.verdict import Exhibit, Opinion, Verdict
from resnet_app.doctor.wording import headline, how_known
from resnet_app.runs.run import Run
from resnet_app.ui.guards import plain
from resnet_app.ui.samples import show_samples

_COLOURS = {"certain": "green", "tested": "blue", "suspected": "orange"}


def show_verdict(run: Run, evidence: Evidence, verdict: Verdict) -> None:
    """The sentence, the evidence beside its picture, and the words."""
    look = {"healthy": st.success, "sick": st.error}.get(verdict.state, st.info)
    icon = {"healthy": ":material/check_circle:", "sick": ":material/stethoscope:"}
    look(
        f"**{plain(headline(verdict, not evidence.ended))}**",
        icon=icon.get(verdict.state, ":material/help:"),
    )
    if verdict.advice:
        st.caption(plain(verdict.advice))
    if verdict.primary is not None:
        _show_primary(run, evidence, verdict.primary)
    elif evidence.history.epochs or evidence.history.batches:
        _show_curves(run, evidence, None)
    for other in verdict.others:
        title = f"{verdict.others_are}: {other.words.title}"
        with st.expander(title, icon=":material/search:"):
            harmless = verdict.state == "healthy" and not Case(evidence).falls_short
            show_opinion(run, evidence, other, f"other-{other.cause}", harmless)


def _show_primary(run: Run, evidence: Evidence, opinion: Opinion) -> None:
    cause = opinion.words
    left, right = st.columns(2, gap="large")
    with left:
        show_exhibits(opinion.exhibits)
        _show_known(opinion)
        st.markdown(plain(cause.plain))
        st.caption(f"The field calls it: {plain(cause.term)}.")
    with right:
        _show_picture(run, evidence, opinion, "primary")
    if opinion.picture != "curves":
        with st.expander("The curves", icon=":material/show_chart:"):
            _show_curves(run, evidence, opinion.since)


def show_opinion(
    run: Run, evidence: Evidence, opinion: Opinion, key: str, harmless: bool = False
) -> None:
    """An opinion in short, with its picture: figures, test, words.

    ``harmless`` says that the words do not describe this run, which reads as well as any.
    """
    cause = opinion.words
    show_exhibits(opinion.exhibits)
    _show_known(opinion)
    if harmless:
        st.markdown(
            "It did this run no harm that validation shows. This is how it is where it does:"
        )
    st.markdown(plain(cause.plain))
    st.caption(f"The field calls it: {plain(cause.term)}.")
    _show_picture(run, evidence, opinion, key)


def show_exhibits(exhibits: tuple[Exhibit, ...]) -> None:
    """Figures of this run beside those to expect."""
    if not exhibits:
        return
    lines = ["| What | Here | To expect |", "|---|---|---|"]
    lines += [
        f"| {plain(e.what)} | **{plain(e.measured)}** | {plain(e.expected)} |" for e in exhibits
    ]
    st.markdown("\n".join(lines))


def _show_known(opinion: Opinion) -> None:
    if opinion.known is not None:
        badge = f":{_COLOURS[opinion.known]}-badge[{opinion.known}]"
        st.markdown(f"How it is known: {badge} {how_known(opinion)}.")
    if opinion.test is not None:
        sign = ":material/check:" if opinion.test.supports else ":material/close:"
        st.markdown(
            f":material/science: **Test.** {plain(opinion.test.question)}  \n"
            f"{sign} {plain(opinion.test.result)}"
        )


def _show_picture(run: Run, evidence: Evidence, opinion: Opinion, key: str) -> None:
    if opinion.picture == "images":
        show_samples(run)
    figure = opinion.picture and pictures.draw(opinion.picture, evidence, opinion.since)
    figure = figure or pictures.draw("curves", evidence, opinion.since)
    if figure is not None:
        st.plotly_chart(figure, key=f"picture-{run.id}-{key}", config={"displayModeBar": False})


def _show_curves(run: Run, evidence: Evidence, since: float | None) -> None:
    for column, name in zip(st.columns(2), pictures.curves_of(evidence), strict=False):
        figure = pictures.draw(name, evidence, since)
        if figure is not None:
            column.plotly_chart(
                figure, key=f"curves-{run.id}-{name}", config={"displayModeBar": False}
            )


def show_rest(verdict: Verdict) -> None:
    """What was ruled out, each with the figure that cleared it, and what is open."""
    if verdict.ruled_out:
        title = f"Ruled out: {_counted(len(verdict.ruled_out))}"
        with st.expander(title, icon=":material/rule:"):
            lines = ["| Not this | Because here | With it, or else |", "|---|---|---|"]
            lines += [_cleared(opinion) for opinion in verdict.ruled_out]
            st.markdown("\n".join(lines))
    if verdict.open:
        with st.expander(f"Open: {_counted(len(verdict.open))}", icon=":material/help:"):
            st.markdown(f"This run does not tell, yet or at all: {_terms(verdict.open)}.")
    if verdict.set_aside:
        title = f"Set aside: {_counted(len(verdict.set_aside))}"
        with st.expander(title, icon=":material/low_priority:"):
            st.markdown(
                "These show as well, but what is named above explains or outweighs them: "
                f"{_terms(verdict.set_aside)}."
            )


def _terms(causes: Sequence[str]) -> str:
    """What the field calls ``causes``, the first name of each."""
    return plain(", ".join(CAUSES[cause].term.split(",")[0] for cause in causes))


def _counted(count: int) -> str:
    return "one cause" if count == 1 else f"{count} causes"


def _cleared(opinion: Opinion) -> str:
    title = plain(opinion.words.title)
    shown = opinion.exhibits[:1]
    here = "; ".join(f"{plain(e.what)}: **{plain(e.measured)}**" for e in shown)
    expected = "; ".join(plain(e.expected) for e in shown)
    if not shown and opinion.test is not None:
        here = plain(opinion.test.result)
    return f"| {title} | {here} | {expected} |"
