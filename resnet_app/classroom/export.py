"""The drawings of a class as files, as a data set, and split for a fair comparison."""

import io
import zipfile
from dataclasses import dataclass

import numpy as np

from resnet_app import drawings
from resnet_app.classroom.session import Session
from resnet_app.classroom.store import framed_drawings, pictures
from resnet_app.config import MIN_IMAGES
from resnet_app.data.dataset import Dataset, Images, Labels
from resnet_app.errors import DataError

MIN_STUDENTS = 6
"""From so many students on, students are held back and not drawings."""

_HELD_BACK_EVERY, _HELD_BACK_FIRST = 3, 2
"""The second student, the fifth, the eighth and so on do not train."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Drawings that train, and drawings that do not, with the students that none of those has.

    Each ``Part`` is (N, 50, 50) uint8 as the session's model was given them, and (N,) uint8 digits;
    ``students`` is how many are held back, None where there are too few and drawings are.
    """

    trained: tuple[Images, Labels]
    held_back: tuple[Images, Labels]
    students: int | None


def split_class(session: Session) -> Parts:
    """A third of the students, or of each digit's drawings, is held back.

    A student's part depends only on when that student's first drawing came, so later drawings and
    removed ones change nothing about others. Raises ``DataError`` if there are too few drawings.
    """
    images, digits, students = framed_drawings(session)
    if len(digits) < drawings.MIN_TUNING:
        raise DataError(
            f"Fine-tuning needs {drawings.MIN_TUNING} drawings or more; have the class hand in "
            f"some more. Received: {len(digits)}"
        )
    aside = students % _HELD_BACK_EVERY == _HELD_BACK_FIRST
    count = len(np.unique(students[aside]))
    by_students = len(np.unique(students)) >= MIN_STUDENTS and count >= 2
    if not by_students:
        aside = np.array(drawings.hold_back(int(digit) for digit in digits))
    if not aside.any():
        raise DataError(
            "Fine-tuning holds some drawings back to see what it did, the second of each digit. "
            f"Have some digits drawn again. Received: {len(digits)} different digits"
        )
    return Parts(
        (images[~aside], digits[~aside]),
        (images[aside], digits[aside]),
        count if by_students else None,
    )


def as_dataset(session: Session) -> Dataset:
    """The drawings as a data set; students who are held back are its test set.

    Where there are too few for that, all drawings are training images, from which a run holds some
    back itself. Raises ``DataError`` if there are too few even so.
    """
    images, digits, _ = framed_drawings(session)
    name = f"Class {session.code}, {len(digits):,} drawings"
    if len(digits) < MIN_IMAGES:
        raise DataError(
            f"Training needs {MIN_IMAGES} drawings or more; have the class hand in some more. "
            f"Received: {len(digits)}"
        )
    parts = split_class(session)
    if parts.students is None or len(parts.trained[1]) < MIN_IMAGES:
        return Dataset(name, images, digits)
    note = f"The test images are those of {parts.students} students, none of whose drawings train."
    return Dataset(name, *parts.trained, *parts.held_back, notes=(note,))


def as_npz(session: Session) -> bytes:
    """An ``.npz`` as the data page takes it: ``x`` (N, 50, 50) uint8, ``y`` (N,) digits.

    ``student`` (N,) tells by a number, from 1, which drawings are by one student.
    """
    images, digits, students = framed_drawings(session)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=images, y=digits, student=students)
    return buffer.getvalue()


def as_zip(session: Session) -> bytes:
    """A zip of PNGs as they were drawn, named ``digit/number.png``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # PNGs are packed already
        for number, (digit, png) in enumerate(pictures(session), 1):
            archive.writestr(f"{digit}/{number:04d}.png", png)
    return buffer.getvalue()
