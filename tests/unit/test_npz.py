"""Uploads: every accepted form, and every refusal in one paragraph."""

import io
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest

from resnet_app.config import MAX_UPLOAD_BYTES
from resnet_app.data.npz import read_npz
from resnet_app.data.resize import to_model_size
from resnet_app.errors import DataError, LabError, LimitError
from tests.conftest import bar_images

IMAGES, LABELS = bar_images(60)


def pack(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def pack_members(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of exactly these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, member in members:
            archive.writestr(name, member)
    return file.getvalue()


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def encrypted() -> bytes:
    """A good file whose entries say that they are encrypted."""
    data = bytearray(pack(x=IMAGES, y=LABELS))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            data[place + flags] |= 1
            place = data.find(signature, place + 4)
    return bytes(data)


def pack_header(header: str, body: bytes = b"") -> bytes:
    """An .npz whose x.npy has this header text."""
    text = header.encode().ljust(118) + b"\n"
    member = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body
    return pack_members(("x.npy", member))


@pytest.mark.parametrize(
    "keys",
    [("x", "y"), ("X", "Y"), ("x_train", "y_train"), ("images", "labels"), ("arr_0", "arr_1"),
     ("train_images", "train_labels"), ("data", "target"), ("X_Train", "Y_Train"),
     ("x_test", "y_test"), ("pictures", "answers"), ("x", "labels")],
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
        IMAGES[:, None],
        IMAGES.reshape(60, 2500),
        np.concatenate([np.repeat(IMAGES[..., None], 3, axis=3), 255 - IMAGES[..., None]], axis=3),
        IMAGES.astype(np.int64),
        IMAGES.astype(">u2"),
        IMAGES.astype(np.float16),
        IMAGES.astype(np.float32),
        (IMAGES / 255).astype(np.float32),
        IMAGES / 127.5 - 1,
        IMAGES > 0,
        (IMAGES > 0).astype(np.uint8),
        np.asfortranarray(IMAGES),
    ],
    ids=[
        *("one channel", "colour", "channel first", "flat", "with transparency"),
        *("int64", "big-endian", "float16 0…255", "float 0…255", "float 0…1", "float -1…1"),
        *("bool", "integers 0 and 1", "fortran"),
    ],
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


def test_colour_becomes_luminance():
    colour = np.repeat(IMAGES[..., None], 3, axis=3) * np.array([1, 0, 0], np.uint8)
    dataset = read_npz(pack(x=colour, y=LABELS), "x")
    assert set(np.unique(dataset.images)) == {0, 76}  # 0.299 of 255
    assert any("luminance" in note for note in dataset.notes)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (IMAGES / 255, "multiplied by 255"),
        (IMAGES / 127.5 - 1, "-1 to 1"),
        (IMAGES.reshape(60, 2500), "50×50 images"),
        (IMAGES // 16, "brightest pixel is 15"),
        (np.repeat(IMAGES[..., None], 4, axis=3), "Transparency"),
    ],
    ids=["0…1", "-1…1", "flat", "dark", "transparent"],
)
def test_what_was_done_is_noted(images: np.ndarray, words: str):
    assert any(words in note for note in read_npz(pack(x=images, y=LABELS), "x").notes)


def test_a_size_of_50_is_left_alone_and_others_keep_their_range():
    assert to_model_size(IMAGES) is IMAGES
    for side in (4, 28, 49, 51, 400):
        images = np.full((2, side, side), 200, np.uint8)
        assert np.array_equal(to_model_size(images), np.full((2, 50, 50), 200))


def test_padding_takes_the_colour_of_the_border():
    paper = np.full((1, 20, 60), 250, np.uint8)
    paper[:, 8:12, 28:32] = 0
    sized = to_model_size(paper)[0]
    assert sized[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [250] * 4
    assert sized.min() < 100


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
         DataError, "impossible shape"),
        (pack_header("{'descr': '|u1', 'fortran_order': False, 'shape': (%s,)}" % ("9" * 90)),
         DataError, "impossible shape"),
        (pack_header("{'descr': '|u1', 'fortran_order': False, 'shape': (0, %s)}" % 10**60),
         DataError, "impossible shape"),
        (pack_header("nonsense"), DataError, "damaged"),
        (pack_header("[" * 100), DataError, "damaged"),
        (encrypted(), DataError, "encrypted"),
        (pack_members(("x.npy", npy(IMAGES)), ("y.npy", npy(LABELS)), method=zipfile.ZIP_LZMA),
         DataError, "compression 14"),
        (pack_members(("x.npy", npy(IMAGES)), ("X.npy", npy(IMAGES)), ("y.npy", npy(LABELS))),
         DataError, "same name"),
        (pack_members(("x.txt", b"hello")), DataError, "Received: 0"),
        (pack_members(*((f"{i}.npy", b"") for i in range(65))), DataError, "Received: 65"),
        (pack_members(*((f"{i}.npy", b"") for i in range(5000))), DataError, "Received: 5,000"),
        (pack_members(("x.npy", bytes(2**27))), LimitError, "unpack to far more"),
        (bytes(MAX_UPLOAD_BYTES + 1), LimitError, "200 MiB"),
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
        (pack(x=IMAGES, y=np.eye(3)[LABELS % 3]), DataError, "10 columns"),
        (pack(x=IMAGES, y=np.zeros(60, [("digit", "u1")])), DataError, "named columns"),
        (pack(x=IMAGES * 1j, y=LABELS), DataError, "complex"),
        (pack(x=np.where(IMAGES > 0, -np.inf, 0.0), y=LABELS), DataError, "60 such images"),
        (pack(x=IMAGES.astype(np.uint16) * 257, y=LABELS), DataError, "0 to 65535"),
        (pack(x=IMAGES * 0, y=LABELS), DataError, "same value"),
        (pack(x=IMAGES[:, :5, :7, None].repeat(5, 3), y=LABELS), DataError, "N×H×W×3"),
        (pack(a=IMAGES, b=IMAGES, c=LABELS), DataError, "told apart"),
    ],
)  # fmt: skip
def test_refusals_are_one_paragraph(data: bytes, kind: type[LabError], words: str):
    with pytest.raises(kind) as caught:
        read_npz(data, "bad.npz")
    message = str(caught.value)
    assert words in message
    assert "Received: " in message
    assert "\n" not in message


