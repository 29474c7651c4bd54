"""What a browser session remembers, typed; the run's id is in the address too."""

from collections.abc import Sequence

import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer

from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits
from resnet_app.data.dataset import Dataset
from resnet_app.data.mapped import open_mapped
from resnet_app.errors import RunError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.training import launch
from resnet_app.training.recipes import RECIPES
from resnet_app.ui.visitor import is_mine, me

_DATASET, _RUN, _NORMALIZATION = "chosen_dataset", "chosen_run", "chosen_normalization"

_VIEW, _LAST_VIEW = "data_view", "last_data_view"

VIEWS = ("Overview", "Images", "Data sets")
"""The data page's tabs."""


def chosen_dataset() -> str | None:
    """Digest of the data set in use: the chosen one, else the newest, else None."""
    stored = [dataset.digest for dataset in datasets.listing(me())]
    chosen = st.session_state.get(_DATASET)
    return chosen if chosen in stored else next(iter(stored), None)


def choose_dataset(digest: str) -> None:
    """Use this data set on all pages."""
    st.session_state[_DATASET] = digest


def open_views() -> Sequence[TabContainer]:
    """The data page's tabs; fill only the open one, which is the same after a page switch."""
    st.session_state.setdefault(_VIEW, st.session_state.get(_LAST_VIEW, VIEWS[0]))
    tabs = st.tabs(VIEWS, key=_VIEW, on_change="rerun")
    st.session_state[_LAST_VIEW] = st.session_state[_VIEW]
    return tabs


def show_view(view: str) -> None:
    """Open one of ``VIEWS``. For a callback."""
    st.session_state[_VIEW] = view


def chosen_normalization() -> str | None:
    """What the toggle on the data page says; None until somebody moved it."""
    value: str | None = st.session_state.get(_NORMALIZATION)
    return value


def choose_normalization(kind: str) -> None:
    """Use ``raw``, ``unit`` or ``standardized`` as the train page's default."""
    st.session_state[_NORMALIZATION] = kind


def chosen_run() -> Run | None:
    """The run in the address, else the session's last, else one's own that trains now.

    Raises ``RunError`` if the address names a run that is not here.
    """
    asked = st.query_params.get("run")
    if asked:
        run = runs.open_run(asked)
        if run.id != runs.PRETRAINED and not is_mine(run):
            run.note_shared()
        return choose_run(run)
    remembered = st.session_state.get(_RUN)
    if remembered:
        try:
            return choose_run(runs.open_run(remembered))
        except RunError:
            del st.session_state[_RUN]
    busy = next(runs.unended(me()), None)
    return choose_run(busy) if busy else None


def choose_run(run: Run) -> Run:
    """Show this run from now on, and put it into the address."""
    st.session_state[_RUN] = run.id
    if st.query_params.get("run") != run.id:
        st.query_params["run"] = run.id
    return run


def forget_run(run: Run) -> None:
    """Show no longer this run, which is gone."""
    if st.session_state.get(_RUN) == run.id:
        del st.session_state[_RUN]
    if st.query_params.get("run") == run.id:
        del st.query_params["run"]


def start_demo() -> Run:
    """Train the recommended recipe on built-in digits. Raises ``LimitError`` as ``start`` does."""
    digest = datasets.save(drawn_digits(), me())
    choose_dataset(digest)
    run = launch.start(RECIPES["recommended"].config, digest, me())
    st.session_state[_RUN] = run.id
    return run


def load_dataset(digest: str) -> Dataset:
    """The stored data set; its pixels stay on disk until looked at. Let go of it after the run."""
    return open_mapped(digest)
