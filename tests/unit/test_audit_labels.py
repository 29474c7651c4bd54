"""Labels that do not go with their images."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from resnet_app.data.audit import audit_dataset, neighbours
from resnet_app.data.audit.finding import Finding
from resnet_app.data.dataset import Dataset
from resnet_app.data.edit import apply_edit
from tests.faults import clean, mislabelled
from tests.unit.test_audit import complaints, listed


def of_kind(dataset: Dataset, kind: str) -> Finding | None:
    return next((f for f in audit_dataset(dataset) if f.kind == kind), None)


@pytest.mark.parametrize(
    ("share", "precision", "recall"),
    [(0.02, 0.8, 0.55), (0.05, 0.85, 0.72), (0.1, 0.9, 0.75), (0.2, 0.9, 0.85), (0.4, 0.9, 0.8)],
)
def test_wrong_labels_are_found_and_few_others(share: float, precision: float, recall: float):
    right = accused = wrong = 0
    for seed in range(3):
        fault = mislabelled(share, seed)
        finding = of_kind(fault.dataset, "wrong-labels")
        assert finding is not None
        found = listed(finding)
        right += len(found & fault.where)
        accused += len(found)
        wrong += len(fault.where)
    assert right / accused >= precision
    assert right / wrong >= recall


@pytest.mark.parametrize(("share", "severity"), [(0.04, "worth a look"), (0.1, "serious")])
def test_the_more_labels_are_wrong_the_worse_it_is(share: float, severity: str):
    assert complaints(mislabelled(share).dataset)["wrong-labels"].severity == severity


def test_the_surest_wrong_labels_come_first():
    fault = mislabelled(0.1)
    finding = complaints(fault.dataset)["wrong-labels"]
    assert len(set(finding.images) & fault.where) >= 22  # of the 24 shown


def test_clean_digits_have_hardly_a_label_that_looks_wrong():
    finding = of_kind(clean(), "wrong-labels")
    assert finding is None or (finding.count <= 8 and finding.severity == "fine to know")


def test_images_of_a_rare_digit_are_not_accused_by_the_many_others():
    keep = np.flatnonzero(~np.isin(np.arange(1500), np.flatnonzero(clean().labels == 4)[4:]))
    dataset = replace(clean(), images=clean().images[keep], labels=clean().labels[keep])
    finding = of_kind(dataset, "wrong-labels")
    assert finding is None or 4 not in dataset.labels[list(finding.images)]


def test_digits_too_different_to_compare_are_not_accused_but_said_to_be_unchecked():
    rng = np.random.default_rng(0)
    turned = [
        np.asarray(Image.fromarray(image).rotate(rng.uniform(-180, 180), translate=tuple(shift)))
        for image, shift in zip(clean().images, rng.integers(-12, 13, (1500, 2)), strict=True)
    ]
    dataset = replace(clean(), images=np.stack(turned))
    assert of_kind(dataset, "wrong-labels") is None
    assert of_kind(dataset, "labels-unsure") is not None
    assert complaints(dataset) == {}


def test_a_sample_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(neighbours, "_MOST_COMPARED", 600)
    finding = of_kind(mislabelled(0.2).dataset, "wrong-labels")
    assert finding is not None
    assert "600 images drawn at random" in finding.detail


@pytest.mark.parametrize("shift", [1, -1, 2, -3])
def test_shifted_labels_are_recognised_and_moved_back(shift: int):
    dataset = replace(clean(), labels=np.roll(clean().labels, shift))
    found = complaints(dataset)
    assert list(found) == ["shifted-labels"]
    assert found["shifted-labels"].title.startswith("Labels are shifted by")
    mended = apply_edit(dataset, found["shifted-labels"].remedy.edit, "Mended")
    assert np.array_equal(mended.labels, clean().labels)


@pytest.mark.parametrize("first", [200, 700, 1200])
def test_labels_shifted_from_some_image_on_are_moved_back_from_there(first: int):
    lost = np.concatenate([np.delete(clean().labels, first), clean().labels[:1]])
    dataset = replace(clean(), labels=lost)
    found = complaints(dataset)
    assert list(found) == ["shifted-labels"]
    assert found["shifted-labels"].title.startswith("From image ")
    mended = apply_edit(dataset, found["shifted-labels"].remedy.edit, "Mended")
    assert (mended.labels != clean().labels).sum() <= 12


def test_shuffled_labels_are_said_not_to_belong():
    labels = np.random.default_rng(0).permutation(clean().labels)
    found = complaints(replace(clean(), labels=labels))
    assert [(f.kind, f.severity) for f in found.values()] == [("unrelated-labels", "serious")]


def test_labels_that_stop_belonging_are_told_from_where():
    labels = clean().labels.copy()
    labels[900:] = np.random.default_rng(0).permutation(labels[900:])
    found = complaints(replace(clean(), labels=labels))
    assert list(found) == ["unrelated-labels"]
    left_out = listed(found["unrelated-labels"])
    assert max(left_out) == 1499
    assert abs(min(left_out) - 900) <= 20


def test_shuffled_test_labels_are_told_and_the_test_set_can_be_left_out():
    labels = clean().labels.copy()
    labels[1000:] = np.random.default_rng(0).permutation(labels[1000:])
    dataset = Dataset(
        "Half right", clean().images[:1000], labels[:1000], clean().images[1000:], labels[1000:]
    )
    found = complaints(dataset)
    assert "unrelated-test-labels" in found
    assert listed(found["unrelated-test-labels"]) == set(range(1000, 1500))


@pytest.mark.parametrize(("shift", "word"), [(1, "high"), (-1, "low")])
def test_digits_named_one_too_high_or_low_are_recognised(shift: int, word: str):
    labels = ((clean().labels.astype(int) + shift) % 10).astype(np.uint8)
    found = complaints(replace(clean(), labels=labels))
    assert list(found) == ["shifted-digits"]
    assert found["shifted-digits"].title == f"Digits are named one too {word}"


def test_sorted_labels_are_not_taken_for_shifted_ones():
    order = np.argsort(clean().labels, kind="stable")
    dataset = replace(clean(), images=clean().images[order], labels=clean().labels[order])
    assert list(complaints(dataset)) == ["sorted"]
