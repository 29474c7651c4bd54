"""Changes to single images, before they are saved."""

import numpy as np

from resnet_app.data.edit import Edit
from resnet_app.ui.changes import Change, to_edit

LABELS = np.arange(10, dtype=np.uint8)


def test_the_last_change_of_an_image_counts():
    changes = [Change((1, 2), 7), Change((2, 3), None), Change((3,), 5)]
    assert to_edit(changes, LABELS) == Edit(leave_out=(2,), relabel={1: 7, 3: 5})


def test_a_change_back_to_the_own_label_is_none():
    assert to_edit([Change((4,), 7), Change((4,), 4)], LABELS) == Edit()


def test_a_change_is_told_in_a_line():
    assert Change((3,), None).in_words() == "Image 3: left out"
    assert Change(tuple(range(10)), 7).in_words() == (
        "Images 0, 1, 2, 3, 4, 5, 6, 7 and 2 more: now 7"
    )
