"""From the verdict to the proof: the treatment, a placebo, several suspects, the outcome."""

import streamlit as st

from resnet_app.doctor.causes import CAUSES
from resnet_app.doctor.treatment import treatment_for
from resnet_app.doctor.trials import is_treatable, suspects_plan, treatment_plan
from resnet_app.doctor.verdict import Verdict
from resnet_app.runs import experiment as experiments
from resnet_app.runs import pace
from resnet_app.runs.experiment import Plan
from resnet_app.runs.run import Run
from resnet_app.training import queue
from resnet_app.ui.experiments import show_experiment, summary
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.visitor import is_mine, me

_SEEDS = 3


def show_treatment(run: Run, verdict: Verdict) -> None:
    """What to change, and the button that proves it by a rerun."""
    if verdict.primary is not None:
        treatment = treatment_for(verdict.primary.cause, run, verdict.primary.subject)
        st.header("Treatment", anchor=False)
        st.markdown(f"**{plain(treatment.label)}.** {plain(treatment.words)}")
        if treatment.applies and is_mine(run):
            _offer(run, verdict.primary.cause)
    causes = [opinion.cause for opinion in (verdict.primary, *verdict.others) if opinion]
    curable = [cause for cause in causes if is_treatable(run, cause)]
    if not is_mine(run):
        return
    if len(curable) > 1 or (curable and verdict.primary is None):
        _offer_suspects(run, curable)


def _offer(run: Run, cause: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        placebo = st.session_state.get(f"placebo-{run.id}", False)
        plan = treatment_plan(run, cause, placebo)
        if st.button(
            "Treat it and compare",
            type="primary",
            icon=":material/healing:",
            help="Trains this run again with the same seed and data; only this differs.",
        ):
            _submit(plan)
        st.checkbox(
            "With a placebo",
            key=f"placebo-{run.id}",
            help="One more run in which nothing is changed but the seed: what chance alone does.",
        )
        if run.status().ended:
            st.caption(
                f"Takes at most {pace.in_words(_seconds(run, plan))}, by what this run took."
            )


def _seconds(run: Run, plan: Plan) -> float:
    """Of all trials of ``plan``, from the time that an epoch of ``run`` took."""
    done = max(len(run.history().epochs), 1)
    epochs = sum(plan.config_of(arm, seed).epochs for arm in plan.arms for seed in plan.seeds)
    return pace.duration(run) * epochs / done


def _offer_suspects(run: Run, causes: list[str]) -> None:
    with st.expander("Several suspects at once", icon=":material/experiment:"):
        picked = st.multiselect(
            "Cure one by one",
            causes,
            causes,
            format_func=lambda cause: CAUSES[cause].title,
            key=f"suspects-{run.id}",
        )
        seeds = st.segmented_control(
            "Seeds", range(1, _SEEDS + 1), default=2, key=f"seeds-{run.id}", required=True
        )
        count = (len(picked) + 1) * seeds
        st.caption(
            f"{count} runs, one of each seed with nothing changed: "
            f"{pace.in_words(count * pace.duration(run))} together."
        )
        if st.button("Start the experiment", icon=":material/science:", disabled=not picked):
            _submit(suspects_plan(run, picked, seeds))


def _submit(plan: Plan) -> None:
    with told_in_words():
        queue.submit(plan, me())
        st.rerun()


def show_experiments(run: Run) -> None:
    """The experiments that are held against ``run``: the newest open, older ones folded."""
    found = experiments.of_run(run.id)
    if not found:
        return
    st.header("Proof", anchor=False)
    newest, *older = found
    st.markdown(f"**{plain(_title(newest.plan))}**")
    show_experiment(newest)
    for experiment in older:
        with st.expander(plain(f"Earlier: {summary(experiment)}")):
            show_experiment(experiment)


def _title(plan: Plan) -> str:
    if plan.kind != "treatment":
        return plan.title
    return f"{plan.title}? Only this differs: {plan.arms[0].name}"
