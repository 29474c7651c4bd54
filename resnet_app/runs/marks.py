"""What a person writes on a run: a name, a note, a star. ``marks.json`` in the run's directory."""

from dataclasses import asdict, dataclass
from pathlib import Path

from resnet_app.errors import RunError
from resnet_app.files import ReadOnce, read_json, write_json
from resnet_app.runs.run import Run

MAX_NAME, MAX_NOTE = 80, 500
"""Longest name and note, in characters."""

_FILE = "marks.json"


@dataclass(frozen=True)
class Marks:
    """``name`` is empty where the run has only that of its recipe. Raises ``RunError``."""

    name: str = ""
    note: str = ""
    starred: bool = False

    def __post_init__(self) -> None:
        for words, text, most in (("name", self.name, MAX_NAME), ("note", self.note, MAX_NOTE)):
            if len(text) > most:
                raise RunError(
                    f"A run's {words} may have {most} characters. Write less. "
                    f"Received: {len(text)} characters"
                )


def marks_of(run: Run) -> Marks:
    """What is written on ``run``; nothing where nobody wrote."""
    try:
        return _marks(run.directory / _FILE)
    except (OSError, ValueError, TypeError, RunError):
        return Marks()


def shown_name(run: Run) -> str:
    """What a person called ``run``, else its recipe. Raises ``RunError`` if it cannot be read."""
    return marks_of(run).name or run.title


def mark(run: Run, marks: Marks) -> None:
    """Write ``marks`` on ``run`` in place of those that it has. Raises ``RunError``."""
    try:
        write_json(run.directory / _FILE, asdict(marks))
    except FileNotFoundError:
        raise RunError(f"This run is no longer here. Received: {run.id}") from None


def _read(path: Path) -> Marks:
    values = read_json(path)
    return Marks(str(values["name"]), str(values["note"]), bool(values["starred"]))


_marks = ReadOnce(_read, 1000)