def peak_of_refusing(data: bytes) -> int:
    """Bytes of memory taken at most while ``data`` is refused."""
    tracemalloc.start()
    try:
        with pytest.raises(LabError):
            read_npz(data, "bomb.npz")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_huge_declaration_is_refused_before_memory_is_taken():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(
                member, {"descr": "|u1", "fortran_order": False, "shape": (26843, 50, 50)}
            )
            for _ in range(2):
                member.write(bytes(2**25))
        archive.writestr("y.npy", b"")
    assert peak_of_refusing(file.getvalue()) < 2**20


def test_a_header_that_claims_to_be_long_takes_no_memory():
    member = b"\x93NUMPY\x02\x00" + (2**25).to_bytes(4, "little") + bytes(2**25)
    assert peak_of_refusing(pack_members(("x.npy", member))) < 2**20


def test_a_crowded_directory_is_refused_before_it_is_listed():
    crowd = pack_members(*((f"{i}.npy", b"") for i in range(5000)))
    assert peak_of_refusing(crowd) < 2**20


def test_large_pictures_are_converted_piece_by_piece():
    images = np.zeros((60, 400, 400), np.float32)
    images[:, 100:300, 150:250] = 1
    data = pack(x=images, y=LABELS)
    tracemalloc.start()
    assert read_npz(data, "x").images.max() == 255
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < images.nbytes + 110 * 2**20  # a float64 copy of all would be 2 × 73 MiB more


def test_damaged_files_are_refused_or_read_rightly():
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
            dataset = read_npz(data, "x")
        except LabError as error:
            refused += 1
            assert "Received: " in str(error)
        else:  # the flip hit a date or the like: checksums guard the content
            assert np.array_equal(dataset.images, IMAGES)
            assert np.array_equal(dataset.labels, LABELS)
    assert refused > len(damaged) / 2


def test_flipped_headers_of_arrays_never_break():
    rng = np.random.default_rng(1)
    member = npy(IMAGES)
    for _ in range(300):
        flipped = bytearray(member)
        for place in rng.integers(0, 128, rng.integers(1, 4)):
            flipped[place] ^= 1 << rng.integers(8)
        data = pack_members(("x.npy", bytes(flipped)), ("y.npy", npy(LABELS)))  # checksums fit
        try:
            dataset = read_npz(data, "x")
        except LabError as error:
            assert "Received: " in str(error)
        else:
            assert len(dataset.images) == 60
