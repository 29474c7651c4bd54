"""Class sessions: what is kept, who may do what, and that nothing kept is lost."""

import io
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_app.classroom import database, export, links, store
from resnet_app.classroom.handing_in import read_and_hand_in
from resnet_app.classroom.results import count_results
from resnet_app.classroom.session import (
    Answer,
    Drawn,
    Session,
    new_code,
    new_student,
    next_digit,
    read_code,
)
from resnet_app.data.generator import write
from resnet_app.errors import ClassroomError, DataError, LabError, LimitError
from resnet_app.runs import store as runs
from resnet_app.strokes import draw_strokes, place_strokes
from tests.unit.uploads import dataset_of

HOSTILE = (
    "", "'; DROP TABLE session; --", "../../etc/passwd", "%2e%2e%2f", "a" * 100_000, "\x00" * 16,
    "<script>alert(1)</script>", "ＣＤＦＧＨＪ", "CDFGH\n", "0" * 15 + "\n", "%", "______",
    "CDFGH0",
)  # fmt: skip


def answered(digit: int, confidence: float = 0.91, sure: bool = True) -> Answer:
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[digit] = confidence
    return Answer(probabilities, sure)


def drawn(asked: int, read: int | None = None, rival: int | None = None, **how) -> Drawn:
    """A drawing of which every one looks different, so that a mix-up shows."""
    grey = np.full((40, 40), 255, np.uint8)
    grey[5:35, 10 + asked : 13 + asked] = 0
    png = io.BytesIO()
    Image.fromarray(grey).save(png, "PNG")
    framed = np.full((50, 50), 20 * asked, np.uint8)
    second = None if rival is None else answered(rival)
    return Drawn(asked, png.getvalue(), framed, answered(asked if read is None else read, **how),
                 second)  # fmt: skip


@pytest.fixture
def session() -> Session:
    return store.open_session(runs.PRETRAINED)[0]


def fill(session: Session, students: int, each: int) -> None:
    for _ in range(students):
        student = new_student()
        for turn in range(each):
            store.hand_in(session, student, drawn(next_digit(session, student, turn)))


def test_a_session_is_found_by_its_code_and_by_its_secret_alone():
    session, secret = store.open_session("a", "b", (4, 9))
    other, _ = store.open_session("a")
    assert session == store.session_with_secret(secret)
    assert session == store.session_with_code(f" {session.code[:3].lower()}-{session.code[3:]} ")
    assert session == store.session_with_id(session.id)
    assert (session.model, session.rival, session.asks) == ("a", "b", (4, 9))
    assert other.code != session.code
    assert secret.encode() not in database.path().read_bytes()
    for text in (*HOSTILE, session.code, session.id, secret[:-1], secret + "A", secret.swapcase()):
        with pytest.raises(ClassroomError, match="(?s)Received: "):
            store.session_with_secret(text)
    for text in (*HOSTILE, session.id, secret):
        for open_by in (store.session_with_code, store.session_with_id):
            if (open_by, text) != (store.session_with_id, session.id):
                with pytest.raises(ClassroomError, match="(?s)Received: .{0,60}$"):
                    open_by(text)
    assert len(store.contributions(session, "arrival", 9)) == 0


def test_codes_have_no_lookalikes_and_spell_no_words():
    letters = set("".join(new_code() for _ in range(500)))
    assert not letters & set("0O1IL2Z5S8BAEUY")
    assert len(letters) == 21
    assert read_code(" cd f-ghj ") == "CDFGHJ"


def test_each_student_draws_every_digit_once_before_any_again(session: Session):
    for student in (new_student() for _ in range(5)):
        asked = [next_digit(session, student, turn) for turn in range(20)]
        assert sorted(asked[:10]) == sorted(asked[10:]) == list(range(10))
    first = Counter(next_digit(session, new_student(), 0) for _ in range(1000))
    assert len(first) == 10 and max(first.values()) < 160


def test_a_session_refuses_to_ask_for_nothing_and_to_race_a_model_against_itself():
    for asks in ((), (4, 10)):
        with pytest.raises(ClassroomError, match="Received: "):
            store.open_session("a", asks=asks)
    with pytest.raises(ClassroomError, match="against itself"):
        store.open_session("a", "a")


