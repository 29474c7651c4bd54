"""The posted question, answered by a controlled experiment instead of an opinion."""

import streamlit as st

from resnet_app.doctor.trials import FACTORS
from resnet_app.runs import experiment as experiments
from resnet_app.ui import asking
from resnet_app.ui.experiments import show_experiment, summary
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.page import open_page
from resnet_app.ui.visitor import me

open_page()
st.title("The posted question")
st.markdown(
    "> My deep ResNet on 10,000 digit images of 50×50×1 does not learn; accuracy stays at about "
    "0.2 and oscillates. Is it overfitting, or something else?\n\n"
    "The answer given was *first normalize the images*. Here it is one arm among others: the "
    f"network as posted, and each of {len(FACTORS)} changes alone, "
    + ", ".join(f"*{words}*" for words, _, _ in FACTORS.values())
    + ", or all their combinations. Same data, same seeds, and what comes out decides."
)
found = []
with told_in_words():
    found = experiments.listing(("question",), me())
with st.expander("A new experiment", expanded=not found, icon=":material/tune:"), told_in_words():
    asking.show_choice()
if found:
    newest, *older = found
    show_experiment(newest)
    for experiment in older[:10]:
        with st.expander(plain(f"Earlier: {summary(experiment)}")):
            show_experiment(experiment)
