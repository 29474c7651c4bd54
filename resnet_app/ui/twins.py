"""Raw against normalized, in one click: two runs that differ in nothing else."""

import streamlit as st

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.doctor.outcomes import scale_cancels
from resnet_app.doctor.trials import twin_plan
from resnet_app.errors import RunError
from resnet_app.runs import experiment as experiments
from resnet_app.runs.experiment import Experiment
from resnet_app.training import queue
from resnet_app.ui.experiments import show_experiment
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.visitor import me

_IN_ADDRESS = "twin"


def offer(config: TrainingConfig, digest: str) -> None:
    """The button that starts the twins with these settings, whatever their normalization."""
    if st.button(
        "Raw against normalized",
        icon=":material/balance:",
        help="Two runs with these settings and the same seed; only the normalization differs.",
    ):
        _start(config, digest, config.batch_norm)


def _start(config: TrainingConfig, digest: str, batch_norm: bool) -> None:
    with told_in_words():
        experiment = queue.submit(twin_plan(config, digest, batch_norm), me())
        shown = [] if batch_norm == config.batch_norm else st.query_params.get_all(_IN_ADDRESS)
        st.query_params[_IN_ADDRESS] = [*shown, experiment.id]
        st.rerun()


def shown() -> bool:
    """Whether twins are in the address."""
    return _IN_ADDRESS in st.query_params


def hide() -> None:
    """Show runs again."""
    st.query_params.pop(_IN_ADDRESS, None)


def show() -> None:
    """The twins in the address, if any, and the same without batch normalization beside them."""
    found = _in_address()
    if not found:
        return
    for experiment in found:
        st.header(plain(experiment.plan.title), anchor=False)
        show_experiment(experiment)
    by_norm = {experiment.plan.base.batch_norm: experiment for experiment in found}
    if len(by_norm) == 2:
        words = scale_cancels(by_norm[True], by_norm[False])
        if words is not None:
            st.info(plain(words), icon=":material/stethoscope:")
    with st.container(horizontal=True):
        plan = found[0].plan
        if len(by_norm) == 1 and datasets.is_mine(plan.dataset_digest, me()):
            other = not plan.base.batch_norm
            if st.button(
                f"The same {'with' if other else 'without'} batch normalization",
                icon=":material/add:",
                help="Two more runs, to see whether batch normalization cancels the scale.",
            ):
                _start(plan.base, plan.dataset_digest, other)
        st.button("Close", icon=":material/close:", on_click=hide)


def _in_address() -> list[Experiment]:
    found = []
    for experiment_id in st.query_params.get_all(_IN_ADDRESS)[:2]:
        try:
            found.append(experiments.open_experiment(experiment_id))
        except RunError as error:
            st.warning(plain(str(error)), icon=":material/error:")
    return found
