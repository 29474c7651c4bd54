"""What a file is, by its content and never by its name."""

import csv
import io
import struct
from collections import Counter
from enum import Enum
from typing import BinaryIO

from resnet_app.data.formats.archive import is_left_behind, open_archive
from resnet_app.data.source import SourceFile, shown
from resnet_app.errors import DataError


class Kind(Enum):
    """A kind of file that is told apart; the value is its name in words."""

    NPZ = "NumPy arrays (.npz)"
    NPY = "a NumPy array (.npy)"
    IDX = "an IDX file, MNIST's own format"
    MAT = "a MATLAB file"
    HDF5 = "an HDF5 file"
    PARQUET = "a parquet file"
    TABLE = "a text table"
    PICTURE = "a picture"
    ZIP = "a zip file"
    GZIP = "a gzip file"
    OTHER = "something else"


ARRAYS = (Kind.NPZ, Kind.NPY, Kind.IDX, Kind.MAT, Kind.HDF5)
"""Kinds that hold arrays."""

ACCEPTED = (
    "Bring a zip file of pictures, a CSV table, .npz, .npy, IDX, .mat, HDF5 or parquet instead."
)

HEAD_BYTES = 2**18
"""Enough for the first rows of a table of 50×50 pixels written with many decimals."""

_PREFIXES = (
    (b"\x93NUMPY", Kind.NPY),
    (b"PAR1", Kind.PARQUET),
    (b"\x1f\x8b", Kind.GZIP),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),  # an empty one
    (b"\x89PNG\r\n\x1a\n", Kind.PICTURE),
    (b"\xff\xd8\xff", Kind.PICTURE),  # JPEG
    (b"GIF87a", Kind.PICTURE),
    (b"GIF89a", Kind.PICTURE),
    (b"II*\0", Kind.PICTURE),  # TIFF
    (b"MM\0*", Kind.PICTURE),
)
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_PLACES = (0, 512, 1024, 2048)  # MATLAB 7.3 puts 512 bytes before it
_MAT5_ENDINGS = (b"\x00\x01IM", b"\x01\x00MI")  # version and byte order, at byte 124
_IDX_TYPES = (0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E)
_BITMAP_HEADERS = (12, 40, 52, 56, 64, 108, 124)  # bytes, for every version of BMP
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f") | {127}
_LOOKED_AT_ROWS = 20
_REGULAR = 0.8
"""Share of a table's rows that must have the same number of columns."""

_BEGINNING = 2**10
_SURE = 0.3
"""puremagic's confidence from three matching bytes on; it names what is refused, no more: it does
not know .npy, IDX, MATLAB, HDF5 or parquet and takes every zip file for a Word document."""

_PICKLE_PREFIXES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
_PICKLE = (
    "a Python pickle, which could run code and is never opened",
    "Save plain arrays instead: numpy.savez_compressed(file, x=images, y=labels).",
)
_PAGES = "Save its pages as PNG pictures, one digit in each."
_TEXTS = (
    (
        ("<!doctype html", "<html", "<head", "<body"),
        "a web page, saved instead of the file",
        "Open the page in a browser and use its download button.",
    ),
    (
        ("version https://git-lfs",),
        "a Git LFS pointer, which only says where the file is",
        "Download the file itself.",
    ),
    (("<svg", "<?xml"), "an XML or SVG file", "Save pictures as PNG."),
    (("%pdf",), "a PDF document", _PAGES),
    (("{", "["), "JSON", "Save it as CSV, one image in each row, or as .npz."),
    (("(dp", "(lp", "cnumpy", "ccopy_reg"), *_PICKLE),
)
"""Beginnings of texts in lower case, what they are, and what to do."""

_NO_TABLES = ("<", *(prefix for prefixes, *_ in _TEXTS for prefix in prefixes))

_SPREADSHEET = "Save the sheet as CSV; in Excel: File, Save as, “CSV UTF-8”."
_DOCUMENTS = (
    ("xl/workbook.xml", "an Excel workbook", _SPREADSHEET),
    ("xl/workbook.bin", "an Excel workbook", _SPREADSHEET),
    ("word/document.xml", "a Word document", "Save its pictures as PNG."),
    ("ppt/presentation.xml", "a PowerPoint file", "Save its pictures as PNG."),
    ("content.xml", "an OpenDocument file", "Save the sheet as CSV, or the pictures as PNG."),
    ("data.pkl", "a PyTorch file, a pickle inside, which is never opened", _PICKLE[1]),
    ("model.weights.h5", "a Keras model, not data", ACCEPTED),
)
"""Entries that tell other programs' zip files, what these are, and what to do."""

_ADVICE = (
    (
        {".7z", ".rar", ".tar", ".xz", ".bz2", ".bzip2", ".tar.bz2", ".zst", ".lz", ".Z", ".cab"},
        "Unpack it and make a .zip file of what was inside.",
    ),
    (
        {".heif", ".heic", ".avif", ".jp2", ".jpf", ".psd", ".ico", ".tga", ".xcf", ".cr2"},
        "Save pictures as PNG or JPEG.",
    ),
    ({".pdf"}, _PAGES),
    ({".pickle"}, _PICKLE[1]),
    ({".wav", ".mp3", ".ogg", ".flac"}, ACCEPTED),
    ({".mp4", ".mov", ".avi", ".webm", ".mkv", ".3gp"}, "Save single frames as PNG pictures."),
    ({".doc", ".xls", ".ppt"}, _SPREADSHEET),
)
"""Extensions as puremagic gives them, and what to do."""


