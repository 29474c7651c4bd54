"""Bring digits, see what is in them and what is wrong with them, mend it."""

import streamlit as st

from resnet_app.ui import mapping, state, upload
from resnet_app.ui.browse import browse
from resnet_app.ui.changes import show_saving
from resnet_app.ui.datasets import pick_dataset, show_datasets
from resnet_app.ui.findings import show_findings
from resnet_app.ui.guards import told_in_words
from resnet_app.ui.overview import show_examples, show_numbers
from resnet_app.ui.page import open_page

open_page()
st.title("Data")
with told_in_words():
    upload.show_sources()
with told_in_words():
    upload.show_reading()

intake = upload.current()
if intake is not None and intake.has_questions:
    with told_in_words():
        mapping.ask(intake)
    st.stop()

show_saving()
digest = pick_dataset()
if digest is None:
    if intake is None:
        st.info("No digits yet. Draw some, or bring files.", icon=":material/info:")
    st.stop()

overview, images, kept = state.open_views()
with told_in_words():
    if overview.open:
        with overview:
            dataset = state.load_dataset(digest)
            show_numbers(digest, dataset)
            if intake is not None and intake.gave(digest):
                mapping.explain(intake)
            show_findings(digest, dataset)
            st.space("small")
            show_examples(digest, dataset)
            st.page_link(
                "pages/train.py", label="Train on these digits", icon=":material/arrow_forward:"
            )
    elif images.open:
        with images:
            browse(digest)
    elif kept.open:
        with kept:
            show_datasets()
