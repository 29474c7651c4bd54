"""Zip and gzip files, well-meant and hostile."""

import gzip
import io
import os
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_app.data.formats import archive, unpack
from resnet_app.data.formats.kind import Kind
from resnet_app.data.formats.unpack import Contents
from resnet_app.data.source import SourceFile, no_progress
from resnet_app.errors import DataError, LabError, LimitError


def written(write, *args: object, **options: object) -> bytes:
    file = io.BytesIO()
    write(file, *args, **options)
    return file.getvalue()


PNG = written(Image.new("L", (8, 8), 7).save, "PNG")
CSV = b"label,p0,p1\n" + b"1,0,0\n" * 100
NPY = written(np.save, np.zeros((60, 8, 8), np.uint8))
NPZ = written(np.savez, x=np.zeros((60, 8, 8), np.uint8), y=np.zeros(60))
IDX = b"\0\0\x08\x01\0\0\0\x04abcd"

Members = Mapping[str | zipfile.ZipInfo, bytes]


def zipped(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    def write(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", method) as opened:
            for name, member in members.items():
                opened.writestr(name, member)

    return written(write)


def contents(folder: Path, **files: bytes) -> Contents:
    """What is in ``files``; their names have “__” for a dot. Pictures are read at once."""
    job = folder / "job"
    job.mkdir()
    sources = []
    for name, data in files.items():
        path = folder / f"upload-{name}"
        path.write_bytes(data)
        sources.append(SourceFile(name.replace("__", "."), path))
    with unpack.unpack(sources, job, no_progress) as found:
        for picture in found.pictures:
            assert picture.read() == PNG
        return found


def listed(found: Contents) -> dict[str, tuple[Kind, bytes]]:
    return {file.name: (kind, file.path.read_bytes()) for file, kind in found.files}


def test_a_zip_of_pictures_keeps_its_folders_and_unpacks_nothing(tmp_path: Path):
    found = contents(tmp_path, a__zip=zipped({"1/a.png": PNG, "2/b.txt": PNG}))
    assert [picture.name for picture in found.pictures] == ["1/a.png", "2/b.txt"]
    assert not found.files and not list((tmp_path / "job").iterdir())


def test_several_zip_files_lend_their_names_to_the_folders(tmp_path: Path):
    found = contents(tmp_path, train__zip=zipped({"a.png": PNG}), test__zip=zipped({"a.png": PNG}))
    assert [picture.name for picture in found.pictures] == ["train/a.png", "test/a.png"]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("data/train.csv", CSV, Kind.TABLE),
        ("x.npy", NPY, Kind.NPY),
        ("mnist.npz", NPZ, Kind.NPZ),
        ("t10k-labels", IDX, Kind.IDX),
    ],
)
def test_data_files_come_out_of_zip_gzip_and_gzip_in_zip(
    name: str, data: bytes, kind: Kind, tmp_path: Path
):
    for index, packed in enumerate(
        (zipped({name: data, "read.me": b"\x01\x02"}), gzip.compress(data),
         zipped({f"{name}.gz": gzip.compress(data)}))
    ):  # fmt: skip
        folder = tmp_path / str(index)
        folder.mkdir()
        ((shown, found),) = listed(
            contents(folder, **{f"{name.split('/')[-1]}.gz": packed})
        ).items()
        assert shown in (name, name.split("/")[-1]) and found == (kind, data)
        assert len(list((folder / "job").iterdir())) == 1


def test_a_gzip_file_of_several_members_is_read_to_its_end(tmp_path: Path):
    found = contents(tmp_path, a__csv__gz=gzip.compress(CSV) + gzip.compress(b"2,0,0\n"))
    assert listed(found) == {"a.csv": (Kind.TABLE, CSV + b"2,0,0\n")}


def test_a_packed_picture_is_a_picture(tmp_path: Path):
    assert [p.name for p in contents(tmp_path, a__gz=gzip.compress(PNG)).pictures] == ["a"]


