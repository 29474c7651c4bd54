"""Single pictures of every kind, and many of them with their labels."""

import io
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_app.data.formats.picture_set import read_pictures
from resnet_app.data.formats.pictures import Picture, decode_picture, open_picture
from resnet_app.data.source import Source, SourceFile, no_progress
from resnet_app.errors import DataError, LimitError

UPRIGHT = np.zeros((40, 60), np.uint8)
UPRIGHT[4:36, 8:14] = 255  # a stem on the left,
UPRIGHT[30:36, 8:40] = 255  # and a foot: an L in the left part


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def in_modes() -> dict[str, bytes]:
    grey = Image.fromarray(UPRIGHT)
    white, black = (Image.new("L", grey.size, value) for value in (255, 0))
    palette = Image.fromarray(UPRIGHT // 255, "P")
    palette.putpalette([0, 0, 0, 255, 255, 255])
    return {
        "grey PNG": encoded(grey),
        "colour PNG": encoded(grey.convert("RGB")),
        "palette PNG": encoded(palette),
        "1-bit PNG": encoded(grey.convert("1")),
        "16-bit PNG": encoded(Image.fromarray(UPRIGHT.astype(np.uint16) * 257)),
        "12 bits in 16": encoded(Image.fromarray(UPRIGHT // 255 * np.uint16(4095))),
        "8 bits in 16": encoded(Image.fromarray(UPRIGHT.astype(np.uint16))),
        "white ink in alpha": encoded(Image.merge("LA", (white, grey))),
        "white ink in RGBA": encoded(Image.merge("RGBA", (white, white, white, grey))),
        "opaque RGBA": encoded(Image.merge("RGBA", (grey, grey, grey, white))),
        "alpha forgotten": encoded(Image.merge("RGBA", (grey, grey, grey, black))),
        "grey WebP": encoded(grey, "WEBP", lossless=True),
        "transparent GIF": encoded(palette, "GIF", transparency=0),
        "animated GIF": encoded(palette, "GIF", save_all=True, append_images=[black.convert("P")]),
        "BMP": encoded(grey, "BMP"),
        "PGM": encoded(grey, "PPM"),
        "16-bit PGM": encoded(Image.fromarray(UPRIGHT.astype(np.uint16) * 257), "PPM"),
        "TIFF": encoded(grey, "TIFF", compression="tiff_lzw"),
        "float TIFF 0…1": encoded(Image.fromarray(np.float32(UPRIGHT) / 255), "TIFF"),
        "float TIFF -1…1": encoded(Image.fromarray(np.float32(UPRIGHT) / 127.5 - 1), "TIFF"),
        "32-bit TIFF": encoded(Image.fromarray(UPRIGHT.astype(np.int32) * 10**6), "TIFF"),
    }


@pytest.mark.parametrize(("name", "data"), in_modes().items(), ids=in_modes().keys())
def test_the_same_pixels_come_out_of_every_mode(name: str, data: bytes):
    opened = open_picture(data, name)
    assert opened.dtype == np.uint8
    assert np.array_equal(opened, UPRIGHT)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_pixels_come_out_nearly_the_same(mode: str):
    data = encoded(Image.fromarray(UPRIGHT).convert(mode), "JPEG", quality=95)
    difference = open_picture(data, "a.jpg").astype(int) - UPRIGHT
    assert np.abs(difference).mean() < 3


@pytest.mark.parametrize("brightness", [0, 60, 200, 255])
def test_ink_told_by_transparency_alone_stands_out_from_its_ground(brightness: int):
    ink = Image.new("L", (60, 40), brightness)
    opened = open_picture(encoded(Image.merge("LA", (ink, Image.fromarray(UPRIGHT)))), "a.png")
    ground = 255 if brightness < 128 else 0
    assert np.array_equal(opened, np.where(UPRIGHT == 255, brightness, ground))


def test_transparent_surroundings_of_a_photo_continue_its_paper():
    paper = 255 - UPRIGHT
    alpha = np.zeros_like(paper)
    alpha[3:, 3:] = 255
    opened = open_picture(encoded(Image.fromarray(np.dstack([paper] * 3 + [alpha]))), "a.png")
    assert np.array_equal(opened, paper)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_set_upright(form: str, orientation: int):
    turned = {  # how the camera stored it, by the EXIF standard's table of orientations
        1: UPRIGHT,
        2: UPRIGHT[:, ::-1],
        3: UPRIGHT[::-1, ::-1],
        4: UPRIGHT[::-1],
        5: UPRIGHT.T,
        6: np.rot90(UPRIGHT, 1),
        7: UPRIGHT[::-1, ::-1].T,
        8: np.rot90(UPRIGHT, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(np.ascontiguousarray(turned)), form, exif=exif)
    opened = open_picture(data, "photo")
    assert opened.shape == UPRIGHT.shape
    assert np.abs(opened.astype(int) - UPRIGHT).mean() < 5
    assert decode_picture(data, "photo")[1] == UPRIGHT.shape


def test_a_picture_is_padded_to_50_by_50_and_never_squashed():
    paper = np.full((32, 80), 230, np.uint8)
    paper[8:16, 32:48] = 0
    image, size = decode_picture(encoded(Image.fromarray(paper)), "a.png")
    assert image.shape == (50, 50) and size == (32, 80)
    rows, columns = np.nonzero(image < 115)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (5, 10)
    assert image[0, 0] == image[-1, -1] == 230


def test_a_hair_thin_picture_is_still_a_picture():
    image, size = decode_picture(encoded(Image.new("L", (3000, 1), 200)), "line.png")
    assert size == (1, 3000) and (image == 200).all()


def test_a_large_photo_is_decoded_in_reduced_size_and_looks_the_same():
    photo = Image.fromarray(UPRIGHT).resize((3000, 2000))
    small, size = decode_picture(encoded(photo, "JPEG"), "photo.jpg")
    assert size == (2000, 3000)
    exact, _ = decode_picture(encoded(photo), "photo.png")
    assert np.abs(small.astype(int) - exact).mean() < 2


@pytest.mark.parametrize("form", ["PNG", "GIF", "TIFF", "BMP"])
def test_an_image_bomb_is_refused_by_its_header(form: str):
    bomb = encoded(Image.new("1", (5_000, 6_000)), form)
    assert len(bomb) < 4_000_000
    with pytest.raises(LimitError, match="25 megapixels.*6000×5000"):
        open_picture(bomb, "bomb")


def test_a_bomb_beyond_what_pillow_opens_is_refused_in_the_same_words():
    header = encoded(Image.new("L", (20_000, 10)))
    huge = header.replace((10).to_bytes(4, "big"), (20_000).to_bytes(4, "big"), 1)
    with pytest.raises((LimitError, DataError), match="Received: bomb"):
        open_picture(huge, "bomb")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        encoded(Image.fromarray(UPRIGHT))[:-30],
        encoded(Image.fromarray(UPRIGHT), "JPEG")[:200],
        encoded(Image.fromarray(np.full((9, 9), np.nan, np.float32)), "TIFF"),
        encoded(Image.fromarray(UPRIGHT), "ICO"),
    ],
    ids=["empty", "text", "PostScript", "cut PNG", "cut JPEG", "NaN", "icon"],
)
def test_what_is_no_picture_is_refused_in_words(data: bytes):
    with pytest.raises(DataError, match="not a picture.*Received: my picture"):
        decode_picture(data, "my picture")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_data_does_not_cost_the_picture():
    data = encoded(Image.fromarray(UPRIGHT), exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert np.array_equal(open_picture(data, "a.png"), UPRIGHT)


def pictures(names: Sequence[str], side: int = 12) -> list[Picture]:
    """A picture for each name; the i-th has brightness i, modulo 256."""

    def read(index: int) -> bytes:
        return encoded(Image.new("L", (side, side), index % 256))

    return [Picture(name, lambda i=i: read(i)) for i, name in enumerate(names)]


def read_named(
    names: Sequence[str], tables: Mapping[str, str] | None = None, folder: Path | None = None,
    label_source: str | None = None,
) -> Source:  # fmt: skip
    files = []
    for name, text in (tables or {}).items():
        assert folder is not None
        (folder / name).write_text(text, encoding="utf-8")
        files.append(SourceFile(name, folder / name))
    return read_pictures(pictures(names), files, label_source, no_progress)


DIGITS = [(digit, index) for digit in range(10) for index in range(6)]
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    ("pattern", "place"),
    [
        ("{d}/{i}.png", "folder"),
        ("some/where/digits/{d}/{i}.png", "folder"),
        ("{d}/writer{i}/1.png", "folder at level 1"),
        ("some\\where\\{d}\\x{i}.png", "folder"),
        ("digits/{w}/{i}.png", "folder"),
        ("digit_{d}/picture {i}.png", "folder"),
        ("{d}_{i}{i}{i}{i}.png", "part 1 of the file name"),
        ("all/scan-{i}{i}{i}-{w}.png", "part 3 of the file name"),
        ("img{i}{i}{i}_label{d}.png", "part 4 of the file name"),
        ("{w}-{n}.png", "part 1 of the file name"),
        ("{n}x{d}.png", "part 3 of the file name"),
        ("{d}/{d}_{i}{i}{i}.png", "folder"),
    ],
)
def test_labels_are_found_in_folders_and_file_names(pattern: str, place: str):
    names = [pattern.format(d=d, i=i, w=WORDS[d], n=1000 + 6 * d + i) for d, i in DIGITS]
    source = read_named(names)
    assert source.label_source == place == source.label_sources[0]
    assert [str(label)[-1] for label in source.training.labels] == [
        pattern_label(pattern, digit)[-1] for digit, _ in DIGITS
    ]


def pattern_label(pattern: str, digit: int) -> str:
    return WORDS[digit] if "{w}" in pattern else str(digit)


def test_numbers_beyond_nine_in_file_names_do_not_compete_with_folders():
    source = read_named([f"{d}/{i}.png" for d in range(10) for i in range(12)])
    assert source.label_sources == ("folder",) and not source.labels_in_doubt


def test_two_likely_places_are_asked_about_and_either_can_be_chosen():
    names = [f"fold{i}/{d}_{i}{i}{i}{d}.png" for d, i in DIGITS]
    source = read_named(names)
    assert source.labels_in_doubt
    assert source.label_sources == ("folder", "part 1 of the file name")
    chosen = read_named(names, label_source="part 1 of the file name")
    assert chosen.training.labels.tolist() == [str(d) for d, _ in DIGITS]
    with pytest.raises(DataError, match="Choose one of: folder, part 1.*Received: the moon"):
        read_named(names, label_source="the moon")


def test_folders_that_are_no_digits_are_taken_as_labels_for_a_person_to_explain():
    source = read_named([f"{'cat' if d else 'dog'}/{d}{d}{d}{i}.png" for d, i in DIGITS])
    assert set(source.training.labels) == {"cat", "dog"}
    assert not source.labels_in_doubt


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("data/train/{d}/{i}.png", "data/test/{d}/{i}.png"),
        ("Training/{d}/{i}.png", "Testing/{d}/{i}.png"),
        ("trainingSet/trainingSet/{d}/img_{i}.jpg", "testSet/testSet/{d}/img_{i}.jpg"),
        ("mnist_train/{d}/{i}.png", "mnist_test/{d}/{i}.png"),
        ("train/a_{i}{i}_{d}.png", "test/a_{i}{i}_{d}.png"),
        ("{d}/train/{i}.png", "{d}/test/{i}.png"),
        ("train/{d}/{i}.png", "val/{d}/{i}.png"),
    ],
)
def test_folders_for_training_and_test_are_kept_apart(train: str, test: str):
    names = [(train if i else test).format(d=d, i=i) for d, i in DIGITS]
    source = read_named(names)
    assert source.test is not None
    for part, wanted in ((source.training, range(1, 6)), (source.test, range(1))):
        expected = [str(d) for d, i in DIGITS if i in wanted]
        assert part.labels.tolist() == expected
        assert part.images[:, 25, 25].tolist() == [
            index for index, (_, i) in enumerate(DIGITS) if i in wanted
        ]
    assert any("validation" in note for note in source.notes) == ("val" in test)


