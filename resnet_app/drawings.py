"""One's own drawings with their right labels: kept, looked at, exported, trained and tested on."""

import io
import re
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_app.config import CLASSES, MIN_IMAGES, home
from resnet_app.data.dataset import Dataset, Images, Labels
from resnet_app.errors import DataError
from resnet_app.files import replacing
from resnet_app.imaging import Framing

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


def _folder() -> Path:
    folder = home() / "drawings"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(ink: NDArray[np.uint8], digit: int) -> Drawing:
    """Store ``ink`` (H, W) uint8 as a ``digit``. Raises ``DataError`` if it is none from 0 to 9."""
    if not 0 <= digit < CLASSES:
        raise DataError(f"A drawing is kept as a digit from 0 to 9. Received: {digit}")
    path = _folder() / f"{time.time_ns() // 1000}-{digit}.png"
    with replacing(path) as temporary:
        Image.fromarray(ink).save(temporary, format="PNG")
    return Drawing(path, digit)


def listing() -> list[Drawing]:
    """All kept drawings, newest first."""
    names = ((path, _NAME.fullmatch(path.name)) for path in _folder().iterdir())
    found = [Drawing(path, int(match[2])) for path, match in names if match]
    return sorted(found, key=lambda drawing: drawing.path.name, reverse=True)


def forget(drawing: Drawing) -> None:
    """Delete a kept drawing."""
    drawing.path.unlink(missing_ok=True)


def framed(drawings: list[Drawing], framing: Framing) -> tuple[Images, Labels]:
    """(N, 50, 50) uint8 and (N,) uint8 labels, fitted as ``framing`` says."""
    images = [framing.apply(drawing.ink()) for drawing in drawings]
    labels = np.array([drawing.digit for drawing in drawings], np.uint8)
    return np.stack(images), labels


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
