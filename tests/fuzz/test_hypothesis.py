"""Files that nobody would think of: every one is understood, asked about or refused in words."""

import io
import zipfile

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays
from PIL import Image

from resnet_app.data.interpret import Understanding
from resnet_app.errors import LabError
from tests.fuzz.samples import IMAGES, LABELS
from tests.unit.uploads import Uploads, understand

_PATIENT = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,  # the same files in every run; `tests.fuzz.drive` looks farther
    suppress_health_check=list(HealthCheck),
)

_CELLS = some.one_of(
    some.integers(0, 255).map(str),
    some.floats().map(str),
    some.text(max_size=5),
    some.sampled_from(["", "nan", "inf", "label", '"', "=1+1", "1e999", "\0", "\ufeff", "٣"]),
)
# zipfile itself writes no empty name and ends one at a zero; tests.unit.test_unpack has such files.
_NAMES = some.text(max_size=30).filter(lambda name: name.split("\0")[0]) | some.sampled_from(
    ["../../etc/passwd", "/0.png", "C:\\3\\a.png", "7/", "a/../3/x.png", "nan/1.png", "labels.csv"]
)


def check(uploads: Uploads) -> Understanding | None:
    """Read ``uploads``; None if they are refused, in one paragraph."""
    try:
        understood = understand(uploads)
    except LabError as error:
        assert "Received: " in str(error)
        assert "\n" not in str(error)
        return None
    assert (understood.dataset is None) == bool(understood.reading.questions)
    return understood


@_PATIENT
@given(
    some.lists(some.lists(_CELLS, min_size=1, max_size=20), max_size=60), some.sampled_from(",;\t ")
)
def test_any_table(rows: list[list[str]], separator: str):
    check({"a.csv": "\n".join(separator.join(row) for row in rows).encode("utf-8", "replace")})


@_PATIENT
@given(some.lists(_CELLS, min_size=len(IMAGES), max_size=len(IMAGES)))
def test_any_labels_in_a_good_table(labels: list[str]):
    lines = [
        ",".join([label, *map(str, image.ravel())])
        for label, image in zip(labels, IMAGES, strict=True)
    ]
    check({"a.csv": "\n".join(lines).encode("utf-8", "replace")})


@_PATIENT
@given(some.lists(_NAMES, max_size=60, unique=True), some.binary(max_size=40))
def test_any_names_in_a_zip_file(names: list[str], junk: bytes):
    picture = io.BytesIO()

    Image.fromarray(IMAGES[0]).save(picture, "PNG")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for index, name in enumerate(names):
            archive.writestr(name, junk if index % 7 == 0 else picture.getvalue())
    check({"a.zip": file.getvalue()})


@_PATIENT
@given(
    arrays.arrays(
        some.one_of(arrays.scalar_dtypes(), arrays.unicode_string_dtypes(max_len=4)),
        some.one_of(
            some.just((len(IMAGES),)),
            arrays.array_shapes(min_dims=0, max_dims=5, max_side=6),
            some.just((len(IMAGES), 10)),
        ),
    )
)
def test_any_array_as_labels_of_good_images(labels: np.ndarray):
    file = io.BytesIO()
    np.savez(file, x=IMAGES, y=labels)
    check({"a.npz": file.getvalue()})


@_PATIENT
@given(
    arrays.arrays(
        arrays.scalar_dtypes(),
        some.one_of(
            some.just((len(LABELS), 4, 5)),
            some.just((len(LABELS), 16)),
            arrays.array_shapes(min_dims=0, max_dims=5, max_side=6),
        ),
    )
)
def test_any_array_as_images_of_good_labels(images: np.ndarray):
    file = io.BytesIO()
    np.savez(file, x=images, y=LABELS)
    check({"a.npz": file.getvalue()})
