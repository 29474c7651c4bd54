"""Changing a data set into a new one."""

import json

import numpy as np
import pytest

from resnet_app.data.dataset import Dataset
from resnet_app.data.edit import Edit, apply_edit
from resnet_app.errors import DataError


def test_an_empty_edit_changes_only_the_name(bars: Dataset):
    edited = apply_edit(bars, Edit(), "same")
    assert (edited.name, edited.digest) == ("same", bars.digest)


def test_images_are_left_out_of_training_and_test(bars: Dataset):
    edited = apply_edit(bars, Edit(leave_out=(0, 3, 200, 249)), "fewer")
    assert (len(edited.labels), len(edited.test_labels)) == (198, 48)
    assert np.array_equal(edited.images[0], bars.images[1])
    assert np.array_equal(edited.test_images, bars.test_images[1:-1])
    assert edited.notes[-1] == "Changed from “Bars”: 4 images left out."


def test_labels_change_in_training_and_test(bars: Dataset):
    edited = apply_edit(bars, Edit(relabel={5: 9, 201: 0}), "relabelled")
    assert (edited.labels[5], edited.test_labels[1]) == (9, 0)
    assert (edited.labels != bars.labels).sum() == 1
    assert np.array_equal(edited.images, bars.images)


def test_the_original_stays(bars: Dataset):
    before = bars.images.copy(), bars.labels.copy()
    apply_edit(bars, Edit((1,), {2: 3}, (4,), 1, True, True), "all of it")
    assert np.array_equal(bars.images, before[0])
    assert np.array_equal(bars.labels, before[1])


def test_inverting_rolling_stretching_and_shuffling(bars: Dataset):
    assert np.array_equal(apply_edit(bars, Edit(invert=(7,)), "x").images[7], 255 - bars.images[7])
    rolled = apply_edit(bars, Edit(roll=1), "x")
    assert np.array_equal(rolled.labels[1:], bars.labels[:-1])
    assert np.array_equal(rolled.test_labels, bars.test_labels)
    dim = Dataset("Dim", bars.images // 16, bars.labels)
    assert np.array_equal(apply_edit(dim, Edit(stretch=True), "x").images, bars.images)
    shuffled = apply_edit(bars, Edit(shuffle=True), "x")
    assert not np.array_equal(shuffled.labels, bars.labels)
    assert np.array_equal(shuffled.class_counts(), bars.class_counts())
    bar = shuffled.images[17, :, 25].argmax()
    assert bar == 4 * shuffled.labels[17] + 3  # image and label have moved together


def test_labels_are_rolled_only_from_the_named_image_on(bars: Dataset):
    edit = Edit(roll=1, roll_from=150)
    rolled = apply_edit(bars, edit, "x")
    assert np.array_equal(rolled.labels[:150], bars.labels[:150])
    assert np.array_equal(rolled.labels[151:], bars.labels[150:-1])
    assert edit.describe() == "labels moved by +1 from image 150 on"


def test_an_edit_survives_json():
    edit = Edit((1, 2), {3: 4}, (5,), -1, True, True)
    assert Edit.from_json(json.loads(json.dumps(edit.to_json()))) == edit
    assert edit.describe() == (
        "labels moved by -1, 1 image relabelled, 1 image inverted, brightness stretched to 255, "
        "2 images left out, shuffled"
    )


@pytest.mark.parametrize(
    "edit",
    [Edit(leave_out=(250,)), Edit(invert=(-1,)), Edit(relabel={0: 10}), Edit(relabel={999: 1}),
     Edit(leave_out=tuple(range(160)))],
)  # fmt: skip
def test_what_is_not_there_is_refused_in_words(bars: Dataset, edit: Edit):
    with pytest.raises(DataError, match="Received: "):
        apply_edit(bars, edit, "x")
