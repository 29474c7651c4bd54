"""A class session: students draw what they are asked, the teacher sees what a model reads."""

import streamlit as st

from resnet_app.classroom.session import read_code
from resnet_app.ui.guards import told_in_words
from resnet_app.ui.joining import show_student
from resnet_app.ui.page import open_page
from resnet_app.ui.teaching import offer_to_open, remembered_secret, show_teacher


def ask_for_code() -> None:
    """Students who have no link type the code."""
    with st.form("join"):
        typed = st.text_input("Code on the teacher's screen", max_chars=20, autocomplete="off")
        if st.form_submit_button("Join", icon=":material/login:"):
            with told_in_words():
                st.query_params["join"] = read_code(typed)
                st.rerun()


def show_entrance() -> None:
    """What a visitor sees who has neither a code nor a secret."""
    left, right = st.columns(2)
    with left:
        st.header("Join a class", anchor=False)
        ask_for_code()
    with right:
        st.header("Open a class session", anchor=False)
        st.markdown(
            "Your students draw digits on their phones, and you see live what the model reads. "
            "They need no account, and no names are asked for or kept."
        )
        offer_to_open()


open_page(keep_canvas="join" in st.query_params)
code = st.query_params.get("join")
if code:
    with told_in_words():
        show_student(code)
        st.stop()
    ask_for_code()
    st.stop()
st.title("Classroom")
secret = remembered_secret()
if secret:
    with told_in_words():
        show_teacher(secret)
        st.stop()
show_entrance()