def test_what_was_handed_in_is_read_back_as_it_was(session: Session):
    ink = draw_strokes(place_strokes(write(4, 3), 280), 24)
    student = new_student()
    sent, count = read_and_hand_in(session, student, 4, ink)
    assert (count, store.handed_in(session, student)) == (1, 1)
    assert sent.answer.digit == 4 and sent.answer.sure
    (kept,) = store.contributions(session, "arrival", 9)
    assert (kept.student, kept.asked, kept.answer, kept.sure, kept.rival) == (1, 4, 4, True, None)
    assert kept.chance == pytest.approx(float(sent.answer.probabilities[4]))
    assert abs(kept.at - time.time()) < 60
    with Image.open(io.BytesIO(kept.png)) as picture:
        assert np.array_equal(255 - np.asarray(picture), ink)
    images, digits, students = store.framed_drawings(session)
    assert np.array_equal(images[0], runs.pretrained().framing().apply(ink))
    assert (digits.tolist(), students.tolist()) == ([4], [1])


def test_nothing_of_one_session_is_seen_or_changed_by_another(session: Session):
    other, _ = store.open_session(runs.PRETRAINED)
    student = new_student()
    store.hand_in(session, student, drawn(3))
    (kept,) = store.contributions(session, "arrival", 9)
    store.remove(other, kept.id)
    store.set_open(other, False)
    store.delete(other)
    assert store.contributions(session, "arrival", 9) == (kept,)
    assert store.session_with_code(session.code).is_open
    third, _ = store.open_session(runs.PRETRAINED)
    assert count_results(third).handed_in == store.handed_in(third, student) == 0
    assert store.contributions(third, "hardest", 9) == ()
    assert len(store.framed_drawings(third)[1]) == 0


def test_what_does_not_belong_is_refused(session: Session):
    for student in HOSTILE:
        with pytest.raises(ClassroomError, match="Received: a 4 from .{0,20}$"):
            store.hand_in(session, student, drawn(4))
        assert store.handed_in(session, student) == 0
    fours, _ = store.open_session(runs.PRETRAINED, asks=(4,))
    with pytest.raises(ClassroomError, match="Received: a 5"):
        store.hand_in(fours, new_student(), drawn(5))
    with pytest.raises(DataError, match="empty"):
        read_and_hand_in(session, new_student(), 4, np.zeros((400, 400), np.uint8))
    with pytest.raises(LimitError, match="Received: 401×400"):
        read_and_hand_in(session, new_student(), 4, np.full((401, 400), 255, np.uint8))
    noise = np.random.default_rng(0).integers(0, 256, (400, 400)).astype(np.uint8)
    with pytest.raises(LimitError, match="may take 64 kB"):
        read_and_hand_in(session, new_student(), 4, noise)
    assert count_results(session).handed_in == 0


def test_a_closed_or_deleted_session_takes_nothing_and_says_so(session: Session):
    student = new_student()
    store.hand_in(session, student, drawn(3))
    store.set_open(session, False)
    assert not store.session_with_code(session.code).is_open
    with pytest.raises(ClassroomError, match="closed this class session"):
        store.hand_in(session, student, drawn(3))
    store.set_open(session, True)
    assert store.hand_in(session, student, drawn(3)) == 2
    store.delete(session)
    with pytest.raises(ClassroomError, match="closed this class session"):
        store.hand_in(session, student, drawn(3))
    with pytest.raises(ClassroomError, match="no class with this code"):
        store.session_with_code(session.code)
    with closing(sqlite3.connect(database.path())) as file:
        for table in ("session", "student", "contribution"):
            assert file.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)


def test_limits_hold_to_the_drawing(session: Session, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "MAX_A_MINUTE", 3)
    monkeypatch.setattr(store, "MAX_DRAWINGS", 7)
    monkeypatch.setattr(store, "MAX_STUDENTS", 3)
    fast = new_student()
    for _ in range(3):
        store.hand_in(session, fast, drawn(1))
    with pytest.raises(LimitError, match="a minute.*Received: 3 in the last minute"):
        store.hand_in(session, fast, drawn(1))
    with closing(sqlite3.connect(database.path())) as file:
        file.execute("UPDATE contribution SET at = at - 61")
        file.commit()
    store.hand_in(session, fast, drawn(1))
    for _ in range(2):
        store.hand_in(session, new_student(), drawn(1))
    with pytest.raises(LimitError, match="3 devices"):
        store.hand_in(session, new_student(), drawn(1))
    assert store.hand_in(session, fast, drawn(1)) == 5
    with pytest.raises(LimitError, match="full.*Received: one more than 7"):
        store.hand_in(session, fast, drawn(1))
    assert count_results(session).handed_in == 7


def test_a_clock_that_was_put_back_locks_nobody_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store, "MAX_A_MINUTE", 1)
    student = new_student()
    store.hand_in(session, student, drawn(1))
    now = time.time()
    monkeypatch.setattr(store.time, "time", lambda: now - 3600)
    assert store.hand_in(session, student, drawn(2)) == 2
    assert [kept.asked for kept in store.contributions(session, "arrival", 9)] == [1, 2]


