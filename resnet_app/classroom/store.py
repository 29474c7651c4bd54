"""All class sessions of this installation.

Who has a session's code may hand in; who has its secret may see and change everything. Each
function here takes the ``Session`` that one of the two opened, and touches nothing of another.
"""

import sqlite3
import time
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from resnet_app import settings
from resnet_app.classroom.database import forget_log, path, reading, refuse_beyond_quota, writing
from resnet_app.classroom.session import (
    MAX_A_MINUTE,
    MAX_DRAWINGS,
    MAX_STUDENTS,
    Contribution,
    Drawn,
    Session,
    hash_secret,
    is_id,
    is_same,
    is_student,
    new_code,
    new_secret,
    new_student,
    read_code,
)
from resnet_app.config import CLASSES, IMAGE_SIZE
from resnet_app.errors import ClassroomError, LimitError

_UNUSED_SECONDS = 24 * 3600.0
"""A session without drawings is deleted after so long where another one needs its room."""

_ATTEMPTS = 20
"""Codes that are tried; that even two are taken is next to impossible."""

_FIELDS = "id, code, model, rival, asks, opened, is_open, tuned"

_ORDERS = {"arrival": "id", "hardest": "chance, id"}


def open_session(
    model: str,
    rival: str | None = None,
    asks: tuple[int, ...] = tuple(range(CLASSES)),
    owner: str | None = None,
) -> tuple[Session, str]:
    """A new session of ``owner`` and its teacher's secret, which is kept only as a hash.

    Raises ``ClassroomError`` as ``Session`` does, ``LimitError`` if there are too many.
    """
    secret = new_secret()
    now = time.time()
    with writing() as connection:
        refuse_beyond_quota(connection)
        _make_room(connection, now)
        _refuse_beyond_own(connection, owner)
        session = Session(new_student(), _free_code(connection), model, rival, asks, now)
        connection.execute(
            f"INSERT INTO session ({_FIELDS}, secret, owner) "
            "VALUES (?, ?, ?, ?, ?, ?, 1, NULL, ?, ?)",
            (
                session.id,
                session.code,
                model,
                rival,
                "".join(map(str, asks)),
                now,
                hash_secret(secret),
                owner,
            ),
        )
    return session, secret


def _make_room(connection: sqlite3.Connection, now: float) -> None:
    most = int(settings.number(settings.CLASSES))
    if _count_sessions(connection) >= most:
        connection.execute(
            "DELETE FROM session WHERE opened < ? AND id NOT IN (SELECT session FROM contribution)",
            (now - _UNUSED_SECONDS,),
        )
    count = _count_sessions(connection)
    if count >= most:
        raise LimitError(
            f"There is room for {most} class sessions. Delete one that is over. "
            f"Received: a new one beside {count}"
        )


def _refuse_beyond_own(connection: sqlite3.Connection, owner: str | None) -> None:
    most = int(settings.number(settings.CLASSES_OF_ONE))
    count = connection.execute(
        "SELECT COUNT(*) FROM session WHERE owner IS NOT NULL AND owner = ?", (owner,)
    ).fetchone()[0]
    if count >= most:
        raise LimitError(
            f"{most} of the class sessions here were opened in this browser, which is as many as "
            f"may be. Delete one that is over. Received: a new one beside {count}"
        )


