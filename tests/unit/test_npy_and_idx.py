"""Files of one array each, NumPy's and MNIST's own, and what they are to each other."""

import io
import struct

import numpy as np
import pytest

from resnet_app.errors import DataError, LimitError
from tests.unit.test_npz import IMAGES, LABELS, WORDS, npy, pack
from tests.unit.uploads import Uploads, dataset_of, peak_of_refusing, refusal, understand

_IDX_TYPES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx(array: np.ndarray) -> bytes:
    """As http://yann.lecun.com/exdb/mnist describes it: all numbers big-endian."""
    header = struct.pack(f">HBB{array.ndim}I", 0, _IDX_TYPES[array.dtype.str[1:]], array.ndim,
                         *array.shape)  # fmt: skip
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


MNIST = {
    "train-images-idx3-ubyte": idx(IMAGES[:51]),
    "train-labels-idx1-ubyte": idx(LABELS[:51]),
    "t10k-images-idx3-ubyte": idx(IMAGES[51:]),
    "t10k-labels-idx1-ubyte": idx(LABELS[51:]),
}


@pytest.mark.parametrize(
    "files",
    [
        {"x.npy": npy(IMAGES), "y.npy": npy(LABELS)},
        {"b.npy": npy(LABELS), "a.npy": npy(IMAGES)},
        {"one.npy": npy(IMAGES.reshape(60, -1)), "two.npy": npy(np.eye(10)[LABELS])},
        {"images.npy": npy(IMAGES), "labels.npy": npy(WORDS[LABELS])},
        {"train-images.idx3-ubyte": idx(IMAGES), "train-labels.idx1-ubyte": idx(LABELS)},
        {"b": idx(LABELS), "a": idx(IMAGES)},
        {"x.npy": npy(IMAGES), "labels": idx(LABELS)},
        {"x.npy": npy(IMAGES), "mean.npy": npy(IMAGES.mean(0)), "y.npy": npy(LABELS)},
    ],
    ids=["x and y", "labels first", "flat and one-hot", "words", "IDX", "IDX without a name",
         "mixed", "one file more"],
)  # fmt: skip
def test_images_and_labels_may_come_in_files_of_their_own(files: Uploads):
    dataset = dataset_of(files)
    assert np.array_equal(dataset.images, IMAGES)
    assert np.array_equal(dataset.labels, LABELS)


@pytest.mark.parametrize(
    "files",
    [
        MNIST,
        dict(reversed(MNIST.items())),
        {"x_train.npy": npy(IMAGES[:51]), "y_train.npy": npy(LABELS[:51]),
         "Xtest.npy": npy(IMAGES[51:]), "Ytest.npy": npy(LABELS[51:])},
        {"a_train.npy": npy(IMAGES[:51]), "b_train.npy": npy(LABELS[:51]),
         "testA.npy": npy(IMAGES[51:]), "testB.npy": npy(LABELS[51:])},
        {"train.npz": pack(x=IMAGES[:51], y=LABELS[:51]),
         "test.npz": pack(x=IMAGES[51:], y=LABELS[51:])},
        {"images.npz": pack(train=IMAGES[:51], test=IMAGES[51:]),
         "labels.npz": pack(train=LABELS[:51], test=LABELS[51:])},
    ],
    ids=["MNIST", "MNIST in another order", "x and y", "parts alone", "a file for each part",
         "a file for each role"],
)  # fmt: skip
def test_a_test_set_in_files_of_its_own_is_kept_apart(files: Uploads):
    dataset = dataset_of(files)
    assert np.array_equal(dataset.images, IMAGES[:51])
    assert np.array_equal(dataset.labels, LABELS[:51])
    assert np.array_equal(dataset.test_images, IMAGES[51:])
    assert np.array_equal(dataset.test_labels, LABELS[51:])


@pytest.mark.parametrize("kind", _IDX_TYPES)
def test_every_type_of_idx_is_read(kind: str):
    images = (IMAGES // 255).astype(kind)
    dataset = dataset_of({"images": idx(images), "labels": idx(LABELS.astype(kind))})
    assert np.array_equal(dataset.images, IMAGES)
    assert np.array_equal(dataset.labels, LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(str, LABELS)),
        "label\n" + "\n".join(map(str, LABELS)),
        "\n".join(WORDS[LABELS]),
        "\ufefflabel\r\n" + "\r\n".join(f"{label}.0" for label in LABELS),
        "id,label\n" + "\n".join(f"{i},{label}" for i, label in enumerate(LABELS)),
        "\n".join(f"img_{i}.png\t{label}" for i, label in enumerate(LABELS)),
    ],
    ids=["numbers", "heading", "words", "Windows", "with numbers of images", "with names"],
)
def test_labels_may_be_a_text_file(text: str):
    dataset = dataset_of({"images.npy": npy(IMAGES), "labels.txt": text.encode()})
    assert np.array_equal(dataset.labels, LABELS)


