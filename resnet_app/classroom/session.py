"""The nouns of a class session, and what codes, secrets and ids look like.

A student's id says only which drawings come from one device. Whoever has it may add to them.
"""

import hashlib
import hmac
import random
import re
import secrets
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES, IMAGE_SIZE
from resnet_app.errors import ClassroomError, DataError, LimitError
from resnet_app.predict import Likeliest

MAX_DRAWINGS = 3000
"""Most drawings that a session keeps, removed ones included."""

MAX_STUDENTS = 200
"""Most devices from which a session takes drawings."""

MAX_A_MINUTE = 30
"""Most drawings that a session takes from one student in a minute."""

MAX_PNG_BYTES = 2**16
"""Largest drawing, as a PNG, in bytes."""

_LETTERS = "CDFGHJKMNPQRTVWX34679"
"""No look-alikes (0 and O, 1 and I, 2 and Z, 5 and S, 8 and B), and no vowels, so no words."""

_CODE_LENGTH = 6
_CODE = re.compile(f"[{_LETTERS}]{{{_CODE_LENGTH}}}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_STUDENT = re.compile(r"[0-9a-f]{16}")
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Session:
    """One class: ``code`` is what students type, ``id`` what files may hold of it.

    ``model`` and ``rival`` are ids of runs; ``asks`` the digits that students are asked to draw;
    ``opened`` in seconds since 1970; ``tuned`` the id of the run that was last fine-tuned on it.
    Raises ``ClassroomError`` if no digit is asked or the models are one.
    """

    id: str
    code: str
    model: str
    rival: str | None
    asks: tuple[int, ...]
    opened: float
    is_open: bool = True
    tuned: str | None = None

    def __post_init__(self) -> None:
        if not self.asks or any(digit not in range(CLASSES) for digit in self.asks):
            raise ClassroomError(
                "A class is asked for one or more of the digits 0 to 9. Choose some. "
                f"Received: {', '.join(map(str, self.asks)) or 'none'}"
            )
        if self.model == self.rival:
            raise ClassroomError(
                "A model cannot be raced against itself. Choose another second model, or none. "
                f"Received: {self.model}"
            )


@dataclass(frozen=True, eq=False)
class Answer(Likeliest):
    """What a model read: ``probabilities`` (10,) float32, and whether it counts as an answer."""

    probabilities: NDArray[np.float32]
    sure: bool


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawing that is handed in, and what was read in it.

    ``asked`` 0…9; ``png`` the drawing, black on white; ``framed`` (50, 50) uint8 as the session's
    model was given it. Raises ``DataError`` or, for a large ``png``, ``LimitError``.
    """

    asked: int
    png: bytes
    framed: NDArray[np.uint8]
    answer: Answer
    rival: Answer | None = None

    def __post_init__(self) -> None:
        if self.asked not in range(CLASSES):
            raise DataError(f"A drawing is of a digit from 0 to 9. Received: {self.asked}")
        if self.framed.shape != (IMAGE_SIZE, IMAGE_SIZE) or self.framed.dtype != np.uint8:
            raise DataError(f"A framed drawing is 50×50 uint8. Received: {self.framed.shape}")
        if len(self.png) > MAX_PNG_BYTES:
            raise LimitError(
                f"A drawing may take {MAX_PNG_BYTES // 1024} kB. Clear it and draw the digit with "
                f"a few strokes. Received: {len(self.png) / 1024:,.0f} kB"
            )


@dataclass(frozen=True)
class Contribution:
    """A drawing as the session keeps it, for the teacher's list.

    ``student`` is a number within the session, from 1; ``at`` in seconds since 1970; a ``hidden``
    one was removed by the teacher, and its ``png`` is gone.
    """

    id: int
    student: int
    asked: int
    at: float
    answer: int
    sure: bool
    chance: float
    """Probability that the model gave to the asked digit, 0…1."""
    rival: int | None
    hidden: bool
    png: bytes


def new_code() -> str:
    """A code at random."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


def new_secret() -> str:
    """A teacher's secret: 192 random bits in 32 characters that an address may hold."""
    return secrets.token_urlsafe(24)


def new_student() -> str:
    """An anonymous id at random."""
    return secrets.token_hex(8)


def read_code(text: str) -> str:
    """The code that somebody typed, small or with blanks. Raises ``ClassroomError`` if it is none.

    What comes back holds nothing but letters and digits of a code.
    """
    code = re.sub(r"[\s-]", "", text[:40]).upper()
    if not _CODE.fullmatch(code):
        raise ClassroomError(
            f"A code has {_CODE_LENGTH} of the letters and digits {_LETTERS}. Look at the "
            f"teacher's screen and type it again. Received: {text[:20]}"
        )
    return code


def is_student(text: str) -> bool:
    """Whether ``text`` may be an id that ``new_student`` gave."""
    return _STUDENT.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether ``text`` may be the id of a session."""
    return _ID.fullmatch(text) is not None


def hash_secret(secret: str) -> bytes | None:
    """SHA-256 of a teacher's secret, as it is kept; None if it cannot be one.

    A secret has so many random bits that no salt is needed.
    """
    return hashlib.sha256(secret.encode()).digest() if _SECRET.fullmatch(secret) else None


def is_same(one: bytes, other: bytes) -> bool:
    """Compare two hashes in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


def next_digit(session: Session, student: str, handed_in: int) -> int:
    """What ``student`` is to draw after ``handed_in`` drawings.

    Every asked digit once, in an order of the student's own, then all again in another; the same
    after a refresh.
    """
    turn, place = divmod(handed_in, len(session.asks))
    order = random.Random(f"{session.id} {student} {turn}")
    return order.sample(session.asks, len(session.asks))[place]
