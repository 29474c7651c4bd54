"""Images that are there more than once."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from resnet_app.data.audit import audit_dataset
from resnet_app.data.builtin import scanned_digits
from resnet_app.data.dataset import Dataset
from tests.faults import as_jpeg, clean, copied, leaked, with_noise
from tests.unit.test_audit import complaints, listed

CHANGES: dict[str, Callable] = {
    "weaker": lambda images: images * 0.8,
    "on grey": lambda images: images * 0.7 + 20,
    "gamma": lambda images: 255 * (images / 255) ** 1.3,
    "noise 8": with_noise(8),
    "noise 16": with_noise(16),
    "JPEG": as_jpeg,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("share", [0.01, 0.2])
def test_slightly_changed_copies_are_found_and_nothing_else(change: str, share: float):
    fault = copied("near-copies", CHANGES[change], share)
    found = listed(complaints(fault.dataset)["near-copies"])
    assert found <= fault.where
    assert len(found) >= 0.95 * len(fault.where)


@pytest.mark.parametrize("change", CHANGES)
def test_slightly_changed_test_images_in_training_are_a_leak(change: str):
    fault = leaked(CHANGES[change], 0.1)
    found = complaints(fault.dataset)
    assert list(found) == ["leak"]
    assert listed(found["leak"]) == fault.where


def test_a_digit_moved_or_written_anew_is_no_copy():
    moved = copied("near-copies", lambda images: np.roll(images, 1, axis=2), 0.2)
    assert complaints(moved.dataset) == {}


def test_many_copies_of_one_image_are_one_group():
    copies = np.repeat(clean().images[5:6], 40, axis=0)
    noisy = with_noise(5)(copies).clip(0, 255).astype(np.uint8)
    dataset = replace(
        clean(),
        images=np.concatenate([clean().images, noisy]),
        labels=np.concatenate([clean().labels, np.repeat(clean().labels[5], 40)]),
    )
    finding = complaints(dataset)["near-copies"]
    assert listed(finding) == set(range(1500, 1540))
    assert finding.images[0] == 5  # the original lies beside its copies


def test_copies_with_different_labels_are_that_finding_alone():
    where = np.arange(0, 1500, 50)
    dataset = replace(
        clean(),
        images=np.concatenate([clean().images, clean().images[where]]),
        labels=np.concatenate([clean().labels, (clean().labels[where] + 3) % 10]),
    )
    found = complaints(dataset)
    assert [(f.kind, f.severity) for f in found.values()] == [("contradicting-copies", "serious")]
    assert listed(found["contradicting-copies"]) == {*where.tolist(), *range(1500, 1530)}
    first, second = found["contradicting-copies"].images[:2]
    assert np.array_equal(dataset.images[first], dataset.images[second])


def test_blank_images_are_not_called_copies_of_each_other():
    images = clean().images.copy()
    images[:30] = 0
    assert list(complaints(replace(clean(), images=images))) == ["blank"]


def test_scans_of_few_pixels_are_told_apart():
    scanned = replace(scanned_digits(), source_side=8)
    assert not [f for f in audit_dataset(scanned) if "copies" in f.kind]


def test_nothing_is_left_out_where_too_little_would_be_left():
    images = np.repeat(clean().images[:40], 3, axis=0)
    labels = np.repeat(clean().labels[:40], 3)
    finding = complaints(Dataset("Thrice", images, labels))["exact-copies"]
    assert (finding.count, finding.remedy) == (80, None)
