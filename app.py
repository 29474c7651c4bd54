"""ResNet Digit Lab: ``streamlit run app.py``."""

import streamlit as st

st.set_page_config(page_title="ResNet Digit Lab", page_icon=":material/draw:", layout="wide")
st.navigation(
    [
        st.Page("pages/start.py", title="Start", icon=":material/home:", default=True),
        st.Page("pages/data.py", title="Data", icon=":material/dataset:"),
        st.Page("pages/train.py", title="Train", icon=":material/show_chart:"),
        st.Page("pages/results.py", title="Results", icon=":material/insights:"),
        st.Page("pages/diagnose.py", title="Diagnose", icon=":material/stethoscope:"),
        st.Page("pages/break_it.py", title="Break it", icon=":material/casino:"),
        st.Page("pages/question.py", title="The question", icon=":material/science:"),
        st.Page("pages/draw.py", title="Draw", icon=":material/draw:"),
        st.Page("pages/classroom.py", title="Classroom", icon=":material/co_present:"),
    ],
    # Students who follow a class's link have nothing to look for on the other pages.
    position="hidden" if "join" in st.query_params else "top",
).run()
