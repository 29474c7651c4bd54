"""Data sets on disk, kept once by their digest.

``DIGEST.npz``         pixels and labels
``DIGEST.json``        a ``StoredDataset``: name, numbers, notes
``DIGEST.audit.json``  the findings of the audit, when it has been made
"""

import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from resnet_app.config import IMAGE_SIZE, dataset_quota, home
from resnet_app.data.audit.finding import Finding
from resnet_app.data.dataset import Dataset
from resnet_app.errors import DataError, LimitError
from resnet_app.files import read_json, replacing, write_json

MAX_NAME = 120
"""Longest name of a data set, in characters."""


@dataclass(frozen=True)
class StoredDataset:
    """What a list shows of a data set without opening it; ``created`` in seconds since 1970."""

    digest: str
    name: str
    count: int
    test_count: int
    created: float
    notes: tuple[str, ...] = ()
    source_side: int = IMAGE_SIZE

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return arrays_path(self.digest).stat().st_size


def _folder() -> Path:
    folder = home() / "datasets"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _checked(digest: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{16}", digest):
        raise DataError(f"This is not the name of a data set. Received: {digest[:40]}")
    return digest


def arrays_path(digest: str) -> Path:
    """Where the pixels and labels of a data set lie, an ``.npz``."""
    return _folder() / f"{_checked(digest)}.npz"


def _card(digest: str) -> Path:
    return _folder() / f"{_checked(digest)}.json"


def _audit(digest: str) -> Path:
    return _folder() / f"{_checked(digest)}.audit.json"


def save(dataset: Dataset) -> str:
    """Keep ``dataset`` and return its digest; one that is there already is not written again.

    Raises ``LimitError`` if there is no room for it.
    """
    digest = dataset.digest
    arrays, card = arrays_path(digest), _card(digest)
    if not arrays.exists():
        with replacing(arrays) as temporary:
            np.savez_compressed(
                temporary,
                images=dataset.images,
                labels=dataset.labels,
                test_images=dataset.test_images,
                test_labels=dataset.test_labels,
            )
            _refuse_beyond_quota(temporary.stat().st_size)
    if not card.exists():
        stored = StoredDataset(
            digest,
            dataset.name,
            len(dataset.labels),
            len(dataset.test_labels),
            time.time(),
            dataset.notes,
            dataset.source_side,
        )
        write_json(card, asdict(stored))
    return digest


def used() -> int:
    """Bytes that all data sets take on disk."""
    return sum(path.stat().st_size for path in _folder().glob("[!.]*"))


def _refuse_beyond_quota(size: int) -> None:
    quota = dataset_quota()
    if used() + size > quota:
        raise LimitError(
            f"There is room for {quota / 1e6:,.0f} MB of data sets, and this one does not fit any "
            "more. Delete a data set that you do not need, then try again. "
            f"Received: {size / 1e6:,.1f} MB beside {used() / 1e6:,.1f} MB"
        )


def load(digest: str) -> Dataset:
    """The data set with this digest. Raises ``DataError`` if it is not there or damaged."""
    card = describe(digest)
    with _read(digest), np.load(arrays_path(digest), allow_pickle=False) as arrays:
        return Dataset(
            card.name,
            arrays["images"],
            arrays["labels"],
            arrays["test_images"],
            arrays["test_labels"],
            card.notes,
            card.source_side,
        )


def describe(digest: str) -> StoredDataset:
    """What a list shows of this data set. Raises ``DataError`` as ``load`` does."""
    with _read(digest):
        return _read_card(_card(digest))


@contextmanager
def _read(digest: str) -> Iterator[None]:
    """What goes wrong while a data set's files are read becomes ``DataError``."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(
            f"This data set is no longer here. Choose or upload it again. Received: {digest}"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, BadZipFile, zlib.error) as error:
        raise DataError(
            f"This data set's file is damaged ({error}). Upload it again. Received: {digest}"
        ) from error


def _read_card(path: Path) -> StoredDataset:
    values = read_json(path)
    return StoredDataset(**{**values, "notes": tuple(values["notes"])})


def listing() -> list[StoredDataset]:
    """All data sets, newest first; a damaged entry is left out."""
    found = []
    for card in _folder().glob("*.json"):
        if re.fullmatch(r"[0-9a-f]{16}", card.stem):
            try:
                found.append(_read_card(card))
            except (OSError, ValueError, TypeError, KeyError):
                continue
    return sorted(found, key=lambda stored: stored.created, reverse=True)


def rename(digest: str, name: str) -> None:
    """Give a data set another name. Raises ``DataError`` if it is not here or ``name`` is empty."""
    plain = "".join(c for c in name if c.isprintable()).strip()[:MAX_NAME]
    if not plain:
        raise DataError(f"A data set needs a name. Write one. Received: {name[:40]!r}")
    try:
        write_json(_card(digest), asdict(replace(_read_card(_card(digest)), name=plain)))
    except FileNotFoundError:
        raise DataError(f"This data set is no longer here. Received: {digest}") from None


def delete(digest: str) -> None:
    """Remove a data set and its audit; one that is not here is no error.

    Runs that were trained on it keep their models.
    """
    for path in (_card(digest), _audit(digest), arrays_path(digest)):
        path.unlink(missing_ok=True)


def save_findings(digest: str, findings: tuple[Finding, ...]) -> None:
    """Keep what an audit found in a stored data set."""
    write_json(_audit(digest), [finding.to_json() for finding in findings])


def findings(digest: str) -> tuple[Finding, ...] | None:
    """What the audit found, worst first; None if it has not been made."""
    try:
        return tuple(Finding.from_json(values) for values in read_json(_audit(digest)))
    except (OSError, ValueError, TypeError, KeyError):
        return None
