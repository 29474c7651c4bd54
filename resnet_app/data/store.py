"""Data sets on disk, kept once by their digest.

``DIGEST.npz``         pixels and labels
``DIGEST.json``        a ``StoredDataset``: name, numbers, notes
``DIGEST.audit.json``  the findings of the audit, when it has been made
``DIGEST.owners.json`` whose it is, each owner with the name that it has there; a data set without
                       this file belongs to the installation
"""

import re
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
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
from resnet_app.owners import may_change

_owning = threading.RLock()
"""Held while owners change, of which a data set may have several."""

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
    def total(self) -> int:
        """Number of all its images, those to test with included."""
        return self.count + self.test_count

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


def _owners_path(digest: str) -> Path:
    return _folder() / f"{_checked(digest)}.owners.json"


def save(dataset: Dataset, owner: str | None = None) -> str:
    """Keep ``dataset`` for ``owner`` and return its digest; what is there is not written again.

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
    if owner is not None and (not card.exists() or _owners(digest)):
        _note_owner(digest, owner, dataset.name)  # first, so that nobody else ever lists it
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


def _owners(digest: str) -> dict[str, str]:
    """Each owner with its name for the data set; empty for the installation's."""
    try:
        owners: dict[str, str] = read_json(_owners_path(digest))
        return owners
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return {"": ""}  # somebody's, and it cannot be told whose


def _note_owner(digest: str, owner: str, name: str) -> None:
    with _owning:
        write_json(_owners_path(digest), _owners(digest) | {owner: name})


def is_mine(digest: str, viewer: str | None) -> bool:
    """Whether ``viewer`` may look at and change a data set, by ``owners.may_change``."""
    return _may_change(viewer, _owners(digest))


def _may_change(viewer: str | None, owners: Mapping[str, str]) -> bool:
    return not owners or any(may_change(viewer, owner) for owner in owners)


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


def describe(digest: str, viewer: str | None = None) -> StoredDataset:
    """What a list of ``viewer`` shows of this data set.

    Raises ``DataError`` as ``load`` does, and if it is somebody else's.
    """
    with _read(digest):
        owners = _owners(digest)
        if not _may_change(viewer, owners):
            raise FileNotFoundError
        return _named(_read_card(_card(digest)), viewer, owners)


def _named(stored: StoredDataset, viewer: str | None, owners: Mapping[str, str]) -> StoredDataset:
    """``stored`` with the name that ``viewer`` gave it."""
    name = owners.get(viewer or "")
    return replace(stored, name=name) if name else stored


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


def listing(viewer: str | None = None) -> list[StoredDataset]:
    """The data sets that ``viewer`` may look at, all for None, newest first.

    A damaged entry is left out.
    """
    found = []
    for card in _folder().glob("*.json"):
        if re.fullmatch(r"[0-9a-f]{16}", card.stem) is None:
            continue
        owners = _owners(card.stem)
        if _may_change(viewer, owners):
            try:
                found.append(_named(_read_card(card), viewer, owners))
            except (OSError, ValueError, TypeError, KeyError):
                continue
    return sorted(found, key=lambda stored: stored.created, reverse=True)


def rename(digest: str, name: str, viewer: str | None = None) -> None:
    """Give a data set another name, for ``viewer`` alone if it is an owner.

    Raises ``DataError`` if it is not here or ``name`` is empty.
    """
    plain = "".join(c for c in name if c.isprintable()).strip()[:MAX_NAME]
    if not plain:
        raise DataError(f"A data set needs a name. Write one. Received: {name[:40]!r}")
    describe(digest, viewer)
    if viewer is not None and viewer in _owners(digest):
        _note_owner(digest, viewer, plain)
        return
    write_json(_card(digest), asdict(replace(_read_card(_card(digest)), name=plain)))


def delete(digest: str, viewer: str | None = None) -> None:
    """Remove a data set and its audit; one that is not here is no error.

    Of several owners only ``viewer`` loses it. Runs that were trained on it keep their models.
    Raises ``DataError`` if it is somebody else's.
    """
    with _owning:
        owners = _owners(digest)
        if not _may_change(viewer, owners):
            raise DataError(f"This data set is no longer here. Received: {digest}")
        others = {owner: name for owner, name in owners.items() if owner != viewer}
        if viewer in owners and others:
            write_json(_owners_path(digest), others)
            return
        for path in (_card(digest), _audit(digest), arrays_path(digest), _owners_path(digest)):
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
