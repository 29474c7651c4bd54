"""The audit as a whole, and what it says of pictures, light, numbers and order.

Wrong labels and copies are in ``test_audit_labels.py`` and ``test_audit_copies.py``.
"""

import json
import subprocess
import sys
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from PIL import Image, ImageDraw

from resnet_app.data.audit import CHECKED, audit_dataset
from resnet_app.data.audit.finding import SEVERITIES, Finding
from resnet_app.data.builtin import drawn_digits, scanned_digits
from resnet_app.data.dataset import Dataset
from resnet_app.data.edit import apply_edit
from resnet_app.data.resize import to_model_size
from resnet_app.imaging import resize
from tests.faults import Fault, changed, clean, copied, leaked, mislabelled, noise, some


@lru_cache(maxsize=50)  # a Dataset is itself, whatever it holds
def findings(dataset: Dataset) -> tuple[Finding, ...]:
    return audit_dataset(dataset)


def complaints(dataset: Dataset) -> dict[str, Finding]:
    """What is serious or worth a look, by kind."""
    return {f.kind: f for f in findings(dataset) if f.severity != SEVERITIES[-1]}


def listed(finding: Finding) -> set[int]:
    """The images that the finding's remedy changes."""
    assert finding.remedy is not None
    return set(finding.remedy.edit.leave_out or finding.remedy.edit.invert)


def mended(fault: Fault) -> Dataset:
    """The faulty set after the remedy of its finding."""
    remedy = complaints(fault.dataset)[fault.kind].remedy
    assert remedy is not None
    return apply_edit(fault.dataset, remedy.edit, "Mended")


def reordered(dataset: Dataset, order: np.ndarray) -> Dataset:
    return replace(dataset, images=dataset.images[order], labels=dataset.labels[order])


def with_few_fours(count: int) -> Dataset:
    return reordered(
        clean(), np.delete(np.arange(1500), np.flatnonzero(clean().labels == 4)[count:])
    )


def unbalanced() -> Fault:
    return Fault("imbalance", with_few_fours(40))


def sorted_by_digit() -> Fault:
    return Fault("sorted", reordered(clean(), np.argsort(clean().labels, kind="stable")))


