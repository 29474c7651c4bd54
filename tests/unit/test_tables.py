"""Text tables of every usual kind, and what is refused."""

import io
import tracemalloc
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resnet_app.data.formats import shards
from resnet_app.data.formats.table import read_tables
from resnet_app.data.generator import generate
from resnet_app.data.interpret import interpret
from resnet_app.data.source import Choices, Source, SourceFile
from resnet_app.errors import DataError, LabError, LimitError

DRAWN, LABELS = generate(120, seed=5)
IMAGES = DRAWN[:, 1:49:4, 1:49:4]  # (120, 12, 12) uint8
FLAT = IMAGES.reshape(len(IMAGES), -1)
COLUMNS = [f"pixel{i}" for i in range(FLAT.shape[1])]
WORDS = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])


@pytest.fixture
def read(tmp_path: Path):
    """Reads files given as name → text or bytes."""

    def _read(files: dict[str, str | bytes], label_source: str | None = None) -> Source:
        sources = []
        for index, (name, content) in enumerate(files.items()):
            path = tmp_path / f"{index}"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            sources.append(SourceFile(name, path))
        return read_tables(sources, label_source)

    return _read


def frame(images=FLAT, labels=LABELS, place=0, name="label") -> pd.DataFrame:
    table = pd.DataFrame(images, columns=COLUMNS[: images.shape[1]])
    table.insert(place if place >= 0 else table.shape[1], name, labels)
    return table


def rows(values, separator=",") -> list[str]:
    return [separator.join(map(str, row)) for row in np.asarray(values).tolist()]


def check(source: Source, images=IMAGES, labels=LABELS) -> None:
    assert np.array_equal(source.training.images, images)
    assert source.training.labels.tolist() == np.asarray(labels).tolist()
    assert not source.labels_in_doubt


KAGGLE = frame().to_csv(index=False)


def test_kaggles_layout_is_read_and_named(read):
    source = read({"train.csv": KAGGLE})
    check(source)
    assert source.training.images.dtype == np.uint8
    assert source.recognised == (
        "CSV table with a header, 120 rows, label column “label”, 12×12 pixels"
    )
    assert source.label_sources == ("column “label”",) and source.label_source == "column “label”"
    assert (source.notes, source.test, source.original_size) == ((), None, (12, 12))


def test_a_table_becomes_a_data_set(read):
    understood = interpret(read({"a.csv": KAGGLE}), Choices(), "a")
    assert understood.dataset is not None
    assert np.array_equal(understood.dataset.labels, LABELS)


@pytest.mark.parametrize("name", ["Label", "class", "DIGIT", "target", "y", "number", "Category"])
@pytest.mark.parametrize("place", [0, 70, -1])
def test_a_named_label_is_found_anywhere(read, name: str, place: int):
    source = read({"a.csv": frame(place=place, name=name).to_csv(index=False)})
    check(source)
    assert source.label_source == f"column “{name}”"


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("separator", [",", "\t", ";", "|", " ", ", "])
def test_a_table_without_a_header_is_judged_by_its_columns(read, last: bool, separator: str):
    values = np.column_stack([FLAT, LABELS] if last else [LABELS, FLAT])
    source = read({"a": "\n".join(rows(values, separator))})
    check(source)
    assert source.label_source == ("last column" if last else "first column")
    assert "without a header, 120 rows, labels in the " in source.recognised


@pytest.mark.parametrize("place", [0, -1])
@pytest.mark.parametrize("labels", [LABELS, WORDS[LABELS]], ids=["numbers", "words"])
def test_what_pandas_to_csv_writes_with_its_index_is_read(read, place: int, labels):
    table = frame(labels=labels, place=place)
    source = read({"a.csv": table.to_csv()})
    check(source, labels=labels)
    assert source.notes == ("Neither labels nor pixels, so left out: first column.",)
    unnamed = pd.DataFrame(table.to_numpy()).sample(frac=1, random_state=0)  # 0, 1, 2… as names
    source = read({"a.csv": unnamed.to_csv()})
    assert np.array_equal(source.training.images, IMAGES[unnamed.index])
    assert source.training.labels.tolist() == list(labels[unnamed.index])


