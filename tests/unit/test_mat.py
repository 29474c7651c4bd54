"""MATLAB files: their shapes, their pictures column by column, and what is never loaded."""

import io
import struct
import zlib

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from resnet_app.data.dataset import Dataset
from resnet_app.data.formats.mat import read_mat
from resnet_app.data.generator import generate
from resnet_app.data.source import no_progress
from resnet_app.errors import DataError, LimitError
from tests.unit.uploads import dataset_of, on_disk, peak_of_refusing, refusal, source_of, understand

IMAGES, LABELS = generate(200, seed=6)
TENS = np.where(LABELS == 0, 10, LABELS)[:, None]
"""(200, 1) labels with 10 for 0, as MATLAB counts."""

COLUMNWISE = IMAGES.swapaxes(1, 2).reshape(200, -1)
"""(200, 2500): in each row a picture, column by column, as MATLAB's X(i, :) = picture(:)'."""


def mat(compressed: bool = True, version: str = "5", **arrays) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(
        file, arrays, do_compression=compressed and version == "5", format=version, oned_as="column"
    )
    return file.getvalue()


def read(**arrays) -> Dataset:
    return dataset_of({"mine.mat": mat(**arrays)})


@pytest.mark.parametrize(("version", "compressed"), [("5", True), ("5", False), ("4", False)])
def test_the_file_of_the_well_known_course_is_read(version: str, compressed: bool):
    content = mat(compressed, version, X=COLUMNWISE / 255, y=TENS.astype(float))
    dataset = dataset_of({"ex3data1.mat": content})
    assert np.array_equal(dataset.images, IMAGES)
    assert np.array_equal(dataset.labels, LABELS)
    assert any("10 was read as the digit 0" in note for note in dataset.notes)
    assert any("Rows and columns of every picture were swapped" in n for n in dataset.notes)


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": np.moveaxis(IMAGES, 0, 2), "labels": LABELS},
        {"X": np.moveaxis(np.repeat(IMAGES[..., None], 3, 3), 0, 3), "y": LABELS},
        {"X": np.moveaxis(IMAGES[..., None], 0, 3), "Y": LABELS[None]},
        {"train_x": IMAGES, "train_y": LABELS},
        {"trainX": COLUMNWISE, "trainY": np.eye(10)[LABELS]},
        {"digits": COLUMNWISE.T, "target": np.eye(10)[LABELS].T},
        {"data": COLUMNWISE.T.astype(np.int16), "label": LABELS[None].astype(float)},
    ],
    ids=["H×W×N", "H×W×3×N", "H×W×1×N", "N×H×W", "rows", "columns", "columns, labels in a row"],
)
def test_usual_names_and_shapes_give_the_same_digits(arrays: dict[str, np.ndarray]):
    dataset = read(**arrays)
    assert np.array_equal(dataset.images, IMAGES)
    assert np.array_equal(dataset.labels, LABELS)


def test_street_view_house_numbers_come_in_a_file_for_each_part():
    colour = np.moveaxis(np.repeat(IMAGES[..., None], 3, 3), 0, 3)  # (50, 50, 3, 200)
    files = {
        "train_32x32.mat": mat(X=colour[..., :150], y=TENS[:150]),
        "test_32x32.mat": mat(X=colour[..., 150:], y=TENS[150:]),
    }
    source = source_of(files)
    assert source.test is not None
    assert source.training.images.shape == (150, 50, 50, 3)
    assert np.array_equal(source.test.images[..., 0], IMAGES[150:])
    assert not source.column_major  # a stack has rows and columns of its own
    assert [q.field for q in understand(files).reading.questions] == ["digits"]


def test_rows_that_python_wrote_are_asked_about():
    reading = understand({"a.mat": mat(X=IMAGES.reshape(200, -1), y=LABELS)}).reading
    assert [question.field for question in reading.questions] == ["transpose"]
    assert reading.choices.transpose is False


def test_an_array_for_each_digit_is_labelled_by_its_name():
    arrays = {f"train{digit}": COLUMNWISE[digit == LABELS] for digit in range(10)}
    dataset = read(**arrays)
    assert np.array_equal(dataset.class_counts(), np.bincount(LABELS))
    assert np.array_equal(dataset.images[dataset.labels == 7], IMAGES[LABELS == 7])


def test_only_plain_numbers_are_loaded_and_the_rest_is_said():
    cells = np.empty(2, object)
    cells[:] = ["a", np.arange(3)]
    dataset = read(
        X=COLUMNWISE, y=LABELS, names=cells, about={"author": "me"}, title="digits",
        sparse=scipy.sparse.eye(9, format="csc"), waves=LABELS * 1j, scale=255.0,
    )  # fmt: skip
    assert np.array_equal(dataset.images, IMAGES)
    notes = " ".join(dataset.notes)
    for words in ("“names” was not opened: a cell array", "“about” was not opened: a struct",
                  "“title” was not opened: text", "“sparse” was not opened: a sparse matrix",
                  "“waves” was not opened: complex numbers", "Not used: scale (1, 1)"):  # fmt: skip
        assert words in notes


def test_a_cell_array_that_calls_itself_logical_is_not_loaded():
    flags = element(6, struct.pack("<2I", 1 | 0x0200, 0))  # class cell, flag logical
    shape, name = element(5, struct.pack("<2i", 1, 1)), element(1, b"c")
    cell = element(14, flags + shape + name + element(14, bytes(8)))
    dataset = dataset_of({"a.mat": written(*GOOD, cell)})
    assert any("“c” was not opened" in note for note in dataset.notes)


