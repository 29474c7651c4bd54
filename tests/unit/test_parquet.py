"""Parquet files of every usual kind, and what is refused."""

import io
import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from resnet_app.data.formats import parquet
from resnet_app.data.formats.parquet import read_parquet
from resnet_app.data.generator import generate
from resnet_app.data.interpret import interpret
from resnet_app.data.source import Choices, Source, SourceFile
from resnet_app.errors import DataError, LabError, LimitError

DRAWN, LABELS = generate(120, seed=6)
IMAGES = DRAWN[:, 1:49:4, 1:49:4]  # (120, 12, 12) uint8
FLAT = IMAGES.reshape(len(IMAGES), -1)
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.fixture
def read(tmp_path: Path):
    """Reads files given as name → table, data frame or bytes."""

    def _read(files: dict[str, Any], label_source: str | None = None, **options) -> Source:
        sources = []
        for index, (name, content) in enumerate(files.items()):
            path = tmp_path / f"{index}"
            if isinstance(content, bytes):
                path.write_bytes(content)
            elif isinstance(content, pa.Table):
                pq.write_table(content, path, **options)
            else:
                content.to_parquet(path)
            sources.append(SourceFile(name, path))
        return read_parquet(sources, label_source)

    return _read


def frame(images=FLAT, labels=LABELS) -> pd.DataFrame:
    table = pd.DataFrame(images, columns=[f"pixel{i}" for i in range(images.shape[1])])
    table["label"] = labels
    return table


def png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def hugging_face(images=DRAWN, labels=LABELS, names: list[str] | None = None) -> pa.Table:
    """A table as ``datasets`` writes it: pictures with bytes and path, labels as numbers."""
    label: dict[str, Any] = {"_type": "Value", "dtype": "int64"}
    if names is not None:
        label = {"_type": "ClassLabel", "names": names}
    features = {"image": {"_type": "Image"}, "label": label}
    pictures = [{"bytes": png(image), "path": f"{i}.png"} for i, image in enumerate(images)]
    table = pa.table({"image": pictures, "label": pa.array(labels, pa.int64())})
    header = json.dumps({"info": {"features": features}})
    return table.replace_schema_metadata({"huggingface": header})


def check(source: Source, images=IMAGES, labels=LABELS) -> None:
    assert np.array_equal(source.training.images, images)
    assert source.training.labels.tolist() == np.asarray(labels).tolist()
    assert not source.labels_in_doubt


def test_columns_of_pixels_are_read(read):
    source = read({"a.parquet": frame()})
    check(source)
    assert source.training.images.dtype == np.uint8
    assert source.recognised == "Parquet table, 120 rows, label column “label”, 12×12 pixels"
    assert interpret(source, Choices(), "a").dataset is not None


@pytest.mark.parametrize("kind", [np.int64, np.float32, np.float16, np.uint16, bool])
def test_pixels_of_any_type_of_number_are_read(read, kind):
    values = (FLAT > 99) if kind is bool else FLAT
    source = read({"a.parquet": frame(values.astype(kind))})
    check(source, values.reshape(-1, 12, 12))
    assert source.training.images.dtype == np.uint8


def test_the_index_that_pandas_keeps_is_left_out(read):
    shuffled = frame().sample(frac=1, random_state=0)
    source = read({"a.parquet": shuffled})
    check(source, IMAGES[shuffled.index], LABELS[shuffled.index])
    assert source.notes == ("Neither labels nor pixels, so left out: column “__index_level_0__”.",)


@pytest.mark.parametrize("kind", ["str", "category"])
def test_labels_as_words_are_read(read, kind: str):
    words = np.array(WORDS)[LABELS]
    table = frame(labels=words).astype({"label": kind})
    check(read({"a.parquet": table}), labels=words)


LISTS = {
    "flat": pa.array(list(FLAT)),
    "fixed": pa.FixedSizeListArray.from_arrays(pa.array(FLAT.reshape(-1)), 144),
    "large": pa.array(list(FLAT), pa.large_list(pa.float32())),
    "nested": pa.array(IMAGES.tolist()),
    "channel first": pa.array(IMAGES[:, None].tolist()),
}


