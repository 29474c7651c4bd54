"""Uploads for tests: bytes under a name → what they are understood as."""

import contextlib
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from resnet_app.data.dataset import Dataset
from resnet_app.data.formats.arrays import read_arrays
from resnet_app.data.interpret import Understanding
from resnet_app.data.reading import read_files
from resnet_app.data.source import Choices, Source, SourceFile, no_progress
from resnet_app.errors import LabError

Uploads = Mapping[str, bytes]
"""Names and contents."""


@contextlib.contextmanager
def on_disk(uploads: Uploads) -> Iterator[list[SourceFile]]:
    """The files, written under numbers as an upload is, until the end of the block."""
    with TemporaryDirectory() as folder:
        files = []
        for index, (name, content) in enumerate(uploads.items()):
            path = Path(folder) / str(index)
            path.write_bytes(content)
            files.append(SourceFile(name, path))
        yield files


def understand(uploads: Uploads, choices: Choices | None = None) -> Understanding:
    """What the app understands the files as."""
    with on_disk(uploads) as files, TemporaryDirectory() as folder:
        return read_files(files, choices or Choices(), Path(folder))


def dataset_of(uploads: Uploads) -> Dataset:
    """The data set in files that leave no question open."""
    understood = understand(uploads)
    assert understood.dataset is not None, understood.reading.questions
    return understood.dataset


def source_of(uploads: Uploads, label_source: str | None = None) -> Source:
    """What the reader of arrays finds, before anything is decided."""
    with on_disk(uploads) as files:
        return read_arrays(files, label_source, no_progress)


def refusal(uploads: Uploads, kind: type[LabError]) -> str:
    """The message with which the files are refused: one paragraph that says what was received."""
    with pytest.raises(kind) as caught:
        understand(uploads)
    message = str(caught.value)
    assert "Received: " in message
    assert "\n" not in message
    return message


def peak_of_refusing(uploads: Uploads) -> int:
    """Bytes of memory taken at most while the files are refused."""
    with on_disk(uploads) as files, TemporaryDirectory() as folder:
        tracemalloc.start()
        try:
            with pytest.raises(LabError):
                read_files(files, Choices(), Path(folder))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
