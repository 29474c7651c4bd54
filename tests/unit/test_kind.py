"""Files are told apart by their content; what is refused is named."""

import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io
from PIL import Image

from resnet_app.data.formats.kind import HEAD_BYTES, Kind, kind_of, recognise, table_width
from resnet_app.data.source import SourceFile
from resnet_app.errors import DataError

PIXELS = np.arange(64, dtype=np.uint8).reshape(8, 8)


def written(write, *args: object, **options: object) -> bytes:
    file = io.BytesIO()
    write(file, *args, **options)
    return file.getvalue()


def picture(form: str, pixels: np.ndarray = PIXELS) -> bytes:
    return written(Image.fromarray(pixels).save, form)


def zipped(*names: str) -> bytes:
    def write(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            for name in names:
                archive.writestr(name, b"content")

    return written(write)


def hdf5(userblock: int = 0) -> bytes:
    def write(file: io.BytesIO) -> None:
        with h5py.File(file, "w", userblock_size=userblock) as root:
            root["x"] = PIXELS

    return written(write)


def matlab73() -> bytes:
    return b"MATLAB 7.3 MAT-file".ljust(512) + hdf5(512)[512:]


def tar() -> bytes:
    def write(file: io.BytesIO) -> None:
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("digits/1.png"))

    return written(write)


def matrix(version: str, **variables: np.ndarray) -> bytes:
    return written(scipy.io.savemat, variables or {"X": PIXELS}, format=version)


ACCEPTED = {
    "npy": (written(np.save, PIXELS), Kind.NPY),
    "npz": (written(np.savez_compressed, x=PIXELS, y=PIXELS), Kind.NPZ),
    "IDX images": (b"\0\0\x08\x03" + np.array([1, 8, 8], ">u4").tobytes() + bytes(64), Kind.IDX),
    "IDX labels": (b"\0\0\x08\x01" + np.array([4], ">u4").tobytes() + bytes(4), Kind.IDX),
    "MATLAB 5": (matrix("5"), Kind.MAT),
    "MATLAB 4": (matrix("4"), Kind.MAT),
    "MATLAB 4, long": (matrix("4", y=np.ones((300, 1))), Kind.MAT),
    "MATLAB 7.3": (matlab73(), Kind.HDF5),
    "HDF5": (hdf5(), Kind.HDF5),
    "parquet": (written(pd.DataFrame({"a": [1]}).to_parquet), Kind.PARQUET),
    "zip": (zipped("1/a.png", "x.npy"), Kind.ZIP),
    "gzip": (gzip.compress(b"hello"), Kind.GZIP),
    "CSV": (b"label,p0,p1\n1,0,0\n2,0,0\n", Kind.TABLE),
    "CSV without header": (b"1,0,0\r\n2,0,0\r\n", Kind.TABLE),
    "one row": (b"1,0,0,255", Kind.TABLE),
    "semicolons": (b"1;0,5;0,25\n2;0,5;0,5\n", Kind.TABLE),
    "tabs": (b"1\t0\t0\n2\t0\t0\n", Kind.TABLE),
    "spaces": (b"  7.0   0.0 1.0\n  2.0   0.5 1.0\n", Kind.TABLE),
    "labels alone": (b"7\n2\n1\n", Kind.TABLE),
    "UTF-16 of Excel": ("label\tp0\n1\t0\n".encode("utf-16"), Kind.TABLE),
    "UTF-8 with mark": ("läbel,p0\n1,0\n".encode("utf-8-sig"), Kind.TABLE),
    "Latin 1": ("läbel,p0\n1,0\n".encode("latin-1"), Kind.TABLE),
    "wide rows": ((b",".join([b"0.123456789"] * 2500) + b"\n") * 60, Kind.TABLE),
    **{form: (picture(form), Kind.PICTURE) for form in ("PNG", "JPEG", "GIF", "BMP", "WEBP")},
    **{form: (picture(form), Kind.PICTURE) for form in ("TIFF", "PPM")},
    "big-endian TIFF": (picture("TIFF", PIXELS.astype(">u2")), Kind.PICTURE),
}


