"""The lines that make one's own Keras script a run of this app."""

import streamlit as st

LINES = """from resnet_app import RunLogger

model.fit(..., callbacks=[RunLogger("my-run")])"""


def show_script_lines() -> None:
    """How to bring a run of one's own here."""
    with st.expander("Your own Keras script", icon=":material/code:"):
        st.markdown(
            "Two lines write a run that is listed here, whatever the model and the loss. Run the "
            "script with this project on Python's path; what cannot be known of your program is "
            "left out, not invented."
        )
        st.code(LINES, language="python", wrap_lines=True)