@pytest.mark.parametrize("kind", LISTS)
def test_lists_of_pixels_are_read(read, kind: str):
    source = read({"a.parquet": pa.table({"pixels": LISTS[kind], "y": LABELS})}, row_group_size=50)
    check(source)
    assert source.recognised == (
        "Parquet table with lists of pixels in column “pixels”, 120 rows, label column “y”, "
        "12×12 pixels"
    )


def test_colour_stays_for_whoever_understands_the_pixels(read):
    colour = np.repeat(IMAGES[..., None], 3, axis=3)
    source = read({"a.parquet": pa.table({"image": colour.tolist(), "label": LABELS})})
    check(source, colour)


def test_hugging_faces_pictures_are_read_with_the_names_of_their_classes(read):
    source = read({"train.parquet": hugging_face(names=WORDS)})
    check(source, DRAWN, np.array(WORDS)[LABELS])
    assert source.original_size == (50, 50)
    assert source.recognised == (
        "Parquet table with pictures in column “image”, 120 rows, label column “label”, "
        "50×50 pixels"
    )


def test_pictures_of_several_sizes_are_padded_and_their_usual_size_is_known(read):
    images = [image[5:45, 10:40] for image in DRAWN[:30]] + [image[5:45] for image in DRAWN[:9]]
    source = read({"a.parquet": hugging_face(images, LABELS[:39])})
    assert source.training.images.shape == (39, 50, 50)
    assert source.training.images.dtype == np.uint8
    assert source.original_size == (40, 30)


def test_pictures_in_a_column_of_bytes_are_read(read):
    table = pa.table({"file": [f"{i}.png" for i in range(120)], "data": list(map(png, DRAWN))})
    source = read({"a.parquet": table.append_column("digit", pa.array(LABELS))})
    check(source, DRAWN)
    assert source.label_source == "column “digit”"
    assert source.notes == ("Neither labels nor pixels, so left out: column “file”.",)


def test_parts_are_told_by_their_names_and_joined_in_order(read):
    table = frame()
    files = {
        "test-00000-of-00001.parquet": table[100:],
        "train-00001-of-00002.parquet": table[60:100].reset_index(drop=True),
        "train-00000-of-00002.parquet": table[:60],
    }
    source = read({name: part.reset_index(drop=True) for name, part in files.items()})
    check(source, IMAGES[:100], LABELS[:100])
    assert source.test is not None
    assert np.array_equal(source.test.images, IMAGES[100:])
    assert source.test.labels.tolist() == LABELS[100:].tolist()


def test_labels_that_were_kept_back_are_no_labels(read):
    hidden = hugging_face(labels=np.full(120, -1), names=WORDS)
    with pytest.raises(DataError, match="Labels are missing"):
        read({"test.parquet": hidden})
    source = read({"train.parquet": hugging_face(names=WORDS), "test.parquet": hidden})
    assert source.test is None
    assert source.notes == ("test.parquet was left out: it has no labels.",)


def test_two_likely_labels_are_in_doubt_and_either_can_be_chosen(read):
    table = hugging_face().append_column("other", pa.array((LABELS + 1) % 10))
    table = table.rename_columns(["image", "first", "second"])
    source = read({"a.parquet": table})
    assert source.labels_in_doubt
    assert source.label_sources == ("column “first”", "column “second”")
    other = read({"a.parquet": table}, "column “second”")
    assert other.training.labels.tolist() == ((LABELS + 1) % 10).tolist()


PATHS = pa.array(
    [{"bytes": None, "path": "0.png"}] * 120,
    pa.struct({"bytes": pa.binary(), "path": pa.string()}),
)


def with_cell(values: pd.DataFrame, row: int, column: str, value: object) -> pd.DataFrame:
    changed = values.astype(object) if isinstance(value, str) else values.astype(float)
    changed.loc[row, column] = value
    return changed


