"""Inside a network: its drawing with a digit's way through it, maps, filters, a map of digits."""

import io
from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from resnet_app import figures
from resnet_app.predict import load_predictor
from resnet_app.results import pictures
from resnet_app.results.answers import kept_answers, results_folder
from resnet_app.results.answers import pictures as images_of
from resnet_app.results.drawing import draw_network, in_words, shape_in_words, title_of
from resnet_app.results.launch import trace
from resnet_app.results.network import (
    METHODS,
    Maps,
    Network,
    Step,
    kept_maps,
    kept_network,
    load_stages,
)
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.ui import canvas
from resnet_app.ui.chart import Sheet, show_pictures_chart
from resnet_app.ui.computing import compute
from resnet_app.ui.tiles import enlarged, show_pictures
from resnet_app.ui.visitor import may_read_images

Outputs = Mapping[str, NDArray[np.float32]]

_IN_A_ROW = 8
_SHEET_COLUMNS = 32
_NUMBER = "chosen_digit"
_WAYS = {"test": ":material/dataset: A test digit", "draw": ":material/draw: Draw one"}


def show_inside(run: Run) -> None:
    """All sections; the work on the network where it has not been read yet."""
    network = kept_network(run)
    if network is None:
        compute(f"network-{run.id}", lambda: trace(run), "the network and its maps")
        return
    maps = kept_maps(run)
    st.header("The way of a digit", anchor=False)
    st.markdown(
        "The network as it was stored, from the picture at the top to the ten probabilities at the "
        "bottom, with the shape of what each step gives. Beside each step: the four strongest maps "
        "of the chosen digit. A **residual block** computes a change in three convolutions; the "
        "orange line carries what came in past them, and at the ⊕ both are added."
    )
    left, right = st.columns([2, 3], gap="large")
    with left:
        image = _choose_digit(run, maps)
    outputs: Outputs = {} if image is None else load_stages(run).outputs(image)
    right.image(draw_network(network, outputs), alt=in_words(network), width=570)
    if outputs:
        _show_addition(network, outputs)
        _show_step(network, outputs)
    _show_filters(maps)
    _show_map(run, maps)


def _choose_digit(run: Run, maps: Maps) -> NDArray[np.uint8] | None:
    """(50, 50) uint8, as the network gets it: an image of the test or one's own drawing."""
    way = "draw"
    if len(maps.numbers) and may_read_images(run):
        st.session_state.setdefault("digit_way", "test")
        way = str(
            st.segmented_control(
                "Chosen digit",
                list(_WAYS),
                format_func=_WAYS.__getitem__,
                required=True,
                key="digit_way",
            )
        )
    image = _drawn_digit(run) if way == "draw" else _test_digit(run, maps)
    if image is not None:
        st.image(enlarged(image, 200), alt="The chosen digit", width=150)
        probabilities = load_predictor(run).probabilities(image[None])[0]
        digit = int(probabilities.argmax())
        st.markdown(f"It reads **{digit}**, {probabilities[digit]:.0%} sure.")
    return image


def _drawn_digit(run: Run) -> NDArray[np.uint8] | None:
    ink = canvas.draw_digit(24)
    st.button("Clear", icon=":material/delete:", on_click=canvas.clear)
    if ink is None:
        st.caption("Draw a digit, and its maps appear.")
        return None
    return run.framing().apply(ink, True)


def _test_digit(run: Run, maps: Maps) -> NDArray[np.uint8]:
    key = f"{_NUMBER}-{run.id}"
    known = maps.numbers.tolist()
    if st.session_state.get(key) not in known:
        answers = kept_answers(run)
        wrong = [] if answers is None else answers.worst(len(answers.labels)).tolist()
        worst = [] if answers is None else answers.numbers[wrong].tolist()
        st.session_state[key] = next((n for n in worst if n in set(known)), known[0])
    place = {number: index for index, number in enumerate(known)}
    number = st.selectbox(
        "Image of the test",
        known,
        format_func=lambda n: f"Image {n}, a {maps.labels[place[n]]}",
        key=key,
        persist_state="session",
        help="At first the worst mistake, if there is one. The map below chooses, too.",
    )
    return _image(run, number)


def _image(run: Run, number: int) -> NDArray[np.uint8]:
    return np.asarray(images_of(run, np.array([number], np.int64))[0])


