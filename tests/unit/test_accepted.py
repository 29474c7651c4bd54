"""Each row of the README's table of accepted files, with a real file of that kind."""

import re
from pathlib import Path

import numpy as np
import pytest

from resnet_app.data.interpret import Understanding
from resnet_app.data.reading import read_files
from resnet_app.data.resize import to_model_size
from resnet_app.data.source import Choices, SourceFile
from tests.fuzz.samples import IMAGES, LABELS, samples

_README = Path(__file__).resolve().parents[2] / "README.md"

ROWS = {
    "NumPy `.npz`": ["npz", "npz stored"],
    "NumPy `.npy`": ["npy"],
    "CSV and TSV": ["csv", "tsv"],
    "gzip of any of these": ["csv gzip"],
    "zip of data files": ["csv in zip"],
    "MNIST's IDX files": ["idx", "idx labels"],
    "Parquet": ["parquet", "parquet pictures"],
    "MATLAB `.mat`": ["mat", "mat compressed"],
    "HDF5": ["hdf5"],
    "zip of pictures": ["zip of png", "zip of jpeg, stored"],
    "Pictures": ["png", "jpeg", "bmp", "gif", "tiff", "webp"],
}
"""First cell of a row → the samples that stand for it."""


def understood(sample: str, folder: Path) -> Understanding:
    files = []
    for index, (name, content) in enumerate(samples()[sample]):
        path = folder / str(index)
        path.write_bytes(content)
        files.append(SourceFile(name, path))
    job = folder / "job"
    job.mkdir()
    return read_files(files, Choices(), job)


def test_every_row_has_a_file_and_every_file_a_row():
    text = _README.read_text(encoding="utf-8")
    table = text[text.index("<!-- accepted files -->") :].split("\n\n")[0]
    cells = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)[1:]
    assert sorted(cells) == sorted(ROWS)
    assert sorted(sum(ROWS.values(), [])) == sorted(samples())


@pytest.mark.parametrize("sample", samples())
def test_the_same_digits_come_out_of_every_kind_of_file(sample: str, tmp_path: Path):
    found = understood(sample, tmp_path)
    assert found.reading.recognised
    dataset = found.dataset
    assert dataset is not None
    assert np.array_equal(dataset.class_counts(), np.bincount(LABELS, minlength=10))
    expected = to_model_size(IMAGES)
    for digit in range(10):
        mean = dataset.images[dataset.labels == digit].mean(0)
        wanted = expected[digit == LABELS].mean(0)
        assert np.abs(mean - wanted).max() < 25  # JPEG and GIF keep pixels only nearly
    assert dataset.source_side == 12