def test_what_systems_and_authors_leave_behind_is_skipped_without_a_word(tmp_path: Path):
    junk = [
        *("__MACOSX/1/._a.png", "1/.DS_Store", "1/Thumbs.db", "desktop.ini", ".hidden/x.csv"),
        *("README.md", "readme", "LICENSE.txt"),
    ]
    found = contents(tmp_path, a__zip=zipped({**dict.fromkeys(junk, b"x"), "1/a.png": PNG}))
    assert [picture.name for picture in found.pictures] == ["1/a.png"]
    assert found.notes == () and not found.files


def test_other_files_are_named_in_a_note(tmp_path: Path):
    others = {f"{name}.pdf": b"%PDF-1.7" for name in "abcde"}
    (note,) = contents(tmp_path, a__zip=zipped({**others, "1/a.png": PNG, "2/": b""})).notes
    assert note == "Left out, as no data: “a.pdf”, “b.pdf”, “c.pdf” and 2 more files."


def test_a_document_beside_data_is_left_out_and_alone_is_refused_by_name(tmp_path: Path):
    excel = zipped({"xl/workbook.xml": b"x"})
    (tmp_path / "1").mkdir()
    found = contents(tmp_path / "1", a__zip=zipped({"labels.xlsx": excel, "x.npy": NPY, "r": b""}))
    assert [file.name for file, _ in found.files] == ["x.npy"] and "labels.xlsx" in found.notes[0]
    with pytest.raises(DataError, match="Excel"):
        contents(tmp_path, a__zip=zipped({"labels.xlsx": excel, "b.pdf": b"%PDF"}))


def test_a_zip_without_anything_useful_says_what_is_in_it(tmp_path: Path):
    with pytest.raises(DataError, match="nothing here.*“b.pdf”, “c.mp3”"):
        contents(tmp_path, a__zip=zipped({"b.pdf": b"%PDF", "c.mp3": b"ID3\x04\0\0"}))


def test_other_files_beside_good_ones_are_left_out(tmp_path: Path):
    found = contents(tmp_path, a__csv=CSV, b__pdf=b"%PDF-1.7", README=b"hello", c__txt=b"")
    assert list(listed(found)) == ["a.csv"]
    assert found.notes == ("Left out, as no data: “b.pdf”, “c.txt”.",)


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "a/../../../evil.csv"]
)
def test_a_name_in_a_zip_never_becomes_a_path(name: str, tmp_path: Path):
    before = sorted(tmp_path.parent.rglob("*evil*"))
    found = contents(tmp_path, a__zip=zipped({name: CSV, "r": b"\1"}))
    ((file, _),) = found.files
    assert file.path.parent == tmp_path / "job" and file.path.name.startswith("unpacked-")
    assert sorted(tmp_path.parent.rglob("*evil*")) == before
    assert not os.path.exists("/etc/evil.csv")


