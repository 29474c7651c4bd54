"""Bringing digits: from the generator, from scikit-learn, from files, from the network."""

import shutil
import weakref
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from resnet_app.config import MAX_UPLOAD_BYTES
from resnet_app.data import launch
from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits, scanned_digits
from resnet_app.data.source import Choices, Reading, SourceFile
from resnet_app.errors import LabError, LimitError
from resnet_app.ui import state
from resnet_app.ui.guards import show_error
from resnet_app.ui.jobs import show_job
from resnet_app.ui.visitor import me

_INTAKE, _SHELF, _UPLOADER, _CHANGED = "intake", "shelf", "files", "files_changed"
_GENERATOR, _SCANNED, _FILES, _MNIST = (
    "Drawn by a generator",
    "Scanned (scikit-learn)",
    "Your own files",
    "MNIST (download)",
)


@dataclass(eq=False)
class Intake:
    """Files that a session has brought, and how far their reading is.

    ``reading`` and ``examples`` (K, 5, 50, 50) uint8 are those of the last reading that succeeded,
    and ``turn`` counts these; ``error`` is why a later one did not. Without ``files`` it is a
    download.
    """

    files: tuple[SourceFile, ...] = ()
    job: launch.Job | None = None
    reading: Reading | None = None
    examples: NDArray[np.uint8] | None = None
    error: LabError | None = None
    stopped: bool = False
    turn: int = 0

    @property
    def has_questions(self) -> bool:
        """Whether a person must say something before there is a data set."""
        return self.job is None and self.reading is not None and bool(self.reading.questions)

    def gave(self, digest: str) -> bool:
        """Whether this data set comes from here."""
        return self.job is None and self.reading is not None and self.reading.digest == digest

    def begin(self, choices: Choices | None = None) -> None:
        """Read the files, or download; what runs already is given up."""
        self.give_up()
        self.error, self.stopped = None, False
        job = (
            launch.read(self.files, choices, me()) if self.files else launch.download(choices, me())
        )
        weakref.finalize(self, job.stop)  # nobody waits for it when the session has ended
        self.job = job

    def stop(self) -> None:
        """Give up at a person's wish."""
        self.give_up()
        self.stopped = True

    def give_up(self) -> None:
        """Forget the job, if there is one."""
        if self.job is not None:
            self.job.forget()
            self.job = None

    def settle(self) -> None:
        """If the job has ended, take its result and use the data set that it gave."""
        if self.job is None or not self.job.ended:
            return
        try:
            self.reading, self.examples = self.job.result(), self.job.examples()
            self.turn += 1
            if self.reading is not None and self.reading.digest is not None:
                state.choose_dataset(self.reading.digest)
        except LabError as error:
            self.error = error
        finally:
            self.give_up()


@dataclass(eq=False)
class _Shelf:
    """A session's uploads on disk, by Streamlit's name for each; gone when the session ends.

    ``listed`` names those that the uploader listed last.
    """

    folder: Path = field(default_factory=launch.new_folder)
    files: dict[str, SourceFile] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    count: int = 0

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def put(self, upload: UploadedFile) -> None:
        """Write ``upload`` down under a number, and let go of Streamlit's copy in memory."""
        self.count += 1
        path = self.folder / f"{self.count:05d}"
        path.write_bytes(upload.getbuffer())
        self.files[upload.file_id] = SourceFile(upload.name, path)
        context = get_script_run_ctx()
        if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
            context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.path.stat().st_size for file in self.files.values())

    def keep_only(self, names: tuple[str, ...]) -> None:
        """Remove all files but these, which are ``listed`` from now on."""
        self.listed = names
        for name in self.files.keys() - set(names):
            self.files.pop(name).path.unlink(missing_ok=True)


def current() -> Intake | None:
    """What this session has brought."""
    intake: Intake | None = st.session_state.get(_INTAKE)
    return intake


def drop() -> None:
    """Forget what this session has brought; data sets made of it stay."""
    intake = st.session_state.pop(_INTAKE, None)
    if intake is not None:
        intake.give_up()


