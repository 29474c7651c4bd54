"""A place in the queue, in words, and leaving it."""

import streamlit as st

from resnet_app.runs import pace
from resnet_app.runs.run import Run
from resnet_app.training import queue
from resnet_app.training.queue import Place
from resnet_app.ui.visitor import is_mine

_ORDINALS = (
    "next", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip


def show_waiting(run: Run) -> None:
    """Where ``run`` stands in line, with a button to leave it; begins what can begin."""
    queue.keep_going()  # where another program served the queue, it may have ended
    place = queue.place_of(run.id)
    mine = is_mine(run)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/hourglass_empty: {place_in_words(place, mine)}", width="stretch")
        if mine:
            st.button(
                "Leave the queue",
                icon=":material/close:",
                key=f"leave-{run.id}",
                on_click=queue.cancel,
                args=(run,),
                help="The run is not begun. You may also close the page: its place is kept.",
            )


def place_in_words(place: Place | None, mine: bool = True) -> str:
    """Such as ``**You are third**, about 2 minutes``; only what is known."""
    who = "You are" if mine else "This run is"
    if place is None:
        return "**It begins now.**"
    if place.lacks_memory:
        return f"**{who} next.** There is too little memory just now; it begins when there is."
    words = f"**{who} {_ordinal(place.number)}**"
    if place.seconds is None:
        return f"{words} in line."
    return f"{words}, {pace.in_words(place.seconds)}."


def _ordinal(number: int) -> str:
    """``next``, ``second`` … ``tenth``, ``11th`` … ``21st``."""
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