def _count_sessions(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT COUNT(*) FROM session").fetchone()[0])


def _free_code(connection: sqlite3.Connection) -> str:
    for _ in range(_ATTEMPTS):
        code = new_code()
        if not connection.execute("SELECT 1 FROM session WHERE code = ?", (code,)).fetchone():
            return code
    raise AssertionError("all codes are taken")


def session_with_code(code: str) -> Session:
    """The session that students join with ``code``. Raises ``ClassroomError`` if there is none."""
    with reading() as connection:
        row = connection.execute(
            f"SELECT {_FIELDS} FROM session WHERE code = ?", (read_code(code),)
        ).fetchone()
    if row is None:
        raise ClassroomError(
            "There is no class with this code. Look at the teacher's screen and type it again; "
            f"the session may also have been deleted. Received: {code[:20]}"
        )
    return _session(row)


def session_with_secret(secret: str) -> Session:
    """The session whose teacher has ``secret``. Raises ``ClassroomError`` if there is none."""
    hashed = hash_secret(secret)
    row = None
    if hashed is not None:
        with reading() as connection:
            row = connection.execute(
                f"SELECT {_FIELDS}, secret FROM session WHERE secret = ?", (hashed,)
            ).fetchone()
    if hashed is None or row is None or not is_same(row[-1], hashed):
        raise ClassroomError(
            "This link opens no class session. It may be incomplete, or the session was deleted. "
            "Open a new session, or use the link that you saved. "
            f"Received: a link with {len(secret)} characters"
        )
    return _session(row[:-1])


def session_with_id(session_id: str) -> Session:
    """The session of a run that was fine-tuned on it. Raises ``ClassroomError`` if it is gone."""
    row = None
    if is_id(session_id):
        with reading() as connection:
            row = connection.execute(
                f"SELECT {_FIELDS} FROM session WHERE id = ?", (session_id,)
            ).fetchone()
    if row is None:
        raise ClassroomError(
            "The class session with these drawings is no longer here. Open another one. "
            f"Received: {session_id[:40]}"
        )
    return _session(row)


def _session(row: tuple[str, str, str, str | None, str, float, int, str | None]) -> Session:
    session_id, code, model, rival, asks, opened, is_open, tuned = row
    digits = tuple(int(digit) for digit in asks)
    return Session(session_id, code, model, rival, digits, opened, bool(is_open), tuned)


def models_in_use() -> set[str]:
    """Ids of the runs that class sessions read with, or that were fine-tuned on them."""
    if not path().exists():
        return set()
    with reading() as connection:
        rows = connection.execute("SELECT model, rival, tuned FROM session").fetchall()
    return {run_id for row in rows for run_id in row if run_id}


def set_open(session: Session, is_open: bool) -> None:
    """Let students hand in, or no longer."""
    with writing() as connection:
        connection.execute(
            "UPDATE session SET is_open = ? WHERE id = ?", (int(is_open), session.id)
        )


def note_tuned(session: Session, run_id: str) -> None:
    """Keep which run was last fine-tuned on the session's drawings."""
    with writing() as connection:
        connection.execute("UPDATE session SET tuned = ? WHERE id = ?", (run_id, session.id))


def delete(session: Session) -> None:
    """Remove the session and all its drawings for good."""
    with writing() as connection:
        connection.execute("DELETE FROM session WHERE id = ?", (session.id,))
    forget_log()


def hand_in(session: Session, student: str, drawn: Drawn) -> int:
    """Keep a drawing of ``student`` and return how many of this student's there are now.

    Raises ``ClassroomError`` if the session is closed or gone or ``student`` is no id,
    ``LimitError`` if there are too many drawings.
    """
    if not is_student(student) or drawn.asked not in session.asks:
        raise ClassroomError(
            "This drawing does not belong to this class. Open the class's link again. "
            f"Received: a {drawn.asked} from {student[:20]}"
        )
    now = time.time()
    with writing() as connection:
        _refuse_if_closed(connection, session)
        refuse_beyond_quota(connection)
        number = _number(connection, session, student)
        count = _count_within_limits(connection, session, number, now)
        _insert(connection, session, number, now, drawn)
    return count + 1


def _refuse_if_closed(connection: sqlite3.Connection, session: Session) -> None:
    row = connection.execute("SELECT is_open FROM session WHERE id = ?", (session.id,)).fetchone()
    if row is None or not row[0]:
        raise ClassroomError(
            "The teacher has closed this class session, so this drawing was not taken. "
            f"Received: a drawing for {session.code}"
        )


def _number(connection: sqlite3.Connection, session: Session, student: str) -> int:
    """The student's number in the session, given at the first drawing."""
    found = connection.execute(
        "SELECT number FROM student WHERE session = ? AND id = ?", (session.id, student)
    ).fetchone()
    if found:
        return int(found[0])
    count = connection.execute(
        "SELECT COUNT(*) FROM student WHERE session = ?", (session.id,)
    ).fetchone()[0]
    if count >= MAX_STUDENTS:
        raise LimitError(
            f"A class session takes drawings from {MAX_STUDENTS} devices. "
            f"Received: one more than {count}"
        )
    connection.execute("INSERT INTO student VALUES (?, ?, ?)", (session.id, student, count + 1))
    return int(count) + 1


def _count_within_limits(
    connection: sqlite3.Connection, session: Session, number: int, now: float
) -> int:
    """How many drawings the student has handed in; raises ``LimitError`` if there are too many."""
    total = connection.execute(
        "SELECT COUNT(*) FROM contribution WHERE session = ?", (session.id,)
    ).fetchone()[0]
    if total >= MAX_DRAWINGS:
        raise LimitError(
            f"This class session is full: it keeps {MAX_DRAWINGS:,} drawings. "
            f"Received: one more than {total:,}"
        )
    own, recent = connection.execute(
        "SELECT COUNT(*), COUNT(CASE WHEN at BETWEEN ? AND ? THEN 1 END) FROM contribution "
        "WHERE session = ? AND student = ?",
        (now - 60, now, session.id, number),
    ).fetchone()
    if recent >= MAX_A_MINUTE:
        raise LimitError(
            f"At most {MAX_A_MINUTE} drawings a minute are taken from one student. Wait a moment, "
            f"then hand this one in. Received: {recent} in the last minute"
        )
    return int(own)


def _insert(
    connection: sqlite3.Connection, session: Session, number: int, now: float, drawn: Drawn
) -> None:
    rival = drawn.rival
    connection.execute(
        "INSERT INTO contribution (session, student, asked, at, answer, sure, chance, "
        "rival_answer, rival_sure, probabilities, rival_probabilities, framed, png) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            session.id,
            number,
            drawn.asked,
            now,
            drawn.answer.digit,
            int(drawn.answer.sure),
            float(drawn.answer.probabilities[drawn.asked]),
            rival.digit if rival else None,
            int(rival.sure) if rival else None,
            _pack(drawn.answer.probabilities),
            _pack(rival.probabilities) if rival else None,
            zlib.compress(drawn.framed.tobytes()),
            drawn.png,
        ),
    )


