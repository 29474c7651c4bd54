"""Draw a digit and see what a trained network reads, and why."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from resnet_app import drawings
from resnet_app.config import CLASSES, MIN_IMAGES
from resnet_app.data import store as datasets
from resnet_app.data.generator import write
from resnet_app.predict import load_predictor
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.strokes import CANVAS, draw_strokes, place_strokes
from resnet_app.training import launch, workers
from resnet_app.ui import canvas, state
from resnet_app.ui.guards import told_in_words
from resnet_app.ui.live import name_with_accuracy, show_run
from resnet_app.ui.page import open_page
from resnet_app.ui.picture import take_picture
from resnet_app.ui.reading import show_reading
from resnet_app.ui.visitor import me

Ink = NDArray[np.uint8]
WAYS = {
    "draw": ":material/draw: Draw",
    "sample": ":material/casino: Sample",
    "picture": ":material/image: Picture",
}


def describe(run: Run) -> str:
    """One line for the list of models."""
    if run.id == runs.PRETRAINED:
        return "Comes with the app: trained on scanned digits and pen strokes"
    return name_with_accuracy(run)


def take_tuned(readable: dict[str, Run]) -> None:
    """Ask a model that was just fine-tuned here, beside the one that it went on from."""
    tuned = readable.get(st.session_state.get("tuning_awaited", ""))
    if tuned is not None:
        del st.session_state["tuning_awaited"]
        st.session_state["model"] = st.session_state["draw_wanted"] = tuned.id
        st.session_state["beside"] = tuned.parent


def pick_models(readable: dict[str, Run]) -> list[Run]:
    """The model to ask and, if wanted, a second; a run just trained or linked to comes first."""
    take_tuned(readable)
    wanted = None
    with told_in_words():
        wanted = state.chosen_run()
    if wanted and wanted.is_readable():
        readable.setdefault(wanted.id, wanted)  # somebody else's, by its link
    if wanted and wanted.id in readable and st.session_state.get("draw_wanted") != wanted.id:
        st.session_state["draw_wanted"] = st.session_state["model"] = wanted.id
    if st.session_state.get("model") not in readable:
        st.session_state["model"] = next(iter(readable))
    left, right = st.columns(2)
    picked = left.selectbox(
        "Model",
        list(readable),
        format_func=lambda run_id: describe(readable[run_id]),
        key="model",
        persist_state="session",
    )
    if picked != runs.PRETRAINED:
        state.choose_run(readable[picked])
        st.session_state["draw_wanted"] = picked
    others = [run_id for run_id in readable if run_id != picked]
    if not others:
        return [readable[picked]]
    if st.session_state.get("beside") not in others:
        st.session_state["beside"] = None
    second = right.selectbox(
        "Beside it",
        [None, *others],
        format_func=lambda run_id: describe(readable[run_id]) if run_id else "No second model",
        key="beside",
        persist_state="session",
    )
    return [readable[run_id] for run_id in (picked, second) if run_id]


def take_ink() -> Ink | None:
    """The drawing by mouse or finger, a sample, or a picture's ink; None while there is none."""
    way = st.segmented_control(
        "Digit",
        list(WAYS),
        format_func=WAYS.__getitem__,
        default="draw",
        required=True,
        key="way",
        persist_state="session",
    )
    if way == "sample":
        return take_sample()
    if way == "picture":
        return take_picture()
    pen = st.slider("Pen width", 6, 40, 24, key="pen", persist_state="session")
    ink = canvas.draw_digit(pen)
    st.button("Clear", icon=":material/delete:", on_click=canvas.clear)
    return ink


def take_sample() -> Ink | None:
    """A written digit for those who cannot draw; another number gives another hand."""
    chosen = st.segmented_control("Which digit", list(range(CLASSES)), key="sample", default=4)
    seed = int(st.number_input("Sample number", 0, 10**6, 0, key="sample_number"))
    if chosen is None:
        return None
    size = 0.75 * CANVAS
    ink = draw_strokes(place_strokes(write(chosen, seed), size), 24)
    st.image(255 - ink, caption=f"A written {chosen}", alt=f"A written {chosen}", width=300)
    return ink