@pytest.mark.parametrize(("data", "kind"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_is_accepted_is_recognised_whatever_it_is_called(
    data: bytes, kind: Kind, tmp_path: Path
):
    path = tmp_path / "misleading.pdf"
    path.write_bytes(data)
    assert kind_of(SourceFile("misleading.pdf", path)) is kind


REFUSED = {
    "empty": (b"", "empty"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "PDF.*PNG"),
    "Excel": (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook.*CSV"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Microsoft Office.*CSV"),
    "Word": (zipped("[Content_Types].xml", "word/document.xml"), "Word"),
    "OpenDocument": (zipped("mimetype", "content.xml"), "OpenDocument.*CSV"),
    "PyTorch": (zipped("net/data.pkl", "net/data/0"), "PyTorch.*never opened"),
    "Keras": (zipped("config.json", "model.weights.h5"), "Keras model"),
    **{f"pickle {n}": (pickle.dumps({"x": PIXELS}, n), "ickle.*savez") for n in range(6)},
    "RAR": (b"Rar!\x1a\x07\x01\x00" + bytes(40), "RAR.*make a .zip"),
    "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(40), "7-Zip.*make a .zip"),
    "TAR": (tar(), "Tape Archive.*make a .zip"),
    "bzip2": (bz2.compress(b"x"), "bzip2.*make a .zip"),
    "xz": (lzma.compress(b"x"), "XZ.*make a .zip"),
    "MP4": (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42" + bytes(30), "MPEG-4.*frames"),
    "HEIC": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(30), "HEIF.*PNG"),
    "AVIF": (picture("AVIF"), "AV1.*PNG"),
    "icon": (picture("ICO"), "Icon.*PNG"),
    "web page": (b"\n<!DOCTYPE html>\n<html lang=en>", "web page.*download"),
    "SVG": (b'<?xml version="1.0"?>\n<svg/>', "SVG.*PNG"),
    "JSON": (b'{"images": [[0, 1], [2, 3]]}', "JSON.*CSV"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n", "pointer"),
    "Feather": (written(pd.DataFrame({"a": [1]}).to_feather), "Feather.*parquet"),
    "prose": (b"Dear all,\nhere are, as I said, the digits.\n\nYours\n", "no table"),
    "program": (b"\x7fELF\x02\x01\x01" + bytes(50), "ELF.*Bring"),
    "noise": (bytes(range(1, 256)), "no kind of file that is known.*01 02"),
    "a single byte": (b"\x80", "no table"),
    "empty zip": (zipped(), "empty zip"),
    "cut zip": (zipped("a.png")[:-10], "damaged"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_named_with_what_to_do(data: bytes, words: str, tmp_path: Path):
    path = tmp_path / "digits.csv"
    path.write_bytes(data)
    with pytest.raises(DataError, match=words) as caught:
        kind_of(SourceFile("digits.csv", path))
    assert "Received: digits.csv" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("a,b,c\n1,2,3\n", 3),
        ("a;b\n1,5;2,5\n1;2\n", 2),
        ('"x, y",2\n3,4\n', 2),
        ("1 2 3\n4 5 6", 3),
        ("5\n6\n7\n", 1),
        ("word", 0),
        ("some words\nand some more of them\nend\n", 0),
        ("1,2\n" * 30 + "cut", 2),
    ],
)
def test_the_width_of_a_table_is_that_of_most_rows(text: str, width: int):
    assert table_width(text.encode()) == width


def test_a_line_without_an_end_is_looked_at_but_not_swallowed():
    assert recognise(b"1," * (HEAD_BYTES // 2)) is Kind.TABLE
    assert recognise(b"a" * HEAD_BYTES) is Kind.OTHER