def dim() -> Fault:
    return Fault("low-contrast", replace(clean(), images=clean().images // 16))


FAULTS = {
    "blank": lambda: changed("blank", lambda images: 0 * images + 9, 0.02),
    "noise": lambda: changed("noise", noise, 0.02),
    "inverted": lambda: changed("polarity", lambda images: 255 - images, 0.1),
    "copies": lambda: copied("exact-copies", lambda images: images, 0.05),
    "near copies": lambda: copied("near-copies", lambda images: images * 0.8 + 20, 0.05),
    "leak": lambda: leaked(lambda images: images, 0.1),
    "unbalanced": unbalanced,
    "sorted": sorted_by_digit,
    "dim": dim,
    "mislabelled": lambda: mislabelled(0.1),
}


@lru_cache
def fault_named(name: str) -> Fault:
    return FAULTS[name]()


@pytest.mark.parametrize(
    "dataset",
    [drawn_digits(1000, 5), replace(scanned_digits(), source_side=8)],
    ids=["drawn", "scanned"],
)
def test_clean_digits_give_no_complaint(dataset: Dataset):
    assert complaints(dataset) == {}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_gives_its_finding_and_no_other(name: str):
    fault = fault_named(name)
    assert list(complaints(fault.dataset)) == [fault.kind]


@pytest.mark.parametrize("name", FAULTS)
def test_the_remedy_mends_the_fault(name: str):
    # Levelling leaves fewer than a thousand images here, which is the next finding.
    assert set(complaints(mended(fault_named(name)))) <= {"too-few"}


@pytest.mark.parametrize("name", ["blank", "noise", "inverted", "copies", "near copies", "leak"])
def test_exactly_the_faulty_images_are_listed(name: str):
    fault = fault_named(name)
    finding = complaints(fault.dataset)[fault.kind]
    assert listed(finding) == fault.where
    assert finding.count == len(fault.where)


@pytest.mark.parametrize("name", FAULTS)
def test_findings_survive_json_and_stay_small(name: str):
    for finding in findings(fault_named(name).dataset):
        text = json.dumps(finding.to_json())
        assert Finding.from_json(json.loads(text)) == finding
        assert len(finding.images) <= 24
        assert len(text) < 10_000
        assert len(finding.title.split()) <= 10


def test_the_worst_comes_first():
    blank = changed("blank", lambda images: 0 * images, 0.005).dataset
    findings = audit_dataset(reordered(blank, np.argsort(blank.labels, kind="stable")))
    assert [f.kind for f in findings][:2] == ["sorted", "blank"]
    ranks = [SEVERITIES.index(f.severity) for f in findings]
    assert ranks == sorted(ranks)


def test_progress_rises_to_one():
    heard: list[tuple[float, str]] = []
    audit_dataset(clean(), lambda share, message: heard.append((share, message)))
    shares = [share for share, _ in heard]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all(message for _, message in heard)


def test_importing_the_audit_loads_no_heavy_library():
    heavy = ["sklearn", "scipy", "cleanlab", "pandas", "tensorflow", "streamlit"]
    code = (
        "import sys, resnet_app.data.audit, resnet_app.data.store; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_was_checked_is_said_in_short_phrases():
    assert all(2 <= len(phrase) <= 50 for phrase in CHECKED)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((60, 50, 50), np.uint8),
        np.zeros((60, 50, 50), np.uint8) + np.arange(60, dtype=np.uint8)[:, None, None],
        np.repeat(clean().images[:1], 60, axis=0),
        np.concatenate([clean().images[:2], np.zeros((58, 50, 50), np.uint8)]),
        np.concatenate([clean().images[:31], np.zeros((29, 50, 50), np.uint8)]),
    ],
    ids=["black", "grey levels", "one picture", "two pictures", "half blank"],
)
def test_a_set_with_hardly_any_picture_is_told_and_does_no_harm(images: np.ndarray):
    labels = (np.arange(60) % 10).astype(np.uint8)
    found = complaints(Dataset("Odd", images, labels, images, labels))
    assert {"blank", "contradicting-copies"} & set(found)


# Pictures


@pytest.mark.parametrize("side", [8, 16, 28, 50, 120])
def test_noise_is_found_whatever_size_it_had(side: int):
    digits = np.stack([resize(image, side, side) for image in clean().images])
    where = some(clean(), 0.05)
    digits[where] = noise(digits[where])
    found = listed(
        complaints(replace(clean(), images=to_model_size(digits), source_side=side))["noise"]
    )
    assert found <= set(where.tolist())
    assert len(found) >= 0.9 * len(where)


def test_fine_lines_are_not_noise():
    rng = np.random.default_rng(0)
    lines = np.zeros((200, 28, 28), np.uint8)
    for index in range(200):
        picture = Image.new("L", (28, 28))
        corners = [tuple(corner) for corner in rng.uniform(3, 25, (4, 2))]
        ImageDraw.Draw(picture).line(corners, fill=255, width=1)
        lines[index] = np.asarray(picture)
    labels = rng.permutation(np.arange(200) % 10).astype(np.uint8)
    found = complaints(Dataset("Lines", to_model_size(lines), labels, source_side=28))
    assert not {"noise", "scrambled", "blank", "faint"} & set(found)


@pytest.mark.parametrize("order", ["pixels", "rows", "axes"])
def test_scrambled_pictures_are_one_serious_finding(order: str):
    rng = np.random.default_rng(3)
    images = clean().images
    count, rows, columns = images.shape
    wrong = {
        "pixels": lambda: images.reshape(count, -1)[:, rng.permutation(rows * columns)],
        "rows": lambda: images[:, rng.permutation(rows)],
        "axes": lambda: images.transpose(1, 2, 0),
    }[order]()
    found = complaints(replace(clean(), images=np.ascontiguousarray(wrong).reshape(images.shape)))
    assert [(f.kind, f.severity) for f in found.values()] == [("scrambled", "serious")]


def test_columns_sorted_by_name_are_noticed():
    images = clean().images.reshape(1500, -1)
    order = sorted(range(images.shape[1]), key=str)
    found = complaints(replace(clean(), images=images[:, order].reshape(-1, 50, 50)))
    assert found["scrambled"].severity == "worth a look"


@pytest.mark.parametrize(("side", "severity"), [(250, "worth a look"), (500, "serious")])
def test_digits_lost_in_large_pictures_are_told_with_their_size(side: int, severity: str):
    large = np.zeros((300, side, side), np.uint8)
    large[:, 60:110, 70:120] = clean().images[:300]
    dataset = Dataset("Small", to_model_size(large), clean().labels[:300], source_side=side)
    finding = complaints(dataset)["small-ink"]
    assert finding.severity == severity
    told = int(finding.title.removeprefix("Digits are only ").split()[0])
    assert abs(told - 36 * 50 / side) <= 1.5  # drawn digits are about 36 pixels tall


def test_digits_small_in_their_pictures_are_compared_all_the_same():
    large = np.zeros((1000, 100, 100), np.uint8)
    large[:, 30:80, 20:70] = clean().images[:1000]
    small = replace(
        clean(), images=to_model_size(large), labels=clean().labels[:1000], source_side=100
    )
    assert complaints(small) == {}
    labels = small.labels.copy()
    labels[::20] = (labels[::20] + 4) % 10
    found = listed(complaints(replace(small, labels=labels))["wrong-labels"])
    assert len(found & set(range(0, 1000, 20))) >= 30
    assert len(found) <= 60


# Light


def test_a_whole_test_set_of_the_other_polarity_is_told_as_such():
    images, labels = clean().images, clean().labels
    dataset = Dataset("Mixed", images[:1200], labels[:1200], 255 - images[1200:], labels[1200:])
    found = complaints(dataset)
    assert list(found) == ["polarity"]
    assert found["polarity"].title == "All 300 test images are inverted"
    assert listed(found["polarity"]) == set(range(1200, 1500))


def test_a_set_that_is_dark_on_light_throughout_is_no_complaint():
    assert complaints(replace(clean(), images=255 - clean().images)) == {}


def test_parts_on_different_scales_are_one_serious_finding():
    images, labels = clean().images, clean().labels
    found = complaints(Dataset("Scale", images, labels, images[:300][::-1] // 16, labels[:300]))
    assert "parts-differ" in found
    assert "faint" not in found


def test_faint_images_are_listed_faintest_first():
    fault = changed("faint", lambda images: images // 8, 0.01)
    finding = complaints(fault.dataset)["faint"]
    assert set(finding.images) == fault.where
    strongest = fault.dataset.images[list(finding.images)].max((1, 2))
    assert (np.diff(strongest.astype(int)) >= 0).all()


# Numbers and order


def test_levelling_leaves_as_many_of_each_digit():
    counts = mended(unbalanced()).class_counts()
    assert counts.tolist() == [40] * 10


def test_no_levelling_where_too_few_would_be_left():
    found = complaints(with_few_fours(10))
    assert found["imbalance"].severity == "serious"
    assert found["imbalance"].remedy is None


def test_a_missing_digit_is_serious_and_its_test_images_are_counted():
    kept = reordered(clean(), np.flatnonzero(clean().labels != 7))
    dataset = replace(kept, test_images=clean(8).images[:300], test_labels=clean(8).labels[:300])
    finding = complaints(dataset)["missing-digits"]
    assert finding.title == "No training images of 7"
    assert f"has {(clean(8).labels[:300] == 7).sum()} images" in finding.detail


@pytest.mark.parametrize(("count", "severity"), [(100, "serious"), (500, "worth a look")])
def test_too_few_images_are_told(count: int, severity: str):
    assert complaints(reordered(clean(), np.arange(count)))["too-few"].severity == severity


def test_digits_that_are_only_at_the_end_are_named():
    order = np.argsort(clean().labels >= 8, kind="stable")
    assert complaints(reordered(clean(), order))["sorted"].title == "8 and 9 are only at the end"


def test_digits_in_turn_are_not_sorted():
    order = np.argsort(clean().labels, kind="stable").reshape(10, 150).T.ravel()
    assert complaints(reordered(clean(), order)) == {}