def kind_of(file: SourceFile) -> Kind:
    """What ``file`` is, never ``Kind.OTHER``.

    Raises ``DataError`` for what cannot hold digits, saying what it looks like.
    """
    with file.path.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
        if not head:
            raise DataError(
                "The file is empty. Save or download it again. "
                f"Received: {shown(file.name)}, 0 bytes"
            )
        kind = recognise(head)
        if kind is Kind.OTHER:
            raise _refusal(file.name, *_likeness(opened, head))
    return _kind_of_zip(file) if kind is Kind.ZIP else kind


def recognise(head: bytes) -> Kind:
    """What a file is that begins with ``head``, its first ``HEAD_BYTES`` or all of it."""
    for prefix, kind in _PREFIXES:
        if head.startswith(prefix):
            return kind
    if any(head[place : place + len(_HDF5)] == _HDF5 for place in _HDF5_PLACES):
        return Kind.HDF5
    if head[124:128] in _MAT5_ENDINGS or _is_mat4(head):
        return Kind.MAT
    if head[:2] == b"\0\0" and len(head) >= 4 and head[2] in _IDX_TYPES and 1 <= head[3] <= 4:
        return Kind.IDX
    if _is_picture(head):
        return Kind.PICTURE
    return Kind.TABLE if table_width(head) else Kind.OTHER


def _is_picture(head: bytes) -> bool:
    """Pictures whose first bytes alone would fit a text as well."""
    if head[:2] == b"BM" and len(head) >= 18:
        return struct.unpack("<I", head[14:18])[0] in _BITMAP_HEADERS
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    netpbm = head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in b" \t\r\n#"
    return netpbm and len(head) > 6


def _is_mat4(head: bytes) -> bool:
    """MATLAB 4 begins with five numbers and a name; its first number's digits say what follows."""
    if len(head) < 21:
        return False
    for order, base in (("<", 0), (">", 1000)):
        form, rows, columns, imaginary, length = struct.unpack(f"{order}5i", head[:20])
        plausible = form - base in range(53) and form % 10 <= 2 and rows >= 0 and columns >= 0
        if plausible and imaginary in (0, 1) and 2 <= length <= 64:
            name = head[20 : 20 + length]
            return name[-1:] == b"\0" and name[:-1].decode("latin-1").isidentifier()
    return False


def decoded(data: bytes) -> str | None:
    """Bytes as text, or None if they are none; the last character may be cut off."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data[: len(data) // 2 * 2].decode("utf-16", "replace")
    if not _CONTROL.isdisjoint(data):
        return None
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        cut_off = error.start >= len(data) - 4
        return data.decode("utf-8-sig", "ignore") if cut_off else data.decode("cp1252", "replace")


def table_width(head: bytes) -> int:
    """Columns of the text table that begins with ``head``; 0 if that is none.

    A table is text whose rows have, mostly, the same number of columns.
    """
    text = decoded(head)
    if text is None or text.lstrip().lower().startswith(_NO_TABLES):
        return 0
    lines = text.splitlines()
    if len(head) == HEAD_BYTES:
        lines = lines[:-1] or lines  # the last one is cut off
    lines = [line.strip(" ") for line in lines if line.strip()][:_LOOKED_AT_ROWS]
    words = [" ".join(line.split()) for line in lines]
    widest = max([*(_width(lines, delimiter) for delimiter in ",;\t|"), _width(words, " ")])
    if widest > 1:
        return widest
    return 1 if len(words) > 1 and not any(" " in line for line in words) else 0


def _width(lines: list[str], delimiter: str) -> int:
    """Columns of nearly all ``lines``; 0 if these differ."""
    try:
        rows = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
        widths = Counter(len(row) for row in rows)
    except csv.Error:  # a field of more than 128 KiB
        return 0
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    return width if count >= _REGULAR * widths.total() else 0


def _kind_of_zip(file: SourceFile) -> Kind:
    """``ZIP`` or ``NPZ``; raises ``DataError`` for other programs' files that are zip files."""
    with open_archive(file) as archive:
        names = archive.namelist()
    for entry, what, advice in _DOCUMENTS:
        if any(name == entry or name.endswith("/" + entry) for name in names[:_LOOKED_AT_ROWS]):
            raise _refusal(file.name, what, advice)
    names = [name for name in names if not is_left_behind(name)]
    if not names:
        raise _refusal(file.name, "an empty zip file", "Pack it again.")
    return Kind.NPZ if all(name.endswith(".npy") for name in names) else Kind.ZIP


def _refusal(name: str, what: str, advice: str) -> DataError:
    return DataError(f"This file looks like {what}. {advice} Received: {shown(name)}")


def _likeness(file: BinaryIO, head: bytes) -> tuple[str, str]:
    """What a file that is not accepted looks like, and what to do about it."""
    text = decoded(head[:_BEGINNING])
    beginning = (text or head[:_BEGINNING].decode("latin-1")).lstrip().lower()
    for prefixes, what, advice in _TEXTS:
        if beginning.startswith(prefixes):
            return what, advice
    if head.startswith(_PICKLE_PREFIXES):
        return _PICKLE
    if head.startswith(b"ARROW1"):
        return "an Arrow or Feather file", "Save it as parquet."
    if text is not None:
        return (
            "text, but no table: its lines have different numbers of columns",
            "Save it as CSV with one image in each row.",
        )
    file.seek(0)
    return _known_to_puremagic(file) or (
        f"no kind of file that is known here; it begins with {head[:8].hex(' ')}",
        ACCEPTED,
    )


def _known_to_puremagic(file: BinaryIO) -> tuple[str, str] | None:
    import puremagic

    try:
        found = [match for match in puremagic.magic_stream(file) if match.confidence >= _SURE]
    except (puremagic.PureError, ValueError):  # nothing fits
        return None
    for extensions, advice in _ADVICE:
        for match in found:
            if match.extension in extensions:
                return f"“{match.name}”", advice
    return (f"“{found[0].name}”", ACCEPTED) if found else None