def test_a_validation_folder_beside_a_test_folder_joins_the_training():
    part = ("test", "valid", "train")
    source = read_named([f"{part[min(i, 2)]}/{d}/{i}.png" for d, i in DIGITS])
    assert source.test is not None
    assert (len(source.training.labels), len(source.test.labels)) == (50, 10)
    assert any("validation folder were added" in note for note in source.notes)


def test_a_test_folder_alone_is_all_the_data():
    source = read_named([f"test/{d}/{i}.png" for d, i in DIGITS])
    assert source.test is None and len(source.training.labels) == 60


def test_pictures_without_a_label_are_left_out_with_a_note():
    names = [f"train/{d}/{i}.png" for d, i in DIGITS] + [f"test/{i}{i}.png" for i in range(9)]
    source = read_named(names)
    assert source.test is None and len(source.training.labels) == 60
    assert "9 pictures without a label were left out." in source.notes


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("file,label", "{i}_{d}x.png,{d}"),
        ("", "{i}_{d}x.png,{d}"),
        ("", "{i}_{d}x,{d}"),
        ("label;image", "{d};images/{i}_{d}x.png"),
        ("path\tdigit", "./images/{i}_{d}x.png\t{d}"),
        ("", "images/{i}_{d}x.png {d}"),
        ("id,image,split,label", "{d}{i},{i}_{d}x.PNG,train,{d}"),
        ("index,label,filename", "{d},{d},images\\{i}_{d}x.png"),
    ],
)
def test_labels_are_found_in_a_table(header: str, row: str, tmp_path: Path):
    rows = [row.format(d=d, i=i) for d, i in reversed(DIGITS)]
    table = "\n".join(filter(None, [header, *rows]))
    names = [f"images/{i}_{d}x.png" for d, i in DIGITS]
    source = read_named(names, {"labels.csv": table}, tmp_path)
    assert source.label_source is not None and "labels.csv" in source.label_source
    assert source.training.labels.tolist() == [str(d) for d, _ in DIGITS]