def show_sources() -> None:
    """Let a person choose where digits come from, and get them.

    Raises ``LimitError`` if there is no room for them.
    """
    source = st.segmented_control(
        "Where the digits come from",
        [_GENERATOR, _SCANNED, _FILES, _MNIST],
        default=_GENERATOR,
        required=True,
        key="source",
        persist_state="session",
    )
    if source == _FILES:
        _show_files()
    elif source == _MNIST:
        _show_download()
    elif source == _SCANNED:
        _show_scanned()
    else:
        _show_generator()


def show_reading() -> None:
    """How far the reading of what was brought is, or why it failed."""
    intake = current()
    if intake is None:
        return
    intake.settle()
    if intake.job is not None:
        show_job(intake.job, intake.stop, "reading")
    elif intake.stopped:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info("Stopped, and nothing was kept.", icon=":material/stop_circle:")
            st.button("Read again", icon=":material/refresh:", on_click=intake.begin)
    elif intake.error is not None:
        show_error(intake.error)
        if len(intake.files) > 1:
            st.caption("The listed files are read together. Remove those that do not belong.")


def _show_generator() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = st.number_input("How many", 100, 50_000, 4000, 500)
        seed = st.number_input("Seed", 0, 10**6, 0, help="The same seed draws the same digits.")
        if st.button("Draw these digits", type="primary"):
            with st.spinner(f"Drawing {count:,} digits and a quarter as many for the test…"):
                state.choose_dataset(datasets.save(drawn_digits(count, seed), me()))


def _show_scanned() -> None:
    st.markdown("1,797 digits written by 43 people, scanned at 8×8 pixels and enlarged here.")
    if st.button("Use these digits", type="primary", key="use-scanned"):
        state.choose_dataset(datasets.save(scanned_digits(), me()))


def _show_download() -> None:
    st.markdown("70,000 handwritten digits of 28×28 pixels. This needs a network.")
    if st.button("Download MNIST", type="primary", icon=":material/download:"):
        drop()
        st.session_state[_INTAKE] = intake = Intake()
        intake.begin()


def _show_files() -> None:
    st.file_uploader(
        "Images with their labels",
        accept_multiple_files=True,
        max_upload_size=MAX_UPLOAD_BYTES // 2**20,
        key=_UPLOADER,
        on_change=_notice_change,
        help="Files are recognised by what is in them, not by their names. All that are listed "
        "here are read together as one data set.",
    )
    st.caption(
        "npz, npy, CSV or TSV, a zip of pictures, MNIST's own files, parquet, MATLAB or HDF5; "
        "gzip is fine, and so are several files that belong together."
    )
    if st.session_state.pop(_CHANGED, False):
        _take_files()


def _notice_change() -> None:
    st.session_state[_CHANGED] = True


def _take_files() -> None:
    """Read the files that the uploader lists, unless these are the ones it listed before."""
    # The widget's own answer leaves out those whose copy in memory has been let go of.
    listed = st.session_state[_UPLOADER]
    names = tuple(upload.file_id for upload in listed)
    if _SHELF not in st.session_state:
        st.session_state[_SHELF] = _Shelf()
    shelf: _Shelf = st.session_state[_SHELF]
    if names == shelf.listed:  # letting go of a copy counts as a change
        return
    drop()
    shelf.keep_only(names)
    new = [upload for upload in listed if isinstance(upload, UploadedFile)]
    new = [upload for upload in new if upload.file_id not in shelf.files]
    size = shelf.size + sum(upload.size for upload in new)
    if size > MAX_UPLOAD_BYTES:
        st.session_state[_INTAKE] = Intake(error=_too_large(size))
        return
    for upload in new:
        shelf.put(upload)
    files = tuple(shelf.files[name] for name in names if name in shelf.files)
    if files:
        st.session_state[_INTAKE] = intake = Intake(files)
        intake.begin()


def _too_large(size: int) -> LimitError:
    return LimitError(
        f"A data set may come as at most {MAX_UPLOAD_BYTES // 2**20} MiB. Remove some files, or "
        f"make them smaller, for example with fewer images. Received: {size / 2**20:.0f} MiB"
    )