def test_a_link_is_not_followed(tmp_path: Path):
    link = zipfile.ZipInfo("1/link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    found = contents(tmp_path, a__zip=zipped({link: b"/etc/passwd", "1/a.png": PNG}))
    assert [p.name for p in found.pictures] == ["1/a.png"] and not found.files


def encrypted() -> bytes:
    """A good zip file whose entries say that they are encrypted."""
    data = bytearray(zipped({"a.csv": CSV}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + flags] |= 1
    return bytes(data)


def overlapping() -> bytes:
    """Ten entries that share the same packed megabyte of zeros."""
    data = zipped({"a": bytes(2**20)})
    start = data.find(b"PK\x01\x02")
    entry, end = data[start : start + 47], bytearray(data[-22:])
    end[8:12] = struct.pack("<HH", 10, 10)
    end[12:16] = struct.pack("<I", 10 * len(entry))
    return data[:start] + entry * 10 + end


def lying() -> bytes:
    """An entry that unpacks to far more than it declares."""
    data = bytearray(zipped({"a.csv": b"1,2\n" * 2**20}))
    for signature, size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.find(signature) + size
        data[place : place + 4] = struct.pack("<I", 400)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (encrypted(), DataError, "encrypted.*password"),
        (overlapping(), DataError, "overlap"),
        (lying(), DataError, "damaged.*CRC"),
        (zipped({"a.csv": CSV}, zipfile.ZIP_LZMA), DataError, "compression 14"),
        (zipped({"a.csv": CSV}, zipfile.ZIP_BZIP2), DataError, "compression 12"),
        (zipped({"a.csv": bytes(2**27)}), LimitError, "far more than images do"),
        (zipped({"a.zip": zipped({"1/a.png": PNG}), "b": b"\1"}), DataError, "zip file again"),
        (zipped({"a.gz": gzip.compress(gzip.compress(CSV))}), DataError, "gzip file again"),
        (zipped({f"{i}.csv": CSV for i in range(65)}), LimitError, "Received: 65 files"),
        (gzip.compress(zipped({"1/a.png": PNG})), DataError, "zip file again"),
        (gzip.compress(bytes(2**27)), LimitError, "far more than images do"),
        (gzip.compress(CSV)[:-9], DataError, "cut off"),
        (gzip.compress(CSV)[:20] + b"damage" + gzip.compress(CSV)[26:], DataError, "damaged"),
        (gzip.compress(b""), DataError, "empty"),
        (zipped({"a.png": PNG})[:-30], DataError, "damaged"),
        (zipped({"n.csv": CSV}).replace(b"n.csv", b"\0.csv"), DataError, "without a name"),
        (zipped({"a.csv": CSV}).replace(b"PK\x03\x04", b"PK\x03\x05"), DataError, "no kind"),
    ],
    ids=[
        *("encrypted", "overlapping", "lying", "lzma", "bzip2", "bomb", "zip in zip"),
        *("gzip twice in zip", "crowd", "zip in gzip", "gzip bomb", "cut gzip", "damaged gzip"),
        *("empty gzip", "cut zip", "no name", "no zip"),
    ],
)
def test_hostile_files_are_refused_in_words(
    data: bytes, kind: type[LabError], words: str, tmp_path: Path
):
    with pytest.raises(kind, match=words) as caught:
        contents(tmp_path, a__zip=data)
    assert "Received: " in str(caught.value) and "\n" not in str(caught.value)
    assert sum(path.stat().st_size for path in (tmp_path / "job").iterdir()) <= 101 * 2**20


def test_a_crowded_directory_is_refused_before_it_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 100)
    monkeypatch.setattr(zipfile, "ZipFile", None)  # would list it
    crowd = bytes(archive.MAX_ENTRIES) + b"PK\x03\x04" + b"PK\x01\x02" * 101
    with pytest.raises(LimitError, match="with 101"):
        contents(tmp_path, a__zip=crowd[archive.MAX_ENTRIES :])


def test_everything_together_has_one_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unpack, "MAX_ARRAY_BYTES", int(2.5 * len(CSV)))
    found = contents(tmp_path, a__gz=gzip.compress(CSV), b__zip=zipped({"b.csv": CSV, "r": b""}))
    assert len(found.files) == 2
    (tmp_path / "2").mkdir()
    with pytest.raises(LimitError, match="Everything together"):
        contents(tmp_path / "2", **{f"{i}__gz": gzip.compress(CSV) for i in range(3)})


def test_more_pictures_than_a_data_set_may_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(unpack, "MAX_IMAGES", 3)
    with pytest.raises(LimitError, match="4 pictures"):
        contents(tmp_path, a__zip=zipped({f"{i}.png": PNG for i in range(4)}))


def test_a_file_beyond_the_upload_limit_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(unpack, "MAX_UPLOAD_BYTES", 100)
    with pytest.raises(LimitError, match="MiB"):
        contents(tmp_path, a__csv=CSV)


def test_notes_beside_every_picture_are_left_out(tmp_path: Path):
    notes = {f"{i}.txt": b"3,0.5,0.5\n1,2,3\n" for i in range(70)}
    found = contents(tmp_path, a__zip=zipped({**notes, "1/a.png": PNG}))
    assert not found.files and "67 more files" in found.notes[0]
    assert not list((tmp_path / "job").iterdir())