@pytest.mark.parametrize(
    "table, message",
    [
        (pa.table({"image": list(FLAT)}), "Labels are missing"),
        (frame()[:0], "no rows"),
        (pa.table({"a": LABELS, "b": LABELS}), "square picture"),
        (with_cell(frame(), 7, "pixel3", None), "missing.*row 8, column “pixel3”"),
        (with_cell(frame(), 7, "pixel3", np.inf), "not a number.*row 8, column “pixel3”"),
        (with_cell(frame(), 7, "label", None), "label is missing.*row 8"),
        (frame().astype({"pixel3": str}), "must be numbers.*“pixel3” of type"),
        (
            pa.table({"image": [*FLAT[:6], FLAT[6, :99], *FLAT[7:]], "y": LABELS}),
            "same size.*row 7",
        ),
        (pa.table({"image": [*FLAT[:6], None, *FLAT[7:]], "y": LABELS}), "same size.*row 7"),
        (pa.table({"image": [[None] * 144, *FLAT[1:]], "y": LABELS}), "missing.*row 1"),
        (pa.table({"image": list(FLAT[:, :7]), "y": LABELS}), "k² numbers.*Received: 7 in"),
        (pa.table({"image": [FLAT[0, :0]] * 120, "y": LABELS}), "k² numbers.*Received: 0 in"),
        (pa.table({"image": [b"no picture"] * 120, "y": LABELS}), "row 1"),
        (pa.table({"image": PATHS, "y": LABELS}), "at most the path.*row 1"),
        (pa.table([LABELS, LABELS], names=["y", "y"]), "same name"),
        (b"PAR1" + bytes(99) + b"PAR1", "damaged"),
        (pa.table({"image": [np.zeros((4, 4, 5)).tolist()] * 5, "y": LABELS[:5]}), "4×4×5"),
        (b"PAR1", "damaged"),
        (pa.table({}), "no rows"),
    ],
    ids=count(),
)
def test_what_is_wrong_is_told_with_its_row(read, table, message: str):
    with pytest.raises(DataError, match=message) as raised:
        read({"a.parquet": table})
    assert "Received: " in str(raised.value)


def test_declared_sizes_are_refused_before_anything_is_read(read, monkeypatch):
    def never(*arguments):
        raise AssertionError("data was read")

    monkeypatch.setattr(parquet, "_batches", never)
    many = pa.table({"label": np.zeros(70_001, np.int8)})
    with pytest.raises(LimitError, match="at most 70,000 images.*70,001"):
        read({"a.parquet": many})
    wide = pa.table({f"pixel{i}": [0] for i in range(10_100)})
    with pytest.raises(DataError, match="10,100 columns"):
        read({"a.parquet": wide})


def test_a_large_picture_in_every_cell_is_refused(read):
    lists = pa.table({"image": [np.zeros(1001**2, np.uint8)] * 2, "label": [1, 2]})
    with pytest.raises(DataError, match="k² numbers"):
        read({"a.parquet": lists})


def test_progress_goes_from_0_to_1_in_order(tmp_path: Path):
    frame().to_parquet(tmp_path / "a")
    seen: list[float] = []
    files = [SourceFile("a", tmp_path / "a")] * 2
    read_parquet(files, None, lambda share, message: seen.append(share))
    assert seen == sorted(seen) and 0 <= seen[0] <= seen[-1] <= 1


@pytest.mark.parametrize("kind", ["columns", "pictures", "lists"])
def test_damage_anywhere_is_told_in_words_or_harmless(read, tmp_path: Path, kind: str):
    lists = pa.table({"image": LISTS["nested"], "label": LABELS})
    table = {"columns": pa.Table.from_pandas(frame()), "pictures": hugging_face(), "lists": lists}
    pq.write_table(table[kind], tmp_path / "good")
    good = (tmp_path / "good").read_bytes()
    rng = np.random.default_rng(2)
    for case in range(50):
        broken = bytearray(good)
        for place in rng.integers(0, len(good), 2):
            broken[place] ^= 1 << int(rng.integers(8))
        data = bytes(broken) if case % 5 else good[: rng.integers(len(good))]
        try:
            source = read({"a.parquet": data})
        except LabError as error:
            assert "Received: " in str(error)
        else:
            assert len(source.training.images) == len(source.training.labels)