def test_numbers_in_a_table_find_file_names_with_zeros_before_them(tmp_path: Path):
    table = "id,label\n" + "\n".join(f"{10 * d + i},{d}" for d, i in DIGITS)
    source = read_named([f"{10 * d + i:05}.png" for d, i in DIGITS], {"a.csv": table}, tmp_path)
    assert source.training.labels.tolist() == [str(d) for d, _ in DIGITS]
    assert source.label_sources == ("a.csv",) and not source.labels_in_doubt


def test_a_column_called_label_leaves_no_doubt_and_others_can_be_chosen(tmp_path: Path):
    table = "file,fold,label\n" + "\n".join(f"{d}{i}aa.png,{i},{d}" for d, i in DIGITS)
    names = [f"{d}{i}aa.png" for d, i in DIGITS]
    source = read_named(names, {"a.csv": table}, tmp_path)
    assert source.label_source == "“label” in a.csv" and not source.labels_in_doubt
    fold = read_named(names, {"a.csv": table}, tmp_path, "“fold” in a.csv")
    assert fold.training.labels.tolist() == [str(i) for _, i in DIGITS]
    folders = [f"{i}/{name}" for (_, i), name in zip(DIGITS, names, strict=True)]
    assert not read_named(folders, {"a.csv": table}, tmp_path).labels_in_doubt
    doubtful = read_named(names, {"a.csv": table.replace("label", "group")}, tmp_path)
    assert doubtful.labels_in_doubt


