"""Both sides of a class session, with a canvas that a test fills."""

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from resnet_app.classroom import store
from resnet_app.classroom.results import count_results
from resnet_app.classroom.session import Session, new_student, next_digit
from resnet_app.data import store as datasets
from resnet_app.errors import DataError, LimitError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.ui import joining
from resnet_app.ui.canvas import read_ink
from tests.pages.conftest import _PROJECT, button, words
from tests.pages.test_draw_page import drawn
from tests.unit.test_classroom import drawn as kept_drawing
from tests.unit.test_classroom import fill

HOSTILE = ("../../x", "<script>alert(1)</script>", "' OR 1=1 --", "x" * 5000, "**bold** $a$ :fire:")


def open_classroom(**query: str) -> AppTest:
    app = AppTest.from_file(str(_PROJECT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/classroom.py").run()
    assert not app.exception
    return app


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> dict:
    """What the canvas holds; clearing empties it."""
    held: dict = {"ink": None}
    monkeypatch.setattr("resnet_app.ui.canvas.draw_digit", lambda pen: held["ink"])
    monkeypatch.setattr("resnet_app.ui.canvas.clear", lambda: held.update(ink=None))
    return held


@pytest.fixture
def session() -> tuple[Session, str]:
    return store.open_session(runs.PRETRAINED)


def address(app: AppTest, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def big_print(app: AppTest) -> str:
    return " ".join(each.proto.body for each in app.get("html"))


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_a_student_draws_what_is_asked_hands_it_in_and_sees_what_is_read(canvas: dict, session):
    app = open_classroom(join=session[0].code.lower())
    student = address(app, "me")
    for turn in range(2):
        asked = next_digit(session[0], student, turn)
        assert app.header[0].value == f"Draw {'an' if asked == 8 else 'a'} {asked}"
        canvas["ink"] = drawn(asked)
        button(app, "Hand in").click().run()
        assert not app.exception and not app.error
        assert f"The model reads **{asked}**" in app.success[0].value
        assert canvas["ink"] is None
        assert f"You have handed in {turn + 1}." in words(app)
    again = open_classroom(join=session[0].code, me=student)
    assert "You have handed in 2." in words(again)
    assert again.header[0].value.endswith(str(next_digit(session[0], student, 2)))
    another = open_classroom(join=session[0].code)
    assert address(another, "me") != student


def test_a_second_tap_on_the_button_is_no_mistake(canvas: dict, session, monkeypatch):
    monkeypatch.setattr(joining, "_TWICE_SECONDS", 60.0)  # however slow the machine is
    app = open_classroom(join=session[0].code)
    canvas["ink"] = drawn(4)
    for _ in range(2):
        button(app, "Hand in").click().run()
        assert not app.error
    assert count_results(session[0]).handed_in == 1


def test_two_models_answer_a_student(canvas: dict, bars, tmp_path):
    copied = copy_pretrained(bars)
    session, _ = store.open_session(runs.PRETRAINED, copied.id, (5,))
    app = open_classroom(join=session.code)
    canvas["ink"] = drawn(5)
    button(app, "Hand in").click().run()
    assert "The second model reads **5**" in words(app)


def copy_pretrained(bars) -> Run:
    run = runs.create(runs.pretrained().config, datasets.save(bars), "Copied")
    for file in runs.pretrained().directory.iterdir():
        if file.name != "config.json":
            (run.directory / file.name).write_bytes(file.read_bytes())
    return run


def test_a_slow_phones_first_stroke_is_waited_for(canvas: dict, session, monkeypatch):
    monkeypatch.setattr(joining, "_LATEST_SECONDS", 60.0)  # however slow the machine is
    app = open_classroom(join=session[0].code)
    asked = next_digit(session[0], address(app, "me"), 0)
    nothing_yet = iter([None] * 6)
    monkeypatch.setattr(
        "resnet_app.ui.canvas.draw_digit", lambda pen: next(nothing_yet, drawn(asked))
    )
    button(app, "Hand in").click().run()
    assert not app.exception and not app.error
    assert "You have handed in 1." in words(app)


def test_what_cannot_be_handed_in_is_told_and_the_drawing_stays(
    canvas: dict, session, monkeypatch: pytest.MonkeyPatch
):
    app = open_classroom(join=session[0].code)
    button(app, "Hand in").click().run()
    assert "nothing to hand in yet" in app.error[0].value
    monkeypatch.setattr(store, "MAX_A_MINUTE", 0)
    canvas["ink"] = drawn(4)
    button(app, "Hand in").click().run()
    assert "Wait a moment" in app.error[0].value
    assert canvas["ink"] is not None
    scribble = np.zeros((400, 400), np.uint8)
    scribble[100:300:6] = 255
    monkeypatch.setattr(store, "MAX_A_MINUTE", 9)
    canvas["ink"] = scribble
    button(app, "Hand in").click().run()
    assert not app.error
    assert len(app.info) + len(app.success) + len(app.warning) == 1


def test_closed_and_unknown_sessions_are_told_in_words(canvas: dict, session):
    app = open_classroom(join=session[0].code)
    store.set_open(session[0], False)
    app.run()
    assert "closed this class session" in app.info[0].value
    assert not [each for each in app.button if each.label == "Hand in"]
    store.delete(session[0])
    app.run()
    assert "no class with this code" in app.error[0].value
    assert app.text_input[0].label == "Code on the teacher's screen"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_address_is_neutral(canvas: dict, text: str):
    for name in ("join", "teach"):
        app = open_classroom(**{name: text})
        (error,) = app.error
        assert "Received: " in error.value and len(error.value) < 400
        assert "<script>" not in error.value and "**bold**" not in error.value
    session, _ = store.open_session(runs.PRETRAINED)
    app = open_classroom(join=session.code, me=text)
    assert not app.error
    assert address(app, "me") != text


def test_a_typed_code_leads_to_the_session(canvas: dict, session):
    app = open_classroom()
    app.text_input[0].set_value("CDF")
    button(app, "Join").click().run()
    assert "A code has 6" in app.error[0].value
    code = session[0].code.lower()
    app.text_input[0].set_value(f"{code[:3]} {code[3:]}")
    button(app, "Join").click().run()
    assert not app.error
    assert app.header[0].value.startswith("Draw a")


def test_a_teacher_opens_a_session_and_sees_what_comes_in():
    app = open_classroom()
    button(app, "Open the session").click().run()
    assert not app.exception and not app.error
    secret = address(app, "teach")
    session = store.session_with_secret(secret)
    assert (session.model, session.rival, session.asks) == (runs.PRETRAINED, None, tuple(range(10)))
    assert session.code in big_print(app)
    assert f"join={session.code}" in app.code[0].value
    assert secret not in app.code[0].value
    assert "Drawings appear here" in words(app)
    student = new_student()
    for read in (4, 4, 9):
        store.hand_in(session, student, kept_drawing(4, read))
    app.run()
    assert metrics(app) == {"Drawings": "3", "Students": "1", "Accuracy": "66.7%"}
    assert "2 of 3 right; not sure of 0" in words(app)
    assert len(app.get("plotly_chart")) == 2
    app.switch_page("pages/draw.py").run()
    app.switch_page("pages/classroom.py").run()  # a page switch forgets the address, not who I am
    assert address(app, "teach") == secret
    assert metrics(app)["Drawings"] == "3"


def test_one_click_removes_a_drawing_but_not_one_that_has_just_moved_there(
    session, monkeypatch: pytest.MonkeyPatch
):
    student = new_student()
    for read in (4, 9, 9):
        store.hand_in(session[0], student, kept_drawing(4, read))
    monkeypatch.setattr("resnet_app.ui.teaching._STEADY_SECONDS", 1000)
    app = open_classroom(teach=session[1])
    removing = [each for each in app.button if each.label == "Remove"]
    assert len(removing) == 3
    removing[1].click().run()
    assert count_results(session[0]).removed == 0
    assert "just moved" in app.toast[0].value
    monkeypatch.setattr("resnet_app.ui.teaching._STEADY_SECONDS", 0)
    [each for each in app.button if each.label == "Remove"][1].click().run()
    assert count_results(session[0]).removed == 1
    assert metrics(app)["Drawings"] == "2"
    assert len([each for each in app.button if each.label == "Remove"]) == 2
    assert "Removed" in words(app)
    app.segmented_control[0].set_value("none").run()
    assert not [each for each in app.button if each.label == "Remove"]


def test_the_newest_page_of_drawings_is_shown_until_another_is_chosen(session):
    def removable(app: AppTest) -> int:
        return len([each for each in app.button if each.label == "Remove"])

    fill(session[0], students=3, each=10)
    app = open_classroom(teach=session[1])
    assert removable(app) == 6
    fill(session[0], students=2, each=10)  # a third page begins, and comes by itself
    app.run()
    assert removable(app) == 2
    app.session_state[f"class-page-{session[0].id}"] = 1
    fill(session[0], students=3, each=10)
    app.run()
    app.run()
    assert removable(app) == 24
    app.segmented_control[0].set_value("hardest").run()
    assert not app.exception
    assert removable(app) == 24


def test_a_session_is_closed_opened_again_and_deleted(session):
    app = open_classroom(teach=session[1])
    button(app, "Close").click().run()
    assert not store.session_with_secret(session[1]).is_open
    assert "Closed: no drawing is taken" in words(app)
    button(app, "Open again").click().run()
    assert store.session_with_secret(session[1]).is_open
    button(app, "Delete the session").click().run()
    assert not app.exception and not app.error
    assert "teach" not in app.query_params
    assert button(app, "Open the session")
    gone = open_classroom(teach=session[1])
    assert "opens no class session" in gone.error[0].value


def test_the_drawings_become_a_data_set_and_too_few_are_told(session):
    app = open_classroom(teach=session[1])
    for label in ("Make a data set", "Fine-tune the model"):
        button(app, label).click().run()
        assert "Received: 0" in app.error[0].value
    fill(session[0], students=6, each=13)
    button(app, "Make a data set").click().run()
    assert not app.exception and not app.error
    (stored,) = datasets.listing()
    assert stored.name == f"Class {session[0].code}, 78 drawings"
    assert (stored.count, stored.test_count) == (52, 26)


def test_fine_tuning_starts_from_the_sessions_model_and_is_found_again(
    session, monkeypatch: pytest.MonkeyPatch
):
    fill(session[0], students=6, each=3)
    begun: list[Run] = []

    def begin(create) -> Run:
        begun.append(create())
        return begun[0]

    monkeypatch.setattr("resnet_app.training.launch._begin", begin)
    app = open_classroom(teach=session[1])
    button(app, "Fine-tune the model").click().run()
    assert not app.exception and not app.error
    assert (begun[0].parent, begun[0].classroom) == (runs.PRETRAINED, session[0].id)
    assert store.session_with_secret(session[1]).tuned == begun[0].id
    assert "18 drawings of a class" in words(open_classroom(teach=session[1]))


def test_who_leaves_a_session_can_come_back_to_it(session):
    app = open_classroom(teach=session[1])
    button(app, "Leave").click().run()
    assert "teach" not in app.query_params
    assert button(app, "Open the session") and not app.error
    assert session[0].code in big_print(open_classroom(teach=session[1]))


@pytest.mark.parametrize(
    "sent", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"x" * 99, "larger", "torn"]
)
def test_only_a_drawing_of_the_canvas_is_read(sent: bytes | str):
    png = io.BytesIO()
    Image.new("RGBA", (400, 400) if sent == "torn" else (4000, 400), "black").save(png, "PNG")
    if isinstance(sent, str):
        sent = png.getvalue()[:100] if sent == "torn" else png.getvalue()
    with pytest.raises(DataError, match="not its drawing.*Received: "):
        read_ink(sent)


def test_the_ink_of_the_canvas_is_light_on_dark():
    paper = np.full((400, 400, 4), 255, np.uint8)
    png = io.BytesIO()
    Image.fromarray(paper).save(png, "PNG")
    assert read_ink(png.getvalue()) is None
    paper[100:300, 190:210, :3] = 0
    png = io.BytesIO()
    Image.fromarray(paper).save(png, "PNG")
    ink = read_ink(png.getvalue())
    assert ink is not None
    assert (ink.shape, ink[200, 200], ink[0, 0], int((ink > 0).sum())) == ((400, 400), 255, 0, 4000)


def test_a_store_that_is_busy_is_told_in_words(session, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise LimitError("The class sessions' file cannot be used now. Received: locked")

    app = open_classroom(teach=session[1])
    monkeypatch.setattr(store, "set_open", refuse)
    button(app, "Close").click().run()
    assert not app.exception
    assert "cannot be used now" in app.error[0].value
