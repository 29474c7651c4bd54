"""Large uploads until they are ready: read, brought to 50×50, kept and audited.

Run: ``python -m tests.benchmarks.reading``. A line for each file: seconds from the click to a data
set that can be trained on, the largest memory of the process that reads, and the seconds that the
usual library alone takes for the file: no checks, no resizing, nothing kept.
"""

import contextlib
import gzip
import io
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from PIL import Image

from resnet_app.data import launch
from resnet_app.data.generator import generate
from resnet_app.data.source import SourceFile

_DRAWN = 5000
_COUNT = 60_000
_PICTURES = 10_000


def main() -> None:
    """Write the files, read each, print one line each."""
    with tempfile.TemporaryDirectory() as folder:
        images, labels = _digits()
        print(f"{'file':<34}{'MB':>6}{'ready s':>9}{'memory MB':>11}", end="")
        print(f"{'library alone s':>17}{'ratio':>7}")
        for name, files, alone in (
            _zip_of_pictures(Path(folder), images[:_PICTURES], labels[:_PICTURES]),
            _csv(Path(folder), images, labels),
            _idx_pair(Path(folder), images, labels),
        ):
            _print_line(name, files, alone)


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """(60000, 28, 28) uint8 and labels: drawn digits, each in variants that differ by a shift."""
    drawn, labels = generate(_DRAWN, 0)
    small = np.stack([np.asarray(Image.fromarray(image).resize((28, 28))) for image in drawn])
    rng = np.random.default_rng(0)
    variants = [
        np.stack([np.roll(image, rng.integers(-2, 3, 2), (0, 1)) for image in small])
        for _ in range(_COUNT // _DRAWN)
    ]
    mixed = rng.permutation(_COUNT)
    return np.concatenate(variants)[mixed], np.tile(labels, len(variants))[mixed]


Case = tuple[str, list[SourceFile], Callable[[], object]]


def _zip_of_pictures(folder: Path, images: np.ndarray, labels: np.ndarray) -> Case:
    path = folder / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for index, (image, label) in enumerate(zip(images, labels, strict=True)):
            file = io.BytesIO()
            Image.fromarray(image).save(file, "PNG")
            archive.writestr(f"digits/{label}/{index:05}.png", file.getvalue())

    def alone() -> object:
        with zipfile.ZipFile(path) as archive:
            return [
                np.asarray(Image.open(io.BytesIO(archive.read(name))))
                for name in archive.namelist()
            ]

    return f"zip of {len(images):,} PNG", [SourceFile(path.name, path)], alone


def _csv(folder: Path, images: np.ndarray, labels: np.ndarray) -> Case:
    path = folder / "train.csv"
    table = pd.DataFrame(images.reshape(len(images), -1))
    table.insert(0, "label", labels)
    table.to_csv(path, index=False)
    return f"CSV of {len(images):,}", [SourceFile(path.name, path)], lambda: pd.read_csv(path)


def _idx_pair(folder: Path, images: np.ndarray, labels: np.ndarray) -> Case:
    paths = [folder / "train-images-idx3-ubyte.gz", folder / "train-labels-idx1-ubyte.gz"]
    for path, array in zip(paths, (images, labels), strict=True):
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes(), 6))

    def alone() -> object:
        return [np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8) for path in paths]

    return f"IDX pair of {len(images):,}, gzip", [SourceFile(p.name, p) for p in paths], alone


def _print_line(name: str, files: Sequence[SourceFile], alone: Callable[[], object]) -> None:
    began = time.perf_counter()
    alone()
    library = time.perf_counter() - began
    # A house of its own: what is there already would be neither kept nor audited again.
    os.environ["RESNET_APP_HOME"] = str(files[0].path.with_name(f"home of {name}"))
    began = time.perf_counter()
    job = launch.read(files)
    memory = _peak(job) / 1e6
    reading = job.result()
    ready = time.perf_counter() - began
    assert reading is not None and reading.digest is not None, reading
    job.forget()
    size = sum(file.path.stat().st_size for file in files) / 1e6
    print(f"{name:<34}{size:>6.0f}{ready:>9.1f}{memory:>11.0f}", end="")
    print(f"{library:>17.1f}{ready / library:>7.1f}", flush=True)


def _peak(job: launch.Job) -> int:
    """Largest memory in bytes of the process that reads, until ``job`` ends."""
    largest = 0
    while not job.wait(0.02):
        for process in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                largest = max(largest, process.memory_info().rss)
    return largest


if __name__ == "__main__":
    main()
