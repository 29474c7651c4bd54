"""The teacher's side of a class session: opening it, what comes in live, and what to do with it."""

import time
from collections.abc import Callable
from functools import partial

import streamlit as st

from resnet_app import figures
from resnet_app.classroom import export, store
from resnet_app.classroom.links import is_local, join_link, network_addresses, qr_code
from resnet_app.classroom.results import ClassResults, Reader, count_results
from resnet_app.classroom.session import Contribution, Session
from resnet_app.config import CLASSES, MIN_IMAGES
from resnet_app.data import store as datasets
from resnet_app.drawings import MIN_TUNING
from resnet_app.errors import LabError, RunError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.training import launch
from resnet_app.ui import state
from resnet_app.ui.guards import plain, told_in_words
from resnet_app.ui.live import name_with_accuracy, show_run
from resnet_app.ui.page import tell
from resnet_app.ui.visitor import me

_SECRET, _PLACES = "classroom_secret", "classroom_places"
_POLL_SECONDS = 1.0
_TILES = 24
_STEADY_SECONDS = 0.7
"""A drawing that came to its place under the pointer so shortly ago was not meant."""

_ORDERS = {
    "arrival": ":material/schedule: As they arrive",
    "hardest": ":material/psychology_alt: Hardest first",
    "none": ":material/visibility_off: None",
}


def offer_to_open() -> None:
    """The form that opens a session and leads to its secret link."""
    readable = runs.readable(me())
    with st.form("open_session"):
        model = st.selectbox(
            "Model that reads", list(readable), format_func=lambda each: _describe(readable[each])
        )
        rival = st.selectbox(
            "Raced against it",
            [None, *readable],
            format_func=lambda each: _describe(readable[each]) if each else "No second model",
            help="Reads the same drawings. Students see both answers.",
        )
        asks = st.pills(
            "Digits to draw", range(CLASSES), selection_mode="multi", default=list(range(CLASSES))
        )
        if st.form_submit_button("Open the session", type="primary", icon=":material/co_present:"):
            with told_in_words():
                _, secret = store.open_session(model, rival, tuple(sorted(asks)), me())
                st.query_params["teach"] = secret
                st.rerun()


def _describe(run: Run) -> str:
    if run.id == runs.PRETRAINED:
        return "Comes with the app"
    return name_with_accuracy(run)


def remembered_secret() -> str | None:
    """The secret in the address, else this browser session's last one, put back there."""
    secret: str | None = st.query_params.get("teach") or st.session_state.get(_SECRET)
    if secret and st.query_params.get("teach") != secret:
        st.query_params["teach"] = secret
    return secret


def show_teacher(secret: str) -> None:
    """The teacher's page. Raises ``ClassroomError`` if the secret opens no session."""
    try:
        session = store.session_with_secret(secret)
    except LabError:
        st.session_state.pop(_SECRET, None)
        raise
    st.session_state[_SECRET] = secret
    left, right = st.columns([1, 2])
    with left:
        _show_way_in(session)
        _offer_to_end(session)
    with right:
        st.fragment(_show_live, run_every=_POLL_SECONDS if session.is_open else None)(secret)
    with told_in_words():
        _offer_drawings(session)
    if session.tuned is not None:
        with told_in_words():
            _show_before_and_after(session.tuned)


def _show_way_in(session: Session) -> None:
    """The code, its QR code and the link, as large as a class needs them."""
    if not session.is_open:
        st.info("Closed: no drawing is taken.", icon=":material/lock:")
    st.html(
        "<p style='margin:0; opacity:.7'>Code of this class</p>"
        "<p style='margin:0; font-size:3.6rem; line-height:1.1; letter-spacing:.08em; "
        f"font-weight:700; font-family:monospace'>{session.code}</p>"
    )
    page = st.context.url or ""
    host = _host_for_phones() if is_local(page) else None
    link = join_link(page, session, host)
    st.image(qr_code(link), width=300, alt=f"QR code of {link}")
    st.code(link, language=None, wrap_lines=True)
    st.caption(
        "The address of your own page holds the key to this session. Keep it to come back, and do "
        "not show it: hide the address bar (F11) where others see your screen."
    )