def _show_addition(network: Network, outputs: Outputs) -> None:
    st.header("The addition in a residual block", anchor=False)
    blocks = {step.name: step for step in network.steps if step.is_block}
    if not blocks:
        st.caption("This network has no block in which something is added.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Block", list(blocks), format_func=lambda n: title_of(blocks[n]), key="block", width=200
        )
        output = outputs[name]
        channels = sorted(pictures.strongest(output, 6))
        channel = st.selectbox(
            "Map", channels, format_func=lambda c: f"Map {c + 1}", key=f"map-{name}", width=140,
            help="The six strongest maps of this block for the chosen digit.",
        )  # fmt: skip
    step = blocks[name]
    past = (
        "went through one convolution of its own, for it has another shape"
        if step.shortcut
        else "was kept as it is"
    )
    st.markdown(
        f"What came into the block {past}; three convolutions computed a change; the sum of both "
        "goes on, with what is below zero cut off. Layers need to learn only what must change, and "
        "training reaches the first layers through the line past the blocks, however deep it is."
    )
    parts = [outputs[f"{name}_kept"], outputs[f"{name}_change"], output]
    shown = [each[..., channel : channel + 1] for each in parts]
    top = max(float(np.abs(each).max()) for each in shown)
    captions = ("Came past the convolutions", "+ change computed", "= sum, below zero cut off")
    show_pictures(
        [pictures.signed_sheet(each, 1, 170, top) for each in shown],
        captions,
        [f"{caption}, map {channel + 1}" for caption in captions],
        170,
    )


def _show_step(network: Network, outputs: Outputs) -> None:
    st.header("All maps of one step", anchor=False)
    st.markdown(
        "Each map answers to one kind of pattern; early ones look like the digit, later ones are "
        "smaller and say only that something is there, and roughly where. Blue: above zero, "
        "orange: below, white: nothing."
    )
    steps = {step.name: step for step in network.steps if step.has_maps and step.name in outputs}
    name = st.selectbox(
        "Step", list(steps), format_func=lambda n: _named(steps[n]), key="step", width=320
    )
    maps = outputs[name]  # (h, w, C)
    silent = int((np.abs(maps).max((0, 1)) == 0).sum())
    st.caption(f"{silent} of {maps.shape[2]} maps are silent for this digit.")
    _show_sheets(maps, "Maps", 64)


def _named(step: Step) -> str:
    return f"{title_of(step)}: {shape_in_words(step.shape)}"


def _show_filters(maps: Maps) -> None:
    st.header("Filters of the first convolution", anchor=False)
    height, width, count = maps.filters.shape
    st.markdown(
        f"The {count} patterns of {height}×{width} pixels that the network looks for first, "
        "learned from the digits alone: blue wants ink, orange wants none."
    )
    _show_sheets(maps.filters, "Filters", 64)


def _show_sheets(maps: NDArray[np.float32], word: str, side: int) -> None:
    """(h, w, N) in rows of eight, two such rows beside each other where there is room."""
    top = float(np.abs(maps).max())
    with st.container(horizontal=True, gap="xsmall"):
        for first in range(0, maps.shape[2], _IN_A_ROW):
            shown = maps[..., first : first + _IN_A_ROW]
            st.image(
                pictures.signed_sheet(shown, _IN_A_ROW, side, top),
                alt=f"{word} {first + 1} to {first + shown.shape[2]}",
                width=8 * side,
            )


def _show_map(run: Run, maps: Maps) -> None:
    st.header("A map of the digits", anchor=False)
    if not may_read_images(run):
        st.caption("The test digits are those of the person who trained it.")
        return
    if not maps.places:
        st.caption("There are no test digits here that could be laid out.")
        return
    st.markdown(
        f"What the last layer gets to see of {len(maps.numbers):,} test digits, brought from many "
        "numbers to two. Digits that the network finds alike lie together; what lies among others "
        "is easily misread. Point at a digit to see its picture; **click it** to send it through "
        "the drawing above."
    )
    names = [name for name in METHODS if name in maps.places]
    method = st.segmented_control(
        "Method", names, format_func=METHODS.__getitem__, default=names[-1], required=True,
        key="map_method",
    )  # fmt: skip
    if method == "pca":
        st.caption(f"These two axes hold {maps.shares.sum():.0%} of all differences.")
    else:
        st.caption("Neighbours are kept together; distances between groups mean little.")
    key = f"{_NUMBER}-{run.id}"
    figure = pictures.feature_map(
        maps.places[method], maps.labels, _answered(run, maps), maps.numbers,
        st.session_state.get(key),
    )  # fmt: skip
    show_pictures_chart(
        figure,
        f"map-{run.id}-{method}",
        f"Test digits laid out by {METHODS[method]}; the list above names each of them",
        Sheet(_sheet(run.id, str(results_folder(run))), _SHEET_COLUMNS),
        lambda number: _take_point(number, key),
    )


@st.cache_data(max_entries=8, show_spinner=False)
def _sheet(run_id: str, model: str) -> bytes:
    """PNG of the digits of the map of this run's ``model``, in 16 greys: some 300 kB for 1,000."""
    run = runs.open_run(run_id)
    images = images_of(run, kept_maps(run).numbers)
    file = io.BytesIO()
    Image.fromarray(figures.contact_sheet(images, _SHEET_COLUMNS)).quantize(16).save(file, "PNG")
    return file.getvalue()


def _answered(run: Run, maps: Maps) -> NDArray[np.int64] | None:
    answers = kept_answers(run)
    if answers is None:
        return None
    places = np.searchsorted(answers.numbers, maps.numbers)
    digits: NDArray[np.int64] = answers.digits[places]
    return digits


def _take_point(number: int, key: str) -> None:
    st.session_state[key] = number
    st.session_state["digit_way"] = "test"
