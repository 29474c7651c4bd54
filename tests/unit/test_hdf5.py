"""HDF5 files: groups, MATLAB's version 7.3, and all that could lead out of the file."""

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from resnet_app.data.dataset import Dataset
from resnet_app.data.formats.hdf5 import read_hdf5
from resnet_app.data.generator import generate
from resnet_app.data.source import SourceFile, no_progress
from resnet_app.errors import DataError, LimitError
from tests.unit.uploads import dataset_of, on_disk, peak_of_refusing, refusal, understand

IMAGES, LABELS = generate(120, seed=7)
FLAT = IMAGES.reshape(120, -1)


def hdf5(fill: Callable[[h5py.File], object], **options) -> bytes:
    """A file that ``fill`` has filled."""
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as root:
        fill(root)
    return file.getvalue()


def pack(_options: dict | None = None, **arrays) -> bytes:
    """A file of these arrays; ``__`` in a name stands for a group."""

    def fill(root: h5py.File) -> None:
        for name, array in arrays.items():
            root.create_dataset(name.replace("__", "/"), data=array, **(_options or {}))

    return hdf5(fill)


def read(content: bytes) -> Dataset:
    return dataset_of({"mine.h5": content})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "gzip", "shuffle": True, "fletcher32": True},
        {"compression": "lzf"},
        {"chunks": True},
    ],
    ids=["plain", "gzip", "lzf", "in pieces"],
)
def test_images_and_labels_are_read_however_they_are_packed(options: dict):
    dataset = read(pack(options, x=IMAGES, y=LABELS))
    assert np.array_equal(dataset.images, IMAGES)
    assert np.array_equal(dataset.labels, LABELS)


@pytest.mark.parametrize(
    "arrays",
    [
        {"train__data": FLAT[:100] / 255, "train__target": LABELS[:100],
         "test__data": FLAT[100:] / 255, "test__target": LABELS[100:]},
        {"train__x": IMAGES[:100], "train__y": LABELS[:100],
         "test__x": IMAGES[100:], "test__y": LABELS[100:]},
        {"X_train": IMAGES[:100, ..., None], "y_train": np.eye(10)[LABELS[:100]],
         "X_test": IMAGES[100:, ..., None], "y_test": np.eye(10)[LABELS[100:]]},
        {"all__train_images": IMAGES[:100], "all__train_labels": LABELS[:100].astype("S"),
         "all__test_images": IMAGES[100:], "all__test_labels": LABELS[100:].astype("S")},
    ],
    ids=["USPS", "groups", "suffixes", "one group, texts"],
)  # fmt: skip
def test_groups_and_names_tell_the_parts(arrays: dict[str, np.ndarray]):
    dataset = read(pack(**arrays))
    assert np.array_equal(dataset.images, IMAGES[:100])
    assert np.array_equal(dataset.labels, LABELS[:100])
    assert np.array_equal(dataset.test_images, IMAGES[100:])
    assert np.array_equal(dataset.test_labels, LABELS[100:])


def test_a_group_for_each_digit_is_labelled_by_its_name():
    groups = {f"digits__{digit}": IMAGES[digit == LABELS] for digit in range(10)}
    dataset = read(pack(**groups))
    assert np.array_equal(dataset.class_counts(), np.bincount(LABELS))
    assert np.array_equal(dataset.images[dataset.labels == 3], IMAGES[LABELS == 3])


def matlab_7_3(**arrays) -> bytes:
    """As MATLAB writes it: 512 bytes before, all axes the other way round, its own groups."""

    def fill(root: h5py.File) -> None:
        for name, array in arrays.items():
            root.create_dataset(name, data=array.T, compression="gzip")
        root["#refs#/a"] = np.arange(60)

    content = bytearray(hdf5(fill, userblock_size=512))
    content[:128] = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
    return bytes(content)


@pytest.mark.parametrize(
    "images",
    [IMAGES.swapaxes(1, 2).reshape(120, -1) / 255, np.moveaxis(IMAGES, 0, 2),
     np.moveaxis(np.repeat(IMAGES[..., None], 3, 3), 0, 3)],
    ids=["rows", "H×W×N", "H×W×3×N"],
)  # fmt: skip
def test_version_7_3_of_matlab_is_turned_as_the_older_ones_are(images: np.ndarray):
    dataset = dataset_of({"digits.mat": matlab_7_3(X=images, y=LABELS[:, None])})
    assert np.array_equal(dataset.images, IMAGES)
    assert np.array_equal(dataset.labels, LABELS)
    assert "version 7.3" in dataset.notes[0]


def test_nothing_outside_the_file_is_read(tmp_path: Path):
    secret = tmp_path / "secret.h5"
    secret.write_bytes(pack(x=IMAGES, y=LABELS))
    raw = tmp_path / "secret.raw"
    raw.write_bytes(LABELS.tobytes())

    def fill(root: h5py.File) -> None:
        root["x"] = IMAGES
        root["link"] = h5py.ExternalLink(str(secret), "/y")
        root["soft"] = h5py.SoftLink("/x")
        root["nowhere"] = h5py.SoftLink("/y")
        root["loop"] = root["/"]
        root.create_dataset("outside", (120,), "u1", external=str(raw))
        layout = h5py.VirtualLayout((120,), "u1")
        layout[:] = h5py.VirtualSource(str(secret), "y", (120,))
        root.create_virtual_dataset("virtual", layout)

    message = refusal({"bad.h5": hdf5(fill)}, DataError)
    assert "“outside” was not opened: kept in another file" in message
    assert "“virtual” was not opened: put together from other arrays or files" in message
    assert "labels are missing" in message
    assert message.endswith("Received: x (120, 50, 50)")