def keep_drawing(ink: Ink, answer: int) -> None:
    """It was a …: keep the drawing with its right label."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        digit = st.selectbox("It was a …", list(range(CLASSES)), answer, width=120)
        if st.button("Keep it", icon=":material/bookmark_add:"):
            drawings.keep(ink, digit, me())
            st.toast(f"Kept as a {digit}.", icon=":material/check:")
            st.rerun()


@st.fragment
def read_drawing(models: list[Run]) -> None:
    """The digit, what each model sees and answers; a stroke reruns only this."""
    left, right = st.columns([5, 7])
    ink = None
    with left, told_in_words():
        ink = take_ink()
    with right, told_in_words():
        if ink is None:
            st.info("Draw a digit from 0 to 9.", icon=":material/draw:")
            return
        panels, switch = st.columns(len(models)), st.container()
        with switch:  # shown below the panels, yet they need its answer
            fitted = choose_framing()
        answers = []
        for panel, run in zip(panels, models, strict=True):
            with panel:
                if len(models) > 1:
                    st.markdown(f"**{describe(run)}**")
                answers.append(show_reading(run, ink, fitted, len(models) > 1).digit)
        keep_drawing(ink, answers[0])


def choose_framing() -> bool:
    """Whether drawings are fitted; else the whole canvas is made smaller."""
    return st.toggle(
        "Fit to the training digits",
        True,
        key="fitted",
        persist_state="session",
        help="Brings the drawing to the size, place and pen of the digits that the model was "
        "trained on. Off: the whole canvas is made smaller as it is.",
    )


def show_own_drawings(run: Run) -> None:
    """The kept drawings: look, test, export, train."""
    kept = drawings.listing(me())
    with st.expander(f"Your drawings, {len(kept)}", icon=":material/bookmarks:"):
        if not kept:
            st.caption("Keep a drawing with its right digit, and it appears here.")
            return
        if len(kept) >= drawings.MIN_TUNING:
            workers.warm_up(None)
        predictor = load_predictor(run)
        images, labels = drawings.framed(kept, predictor.framing)
        answers = predictor.probabilities(images).argmax(1)
        right = int((answers == labels).sum())
        st.markdown(f"{describe(run)}: reads **{right} of {len(kept)}** right.")
        st.image(
            list(images[:40]),
            caption=[f"{d}, read {a}" for d, a in zip(labels[:40], answers[:40], strict=True)],
            width=72,
        )
        with st.container(horizontal=True):
            st.download_button(
                "Export as .npz",
                lambda: drawings.export(kept, predictor.framing),
                "drawings.npz",
                on_click="ignore",
                icon=":material/download:",
            )
            if st.button("Forget the newest", icon=":material/undo:"):
                drawings.forget(kept[0])
                st.rerun()
            if st.button(
                "Fine-tune the model on them",
                type="primary",
                icon=":material/tune:",
                disabled=len(kept) < drawings.MIN_TUNING,
                help=f"From {drawings.MIN_TUNING} drawings on. Makes a new model; a third of the "
                "drawings are held back to see what it did.",
            ):
                tuned = launch.fine_tune(run, me())
                st.session_state["tuning"] = st.session_state["tuning_awaited"] = tuned.id
                st.rerun()
            if st.button(
                "Train on them",
                icon=":material/play_arrow:",
                disabled=len(kept) < MIN_IMAGES,
                help=f"From {MIN_IMAGES} drawings on.",
            ):
                state.choose_dataset(
                    datasets.save(drawings.as_dataset(kept, predictor.framing), me())
                )
                st.switch_page("pages/train.py")


def show_tuning() -> None:
    """The fine-tuning that this session began last: as it goes on, then what it did."""
    tuned = st.session_state.get("tuning")
    if tuned is not None:
        st.header("Fine-tuning")
        show_run(runs.open_run(tuned))


open_page(keep_canvas=True)
st.title("Draw")
chosen_models = pick_models(runs.readable(me()))
read_drawing(chosen_models)
with told_in_words():
    show_own_drawings(chosen_models[0])
with told_in_words():
    show_tuning()
