"""What people bring together: one reader is chosen, and what does not fit is named."""

import gzip
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from resnet_app.data.generator import generate
from resnet_app.data.reading import find_source, name_of, read_files
from resnet_app.data.source import Choices, SourceFile
from resnet_app.errors import DataError
from tests.conftest import bar_images
from tests.unit.uploads import dataset_of, on_disk, refusal, understand

IMAGES, LABELS = bar_images(60)
SMALL = IMAGES[:, ::5, ::5].copy()
SMALL[:, 0, 0] = range(60)  # no two are equal


def written(write: Callable[..., object], *args: object, **options: object) -> bytes:
    file = io.BytesIO()
    write(file, *args, **options)
    return file.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    def write(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, member in members.items():
                archive.writestr(name, member)

    return written(write)


def png(image: np.ndarray) -> bytes:
    return written(Image.fromarray(image).save, "PNG")


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def csv(images: np.ndarray, labels: np.ndarray) -> bytes:
    table = pd.DataFrame(images.reshape(len(images), -1)).add_prefix("pixel")
    table.insert(0, "label", labels)
    return table.to_csv(index=False).encode()


NPZ = written(np.savez_compressed, x=SMALL, y=LABELS)
CSV = csv(SMALL, LABELS)
IN_FOLDERS = {f"digits/{LABELS[i]}/{i}.png": png(SMALL[i]) for i in range(60)}
FLAT = {f"scans/{i:05}.png": png(SMALL[i]) for i in range(60)}
LABEL_TABLE = "file,label\n" + "".join(f"{i:05}.png,{LABELS[i]}\n" for i in range(60))
MNIST = {
    "train-images-idx3-ubyte": idx(SMALL),
    "train-labels-idx1-ubyte": idx(LABELS),
    "t10k-images-idx3-ubyte": idx(SMALL[:50]),
    "t10k-labels-idx1-ubyte": idx(LABELS[:50]),
}
PDF = b"%PDF-1.7\n%\xe2\xe3"


@pytest.mark.parametrize(
    ("uploads", "test_count"),
    [
        ({"archive.zip": zipped({"data/train.csv": CSV, "README.md": b"# Digits"})}, 0),
        ({"archive.zip": zipped({"mnist.npz": NPZ, "about.txt": b"Some words on it."})}, 0),
        ({"archive.zip": zipped(MNIST)}, 50),
        ({"archive.zip": zipped({f"{n}.gz": gzip.compress(d) for n, d in MNIST.items()})}, 50),
        ({f"{name}.gz": gzip.compress(data) for name, data in MNIST.items()}, 50),
        ({"a.zip": zipped(IN_FOLDERS)}, 0),
        ({"train.zip": zipped(IN_FOLDERS), "test.zip": zipped(IN_FOLDERS)}, 60),
        ({"a.zip": zipped(FLAT), "labels.csv": LABEL_TABLE.encode()}, 0),
        ({"a.zip": zipped({**FLAT, "labels.csv": LABEL_TABLE.encode()})}, 0),
        ({**FLAT, "labels.csv": LABEL_TABLE.encode()}, 0),
        ({"x.npy": written(np.save, SMALL), "y.txt": "\n".join(map(str, LABELS)).encode()}, 0),
        ({"train.csv": CSV, "test.csv": csv(SMALL[:50], LABELS[:50])}, 50),
        ({"a.parquet": written(pd.read_csv(io.BytesIO(CSV)).to_parquet)}, 0),
    ],
    ids=[
        *("CSV in zip", "npz in zip", "MNIST in zip", "MNIST.gz in zip", "MNIST.gz"),
        *("folders in zip", "zip files for training and test", "labels beside a zip"),
        *("labels in the zip", "loose pictures with labels", "npy and labels as text"),
        *("two tables", "parquet"),
    ],
)
def test_what_belongs_together_is_read_as_one_set(uploads: dict[str, bytes], test_count: int):
    dataset = dataset_of(uploads)
    assert (len(dataset.labels), len(dataset.test_labels)) == (60, test_count)
    assert np.array_equal(dataset.class_counts(), np.bincount(LABELS))
    for digit in range(10):
        rows = dataset.images[dataset.labels == digit].mean(axis=(0, 2))  # (50,)
        assert abs(rows[3:].argmax() + 3 - (4 * digit + 5)) < 5


@pytest.mark.parametrize(
    ("uploads", "recognised", "left_out"),
    [
        ({"a.npz": NPZ, "letter.pdf": PDF}, "NumPy", "letter.pdf"),
        ({"a.npz": NPZ, "one.png": png(SMALL[0])}, "NumPy", "one.png"),
        ({"a.npz": NPZ, "sizes.csv": b"a,b\n1,2\n3,4\n"}, "NumPy", "sizes.csv"),
        ({"a.zip": zipped({**IN_FOLDERS, "b.npz": NPZ})}, "60 pictures", "b.npz"),
        ({"a.zip": zipped({**IN_FOLDERS, "b.csv": CSV})}, "60 pictures", "b.csv"),
        ({"a.csv": CSV, "one.png": png(SMALL[0])}, "table", "one.png"),
        ({"a.parquet": written(pd.read_csv(io.BytesIO(CSV)).to_parquet), "b.csv": CSV},
         "arquet", "b.csv"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_left_out_and_named(
    uploads: dict[str, bytes], recognised: str, left_out: str
):
    reading = understand(uploads).reading
    assert recognised in reading.recognised
    assert any("eft out" in note and left_out in note for note in reading.notes)


@pytest.mark.parametrize(
    ("uploads", "words"),
    [
        ({}, "nothing here"),
        ({"a.png": png(SMALL[0])}, "One picture is no data set.*Draw page.*predict.*a.png"),
        ({"a.png": png(SMALL[0]), "b.png": png(SMALL[1])}, "2 pictures are no data set"),
        ({"a.zip": zipped({"1/a.png": png(SMALL[0])})}, "One picture is no data set"),
        ({"a.zip": zipped({"b.zip": zipped(IN_FOLDERS)})}, "zip file again"),
        ({"a.zip": zipped(FLAT)}, "No labels were found"),
        ({"a.pdf": PDF}, "PDF"),
        ({"a.pdf": PDF, "b.html": b"<html>"}, "nothing here.*“a.pdf”, “b.html”"),
        ({"a.npz": NPZ[:-40]}, "damaged"),
    ],
)
def test_what_cannot_be_a_data_set_is_refused(uploads: dict[str, bytes], words: str):
    assert re.search(words, refusal(uploads, DataError))


def test_another_place_of_the_labels_can_be_chosen():
    names = {f"fold{i % 5}/{LABELS[i]}_{i:03}.png": png(SMALL[i]) for i in range(60)}
    asked = understand({"a.zip": zipped(names)})
    (question,) = asked.reading.questions
    places = [option.value for option in question.options]
    assert question.field == "label_source" and "part 1 of the file name" in places
    chosen = understand({"a.zip": zipped(names)}, Choices(label_source="part 1 of the file name"))
    assert chosen.dataset is not None
    assert np.array_equal(chosen.dataset.labels, LABELS)


def test_progress_only_goes_forward_and_says_what_is_done(tmp_path: Path):
    steps: list[tuple[float, str]] = []
    with on_disk({"a.zip": zipped(IN_FOLDERS), "b.zip": zipped(IN_FOLDERS)}) as files:
        read_files(files, Choices(), tmp_path, lambda *step: steps.append(step))
    shares = [share for share, _ in steps]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] <= 1
    words = [message for _, message in steps]
    assert any("Looking at 60 files" in word for word in words)
    assert any("Reading 120 pictures" in word for word in words)


def test_the_pictures_keep_their_order_and_the_original_size(tmp_path: Path):
    with on_disk({"a.zip": zipped(IN_FOLDERS)}) as files:
        source = find_source(files, None, tmp_path, lambda share, message: None)
    assert source.size == (10, 10) and source.original_size == (10, 10)
    assert source.training.labels.tolist() == [str(label) for label in LABELS]


@pytest.mark.parametrize(
    ("names", "name"), [(["a.csv"], "a.csv"), ([f"{i}.png" for i in range(2001)], "2,000 more")]
)
def test_a_set_is_named_after_its_files(names: Sequence[str], name: str):
    assert name in name_of([SourceFile(each, Path(each)) for each in names])


def test_tables_for_validation_train_where_there_is_a_test_set_and_test_where_there_is_none():
    images, labels = generate(180, seed=3)
    rows = np.column_stack([labels, images.reshape(180, -1)])
    parts = {"train.csv": rows[:60], "val.csv": rows[60:120], "test.csv": rows[120:]}
    uploads = {
        name: pd.DataFrame(part).to_csv(index=False, header=False).encode()
        for name, part in parts.items()
    }
    dataset = dataset_of(uploads)
    assert (len(dataset.labels), len(dataset.test_labels)) == (120, 60)
    del uploads["test.csv"]
    dataset = dataset_of(uploads)
    assert (len(dataset.labels), len(dataset.test_labels)) == (60, 60)
    assert np.array_equal(dataset.test_labels, labels[60:120])