def _pack(probabilities: NDArray[np.float32]) -> bytes:
    return probabilities.astype("<f4").tobytes()


def handed_in(session: Session, student: str) -> int:
    """How many drawings ``student`` has handed in, removed ones included."""
    if not is_student(student):
        return 0
    with reading() as connection:
        row = connection.execute(
            "SELECT COUNT(*) FROM student JOIN contribution ON contribution.session = "
            "student.session AND contribution.student = student.number "
            "WHERE student.session = ? AND student.id = ?",
            (session.id, student),
        ).fetchone()
    return int(row[0])


def contributions(
    session: Session, order: str, count: int, begin: int = 0
) -> tuple[Contribution, ...]:
    """``count`` of the session's drawings from place ``begin`` on.

    ``order`` is ``arrival``, removed ones included so that the others keep their places, or
    ``hardest``, without them, the asked digit's probability rising.
    """
    hidden = "" if order == "arrival" else "AND hidden = 0 "
    with reading() as connection:
        rows = connection.execute(
            "SELECT id, student, asked, at, answer, sure, chance, rival_answer, hidden, png "
            f"FROM contribution WHERE session = ? {hidden}"
            f"ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?",
            (session.id, count, begin),
        ).fetchall()
    return tuple(_contribution(*row) for row in rows)


def _contribution(
    number: int,
    student: int,
    asked: int,
    at: float,
    answer: int,
    sure: int,
    chance: float,
    rival: int | None,
    hidden: int,
    png: bytes,
) -> Contribution:
    return Contribution(
        number, student, asked, at, answer, bool(sure), chance, rival, bool(hidden), png
    )


def remove(session: Session, contribution_id: int) -> None:
    """Take a drawing out of all figures and lists, and its picture out of the file."""
    with writing() as connection:
        connection.execute(
            "UPDATE contribution SET hidden = 1, png = x'', framed = x'' "
            "WHERE session = ? AND id = ?",
            (session.id, contribution_id),
        )
    forget_log()


def framed_drawings(
    session: Session,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """The kept drawings in the order of arrival, as the session's model was given them.

    (N, 50, 50) uint8, (N,) uint8 asked digits 0…9, and (N,) int64 numbers of the students.
    """
    with reading() as connection:
        rows = connection.execute(
            "SELECT framed, asked, student FROM contribution "
            "WHERE session = ? AND hidden = 0 ORDER BY id",
            (session.id,),
        ).fetchall()
    pixels = b"".join(zlib.decompress(row[0]) for row in rows)
    images = np.frombuffer(pixels, np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    digits = np.array([row[1] for row in rows], np.uint8)
    return images, digits, np.array([row[2] for row in rows], np.int64)


def pictures(session: Session) -> Iterator[tuple[int, bytes]]:
    """The kept drawings in the order of arrival: asked digit, and PNG, black on white."""
    with reading() as connection:
        yield from connection.execute(
            "SELECT asked, png FROM contribution WHERE session = ? AND hidden = 0 ORDER BY id",
            (session.id,),
        )
