"""Uploads: every accepted form, and every refusal in one paragraph."""

import io
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest

from resnet_app.data.dataset import Dataset
from resnet_app.data.npz import read_npz
from resnet_app.errors import DataError, LabError, LimitError
from tests.conftest import bar_images

IMAGES, LABELS = bar_images(60)


def pack(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def pack_header(header: str, body: bytes = b"") -> bytes:
    """An .npz whose x.npy has this header text."""
    text = header.encode().ljust(118) + b"\n"
    member = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", member)
    return file.getvalue()


@pytest.mark.parametrize(
    "keys",
    [("x", "y"), ("X", "Y"), ("x_train", "y_train"), ("images", "labels"), ("arr_0", "arr_1"),
     ("x_test", "y_test"), ("pictures", "answers")],
)  # fmt: skip
def test_usual_names_are_understood(keys: tuple[str, str]):
    dataset = read_npz(pack(**{keys[0]: IMAGES, keys[1]: LABELS}), "mine.npz")
    assert np.array_equal(dataset.images, IMAGES)
    assert np.array_equal(dataset.labels, LABELS)
    assert dataset.name == "mine.npz"


def test_a_test_set_is_kept_apart():
    data = pack(x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:7], y_test=LABELS[:7])
    dataset = read_npz(data, "all.npz")
    assert (len(dataset.labels), len(dataset.test_labels)) == (60, 7)


@pytest.mark.parametrize(
    "images",
    [
        IMAGES[..., None],
        np.repeat(IMAGES[..., None], 3, axis=3),
        IMAGES.astype(np.int64),
        IMAGES.astype(np.float32),
        (IMAGES / 255).astype(np.float32),
        IMAGES > 0,
        np.asfortranarray(IMAGES),
    ],
    ids=["one channel", "colour", "int64", "float 0…255", "float 0…1", "bool", "fortran"],
)
def test_usual_forms_give_the_same_images(images: np.ndarray):
    assert np.array_equal(read_npz(pack(x=images, y=LABELS), "x").images, IMAGES)


@pytest.mark.parametrize(
    "labels",
    [LABELS[:, None], np.eye(10)[LABELS], LABELS.astype(float), LABELS.astype(np.int64)],
    ids=["column", "one-hot", "float", "int64"],
)
def test_usual_labels_give_the_same_digits(labels: np.ndarray):
    assert np.array_equal(read_npz(pack(x=IMAGES, y=labels), "x").labels, LABELS)


def test_other_sizes_are_brought_to_50_without_squashing():
    tall = np.zeros((60, 100, 60), np.uint8)
    tall[:, 20:80, 20:40] = 200  # 60 × 20 of 100 × 60 becomes 30 × 10 of 50 × 50
    dataset = read_npz(pack(x=tall, y=LABELS), "x")
    rows, columns = np.nonzero(dataset.images[0] > 100)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (30, 10)
    assert any("100×60" in note for note in dataset.notes)


class _Trap:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def _objects() -> np.ndarray:
    array = np.empty(60, object)
    array[:] = [_Trap() for _ in range(60)]
    return array


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", DataError, "empty"),
        (b"x,y\n1,2\n", DataError, "not an .npz"),
        (pickle.dumps([1, 2]), DataError, "not an .npz"),
        (pack(x=IMAGES, y=_objects()), DataError, "pickled"),
        (pack_header("{'descr': '|u1', 'fortran_order': False, 'shape': (4000000, 50, 50)}"),
         LimitError, "9.3 GiB"),
        (pack_header("{'descr': '|u1', 'fortran_order': False, 'shape': (100, 50, 50)}", b"ab"),
         DataError, "does not fit"),
        (pack_header("{'descr': '|u1', 'fortran_order': False, 'shape': (-4, 50, 50)}"),
         DataError, "does not fit"),
        (pack_header("nonsense"), DataError, "damaged"),
        (pack(x=IMAGES), DataError, "labels are missing"),
        (pack(x=IMAGES, y=LABELS[:50]), DataError, "one label"),
        (pack(x=IMAGES, y=np.arange(60) % 11), DataError, "11 classes"),
        (pack(x=IMAGES, y=-LABELS.astype(int)), DataError, "0 to 9"),
        (pack(x=IMAGES, y=LABELS / 255), DataError, "scaled"),
        (pack(x=IMAGES, y=LABELS.astype(str)), DataError, "type <U"),
        (pack(x=IMAGES, y=np.where(LABELS == 3, np.nan, LABELS)), DataError, "6 such labels"),
        (pack(x=np.where(IMAGES > 0, np.nan, 0.0), y=LABELS), DataError, "60 such images"),
        (pack(x=np.zeros((0, 50, 50)), y=np.zeros(0)), DataError, "no images"),
        (pack(x=IMAGES.astype(int) * 3, y=LABELS), DataError, "0 to 765"),
        (pack(x=IMAGES[:, :2, :2], y=LABELS), DataError, "2×2"),
        (pack(x=IMAGES[:20], y=LABELS[:20]), DataError, "50 to"),
        (pack(x=IMAGES, y=np.eye(10)[LABELS] * 2), DataError, "one-hot"),
    ],
)  # fmt: skip
def test_refusals_are_one_paragraph(data: bytes, kind: type[LabError], words: str):
    with pytest.raises(kind) as caught:
        read_npz(data, "bad.npz")
    message = str(caught.value)
    assert words in message
    assert "Received: " in message
    assert "\n" not in message


def test_a_huge_declaration_is_refused_before_memory_is_taken():
    zeros = bytes(2**26)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(
                member, {"descr": "|u1", "fortran_order": False, "shape": (858993, 50, 50)}
            )
            for _ in range(32):
                member.write(zeros)
        archive.writestr("y.npy", b"")
    tracemalloc.start()
    with pytest.raises(LabError):
        read_npz(file.getvalue(), "bomb.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_truncated_and_flipped_files_never_break():
    good = pack(x=IMAGES, y=LABELS)
    rng = np.random.default_rng(0)
    damaged = [good[:length] for length in range(0, len(good), 7)]
    for _ in range(400):
        flipped = bytearray(good)
        for place in rng.integers(0, len(good), rng.integers(1, 4)):
            flipped[place] ^= 1 << rng.integers(8)
        damaged.append(bytes(flipped))
    refused = 0
    for data in damaged:
        try:
            assert isinstance(read_npz(data, "x"), Dataset)
        except LabError as error:
            refused += 1
            assert "Received: " in str(error)
    assert refused > len(damaged) / 2