def test_what_is_neither_number_nor_short_text_is_not_read():
    def fill(root: h5py.File) -> None:
        root["x"] = IMAGES
        root["y"] = LABELS
        root["names"] = ["zero", "one"]
        root.create_dataset("references", (3,), h5py.ref_dtype)
        root.create_dataset("regions", (3,), h5py.regionref_dtype)
        root.create_dataset("ragged", (3,), h5py.vlen_dtype(np.int32))
        root.create_dataset("nothing", data=h5py.Empty("f4"))
        root["table"] = np.zeros(3, [("digit", "u1")])
        root["scale"] = 255.0

    dataset = read(hdf5(fill))
    assert np.array_equal(dataset.images, IMAGES)
    notes = " ".join(dataset.notes)
    for name in ("names", "references", "regions", "ragged"):
        assert f"“{name}” was not opened: references or texts of varying length" in notes
    assert "“nothing” was not opened: empty" in notes
    assert "“table” was not opened: a table with named columns" in notes


def _declare(shape: tuple[int, ...], dtype: str = "u1", **options) -> bytes:
    """Images that are declared and never written."""

    def fill(root: h5py.File) -> None:
        root.create_dataset("x", shape, dtype, **options)
        root["y"] = LABELS

    return hdf5(fill)


def _bomb() -> bytes:
    """A piece of 1 MiB that unpacks to 64 times that."""

    def fill(root: h5py.File) -> None:
        pieces = root.create_dataset("x", (400, 50, 50), "u1", chunks=(400, 50, 50),
                                     compression="gzip")  # fmt: skip
        pieces.id.write_direct_chunk((0, 0, 0), zlib.compress(bytes(64 * 10**6), 9))
        root["y"] = np.arange(400) % 10

    return hdf5(fill)


def _crowd(root: h5py.File) -> None:
    for index in range(1001):
        root.create_group(str(index))


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (_declare((2**20, 50, 50), chunks=(1, 50, 50)), LimitError, "2,500 MiB"),
        (_declare((2**40, 2**40), chunks=(1, 2500)), LimitError, "MiB"),
        (_declare((60_000, 50, 50), chunks=(1, 50, 50)), LimitError, "unpack to far more"),
        (_declare((60, 50, 50), maxshape=(None, 50, 50), chunks=(2**17, 50, 50)),
         LimitError, "smaller chunks"),
        (hdf5(_crowd), DataError, "1,000 and more"),
        (hdf5(lambda root: None), DataError, "Received: 0"),
        (pack(**{f"a{i}": LABELS for i in range(65)}), DataError, "Received: more"),
        (pack(x=IMAGES), DataError, "labels are missing"),
        (pack(x=IMAGES, y=LABELS[1:]), DataError, "120 images in “x” and 119 labels in “y”"),
        (pack(train__x=IMAGES, test__y=LABELS), DataError, "different parts"),
        (pack(x=IMAGES, y=LABELS)[:-2000], DataError, "damaged"),
        (pack(x=IMAGES, y=LABELS)[:600], DataError, "damaged"),
        (b"\x89HDF\r\n\x1a\n" + bytes(2000), DataError, "damaged"),
    ],
)  # fmt: skip
def test_refusals_are_one_paragraph(content: bytes, kind: type[Exception], words: str):
    assert words in refusal({"bad.h5": content}, kind)


def test_a_filter_that_would_need_a_plug_in_is_not_called():
    def fill(root: h5py.File) -> None:
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_chunk((120, 50, 50))
        settings.set_filter(32_015, h5py.h5z.FLAG_OPTIONAL, ())
        space = h5py.h5s.create_simple(IMAGES.shape)
        h5py.h5d.create(root.id, b"x", h5py.h5t.NATIVE_UINT8, space, settings)
        root["y"] = LABELS

    assert "a filter that is not known here (32015)" in refusal({"a.h5": hdf5(fill)}, DataError)


@pytest.mark.parametrize("dtype", ["u1", "f8"])
def test_what_is_declared_takes_no_memory(dtype: str):
    assert peak_of_refusing({"x.h5": _declare((2**20, 50, 50), dtype, chunks=(1, 50, 50))}) < 2**21


def test_a_piece_that_unpacks_to_more_than_it_declares_is_cut_off_or_refused():
    try:
        understood = understand({"bomb.h5": _bomb()})
    except DataError as error:
        assert "Received: " in str(error)
    else:
        assert understood.dataset is None or len(understood.dataset.images) == 400


def test_large_arrays_are_read_in_slices_with_progress():
    seen: list[float] = []
    images = np.tile(IMAGES, (150, 1, 1))  # 45 MB
    with on_disk({"x.h5": pack({"chunks": (1000, 50, 50)}, x=images)}) as files:
        found = read_hdf5(files[0], 2**30, lambda share, message: seen.append(share))
    assert np.array_equal(found.arrays["x"], images)
    assert len(seen) > 2 and seen == sorted(seen)


def test_damaged_files_are_refused_or_read():
    rng = np.random.default_rng(5)
    good = pack({"compression": "gzip"}, x=IMAGES, y=LABELS)
    damaged = [good[: int(length)] for length in rng.integers(8, len(good), 40)]
    for _ in range(150):
        flipped = bytearray(good)
        for place in rng.integers(8, 3000, rng.integers(1, 4)):
            flipped[place] ^= 1 << rng.integers(8)
        damaged.append(bytes(flipped))
    for content in damaged:
        with on_disk({"bad.h5": content}) as files:
            try:
                found = read_hdf5(SourceFile("bad.h5", files[0].path), 2**30, no_progress)
            except (DataError, LimitError) as error:
                assert "Received: " in str(error)
            else:
                assert all(array.size <= IMAGES.size for array in found.arrays.values())