def test_an_id_is_left_out_by_name_or_by_what_it_holds(read):
    named = frame()
    named.insert(0, "ImageId", np.arange(120) // 2)
    source = read({"a.csv": named.to_csv(index=False)})
    check(source)
    assert source.notes == ("Neither labels nor pixels, so left out: column “ImageId”.",)
    check(read({"a.csv": "\n".join(rows(np.column_stack([np.arange(120), LABELS, FLAT])))}))
    files = [f"scan{i}.png" for i in range(120)]
    check(read({"a.csv": "\n".join(rows(np.column_stack([files, FLAT, LABELS])))}), labels=LABELS)


def test_as_many_ids_as_may_be_are_no_labels(read):
    ids = np.arange(120)[:, None].repeat(3, axis=1)
    with pytest.raises(DataError, match="Labels are missing"):
        read({"a.csv": "\n".join(rows(np.column_stack([ids, FLAT])))})
    check(read({"a.csv": "\n".join(rows(np.column_stack([ids, FLAT, LABELS])))}))


def test_other_columns_are_left_out_where_names_tell_the_pixels(read):
    table = frame()
    table.insert(0, "writer", np.arange(120) % 7)
    table["font"] = "serif"
    source = read({"a.csv": table.to_csv(index=False)})
    check(source)
    assert source.notes == (
        "Neither labels nor pixels, so left out: column “writer”, column “font”.",
    )


def test_columns_of_pixels_out_of_order_are_put_in_order(read):
    table = frame()
    check(read({"a.csv": table[["label", *sorted(COLUMNS)]].to_csv(index=False)}))


def test_pixels_named_by_row_and_column_stay_as_they_are(read):
    table = frame().set_axis(
        ["label", *(f"{r}x{c}" for r in range(1, 13) for c in range(1, 13))], axis=1
    )
    check(read({"a.csv": table.to_csv(index=False)}))


def test_numpys_savetxt_is_read_with_and_without_a_header(read):
    values = np.column_stack([LABELS, FLAT / 255])
    for options in ({}, {"delimiter": ","}, {"fmt": "%.4f", "header": " ".join(["y", *COLUMNS])}):
        file = io.BytesIO()
        np.savetxt(file, values, **options)
        source = read({"a.txt": file.getvalue()})
        assert np.allclose(source.training.images, IMAGES / 255, atol=1e-4)
        assert source.training.images.dtype == np.float32
        assert source.training.labels.tolist() == LABELS.tolist()
        assert ("with a header" in source.recognised) == ("header" in options)


def test_the_layout_of_semeion_is_read(read):
    ink = (IMAGES > 99).reshape(120, -1)
    one_hot = np.eye(10, dtype=int)[LABELS]
    lines = [
        " ".join(f"{pixel:.4f}" for pixel in row) + " " + " ".join(map(str, hot)) + " "
        for row, hot in zip(ink, one_hot, strict=True)
    ]
    source = read({"semeion.data": "\n".join(lines) + "\n"})
    check(source, IMAGES > 99, one_hot)
    assert source.training.images.dtype == np.uint8
    assert source.label_source == "last ten columns"
    assert source.recognised.startswith("Space-separated table without a header")
    understood = interpret(source, Choices(), "semeion")
    assert understood.dataset is not None
    assert np.array_equal(understood.dataset.labels, LABELS)
    with pytest.raises(DataError, match="label is missing.*row 120"):
        read({"semeion.data": "\n".join(lines)[:-5]})


def test_the_layouts_of_zip_train_and_optdigits_are_read(read):
    scaled = FLAT / 127.5 - 1
    zip_train = "\n".join(
        f"{label:.4f} " + " ".join(f"{pixel:.3f}" for pixel in row) + " "
        for label, row in zip(LABELS, scaled, strict=True)
    )
    source = read({"zip.train": zip_train})
    assert np.allclose(source.training.images, scaled.reshape(-1, 12, 12), atol=1e-3)
    assert source.training.labels.tolist() == LABELS.tolist()
    assert source.label_source == "first column" and not source.labels_in_doubt
    optdigits = "\n".join(rows(np.column_stack([FLAT // 16, LABELS])))
    check(read({"optdigits.tra": optdigits}), IMAGES // 16)


@pytest.mark.parametrize("side", [4, 28, 50, 100])
def test_pictures_of_any_side_are_read(read, side: int):
    images = np.resize(IMAGES, (20, side, side))
    values = np.column_stack([np.arange(20) % 10, images.reshape(20, -1)])
    names = ",".join(["label", *(f"p{i}" for i in range(side**2))])
    source = read({"a.csv": "\n".join([names, *rows(values)])})
    check(source, images, np.arange(20) % 10)


def test_excel_in_europe_is_read(read):
    text = frame(np.round(FLAT / 255, 4)).to_csv(index=False, sep=";", decimal=",")
    source = read({"a.csv": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()})
    assert np.allclose(source.training.images, IMAGES / 255, atol=1e-4)
    assert source.training.labels.tolist() == LABELS.tolist()
    assert source.recognised.startswith("Semicolon-separated table with a header")
    headless = "\n".join(text.splitlines()[1:])
    assert np.allclose(read({"a.csv": headless}).training.images, IMAGES / 255, atol=1e-4)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\n"])
def test_line_ends_of_any_system_are_read(read, end: str):
    source = read({"a.csv": KAGGLE.replace("\n", end)})
    check(source)
    doubled = end in ("\r\r\n", "\n\n")
    assert source.notes == (("119 empty rows were left out.",) if doubled else ())


def test_what_spreadsheets_leave_behind_does_no_harm(read):
    quoted = frame().to_csv(index=False, quoting=1)
    check(read({"a.csv": quoted}))
    trailing = KAGGLE.replace("\n", ",\n")
    check(read({"a.csv": trailing}))
    check(read({"a.csv": KAGGLE + "," * 144 + "\n\n\n" + "," * 144}))


def test_what_r_writes_is_read(read):
    lines = [f'"{i + 1}" {row}' for i, row in enumerate(rows(np.column_stack([LABELS, FLAT]), " "))]
    header = " ".join(f'"{name}"' for name in ["label", *COLUMNS])
    check(read({"a.txt": "\n".join([header, *lines])}))


def test_words_in_an_old_encoding_are_read(read):
    words = np.array(["null", "één", "two", "três", "vier", "cinq", "šest", "sept", "otto", "nove"])
    words[6] = "sex"
    text = frame(labels=words[LABELS]).to_csv(index=False)
    check(read({"a.csv": text}), labels=words[LABELS])
    check(read({"a.csv": text.encode("latin-1")}), labels=words[LABELS])


def test_an_image_that_became_a_header_is_left_out_and_told(read):
    headless = "\n".join(rows(np.column_stack([LABELS, FLAT])))
    spoilt = pd.read_csv(io.StringIO(headless)).to_csv(index=False)
    source = read({"a.csv": spoilt})
    check(source, IMAGES[1:], LABELS[1:])
    assert source.label_source == "first column"
    assert "left out" in source.notes[0]


def test_two_likely_columns_are_in_doubt_and_either_can_be_chosen(read):
    noisy = FLAT.copy()
    noisy[:, -1] = np.arange(120) % 10
    text = {"a.csv": "\n".join(rows(np.column_stack([LABELS, noisy])))}
    source = read(text)
    assert source.labels_in_doubt
    assert source.label_sources == ("first column", "last column")
    assert source.label_source == "first column"
    other = read(text, "last column")
    assert other.label_source == "last column"
    assert other.training.labels.tolist() == (np.arange(120) % 10).tolist()
    assert np.array_equal(other.training.images[:, 0, 0], LABELS)
    with pytest.raises(DataError, match="first column, last column. Received: folder"):
        read(text, "folder")


def test_two_named_labels_are_in_doubt(read):
    table = frame()
    table["class"] = (LABELS + 1) % 10
    source = read({"a.csv": table.to_csv(index=False)})
    assert source.labels_in_doubt
    assert source.label_sources == ("column “label”", "column “class”")


def test_sorted_labels_are_still_labels(read):
    order = np.argsort(LABELS, kind="stable")
    source = read({"a.csv": "\n".join(rows(np.column_stack([FLAT, LABELS])[order]))})
    check(source, IMAGES[order], LABELS[order])


def test_whole_numbers_stay_small_and_fractions_become_floats(read):
    sixteen = frame(FLAT.astype(int) * 257).to_csv(index=False)
    assert read({"a.csv": sixteen}).training.images.dtype == np.uint16
    late = FLAT.astype(float)
    late[100:] += 0.5
    source = read({"a.csv": frame(late).to_csv(index=False)})
    assert source.training.images.dtype == np.float32
    assert np.array_equal(source.training.images[:100], IMAGES[:100])
    truths = read({"a.csv": frame(FLAT > 99).to_csv(index=False)})
    assert np.array_equal(truths.training.images, IMAGES > 99)


def test_training_and_test_tables_are_told_by_their_names(read):
    source = read({"mnist_test.csv": frame()[:20].to_csv(index=False), "mnist_train.csv": KAGGLE})
    check(source)
    assert source.test is not None
    assert np.array_equal(source.test.images, IMAGES[:20])
    assert source.test.labels.tolist() == LABELS[:20].tolist()
    assert "2 CSV tables with a header, 120 rows and 20 for test" in source.recognised
    assert source.notes == ("Used for training: mnist_train.csv.", "Used for test: mnist_test.csv.")


def test_words_and_numbers_in_two_parts_become_words(read):
    half_words = np.where(LABELS < 5, LABELS.astype(str), WORDS[LABELS])
    test = frame(labels=half_words)[LABELS > 4].to_csv(index=False)
    source = read({"train.csv": KAGGLE, "test.csv": test})
    assert source.training.labels.tolist() == LABELS.astype(str).tolist()
    assert source.test is not None
    assert source.test.labels.tolist() == half_words[LABELS > 4].tolist()


def test_shards_are_joined_in_the_order_of_their_names(read):
    first, second = (frame()[part].to_csv(index=False) for part in (slice(70), slice(70, None)))
    check(read({"digits-1.csv": second, "digits-0.csv": first}))


def test_only_test_tables_are_all_the_data(read):
    source = read({"mnist_test.csv": KAGGLE})
    check(source)
    assert source.test is None


def test_kaggles_other_files_are_left_out_with_a_note(read):
    submission = pd.DataFrame({"ImageId": np.arange(1, 121), "Label": 0}).to_csv(index=False)
    unlabelled = frame()[COLUMNS].to_csv(index=False)
    files = {"train.csv": KAGGLE, "test.csv": unlabelled, "sample_submission.csv": submission}
    source = read(files)
    check(source)
    assert source.test is None
    assert source.notes == (
        "test.csv was left out: it has no labels.",
        "sample_submission.csv was left out: it has no pixels.",
    )


@pytest.mark.parametrize("index", [False, True])
def test_a_table_without_labels_is_refused(read, index: bool):
    with pytest.raises(DataError, match="Labels are missing.*Received: test.csv"):
        read({"test.csv": frame()[COLUMNS].to_csv(index=index)})


def test_a_shuffled_index_does_not_make_a_pixel_a_label(read):
    order = np.random.default_rng(3).permutation(600)
    table = np.column_stack([order, np.tile(FLAT, (5, 1))])
    table[:40, -1] = 3
    with pytest.raises(DataError, match="Labels are missing"):
        read({"test.csv": "\n".join(rows(table))})


def test_images_and_labels_in_two_tables_are_put_together(read):
    def files(*parts: tuple[str, slice]) -> dict[str, str]:
        return {
            f"csv{part}{what}.csv": "\n".join(rows(values[chosen]))
            for part, chosen in parts
            for what, values in (("Images", FLAT), ("Label", LABELS[:, None]))
        }

    source = read(files(("Train", slice(90)), ("Test", slice(90, None))))
    check(source, IMAGES[:90], LABELS[:90])
    assert source.test is not None
    assert np.array_equal(source.test.images, IMAGES[90:])
    assert "csvTrainImages.csv has its labels from csvTrainLabel.csv." in source.notes
    unequal = {**files(("Train", slice(90))), "csvTrainLabel.csv": "\n".join(rows(LABELS[:, None]))}
    with pytest.raises(DataError, match="Labels are missing"):
        read(unequal)


def test_tables_that_differ_are_not_read_together(read):
    smaller = frame(FLAT[:, :121]).to_csv(index=False)
    with pytest.raises(DataError, match="same columns.*a.csv with 145 columns, b.csv with 122"):
        read({"a.csv": KAGGLE, "b.csv": smaller})
    with pytest.raises(DataError, match="“label” for “class”"):
        read({"a.csv": KAGGLE, "b.csv": frame(name="class").to_csv(index=False)})


def changed(row: int, text: str) -> str:
    lines = KAGGLE.splitlines()
    lines[row - 1] = text.format(*lines[row - 1].split(",", 2))
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "no rows"),
        ("\n\n\n", "no rows"),
        ("label," + ",".join(COLUMNS), "no rows"),
        (KAGGLE.encode("utf-16"), "UTF-16"),
        (changed(7, "{0},,{2}"), "missing.*row 7 of a.csv, column “pixel0”"),
        (changed(7, "{0},NA,{2}"), "missing.*row 7 of a.csv, column “pixel0”"),
        (changed(7, "{0},inf,{2}"), "missing.*row 7 of a.csv, column “pixel0”"),
        (changed(7, ",{1},{2}"), "label is missing.*a.csv, row 7"),
        (
            changed(7, "{0},a lot,{2}"),
            "must be numbers.*“a lot” in row 7 of a.csv, column “pixel0”",
        ),
        (changed(118, "{0},{1},{2},3"), "146 cells in row 118"),
        (changed(3, "{0},{1},{2},3"), "146 cells in row 3"),
        (changed(7, "{0},{1}"), "too short.*row 7 of a.csv, column “pixel1”"),
        (changed(7, KAGGLE.split("\n")[0]), "row repeats the header.*row 7"),
        (changed(7, '{0},"{1},{2}'), "quotation mark"),
        (KAGGLE.replace("pixel7,", "", 1).replace("pixel8,", "", 1), "143 names for 145 columns"),
        ("a,b\n1,2\n3,4\n", "square picture"),
        (frame(FLAT[:, :140]).to_csv(index=False), "141 columns"),
    ],
    ids=count(),
)
def test_what_is_wrong_is_told_with_its_row(read, text: str | bytes, message: str):
    with pytest.raises(DataError, match=message) as raised:
        read({"a.csv": text})
    assert "Received: " in str(raised.value)


def test_rows_are_counted_as_a_person_sees_them(read):
    with pytest.raises(DataError, match="row 12 of a.csv"):
        read({"a.csv": "\n\n# a comment\n" + changed(9, "{0},x,{2}")})
    with pytest.raises(DataError, match="row 9 of a.csv"):
        read(
            {
                "a.csv": "\n".join(
                    [
                        *KAGGLE.splitlines()[:4],
                        "",
                        "",
                        "",
                        "",
                        changed(5, "{0},x,{2}").splitlines()[4],
                    ]
                )
            }
        )


HOSTILE = {
    "an endless line": (b"7," * 2**22, DataError),
    "an endless number": (b"7" * 2**23, DataError),
    "50,001 columns": (b"0," * 50_000 + b"0\n" + b"0," * 50_000 + b"0\n", DataError),
    "half a million commas": (b"," * 2**19 + b"\n", DataError),
    "four million rows": (b"1\n" * 2**22, LimitError),
    "four million empty rows": (KAGGLE.encode() + b"\n" * 2**22, LimitError),
    "a text in quotes without an end": (b'"' + b"1,2\n" * 2**20, DataError),
    "noise": (np.random.default_rng(0).bytes(2**22), DataError),
    "zeros": (b"\0" * 2**22, DataError),
    "long numbers": ((b"7" * 5000 + b"\n") * 20, DataError),
    "long names": (
        b",".join(b"p" + b"9" * 5000 for _ in range(20)) + b"\n" + b"1," * 20,
        DataError,
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_are_refused_before_memory_is_taken(read, kind: str):
    content, error = HOSTILE[kind]
    tracemalloc.start()
    try:
        with pytest.raises(error, match="Received: "):
            read({"a.csv": content})
        assert tracemalloc.get_traced_memory()[1] < 3 * 2**24
    finally:
        tracemalloc.stop()


def test_more_images_than_are_accepted_are_refused(read):
    line = ",".join(["3", *["0"] * 16])
    with pytest.raises(LimitError, match="70,001"):
        read({"a.csv": "\n".join([line] * 70_001)})


def test_images_that_take_too_much_memory_as_fractions_are_refused(read, monkeypatch):
    monkeypatch.setattr(shards, "MAX_ARRAY_BYTES", 2 * FLAT.size)
    check(read({"a.csv": KAGGLE}))
    late = FLAT.astype(float)
    late[-1] += 0.5
    with pytest.raises(LimitError, match="Received: 120 images of 12×12"):
        read({"a.csv": frame(late).to_csv(index=False)})


def test_labels_of_another_kind_reach_the_person(read):
    letters = np.array(list("abcdefghij"))
    source = read({"a.csv": frame(labels=letters[LABELS]).to_csv(index=False)})
    reading = interpret(source, Choices(), "a").reading
    assert [question.field for question in reading.questions] == ["digits"]


def test_progress_goes_from_0_to_1_in_order(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text(KAGGLE)
    seen: list[float] = []
    read_tables([SourceFile("a.csv", path)] * 2, None, lambda share, message: seen.append(share))
    assert seen == sorted(seen) and seen[0] >= 0 and seen[-1] == pytest.approx(1)


def test_damage_anywhere_is_told_in_words_or_harmless(read):
    good = KAGGLE.encode()
    rng = np.random.default_rng(1)
    for case in range(80):
        broken = bytearray(good)
        for place in rng.integers(0, len(good), 2):
            broken[place] ^= 1 << int(rng.integers(8))
        data = bytes(broken) if case % 2 else good[: rng.integers(len(good))]
        try:
            source = read({"a.csv": data})
        except LabError as error:
            assert "Received: " in str(error)
        else:
            assert len(source.training.images) == len(source.training.labels)
