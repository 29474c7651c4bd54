"""The file of all class sessions: SQLite with a write-ahead log.

Readers never wait for the writer. A process that is killed leaves nothing half written: SQLite
rolls back what was not committed. Each call opens a connection of its own, so that threads and
several servers on one data folder do not meet in it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from resnet_app.config import dataset_quota, home
from resnet_app.errors import ClassroomError, LimitError

_VERSION = 2
_PATIENCE_SECONDS = 10.0
"""So long a call waits for another's write, each of which takes some milliseconds."""

_SCHEMA = """
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    secret BLOB NOT NULL UNIQUE,
    model TEXT NOT NULL,
    rival TEXT,
    asks TEXT NOT NULL,
    opened REAL NOT NULL,
    is_open INTEGER NOT NULL,
    tuned TEXT,
    owner TEXT
) WITHOUT ROWID;
CREATE TABLE student (
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (session, id)
) WITHOUT ROWID;
CREATE TABLE contribution (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    student INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    at REAL NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0,
    answer INTEGER NOT NULL,
    sure INTEGER NOT NULL,
    chance REAL NOT NULL,
    rival_answer INTEGER,
    rival_sure INTEGER,
    probabilities BLOB NOT NULL,
    rival_probabilities BLOB,
    framed BLOB NOT NULL,
    png BLOB NOT NULL
);
CREATE INDEX of_students ON contribution (session, student, at);
CREATE INDEX of_answers ON contribution (
    session, hidden, asked, answer, rival_answer, sure, rival_sure, student
);
CREATE INDEX of_chances ON contribution (session, hidden, chance);
"""


def path() -> Path:
    """Where the file lies."""
    return home() / "classroom.sqlite3"


@contextmanager
def reading() -> Iterator[sqlite3.Connection]:
    """A connection to read from, at one moment. Raises ``ClassroomError`` or ``LimitError``."""
    with _told_in_words(), closing(_connect()) as connection:
        connection.execute("BEGIN")
        yield connection


@contextmanager
def writing() -> Iterator[sqlite3.Connection]:
    """A connection that alone may write; what was done is kept whole, or not at all.

    Raises as ``reading`` does.
    """
    with _told_in_words(), closing(_connect()) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")


def forget_log() -> None:
    """Empty the write-ahead log, which still holds what was removed; not while somebody reads."""
    with _told_in_words(), closing(_connect()) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def refuse_beyond_quota(connection: sqlite3.Connection) -> None:
    """Raise ``LimitError`` if the file takes as much room as all data sets together may take."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    used, quota = (pages - free) * size, dataset_quota()
    if used > quota:
        raise LimitError(
            f"There is room for {quota / 1e6:,.0f} MB of drawings of all classes, and it is used "
            f"up. Delete a class session that is over. Received: {used / 1e6:,.1f} MB"
        )


def _connect() -> sqlite3.Connection:
    home().mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path(), timeout=_PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # a removed drawing is gone from the file
        if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            _create(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _create(connection: sqlite3.Connection) -> None:
    """Make the tables, unless another process was first or a newer app made the file."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise ClassroomError(
            "The class sessions in this data folder were made by a newer version of this app. "
            f"Update the app, or choose another data folder. Received: version {version}"
        )
    if version == 0:
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
    elif version == 1:
        connection.execute("ALTER TABLE session ADD COLUMN owner TEXT")
    if version < _VERSION:
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("COMMIT")


@contextmanager
def _told_in_words() -> Iterator[None]:
    """What the file system or the file itself makes impossible becomes a ``LabError``."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError):
        raise  # a bug
    except sqlite3.OperationalError as error:
        raise LimitError(
            "The class sessions' file cannot be used now: it is busy, or the disk is full. Try "
            f"again in a moment. Received: {error}"
        ) from error
    except sqlite3.DatabaseError as error:
        raise ClassroomError(
            f"The class sessions' file is damaged. Move {path().name} out of the data folder to "
            f"begin anew. Received: {error}"
        ) from error