def test_room_is_limited_for_drawings_and_for_sessions(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RESNET_APP_CLASSES", "2")
    used, _ = store.open_session(runs.PRETRAINED)
    store.hand_in(used, new_student(), drawn(1))
    with pytest.raises(LimitError, match="Received: a new one beside 2"):
        store.open_session(runs.PRETRAINED)
    with closing(sqlite3.connect(database.path())) as file:
        file.execute("UPDATE session SET opened = opened - 90000")
        file.commit()
    store.open_session(runs.PRETRAINED)  # in place of the one that nobody used
    assert store.session_with_code(used.code).is_open
    with pytest.raises(ClassroomError):
        store.session_with_code(session.code)
    monkeypatch.setenv("RESNET_APP_QUOTA_MB", "0.01")
    with pytest.raises(LimitError, match="room for 0 MB"):
        store.hand_in(used, new_student(), drawn(1))


def test_results_count_what_is_kept_and_the_hardest_come_first():
    session, _ = store.open_session("a", "b")
    student, other = new_student(), new_student()
    store.hand_in(session, student, drawn(4, 4, rival=9))
    store.hand_in(session, student, drawn(4, 9, rival=4, sure=False, confidence=0.5))
    store.hand_in(session, student, drawn(4, 9, rival=9))
    store.hand_in(session, other, drawn(7, 7, rival=7))
    store.hand_in(session, other, drawn(7, 1, rival=7))
    hardest = store.contributions(session, "hardest", 9)
    read = [(each.asked, each.answer) for each in hardest]
    assert read == [(4, 9), (7, 1), (4, 9), (4, 4), (7, 7)]
    assert [each.chance for each in hardest] == sorted(each.chance for each in hardest)
    store.remove(session, hardest[1].id)
    results = count_results(session)
    assert (results.students, results.handed_in, results.removed, results.kept) == (2, 5, 1, 4)
    confusion = results.model.evaluation.confusion
    assert (confusion[4, 4], confusion[4, 9], confusion[7, 7], confusion.sum()) == (1, 2, 1, 4)
    assert (results.model.unsure, results.model.alone) == (1, 1)
    assert results.rival is not None
    assert results.rival.evaluation.accuracy == 0.5
    assert (results.rival.unsure, results.rival.alone) == (0, 1)
    assert results.model.evaluation.per_class()[7] == 1.0


def test_a_removed_drawing_leaves_its_place_and_nothing_of_its_picture(session: Session):
    student = new_student()
    for digit in (1, 2, 3):
        store.hand_in(session, student, drawn(digit))
    second = store.contributions(session, "arrival", 9)[1]
    everything = b"".join(file.read_bytes() for file in database.path().parent.glob("classroom*"))
    assert second.png in everything
    store.remove(session, second.id)
    everything = b"".join(file.read_bytes() for file in database.path().parent.glob("classroom*"))
    assert second.png not in everything
    places = store.contributions(session, "arrival", 2, begin=1)
    assert [(each.asked, each.hidden, each.png == b"") for each in places] == [
        (2, True, True), (3, False, False),
    ]  # fmt: skip
    assert [each.asked for each in store.contributions(session, "hardest", 9)] == [1, 3]
    assert store.framed_drawings(session)[1].tolist() == [1, 3]
    assert [digit for digit, _ in store.pictures(session)] == [1, 3]
    assert store.handed_in(session, student) == 3  # so the next digit stays the same


def test_exports_are_files_that_the_data_page_reads(session: Session):
    fill(session, students=3, each=20)
    images, digits, students = store.framed_drawings(session)
    npz = export.as_npz(session)
    with np.load(io.BytesIO(npz)) as arrays:
        assert np.array_equal(arrays["student"], students)
    from_npz = dataset_of({"class.npz": npz})
    assert np.array_equal(from_npz.images, images)
    assert np.array_equal(from_npz.labels, digits)
    packed = export.as_zip(session)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        assert names[0] == f"{digits[0]}/0001.png"
        for name, (_, png) in zip(names, store.pictures(session), strict=True):
            assert archive.read(name) == png
    assert dataset_of({"class.zip": packed}).class_counts().tolist() == [6] * 10


def test_students_are_held_back_where_there_are_enough_and_drawings_elsewhere(session: Session):
    with pytest.raises(DataError, match="Received: 0"):
        export.split_class(session)
    fill(session, students=2, each=20)
    few = export.split_class(session)
    assert few.students is None
    assert (len(few.trained[1]), len(few.held_back[1])) == (30, 10)
    with pytest.raises(DataError, match="Received: 40"):
        export.as_dataset(session)
    fill(session, students=5, each=20)
    _, digits, students = store.framed_drawings(session)
    parts = export.split_class(session)
    assert parts.students == 2
    aside = np.isin(students, (2, 5))
    assert np.array_equal(parts.held_back[1], digits[aside])
    assert np.array_equal(parts.trained[1], digits[~aside])
    dataset = export.as_dataset(session)
    assert (len(dataset.labels), len(dataset.test_labels)) == (100, 40)
    assert dataset.notes == (
        "The test images are those of 2 students, none of whose drawings train.",
    )


def test_a_link_for_phones_keeps_the_address_but_for_a_host_that_they_cannot_reach(
    session: Session,
):
    page = "http://localhost:8501/lab/classroom"
    join = f"/lab/classroom?join={session.code}"
    assert links.join_link(page, session) == f"http://localhost:8501{join}"
    assert links.join_link(page, session, "10.0.0.7") == f"http://10.0.0.7:8501{join}"
    hosted = links.join_link("https://lab.example/classroom?embed=true#x", session)
    assert hosted == f"https://lab.example/classroom?join={session.code}"
    for local in ("http://localhost:8501/", "http://127.0.0.1/", "http://[::1]:8501/classroom"):
        assert links.is_local(local)
    for reachable in ("http://10.0.0.7:8501/", "https://lab.example/", "", "http://127.example/"):
        assert not links.is_local(reachable)
    assert not [host for host in links.network_addresses() if links.is_local(f"http://{host}/")]
    with Image.open(io.BytesIO(links.qr_code(hosted))) as picture:
        assert picture.width == picture.height > 200


def test_threads_hand_in_at_once_and_every_drawing_is_kept(session: Session):
    students, each, failed = 8, 12, []

    def draw() -> None:
        student = new_student()
        try:
            for turn in range(each):
                count = store.hand_in(session, student, drawn(next_digit(session, student, turn)))
                assert count == turn + 1
                count_results(session)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=draw) for _ in range(students)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    results = count_results(session)
    assert (results.students, results.handed_in) == (students, students * each)
    numbers = {kept.student for kept in store.contributions(session, "arrival", 999)}
    assert numbers == set(range(1, students + 1))


