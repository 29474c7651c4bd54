"""Files are read in a process of their own, which is watched."""

import contextlib
import gc
import io
import re
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from resnet_app.config import home
from resnet_app.data import launch, store
from resnet_app.data.dataset import Dataset
from resnet_app.data.edit import Edit
from resnet_app.data.generator import generate
from resnet_app.data.source import Choices, SourceFile
from resnet_app.errors import DataError, LimitError

IMAGES, LABELS = generate(200, seed=4)


@pytest.fixture
def digits(tmp_path: Path) -> SourceFile:
    np.savez_compressed(tmp_path / "digits.npz", x=IMAGES, y=LABELS)
    return SourceFile("digits.npz", tmp_path / "digits.npz")


@pytest.fixture
def slow(tmp_path: Path) -> SourceFile:
    """A good file that takes some seconds to read."""
    images, labels = np.tile(IMAGES, (50, 1, 1)), np.tile(LABELS, 50)
    np.savez_compressed(tmp_path / "slow.npz", x=images[:, :49, :49], y=labels)
    return SourceFile("slow.npz", tmp_path / "slow.npz")


def children() -> list[psutil.Process]:
    """The processes that read; one that has ended and is not yet reaped does not count."""
    found = []
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "resnet_app.data.worker" in " ".join(process.cmdline()):
                found.append(process)
    return found


def wait_for_child() -> psutil.Process:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = children()
        if found:
            return found[0]
        time.sleep(0.02)
    pytest.fail("no reader has started")


def test_a_file_is_read_kept_and_audited(digits: SourceFile):
    job = launch.read([digits])
    seen = []
    while not job.wait(0.02):
        seen.append(job.progress)
    reading = job.result()
    assert reading is not None and reading.digest is not None
    assert seen == sorted(seen)
    assert np.array_equal(store.load(reading.digest).images, IMAGES)
    assert store.findings(reading.digest) is not None
    assert job.examples().shape == (10, 5, 50, 50)
    assert job.folder.is_dir()
    job.forget()
    assert not job.folder.exists()


def test_an_open_question_keeps_nothing_until_it_is_answered(tmp_path: Path):
    path = tmp_path / "shifted.npz"
    np.savez_compressed(path, x=IMAGES, y=LABELS + 1)
    asked = launch.read([SourceFile("shifted.npz", path)]).result()
    assert asked is not None and asked.digest is None
    assert store.listing() == []
    answer = Choices(digits=asked.questions[0].options[0].value)
    settled = launch.read([SourceFile("shifted.npz", path)], answer).result()
    assert settled is not None and settled.digest is not None
    assert np.array_equal(store.load(settled.digest).labels, LABELS)


def test_a_refusal_comes_back_in_words(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(b"")
    with pytest.raises(DataError, match="empty"):
        launch.read([SourceFile("x.npz", path)]).result()
    assert store.listing() == []


def test_reading_can_be_stopped(slow: SourceFile):
    job = launch.read([slow])
    wait_for_child()
    job.stop()
    with pytest.raises(DataError, match="stopped"):
        job.result()
    assert not children()
    assert store.listing() == []


def test_a_reader_that_crashes_is_told_in_words(slow: SourceFile):
    job = launch.read([slow])
    wait_for_child().kill()
    with pytest.raises(DataError, match="broke off"):
        job.result()


def test_a_reader_that_never_listened_is_told_in_words(
    digits: SourceFile, monkeypatch: pytest.MonkeyPatch
):
    spawn = launch._spawn

    def spawn_dead(log):
        child = spawn(log)
        child.kill()
        child.wait()
        return child

    monkeypatch.setattr(launch, "_spawn", spawn_dead)
    with pytest.raises(DataError, match="broke off"):
        launch.read([digits]).result()


def test_the_last_words_of_a_reader_that_breaks_off_are_in_the_log(
    digits: SourceFile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(launch, "_spawn", lambda log: launch.spawn_worker(log, "no_such_module"))
    with pytest.raises(DataError, match="broke off.* Received: exit status 1"):
        launch.read([digits]).result()
    assert re.search("Reading broke off:\n.*No module named no_such_module", caplog.text)


def test_too_much_memory_ends_the_reader(slow: SourceFile, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(launch, "READING_BYTES", 20 * 2**20)
    with pytest.raises(LimitError, match="memory"):
        launch.read([slow]).result()
    assert not children()


def test_too_much_time_ends_the_reader(slow: SourceFile, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(launch, "READING_SECONDS", 0.2)
    with pytest.raises(LimitError, match="longer"):
        launch.read([slow]).result()


def test_one_file_is_read_at_a_time(digits: SourceFile):
    jobs = [launch.read([digits]) for _ in range(3)]
    while not all(job.wait(0.01) for job in jobs):
        assert len(children()) <= 1
    assert {reading.digest for job in jobs if (reading := job.result())} == {
        store.listing()[0].digest
    }


def test_a_job_that_waits_can_be_stopped(slow: SourceFile, digits: SourceFile):
    first = launch.read([slow])
    wait_for_child()
    second = launch.read([digits])
    assert "Waiting" in second.message
    second.forget()
    assert not second.folder.exists()
    first.forget()


def test_a_lost_job_leaves_no_files(digits: SourceFile):
    job = launch.read([digits])
    job.result()
    folder = job.folder
    del job
    end = time.monotonic() + 20
    while folder.exists() and time.monotonic() < end:  # its threads let go of it soon
        gc.collect()
        time.sleep(0.05)
    assert not list((home() / "incoming").iterdir())


def test_a_stored_set_is_audited(bars: Dataset):
    digest = store.save(bars)
    assert launch.audit(digest).result() is None
    assert store.findings(digest)


def test_a_change_is_kept_as_a_new_data_set_and_audited():
    digest = store.save(Dataset("Digits", IMAGES, LABELS))
    edit = Edit(leave_out=(0,), relabel={1: 5})
    job = launch.change(digest, edit, "Fewer")
    changed = store.load(job.kept())
    assert (changed.name, len(changed.labels), changed.labels[0]) == ("Fewer", 199, 5)
    assert store.findings(changed.digest) is not None
    assert store.load(digest).digest == digest
    job.forget()


def test_a_change_that_cannot_be_is_told_in_words():
    digest = store.save(Dataset("Digits", IMAGES, LABELS))
    with pytest.raises(DataError, match="image 999"):
        launch.change(digest, Edit(leave_out=(999,)), "None").kept()


def test_the_ink_of_a_photo_is_found_in_the_child_and_a_huge_one_is_refused():
    paper = np.full((900, 700), 230, np.uint8)
    paper[200:700, 340:380] = 40
    for pixels, words in ((paper, None), (np.zeros((5100, 5000), np.uint8), "megapixels")):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", compress_level=1)
        job = launch.read_photo(file.getbuffer(), "photo.png")
        if words is None:
            picture, ink = job.photo()
            assert picture.shape == ink.shape == (600, 467)
            assert (ink > 128).mean() == pytest.approx(500 * 40 / paper.size, rel=0.1)
        else:
            with pytest.raises(LimitError, match=words):
                job.photo()
        job.forget()
