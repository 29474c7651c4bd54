"""A run's zip file from a stranger: what is refused, and in which words."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.data.source import SourceFile, no_progress
from resnet_app.errors import DataError, LabError
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.takeaway import claims, opening
from resnet_app.takeaway.bundle import write_bundle
from resnet_app.takeaway.weights import read_weights
from tests.made_runs import fill_run

_PRETRAINED = runs.pretrained().directory


@pytest.fixture
def run(bars: Dataset) -> Run:
    """A finished run with the models of the one that comes with the app."""
    made = runs.create(runs.pretrained().config, datasets.save(bars), bars.name)
    for name in ("model.keras", "model.tflite", "preprocessing.json", "calibration.json"):
        shutil.copy(_PRETRAINED / name, made.directory / name)
    fill_run(made)
    return made


@pytest.fixture
def entries(run: Run, tmp_path: Path) -> dict[str, bytes]:
    """What is in the zip file of ``run``, which is then no longer here."""
    write_bundle(run, tmp_path / "run.zip")
    shutil.rmtree(run.directory)
    datasets.delete(run.dataset_digest)
    with zipfile.ZipFile(tmp_path / "run.zip") as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def packed(entries: dict[str, bytes], path: Path) -> SourceFile:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in entries.items():
            bundle.writestr(name, data)
    return SourceFile("run.zip", path)


def refused(entries: dict[str, bytes], tmp_path: Path, words: str) -> None:
    """Opening raises a ``LabError`` with these words before TensorFlow loads, and keeps nothing."""
    folder = tmp_path / "job"
    folder.mkdir()
    with pytest.raises(LabError, match=f"(?s){words}") as told:
        opening.open_bundle(packed(entries, tmp_path / "hostile.zip"), folder, no_progress)
    assert "Received: " in str(told.value)
    assert runs.listing() == []
    assert datasets.listing() == []


@pytest.fixture(autouse=True)
def no_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*arguments: Any) -> None:
        raise AssertionError("a hostile file came as far as the network")

    monkeypatch.setattr(opening, "_build", build)


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def card(change: dict[str, Any]) -> Callable[[dict[str, bytes]], None]:
    def changed(entries: dict[str, bytes]) -> None:
        entries["run.json"] = json.dumps({**json.loads(entries["run.json"]), **change}).encode()

    return changed


def put(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda entries: entries.update({name: data})


_CONFIG = TrainingConfig().to_json()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("../../evil.txt", b"x"), "not a run"),
        (put("/etc/cron.d/evil", b"x"), "not a run"),
        (put("weights/..\\..\\evil.npy", b"x"), "not a run"),
        (put("C:evil", b"x"), "not a run"),
        (put("run.json", b"{" * 50_000), "not a run"),
        (put("run.json", b"[" * 200_000), "not a run"),
        (put("run.json", b'{"format": "x"}'), "not a run"),
        (put("run.json", b" " * 2**20), "KiB"),
        (put("run.json", b"[1]"), "not a run"),
        (card({"version": 99}), "another version"),
        (card({"config": {**_CONFIG, "epochs": 10**9}}), "epochs must be"),
        (card({"config": {**_CONFIG, "widths": [10**9] * 3}}), "widths must be"),
        (card({"config": {**_CONFIG, "code": "import os"}}), "no setting with this name"),
        (card({"config": {**_CONFIG, "learning_rate": float("nan")}}), "learning_rate"),
        (card({"config": "x"}), "its settings are missing"),
        (card({"epoch": -1}), "out of range"),
        (card({"dataset_name": ["x"]}), "where a text should be"),
        (put("preprocessing.json", b'{"normalizer": {}, "framing": {}}'), "normalization"),
        (put("calibration.json", b'{"temperature": 0, "sure": 0.5}'), "out of range"),
        (put("tuning.json", b'{"trained": 1}'), "missing"),
        (put("confusion.npy", npy(np.full((10, 10), -1))), "confusion"),
        (put("confusion.npy", npy(np.array([object()]))), "."),
        (put("weights/conv1.kernel.npy", npy(np.array([object()]))), "."),
        (put("weights/conv1.kernel.npy", npy(np.zeros(3, np.float64))), "weights of type"),
        (put("weights/conv1.kernel.npy", npy(np.zeros(3, np.float32))[:-4]), "does not fit"),
        (put("digits.npz", b"PK\x05\x06" + bytes(18)), "."),
        (put("digits.npz", b"junk"), "damaged"),
    ],
)  # fmt: skip
def test_what_no_run_of_ours_holds_is_refused(change, words, entries, tmp_path):
    change(entries)
    refused(entries, tmp_path, words)


def test_a_file_missing_is_told(entries: dict[str, bytes], tmp_path: Path):
    del entries["preprocessing.json"]
    refused(entries, tmp_path, "a file without preprocessing.json|not a run")


def test_a_bomb_is_refused_by_what_it_declares(
    entries: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(opening, "MAX_ARRAY_BYTES", 20 * 2**20)
    entries["weights/bomb.npy"] = bytes(21 * 2**20)
    refused(entries, tmp_path, "may unpack to at most")


def test_a_folder_that_was_packed_again_is_read(entries: dict[str, bytes], tmp_path: Path):
    again = {f"run 1/{name}": data for name, data in entries.items()}
    again |= {"run 1/": b"", "__MACOSX/run 1/._run.json": b"x", "run 1/.DS_Store": b"x"}
    with pytest.raises(AssertionError, match="as far as the network"):
        opening.open_bundle(packed(again, tmp_path / "again.zip"), tmp_path, no_progress)


def test_too_many_files_are_refused(entries: dict[str, bytes], tmp_path: Path):
    entries.update({f"weights/x{index}.npy": b"" for index in range(600)})
    refused(entries, tmp_path, "at most 500 files")


def test_a_link_is_not_followed(entries: dict[str, bytes], tmp_path: Path):
    link = zipfile.ZipInfo("preprocessing.json")
    link.external_attr = 0o120777 << 16
    del entries["preprocessing.json"]
    file = packed(entries, tmp_path / "run.zip")
    with zipfile.ZipFile(file.path, "a") as bundle:
        bundle.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="a file without preprocessing"):
        opening.open_bundle(file, tmp_path, no_progress)


def test_events_that_no_run_writes_are_left_out():
    lines = [
        '{"event": "batch", "position": 0.5, "loss": 2.0, "accuracy": 0.5, "extra": "x"}',
        '{"event": "batch", "position": "0.5", "loss": 2.0, "accuracy": 0.5}',
        '{"event": "batch", "position": 0.5, "loss": NaN, "accuracy": Infinity}',
        '{"event": "epoch", "epoch": 1.5}',
        '{"event": "precision", "policy": "evil", "reason": "x"}',
        '{"event": "watch", "position": 0.5, "gradients": {"a": [[[[[[[[1]]]]]]]]}}',
        '{"event": "watch", "position": 0.5, "gradients": {"a": 1.0}}',
        '{"event": {"a": 1}}', "[]", "1", "null", "[" * 100_000, '"event"',
    ]  # fmt: skip
    assert list(claims.events_of("\n".join(lines))) == [
        ("batch", {"position": 0.5, "loss": 2.0, "accuracy": 0.5}),
        ("batch", {"position": 0.5, "loss": None, "accuracy": None}),
        ("watch", {"position": 0.5, "gradients": {"a": 1.0}}),
    ]


def test_weights_are_named_by_layer_and_part():
    weights = read_weights(_PRETRAINED / "model.keras")
    assert weights["conv1.kernel"].shape == (5, 5, 1, 32)
    assert weights["bn1.moving_variance"].shape == (32,)
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
