"""How files were understood, shown with pictures, and changed by a person where it is wrong."""

from collections.abc import Mapping

import streamlit as st

from resnet_app import figures
from resnet_app.config import CLASSES
from resnet_app.data.dataset import Images
from resnet_app.data.interpret import EXAMPLES
from resnet_app.data.source import Choices, LabelValue, Option, Question, Reading
from resnet_app.ui import upload
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.upload import Intake

_DIGITS: tuple[int | None, ...] = (*range(CLASSES), None)
_LISTED = 12
_PICTURE = 26
"""Width in the page's pixels; with it, a row fits a phone."""

_SCROLLED = 14
"""Labels from which the list gets a bar of its own."""


def ask(intake: Intake) -> None:
    """Show what the files do not tell, and how it would be taken; read again with the answers."""
    assert intake.reading is not None
    with st.container(border=True):
        st.header("How are these files meant?", anchor=False)
        _show_recognised(intake.reading)
        _show_choices(intake)


def explain(intake: Intake) -> None:
    """Say how the files were understood, and let it be changed."""
    assert intake.reading is not None
    st.caption(plain(f"{_looks_in_words(intake.reading)} {_labels_in_words(intake.reading)}"))
    with st.expander("Read it differently", icon=":material/tune:"):
        _show_choices(intake)


def _show_recognised(reading: Reading) -> None:
    st.markdown(f"**Recognised:** {plain(reading.recognised)}")
    st.caption(plain(" ".join((*reading.notes, _looks_in_words(reading)))))


def _looks_in_words(reading: Reading) -> str:
    """Ink and orientation as they were taken."""
    choices = reading.choices
    ink = "dark on light, swapped here" if choices.invert else "light on dark, as in the files"
    turned = "rows and columns swapped here" if choices.transpose else "as in the files"
    return f"Ink: {ink}. Orientation: {turned}."


def _labels_in_words(reading: Reading) -> str:
    place = reading.choices.label_source
    return f"Labels{f' (from {place})' if place else ''}: {_mapping(reading.label_values)}."


def _mapping(values: tuple[LabelValue, ...]) -> str:
    changed = [value for value in values if value.text != str(value.digit)]
    if not changed:
        return "the digits as they are"
    words = [
        f"{value.text} → {'left out' if value.digit is None else value.digit}" for value in changed
    ]
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return ", ".join(words[:_LISTED]) + more


@st.fragment
def _show_choices(intake: Intake) -> None:
    reading = intake.reading
    assert reading is not None
    questions = {question.field: question for question in reading.questions}
    key = f"reading-{id(intake)}-{intake.turn}"
    place = _choose_place(reading, questions.get("label_source"), key)
    with st.container(horizontal=True, gap="medium"):
        invert = _choose_ink(reading, key)
        transpose = _choose_axes(reading, questions.get("transpose"), key)
    if place == reading.choices.label_source:
        digits: Mapping[str, int | None] | None = _choose_digits(
            intake, questions.get("digits"), invert, transpose, key
        )
    else:
        st.info("The labels found there are shown once they have been read.")
        digits = None
    with st.container(horizontal=True):
        if st.button("Use these digits", type="primary", key=f"{key}-use"):
            with told_in_words():
                intake.begin(Choices(place, digits, invert, transpose))
                st.rerun()
        if questions and st.button("Never mind", key=f"{key}-drop"):
            upload.drop()
            st.rerun()


def _choose_place(reading: Reading, question: Question | None, key: str) -> str | None:
    """Where the labels are."""
    if question is not None:
        return str(_answer(question, f"{key}-place").value)
    used, places = reading.choices.label_source, list(reading.label_sources)
    if len(places) < 2 or used not in places:
        return used
    place: str = st.selectbox(
        "Where the labels are",
        places,
        places.index(used),
        key=f"{key}-place",
        persist_state="page",
    )
    return place


def _choose_ink(reading: Reading, key: str) -> bool:
    """Whether to swap light and dark."""
    return st.toggle(
        "Swap light and dark",
        bool(reading.choices.invert),
        key=f"{key}-invert",
        persist_state="page",
        help="Ink should be light on a dark ground below.",
    )


def _choose_axes(reading: Reading, question: Question | None, key: str) -> bool:
    """Whether to swap rows and columns."""
    if question is None:
        return st.toggle(
            "Swap rows and columns",
            bool(reading.choices.transpose),
            key=f"{key}-axes",
            persist_state="page",
            help="The digits should stand upright below.",
        )
    return bool(_answer(question, f"{key}-axes").value)


def _answer(question: Question, key: str) -> Option:
    """One of the question's options."""
    options = question.options
    chosen = st.radio(
        plain(question.text),
        range(len(options)),
        format_func=lambda index: plain(options[index].label),
        key=key,
        persist_state="page",
    )
    return options[chosen or 0]


def _choose_digits(
    intake: Intake, question: Question | None, invert: bool, transpose: bool, key: str
) -> dict[str, int | None]:
    """The digit for each label, beside its pictures as they would look."""
    reading, examples = intake.reading, intake.examples
    assert reading is not None and examples is not None
    proposed = {value.text: value.digit for value in reading.label_values}
    if question is not None and len(question.options) > 1:
        option = _answer(question, f"{key}-digits")
        proposed = dict(option.value)
        key += f"-{question.options.index(option)}"
    elif question is not None:
        st.markdown(plain(question.text))
    if invert != bool(reading.choices.invert):
        examples = 255 - examples
    if transpose != bool(reading.choices.transpose):
        examples = examples.swapaxes(2, 3)
    many = len(reading.label_values) > _SCROLLED
    digits = {}
    with st.container(height=480 if many else "content", border=many, gap="xsmall"):
        for row, value in enumerate(reading.label_values):
            pictures = examples[row, : value.count]
            digits[value.text] = _choose_digit(
                value, pictures, proposed.get(value.text), f"{key}-{row}"
            )
    used = sum(v.count for v in reading.label_values if digits[v.text] is not None)
    total = sum(value.count for value in reading.label_values)
    st.caption(f"{used:,} images are used, {total - used:,} left out.")
    return digits


def _choose_digit(
    value: LabelValue, pictures: Images, proposed: int | None, key: str
) -> int | None:
    """A row: label, count, pictures, and the digit that it becomes."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        with st.container(width=64, gap=None):
            st.markdown(f"**{plain(value.text)}**")
            st.caption(f"{value.count:,} image" + ("" if value.count == 1 else "s"))
        with st.container(width=_PICTURE * EXAMPLES):
            st.image(
                figures.contact_sheet(pictures, len(pictures)),
                width=_PICTURE * len(pictures),
                alt=f"Examples labelled {value.text}",
            )
        with st.container(width=110):
            digit: int | None = st.selectbox(
                f"Digit for {value.text}",  # heard, never shown
                _DIGITS,
                _DIGITS.index(proposed),
                required=True,
                format_func=lambda digit: "leave out" if digit is None else str(digit),
                key=key,
                persist_state="page",
                label_visibility="collapsed",
            )
    return digit
