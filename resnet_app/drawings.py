"""One's own drawings with their right labels: kept, looked at, exported, trained and tested on."""

import io
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_app import settings
from resnet_app.config import CLASSES, MIN_IMAGES, home
from resnet_app.data.dataset import Dataset, Images, Labels
from resnet_app.errors import DataError, LimitError
from resnet_app.files import replacing
from resnet_app.imaging import Framing
from resnet_app.owners import is_owner

MIN_TUNING = 5
"""Fewest drawings that a model is fine-tuned on."""

MAX_KEPT = 2000
"""Most drawings that one owner may keep."""

_HELD_BACK_EVERY, _HELD_BACK_FIRST = 3, 1
"""Of each digit's drawings the second, fifth, eighth and so on do not train."""

_NAME = re.compile(r"(\d{13,})-([0-9])\.png")


@dataclass(frozen=True)
class Drawing:
    """A kept drawing: its file and the digit that it is meant to be."""

    path: Path
    digit: int

    def ink(self) -> NDArray[np.uint8]:
        """(H, W) uint8, light ink on dark."""
        with Image.open(self.path) as picture:
            return np.asarray(picture.convert("L"))


def _folder(owner: str | None) -> Path:
    """Where the drawings of ``owner`` lie; all share one folder where everything is open."""
    folder = home() / "drawings"
    if owner is not None and settings.text(settings.SHARED) == "own":
        assert is_owner(owner)
        folder = folder / owner
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(ink: NDArray[np.uint8], digit: int, owner: str | None = None) -> Drawing:
    """Store ``ink`` (H, W) uint8 of ``owner`` as a ``digit``.

    Raises ``DataError`` if that is none from 0 to 9, ``LimitError`` if there is no room.
    """
    if not 0 <= digit < CLASSES:
        raise DataError(f"A drawing is kept as a digit from 0 to 9. Received: {digit}")
    folder = _folder(owner)
    _refuse_too_many(folder)
    path = folder / f"{_next_moment(owner)}-{digit}.png"
    with replacing(path) as temporary:
        Image.fromarray(ink).save(temporary, format="PNG")
    return Drawing(path, digit)


def _refuse_too_many(folder: Path) -> None:
    count = sum(1 for _ in folder.iterdir())
    if count >= MAX_KEPT:
        raise LimitError(
            f"There is room for {MAX_KEPT:,} kept drawings. Forget some, or export them first. "
            f"Received: one more than {count:,}"
        )


def _next_moment(owner: str | None) -> int:
    """Microseconds since 1970, but later than all that is kept, whatever the clock says."""
    newest = next((drawing.path.name for drawing in listing(owner)), "0-")
    return max(time.time_ns() // 1000, int(newest.partition("-")[0]) + 1)


def listing(owner: str | None = None) -> list[Drawing]:
    """All kept drawings of ``owner`` and of nobody, newest first."""
    paths = {path for folder in (_folder(owner), _folder(None)) for path in folder.iterdir()}
    names = ((path, _NAME.fullmatch(path.name)) for path in paths)
    found = [Drawing(path, int(match[2])) for path, match in names if match]
    return sorted(found, key=lambda drawing: drawing.path.name, reverse=True)


def split(drawings: list[Drawing]) -> tuple[list[Drawing], list[Drawing]]:
    """Those that fine-tune a model, and a third that is held back to see what it did.

    Later drawings change nothing about earlier ones, so that what was held back once still is when
    a fine-tuned model is fine-tuned again. Raises ``DataError`` if there are too few.
    """
    if len(drawings) < MIN_TUNING:
        raise DataError(
            f"Fine-tuning needs {MIN_TUNING} drawings or more; keep some more first. "
            f"Received: {len(drawings)}"
        )
    parts: tuple[list[Drawing], list[Drawing]] = ([], [])
    in_time = sorted(drawings, key=lambda drawing: drawing.path.name)
    aside = hold_back(drawing.digit for drawing in in_time)
    for drawing, held_back in zip(in_time, aside, strict=True):
        parts[held_back].append(drawing)
    if not parts[1]:
        raise DataError(
            "Fine-tuning holds some drawings back to see what it did, the second of each digit. "
            f"Draw one of the digits again and keep it. Received: {len(drawings)} different digits"
        )
    return parts


def hold_back(digits: Iterable[int]) -> list[bool]:
    """Of drawings of ``digits``, in order of time: whether each is held back and does not train."""
    seen = [0] * CLASSES
    held_back = []
    for digit in digits:
        held_back.append(seen[digit] % _HELD_BACK_EVERY == _HELD_BACK_FIRST)
        seen[digit] += 1
    return held_back


def forget(drawing: Drawing) -> None:
    """Delete a kept drawing."""
    drawing.path.unlink(missing_ok=True)


def framed(drawings: list[Drawing], framing: Framing) -> tuple[Images, Labels]:
    """(N, 50, 50) uint8 and (N,) uint8 labels, fitted as ``framing`` says."""
    images = [_frame(drawing, framing) for drawing in drawings]
    labels = np.array([drawing.digit for drawing in drawings], np.uint8)
    return np.stack(images), labels


@lru_cache(maxsize=2000)  # 5 MB; the page frames all drawings each time that it is shown
def _frame(drawing: Drawing, framing: Framing) -> NDArray[np.uint8]:
    return framing.apply(drawing.ink())


def export(drawings: list[Drawing], framing: Framing) -> bytes:
    """The drawings as an ``.npz`` with ``x`` and ``y``, as the data page takes it."""
    images, labels = framed(drawings, framing)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=images, y=labels)
    return buffer.getvalue()


def as_dataset(drawings: list[Drawing], framing: Framing) -> Dataset:
    """The drawings as a data set to train on. Raises ``DataError`` if there are too few."""
    if len(drawings) < MIN_IMAGES:
        raise DataError(
            f"Training needs {MIN_IMAGES} drawings or more; draw some more first. "
            f"Received: {len(drawings)}"
        )
    images, labels = framed(drawings, framing)
    return Dataset(f"Your drawings, {len(labels):,}", images, labels)