def _host_for_phones() -> str | None:
    """Choose the address by which phones reach this computer; say what else they need."""
    found = network_addresses()
    bound = st.get_option("server.address")
    if bound in ("localhost", "127.0.0.1", "::1") or not found:
        st.warning(
            "Phones cannot reach this page: "
            + (
                "the app was started for this computer alone. Start it without `--server.address`."
                if found
                else "this computer is in no network."
            ),
            icon=":material/wifi_off:",
        )
        return None
    host = found[0]
    if len(found) > 1:
        host = st.selectbox("This computer's address in the phones' network", found)
    st.caption(
        "You opened this page as *localhost*, which is this computer alone. The link has the "
        "computer's address instead: it works for phones in the same network, if the computer's "
        "firewall lets them in."
    )
    return host


def _offer_to_end(session: Session) -> None:
    with st.container(horizontal=True):
        label, icon = ("Close", "lock") if session.is_open else ("Open again", "lock_open")
        if st.button(label, icon=f":material/{icon}:"):
            with told_in_words():
                store.set_open(session, not session.is_open)
                st.rerun()
        if st.button(
            "Leave",
            icon=":material/logout:",
            help="The session goes on. The address that this page has now brings you back.",
        ):
            _leave()
            st.rerun()
        with st.popover("Delete", icon=":material/delete_forever:"):
            st.markdown("Deletes the session and all its drawings for good.")
            if st.button("Delete the session", type="primary"):
                with told_in_words():
                    store.delete(session)
                    _leave()
                    tell("The session and its drawings are deleted.")
                    st.rerun()


def _leave() -> None:
    st.session_state.pop(_SECRET, None)
    st.query_params.clear()


def _show_live(secret: str) -> None:
    """What has come in so far, looked at again each second while the session is open."""
    with told_in_words():
        session = store.session_with_secret(secret)
        results = count_results(session)
        _show_figures(session, results)
        if results.handed_in:
            _show_drawings(session, results)


def _show_figures(session: Session, results: ClassResults) -> None:
    columns = st.columns(4 if results.rival else 3)
    columns[0].metric("Drawings", results.kept, help=_explain_count(results))
    columns[1].metric("Students", results.students)
    readers = {"Accuracy": results.model}
    if results.rival is not None:
        readers = {"First model": results.model, "Second model": results.rival}
    for column, (label, reader) in zip(columns[2:], readers.items(), strict=True):
        with column:
            _show_accuracy(label, reader, results.rival is not None)
    if not results.kept:
        st.info("Drawings appear here as they are handed in.", icon=":material/hourglass_empty:")
        return
    left, right = st.columns(2)
    evaluation = results.model.evaluation
    left.plotly_chart(
        figures.confusion_matrix(evaluation, "Asked digit"),
        key=f"class-confusion-{session.id}",
        config={"displayModeBar": False},
        alt=f"Confusion matrix of {evaluation.count} drawings",
    )
    rival = results.rival.evaluation if results.rival else None
    right.plotly_chart(
        figures.digit_bars(evaluation, rival),
        key=f"class-digits-{session.id}",
        config={"displayModeBar": False},
        alt="Share read right: "
        + ", ".join(
            f"{digit}: {share:.0%}"
            for digit, share in enumerate(evaluation.per_class())
            if share is not None
        ),
    )


def _explain_count(results: ClassResults) -> str:
    return f"{results.handed_in} handed in, {results.removed} of them removed."


def _show_accuracy(label: str, reader: Reader, raced: bool) -> None:
    evaluation = reader.evaluation
    right = int(evaluation.confusion.trace())
    st.metric(
        label,
        f"{evaluation.accuracy:.1%}" if evaluation.count else "–",
        help="Share of the drawings in which the asked digit is the likeliest. "
        "Where the model is not sure, its best guess counts.",
    )
    words = f"{right} of {evaluation.count} right; not sure of {reader.unsure}"
    st.caption(words + (f"; {reader.alone} right alone" if raced else ""))


