"""Data sets on disk, kept once by their digest."""

import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from resnet_app.config import home
from resnet_app.data.dataset import Dataset
from resnet_app.errors import DataError
from resnet_app.files import read_json, replacing, write_json


@dataclass(frozen=True)
class StoredDataset:
    """What a list shows of a data set without opening it; ``created`` in seconds since 1970."""

    digest: str
    name: str
    count: int
    test_count: int
    created: float
    notes: tuple[str, ...] = ()


def _folder() -> Path:
    folder = home() / "datasets"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def save(dataset: Dataset) -> str:
    """Keep ``dataset`` and return its digest; one that is there already is not written again."""
    digest = dataset.digest
    arrays, card = _folder() / f"{digest}.npz", _folder() / f"{digest}.json"
    if not arrays.exists():
        with replacing(arrays) as temporary:
            np.savez_compressed(
                temporary,
                images=dataset.images,
                labels=dataset.labels,
                test_images=dataset.test_images,
                test_labels=dataset.test_labels,
            )
    if not card.exists():
        stored = StoredDataset(
            digest,
            dataset.name,
            len(dataset.labels),
            len(dataset.test_labels),
            time.time(),
            dataset.notes,
        )
        write_json(card, asdict(stored))
    return digest


def load(digest: str) -> Dataset:
    """The data set with this digest. Raises ``DataError`` if it is not there or damaged."""
    if not re.fullmatch(r"[0-9a-f]{16}", digest):
        raise DataError(f"This is not the name of a data set. Received: {digest[:40]}")
    try:
        card = read_json(_folder() / f"{digest}.json")
        with np.load(_folder() / f"{digest}.npz", allow_pickle=False) as arrays:
            return Dataset(
                card["name"],
                arrays["images"],
                arrays["labels"],
                arrays["test_images"],
                arrays["test_labels"],
                tuple(card["notes"]),
            )
    except FileNotFoundError:
        raise DataError(
            f"This data set is no longer here. Choose or upload it again. Received: {digest}"
        ) from None
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"This data set's file is damaged ({error}). Upload it again. Received: {digest}"
        ) from error


def listing() -> list[StoredDataset]:
    """All data sets, newest first; a damaged entry is left out."""
    found = []
    for card in _folder().glob("*.json"):
        try:
            values = read_json(card)
            found.append(StoredDataset(**{**values, "notes": tuple(values["notes"])}))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return sorted(found, key=lambda stored: stored.created, reverse=True)