def element(kind: int, data: bytes, declared: int | None = None) -> bytes:
    """A part of a version 5 file; ``declared`` is a length that is not true."""
    length = len(data) if declared is None else declared
    return struct.pack("<2I", kind, length) + data + bytes(-len(data) % 8)


def matrix(
    name: str, shape: tuple[int, ...], data: bytes, declared: int | None = None, kind: int = 2
) -> bytes:
    """An array of class uint8 in a version 5 file."""
    inside = [
        element(6, struct.pack("<2I", 9, 0)),
        element(5, np.array(shape, "<i4").tobytes()),
        element(1, name.encode()),
        element(kind, data, declared),
    ]
    return element(14, b"".join(inside))


def written(*matrices: bytes, packed: bool = True) -> bytes:
    header = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    if packed:  # without the padding that other elements have
        packs = [zlib.compress(content, 9) for content in matrices]
        matrices = tuple(struct.pack("<2I", 15, len(pack)) + pack for pack in packs)
    return header + b"".join(matrices)


GOOD = (matrix("X", (200, 2500), COLUMNWISE.T.tobytes()), matrix("y", (200, 1), LABELS.tobytes()))
BOMB = matrix("X", (2**14, 2**13), bytes(2**27))


def test_the_hand_made_files_below_are_right_but_for_what_is_wrong():
    for packed in (True, False):
        assert np.array_equal(dataset_of({"a.mat": written(*GOOD, packed=packed)}).images, IMAGES)


_STRUCT = mat(dataset={"images": COLUMNWISE, "labels": LABELS})
_BACKWARDS = struct.pack("<5i", 50, -(2**20), 2**10, 0, 2) + b"X\0" + bytes(64)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (_STRUCT, DataError, "“dataset” was not opened: a struct"),
        (_STRUCT, DataError, "no arrays of plain numbers"),
        (mat(X=COLUMNWISE), DataError, "labels are missing"),
        (mat(X=COLUMNWISE[:, 1:], y=LABELS), DataError, "square picture"),
        (mat(X=COLUMNWISE, y=LABELS[1:]), DataError, "200 images in “X” and 199 labels in “y”"),
        (mat(X=COLUMNWISE)[:9000], DataError, "damaged"),
        (mat(X=COLUMNWISE)[:128], DataError, "Received: 0"),
        (written(GOOD[0], *GOOD), DataError, "same name"),
        (written(*(matrix(f"a{i}", (1, 1), b"1") for i in range(65))), DataError, "Received: more"),
        (written(*[matrix("a", (1, 1), b"1")] * 20_000), DataError, "Received: more"),
        (written(BOMB), LimitError, "unpack to far more"),
        (written(matrix("X", (2**20, 2**20), b"")), DataError, "damaged"),
        (written(matrix("X", (4, 4), b"", 2**32 - 8)), LimitError, "Received: bad.mat with 4,096"),
        (written(matrix("X", (4, 4), b"", 2**32 - 8), packed=False), LimitError, "4,096 MiB"),
        (written(matrix("X", (4, 4), bytes(16), kind=0)), DataError, "numbers of type 0"),
        (written(matrix("X", (4, 4), bytes(16), kind=14)), DataError, "numbers of type 14"),
        (struct.pack("<5i", 50, 2**30, 2**10, 0, 2) + b"X\0", DataError, "damaged"),
        (bytes(124) + written(*GOOD)[124:], DataError, "damaged"),
    ],
)  # fmt: skip
def test_refusals_are_one_paragraph(content: bytes, kind: type[Exception], words: str):
    assert words in refusal({"bad.mat": content}, kind)


@pytest.mark.parametrize(
    "content",
    [
        written(BOMB),
        written(matrix("X", (4, 4), bytes(16), 2**32 - 8)),
        written(matrix("X", (4, 4), bytes(16), 2**29), packed=False),
        struct.pack("<5i", 50, 2**30, 2**10, 0, 2) + b"X\0" + bytes(64),
    ],
    ids=["bomb", "packed", "plain", "version 4"],
)
def test_what_is_declared_takes_no_memory(content: bytes):
    peak_of_refusing({"bad.mat": mat(X=COLUMNWISE[:, 1:])})  # SciPy itself takes some
    assert peak_of_refusing({"bad.mat": content}) < 2**22


def test_a_file_that_leads_back_to_itself_comes_to_an_end():
    with on_disk({"bad.mat": _BACKWARDS}) as files, pytest.raises(DataError, match="damaged"):
        read_mat(files[0], 2**30, no_progress)


def test_damaged_files_are_refused_or_asked_about():
    rng = np.random.default_rng(3)
    for compressed in (True, False):
        good = mat(compressed, X=COLUMNWISE[:60, :400], y=LABELS[:60])
        for length in range(0, 400, 8):
            assert refusal({"bad.mat": good[:length]}, DataError)
        for _ in range(100):
            flipped = bytearray(good)
            for place in rng.integers(124, 300, rng.integers(1, 4)):
                flipped[place] ^= 1 << rng.integers(8)
            try:
                understand({"bad.mat": bytes(flipped)})
            except (DataError, LimitError) as error:
                assert "Received: " in str(error)
