"""Choose a recipe, start a run, watch it."""

import streamlit as st

from resnet_app.data import store as datasets
from resnet_app.training import launch, workers
from resnet_app.training.recipes import RECIPES
from resnet_app.ui import state, twins
from resnet_app.ui.experiments import show_links
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.keeping import warn_of_clearing
from resnet_app.ui.live import show_run
from resnet_app.ui.page import open_page
from resnet_app.ui.runs import label, link_to, not_trials
from resnet_app.ui.settings import edit_config
from resnet_app.ui.takeaway import show_opening
from resnet_app.ui.visitor import me

open_page()
st.title("Train")
stored = {entry.digest: entry for entry in datasets.listing(me())}
chosen = state.chosen_dataset()
run = None
with told_in_words():
    run = state.chosen_run()

if chosen is None:
    st.info("There are no digits to train on yet.", icon=":material/info:")
    st.page_link("pages/data.py", label="Bring or draw digits", icon=":material/dataset:")
else:
    with st.expander("New run", expanded=run is None and not twins.shown(), icon=":material/tune:"):
        picked = st.selectbox(
            "Digits",
            list(stored),
            list(stored).index(chosen),
            format_func=lambda digest: stored[digest].name,
        )
        state.choose_dataset(picked)
        name = st.radio(
            "Recipe",
            list(RECIPES),
            1,
            format_func=lambda name: RECIPES[name].title,
            captions=[recipe.summary for recipe in RECIPES.values()],
            key="recipe",
            persist_state="session",
        )
        with told_in_words():
            config = edit_config(RECIPES[name].config, state.chosen_normalization())
            if config.normalization != RECIPES[name].config.normalization:
                st.caption(
                    f"Normalization is {config.normalization} here; the recipe's own is "
                    f"{RECIPES[name].config.normalization}."
                )
            workers.warm_up(config)
            with st.container(horizontal=True):
                if st.button("Start", type="primary", icon=":material/play_arrow:"):
                    state.choose_run(launch.start(config, picked, me()))
                    twins.hide()
                    st.rerun()  # in full, so that the settings fold and the curves are in sight
                twins.offer(config, picked)

with told_in_words():
    twins.show()
if run is not None and not twins.shown():
    with told_in_words():
        show_run(run)

with told_in_words():
    if show_opening():
        twins.hide()
        st.rerun()
others = not_trials()
if others:
    st.header("Runs")
    with told_in_words():
        warn_of_clearing()
for other in others[:20]:
    with told_in_words():
        is_shown = run is not None and other.id == run.id
        link_to(other, "train", plain(label(other)), "visibility" if is_shown else "history")
with told_in_words():
    show_links()
