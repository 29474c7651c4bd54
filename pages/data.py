"""Bring digits, see what is in them, choose how their pixels are scaled."""

import streamlit as st

from resnet_app import figures
from resnet_app.config import MAX_UPLOAD_BYTES
from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits, scanned_digits
from resnet_app.data.npz import read_npz
from resnet_app.imaging import Normalizer
from resnet_app.ui import state
from resnet_app.ui.guards import told_in_words
from resnet_app.ui.page import open_page

open_page()
st.title("Data")
source = st.segmented_control(
    "Where the digits come from",
    ["Drawn by a generator", "Scanned (scikit-learn)", "Your own file"],
    default="Drawn by a generator",
    required=True,
    key="source",
    persist_state="session",
)
with told_in_words():
    if source == "Your own file":
        upload = st.file_uploader(
            "An .npz file with images and labels",
            type="npz",
            max_upload_size=MAX_UPLOAD_BYTES // 2**20,
            help="Keys such as x and y, or x_train and y_train. Any image size; labels 0 to 9.",
        )
        if upload is not None and st.session_state.get("read_upload") != upload.file_id:
            with st.spinner("Reading the file…"):
                state.choose_dataset(datasets.save(read_npz(upload.getvalue(), upload.name)))
            st.session_state["read_upload"] = upload.file_id
    elif source == "Scanned (scikit-learn)":
        st.markdown("1,797 digits written by 43 people, scanned at 8×8 pixels and enlarged here.")
        if st.button("Use these digits", type="primary"):
            state.choose_dataset(datasets.save(scanned_digits()))
    else:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            count = st.number_input("How many", 100, 50_000, 4000, 500)
            seed = st.number_input("Seed", 0, 10**6, 0, help="The same seed draws the same digits.")
            if st.button("Draw these digits", type="primary"):
                with st.spinner(f"Drawing {count:,} digits and a quarter as many for the test…"):
                    state.choose_dataset(datasets.save(drawn_digits(count, seed)))

stored = {entry.digest: entry for entry in datasets.listing()}
chosen = state.chosen_dataset()
if chosen is None:
    st.info("No digits yet. Draw some, or bring a file.", icon=":material/info:")
    st.stop()

picked = st.selectbox(
    "Digits in use",
    list(stored),
    list(stored).index(chosen),
    format_func=lambda digest: stored[digest].name,
)
state.choose_dataset(picked)
with told_in_words():
    dataset = state.load_dataset(picked)
    with st.container(horizontal=True):
        st.metric("Training images", f"{len(dataset.labels):,}")
        st.metric("Test images", f"{len(dataset.test_labels):,}")
        st.metric("Digits", int((dataset.class_counts() > 0).sum()))
        st.metric("Pixels", f"{dataset.images.min()}…{dataset.images.max()}")
    if not len(dataset.test_labels):
        st.caption("No test set of its own: a tenth will be held back when a run begins.")
    for note in dataset.notes:
        st.caption(note)

    left, right = st.columns(2)
    left.image(figures.example_sheet(dataset), caption="Ten of each digit", width="stretch")
    with right:
        st.plotly_chart(figures.class_counts(dataset), config={"displayModeBar": False})
        st.subheader("Normalization")
        before = state.chosen_normalization()
        on = st.toggle("Normalize the pixels", before not in (None, "raw"))
        kind = "raw"
        if on:
            kind = st.radio(
                "How",
                ["unit", "standardized"],
                1 if before == "standardized" else 0,
                format_func={
                    "unit": "0…1: divided by 255",
                    "standardized": "Standardized: minus the mean, divided by the deviation",
                }.__getitem__,
                horizontal=True,
            )
        if before is not None or on:
            state.choose_normalization(kind)
        normalizer = Normalizer.fit(kind, dataset.images)
        st.plotly_chart(
            figures.pixel_histograms(dataset.images, normalizer), config={"displayModeBar": False}
        )
        st.caption(
            f"To the network: {normalizer.describe()}. Whether this changes how it learns is for a "
            "run to show."
        )
    st.page_link("pages/train.py", label="Train on these digits", icon=":material/arrow_forward:")