def test_two_tables_with_the_same_columns_are_one(tmp_path: Path):
    names = [f"train/{d}{i}{i}{i}.png" for d, i in DIGITS]
    names += [f"test/t{d}{i}{i}{i}.png" for d, i in DIGITS]
    tables = {
        f"{part}.csv": "name,label\n"
        + "\n".join(f"{prefix}{d}{i}{i}{i}.png,{d}" for d, i in DIGITS)
        for part, prefix in (("train", ""), ("test", "t"))
    }
    source = read_named(names, tables, tmp_path)
    assert source.test is not None
    assert source.test.labels.tolist() == source.training.labels.tolist()
    assert source.label_source == "train.csv and test.csv"


def test_a_table_that_names_no_picture_is_noted(tmp_path: Path):
    source = read_named([f"{d}/{i}.png" for d, i in DIGITS], {"a.csv": "x,y\n1,2\n"}, tmp_path)
    assert any("a.csv" in note for note in source.notes)
    assert source.label_source == "folder"


def test_pictures_without_any_label_are_refused_with_the_ways_to_give_them():
    with pytest.raises(DataError, match="folder of its name.*labels.csv.*“IMG_0000.jpg”"):
        read_named([f"IMG_{index:04}.jpg" for index in range(60)])


def test_a_few_damaged_pictures_are_left_out_and_named():
    good = pictures([f"{d}/{i}.png" for d, i in DIGITS])
    bad = [Picture(f"7/bad{i}.png", lambda: b"\x89PNG\r\n\x1a\n nothing") for i in range(4)]
    source = read_pictures([*bad[:2], *good, *bad[2:]], [], None, no_progress)
    assert source.training.labels.tolist() == [str(d) for d, _ in DIGITS]
    assert source.training.images[:, 25, 25].tolist() == list(range(60))
    (note,) = (note for note in source.notes if "could not be read" in note)
    assert note.startswith("4 pictures") and "“7/bad2.png”" in note and "bad3" not in note


def test_many_damaged_pictures_are_refused():
    good = pictures([f"{d}/{i}.png" for d, i in DIGITS])
    bad = [Picture(f"7/bad{i}.png", lambda: b"nothing") for i in range(9)]
    with pytest.raises(DataError, match="More than a tenth.*Received: 7/bad0.png"):
        read_pictures([*bad, *good], [], None, no_progress)


def test_the_size_told_is_the_median_of_many():
    sized = [
        Picture(f"{d}/{i}.png", lambda i=i: encoded(Image.new("L", (10 + 10 * i, 20))))
        for d, i in itertools.islice(DIGITS, 55)
    ]
    source = read_pictures(sized, [], None, no_progress)
    assert source.size == (20, 30) and "many sizes" in source.recognised
    assert source.training.images.shape == (55, 50, 50)


def test_hostile_names_cost_neither_memory_nor_sense():
    deep, long = "/".join("ab" for _ in range(5000)), "x" * 60_000
    names = [f"{deep}/{d}/{i}.png" for d, i in DIGITS] + [f"../../{long}/..\\{long}.png"]
    source = read_named(names)
    assert source.training.labels.tolist()[:60] == [str(d) for d, _ in DIGITS]
    assert source.training.labels.dtype.itemsize < 1000