_WRITER = """
import sys
from resnet_app.classroom import store
from resnet_app.classroom.session import new_student
from tests.unit.test_classroom import drawn
store.MAX_STUDENTS = store.MAX_DRAWINGS = 10**6
session = store.session_with_code(sys.argv[1])
while True:
    print(store.hand_in(session, new_student(), drawn(4)), flush=True)
"""


def start_writer(session: Session) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, session.code],
        cwd=Path(__file__).resolve().parents[2],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_killed_writers_lose_nothing_that_they_had_been_told_was_kept(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    writers = [start_writer(session) for _ in range(2)]
    told = [[writer.stdout.readline() for _ in range(10)] for writer in writers]
    for writer in writers:
        writer.kill()
    for lines, writer in zip(told, writers, strict=True):
        lines += writer.stdout.read().splitlines()
        assert writer.wait(30) == (-signal.SIGKILL if os.name == "posix" else 1)
    kept = count_results(session).handed_in
    complete = sum(len(lines) for lines in told)
    assert complete <= kept <= complete + len(writers)
    with closing(sqlite3.connect(database.path())) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    monkeypatch.setattr(store, "MAX_STUDENTS", 10**6)
    monkeypatch.setattr(store, "MAX_DRAWINGS", 10**6)
    store.hand_in(session, new_student(), drawn(4))


def test_the_first_calls_of_many_threads_make_one_file():
    opened: list[Session | Exception] = []

    def begin() -> None:
        try:
            opened.append(store.open_session("a")[0])
        except Exception as error:
            opened.append(error)

    threads = [threading.Thread(target=begin) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each for each in opened if isinstance(each, Exception)] == []
    assert len({each.code for each in opened}) == 12


def test_a_damaged_file_a_newer_one_and_a_busy_one_are_told_in_words(
    session: Session, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "_PATIENCE_SECONDS", 0.05)
    with closing(sqlite3.connect(database.path(), isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        assert count_results(session).handed_in == 0  # readers do not wait
        with pytest.raises(LimitError, match="busy.*Received: database is locked"):
            store.hand_in(session, new_student(), drawn(1))
        file.execute("ROLLBACK")
        file.execute("PRAGMA user_version = 99")
    with pytest.raises(ClassroomError, match="newer version.*Received: version 99"):
        store.session_with_code(session.code)
    database.path().write_bytes(b"no database at all" * 100)
    with pytest.raises(LabError, match="damaged"):
        store.session_with_code(session.code)