def _show_drawings(session: Session, results: ClassResults) -> None:
    """The drawings themselves, each with a button that removes it."""
    order = st.segmented_control(
        "Drawings",
        list(_ORDERS),
        format_func=_ORDERS.__getitem__,
        default="arrival",
        required=True,
        key="class_order",
        persist_state="session",
    )
    if order == "none":
        return
    pages = -(-results.handed_in // _TILES) if order == "arrival" else 1
    begin = (_choose_page(session, pages) - 1) * _TILES
    shown = store.contributions(session, order, _TILES, begin)
    steady = _note_places(shown)
    with st.container(horizontal=True):
        for contribution in shown:
            _show_tile(session, contribution, steady)


def _choose_page(session: Session, pages: int) -> int:
    """The page of drawings: the newest until somebody turns to another."""
    if pages == 1:
        return 1
    remembered = f"class-page-{session.id}"
    chosen = st.session_state.get(remembered) or pages
    page = st.pagination(pages, default=chosen, key=f"{remembered}-of-{pages}")
    st.session_state[remembered] = None if page == pages else page
    return page


def _note_places(shown: tuple[Contribution, ...]) -> Callable[[int], bool]:
    """Since when each drawing is where it is; whether a click on one is meant for it."""
    now = time.monotonic()
    before = st.session_state.get(_PLACES, {})
    places = {
        each.id: before[each.id] if before.get(each.id, (-1, 0))[0] == place else (place, now)
        for place, each in enumerate(shown)
    }
    st.session_state[_PLACES] = places
    return lambda number: time.monotonic() - places[number][1] >= _STEADY_SECONDS


def _show_tile(session: Session, contribution: Contribution, steady: Callable[[int], bool]) -> None:
    read = str(contribution.answer) if contribution.sure else "not sure"
    if contribution.rival is not None:
        read += f" / {contribution.rival}"
    with st.container(width=104, border=True, gap="xsmall"):
        if contribution.hidden:
            st.caption("Removed")
            return
        words = f"{contribution.asked}, read {read}"
        st.image(contribution.png, caption=words, alt=words, width="stretch")
        st.button(
            "Remove",
            key=f"remove-{contribution.id}",
            type="tertiary",
            width="stretch",
            on_click=_remove,
            args=(session, contribution.id, steady),
        )


def _remove(session: Session, number: int, steady: Callable[[int], bool]) -> None:
    if not steady(number):
        st.toast("The drawings had just moved. Click again.", icon=":material/touch_app:")
        return
    with told_in_words():
        store.remove(session, number)


def _offer_drawings(session: Session) -> None:
    """Download the drawings, train on them, fine-tune on them."""
    st.header("Use the drawings", anchor=False)
    st.caption(
        f"Training needs {MIN_IMAGES} drawings, fine-tuning {MIN_TUNING}. From "
        f"{export.MIN_STUDENTS} students on, a third of the students is held back: none of their "
        "drawings trains, so they tell what the class's own drawings did for others."
    )
    with st.container(horizontal=True):
        fine_tune = st.button("Fine-tune the model", type="primary", icon=":material/tune:")
        keep = st.button("Make a data set", icon=":material/dataset:")
        for kind, pack in (("npz", export.as_npz), ("zip", export.as_zip)):
            st.download_button(
                f"Download .{kind}",
                partial(pack, session),
                f"class-{session.code}.{kind}",
                on_click="ignore",
                icon=":material/download:",
            )
    if fine_tune:
        store.note_tuned(session, launch.fine_tune_on_class(session, me()).id)
        st.rerun()
    if keep:
        state.choose_dataset(datasets.save(export.as_dataset(session), me()))
        st.switch_page("pages/train.py")


def _show_before_and_after(run_id: str) -> None:
    """What fine-tuning on the class did, as the run goes on and when it has ended."""
    try:
        run = runs.open_run(run_id)
    except RunError:
        return
    st.header("Before and after", anchor=False)
    tuning = run.tuning()
    if tuning is not None:
        held_back = tuning.held_back
        what = f"{held_back.count} drawings held back"
        before, after, others = st.columns(3)
        before.metric(f"Before, {what}", f"{held_back.before / held_back.count:.1%}")
        after.metric(
            f"After, {what}",
            f"{held_back.after / held_back.count:.1%}",
            f"{held_back.after - held_back.before:+d} drawings",
        )
        others.metric(
            f"Other digits, {tuning.others.count:,} {plain(tuning.others_name)}",
            f"{tuning.others.after / tuning.others.count:.1%}",
            f"{tuning.others.after - tuning.others.before:+d} digits",
        )
    show_run(run)
