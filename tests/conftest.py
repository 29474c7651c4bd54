"""Every test has a data folder of its own."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from resnet_app.data.dataset import Dataset


@pytest.fixture(autouse=True)
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty ``RESNET_APP_HOME``."""
    home = tmp_path / "home"
    monkeypatch.setenv("RESNET_APP_HOME", str(home))
    monkeypatch.setenv("RESNET_APP_WARM_WORKER", "0")  # a page test would leave one behind
    return home


def bar_images(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images that a tiny network can tell apart: digit d is a bar at row 4 d."""
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = np.zeros((count, 50, 50), np.uint8)
    for index, label in enumerate(labels):
        images[index, 4 * label + 3 : 4 * label + 8, 10 + index % 7 : 40] = 255
    return images, labels


@pytest.fixture
def bars() -> Dataset:
    """200 training and 50 test images of bars."""
    return Dataset("Bars", *bar_images(200), *bar_images(50))
