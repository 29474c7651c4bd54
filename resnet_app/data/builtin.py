"""Digits that are there without an upload."""

from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import numpy as np

from resnet_app.data.dataset import Dataset
from resnet_app.data.generator import generate
from resnet_app.data.resize import to_model_size

_TEST_SEED_OFFSET = 1_000_003


def drawn_digits(count: int = 4000, seed: int = 0) -> Dataset:
    """``count`` digits drawn by the generator, and a quarter as many drawn anew for the test.

    Raises ``DataError`` if ``count`` is out of range.
    """
    images, labels = generate(count, seed)
    test_images, test_labels = generate(max(count // 4, 10), seed + _TEST_SEED_OFFSET)
    return Dataset(
        f"Drawn digits, {count:,} (seed {seed})",
        images,
        labels,
        test_images,
        test_labels,
        ("Drawn by this app's generator; the test digits are drawn from another seed.",),
    )


def scanned_digits() -> Dataset:
    """scikit-learn's 1,797 scanned digits of 8×8 pixels, 17 grey levels, enlarged to 50×50.

    Source: UCI Optical Recognition of Handwritten Digits (Alpaydin, Kaynak; CC BY 4.0).
    """
    # Read without importing scikit-learn, which would cost the web process some 130 MB.
    package = Path(cast(str, cast(ModuleSpec, find_spec("sklearn")).origin)).parent
    table = np.loadtxt(package / "datasets" / "data" / "digits.csv.gz", delimiter=",")
    small = np.round(table[:, :-1].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    return Dataset(
        "Scanned digits, 1,797 (scikit-learn)",
        to_model_size(small),
        table[:, -1].astype(np.uint8),
        notes=("Enlarged from 8×8 pixels, so they look soft.",),
        source_side=8,
    )
