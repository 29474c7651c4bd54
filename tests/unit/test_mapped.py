"""Stored data sets, opened without taking memory."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resnet_app.data import mapped, store
from resnet_app.data.dataset import Dataset
from resnet_app.errors import DataError


def test_a_mapped_data_set_is_the_stored_one_and_stays_on_disk(bars: Dataset):
    digest = store.save(replace(bars, notes=("A note.",), source_side=28))
    opened = mapped.open_mapped(digest)
    assert opened.digest == digest
    assert (opened.name, opened.notes, opened.source_side) == ("Bars", ("A note.",), 28)
    assert isinstance(opened.images, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        opened.images[0] = 1


def test_a_data_set_without_a_test_set_is_mapped(bars: Dataset):
    digest = store.save(Dataset("Bars", bars.images, bars.labels))
    assert mapped.open_mapped(digest).test_images.shape == (0, 50, 50)


def test_images_are_taken_from_training_and_test(bars: Dataset):
    opened = mapped.open_mapped(store.save(bars))
    taken = mapped.take(opened, [249, 3, 200])
    assert np.array_equal(taken, bars.all_images[[249, 3, 200]])
    with pytest.raises(IndexError):
        mapped.take(opened, [250])


def test_only_the_data_sets_used_last_stay_unpacked(bars: Dataset, lab_home: Path):
    digests = [store.save(replace(bars, labels=(bars.labels + step) % 10)) for step in range(3)]
    for digest in (*digests, digests[1]):
        mapped.open_mapped(digest)
    assert {path.name for path in (lab_home / "unpacked").iterdir()} == set(digests[1:])
    mapped.forget(digests[1])
    assert [path.name for path in (lab_home / "unpacked").iterdir()] == [digests[2]]


def test_a_missing_or_damaged_data_set_is_told_in_words(bars: Dataset, lab_home: Path):
    with pytest.raises(DataError, match="no longer here"):
        mapped.open_mapped("0" * 16)
    digest = store.save(bars)
    (lab_home / "datasets" / f"{digest}.npz").write_bytes(b"no zip")
    with pytest.raises(DataError, match="damaged"):
        mapped.open_mapped(digest)
    assert not list((lab_home / "unpacked").iterdir())


def test_without_room_to_unpack_it_is_read_into_memory(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch
):
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("resnet_app.data.mapped.shutil.copyfileobj", full)
    assert mapped.open_mapped(store.save(bars)).digest == bars.digest