def test_labels_in_two_files_are_asked_about():
    files = {"x.npy": npy(IMAGES), "y_fine.npy": npy(LABELS), "y_coarse.npy": npy(LABELS // 2)}
    reading = understand(files).reading
    assert [question.field for question in reading.questions] == ["label_source"]
    assert reading.label_sources == ("y_fine.npy", "y_coarse.npy")


def test_the_same_labels_twice_are_no_question():
    assert dataset_of({"x.npy": npy(IMAGES), "y.npy": npy(LABELS), "y (1).npy": npy(LABELS)})


def _header(shape: str, body: bytes = b"") -> bytes:
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}".ljust(118) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + body


@pytest.mark.parametrize(
    ("files", "kind", "words"),
    [
        ({"x.npy": npy(IMAGES)}, DataError, "labels are missing"),
        ({"y.npy": npy(LABELS)}, DataError, "images are missing"),
        ({"a.npy": npy(IMAGES), "b.npy": npy(IMAGES), "y.npy": npy(LABELS)},
         DataError, "a.npy (60, 50, 50), b.npy (60, 50, 50)"),
        ({"x.npy": npy(IMAGES), "y.npy": npy(LABELS[:59])},
         DataError, "60 images in “x.npy” and 59 labels in “y.npy”"),
        ({"x.npy": npy(IMAGES), "y.npy": npy(np.array([{}] * 60))},
         DataError, "“y.npy” was not opened: pickled Python objects"),
        ({"x.npy": npy(IMAGES)[:-1], "y.npy": npy(LABELS)}, DataError, "does not fit"),
        ({"x.npy": npy(IMAGES) + b"0", "y.npy": npy(LABELS)}, DataError, "does not fit"),
        ({"x.npy": npy(IMAGES), "y.npy": npy(WORDS[LABELS])[:-4] + b"\xff" * 4},
         DataError, "impossible characters"),
        ({"x.npy": npy(IMAGES)[:40], "y.npy": npy(LABELS)}, DataError, "damaged"),
        ({"x.npy": _header("(4000000, 50, 50)", bytes(100)), "y.npy": npy(LABELS)},
         DataError, "declares 10,000,000,000 bytes of 100"),
        ({"x.npy": npy(IMAGES), "labels.txt": b"\n".join([b"7"] * 2**23)}, LimitError, "8 MiB"),
        ({"x.npy": npy(IMAGES), "labels.txt": b"label\n1\n2\n"}, DataError, "60 images"),
        ({"train-images": idx(IMAGES), "t10k-labels": idx(LABELS)}, DataError, "different parts"),
        ({"train-images": idx(IMAGES)}, DataError, "labels are missing"),
        ({"images": idx(IMAGES)[:-1], "labels": idx(LABELS)}, DataError, "cut off"),
        ({"images": idx(IMAGES) + b"0", "labels": idx(LABELS)}, DataError, "does not fit"),
        ({"images": idx(IMAGES)[:9], "labels": idx(LABELS)}, DataError, "only 9 bytes"),
        ({"images": struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**15, 2**15), "labels": idx(LABELS)},
         DataError, "(2147483648, 32768, 32768)"),
    ],
)  # fmt: skip
def test_refusals_are_one_paragraph(files: Uploads, kind: type[Exception], words: str):
    assert words in refusal(files, kind)


def test_what_is_declared_takes_no_memory():
    for content in (_header("(600000000,)"), struct.pack(">HBB3I", 0, 8, 3, 10**6, 28, 28)):
        assert peak_of_refusing({"x": content, "y": npy(LABELS)}) < 2**21


def test_arrays_of_several_files_share_the_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("resnet_app.data.formats.arrays.MAX_ARRAY_BYTES", IMAGES.nbytes + 100)
    files = {"x.npy": npy(IMAGES), "y.npy": npy(LABELS)}
    assert dataset_of(files)
    assert "y.npy with 0 MiB" in refusal(files | {"y.npy": npy(LABELS.astype("i8"))}, LimitError)


def _damages(good: bytes, count: int) -> list[bytes]:
    """``good`` cut off and with bits flipped, mostly in its header."""
    rng = np.random.default_rng(0)
    damaged = [good[:length] for length in range(0, 200, 3)]
    for _ in range(count):
        flipped = bytearray(good)
        for place in rng.integers(0, 160, rng.integers(1, 4)):
            flipped[min(int(place), len(good) - 1)] ^= 1 << rng.integers(8)
        damaged.append(bytes(flipped))
    return damaged


@pytest.mark.parametrize("make", [npy, idx])
def test_damaged_headers_never_break(make):
    for content in _damages(make(IMAGES), 150):
        try:
            understood = understand({"x": content, "y": make(LABELS)})
        except (DataError, LimitError) as error:
            assert "Received: " in str(error)
        else:
            assert understood.dataset is None or len(understood.dataset.images) <= 60


def test_a_file_of_its_own_kind_is_read_whatever_it_is_called():
    file = io.BytesIO()
    np.savez(file, x=IMAGES, y=LABELS)
    assert np.array_equal(dataset_of({"photo.png": file.getvalue()}).labels, LABELS)
