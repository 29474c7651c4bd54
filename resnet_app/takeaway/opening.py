"""A run's zip file from anybody → a run of this installation. Nothing in it is ever run.

The zip file's directory is judged first, then each header, and only then is data read. The light
model is made anew from the weights, which must fit the network that the settings describe.
"""

import json
import re
import time
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from resnet_app.config import MAX_ARRAY_BYTES, MAX_UPLOAD_BYTES, TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.data.formats import npy
from resnet_app.data.formats.archive import (
    DAMAGE,
    damaged,
    harmless_entries,
    open_archive,
    read_entry,
)
from resnet_app.data.formats.npz import read_npz
from resnet_app.data.source import Progress, SourceFile, part_of, shown
from resnet_app.errors import LimitError
from resnet_app.files import write_json
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter, write_history
from resnet_app.takeaway import claims
from resnet_app.takeaway.bundle import CARD, CONFUSION, WEIGHTS
from resnet_app.takeaway.cells import DATA_FILE
from resnet_app.takeaway.weights import Weights, give_weights
from resnet_app.training.loading import load_keras

MAX_FILES = 500
"""Most files in the zip file; the network has 190 arrays of weights."""

_MAX_TEXT_BYTES = 2**18
_MAX_EVENTS_BYTES = 2**25
_MAX_WEIGHT_BYTES = 2**28

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
"""Names that a run's zip file has; none of them leads out of a folder."""


def open_bundle(
    file: SourceFile, folder: Path, progress: Progress, owner: str | None = None
) -> str:
    """Keep the run in ``file`` as a new one of ``owner``, marked as imported; return its id.

    ``folder`` is empty and in the home folder. Raises ``DataError`` or ``LimitError``; then
    nothing is kept.
    """
    progress(0, "Looking at the file")
    size = file.path.stat().st_size
    if size > MAX_UPLOAD_BYTES:
        raise LimitError(
            f"A run's file may have at most {MAX_UPLOAD_BYTES // 2**20} MiB. "
            f"Received: {shown(file.name)}, {size / 2**20:.0f} MiB"
        )
    if not zipfile.is_zipfile(file.path):
        raise claims.refused(f"{shown(file.name)}, which is no zip file")
    with open_archive(file) as archive:
        bundle = _Bundle(archive, file, owner)
        directory = folder / "run"
        directory.mkdir()
        dataset = bundle.dataset(folder, part_of(progress, 0.05, 0.2))
        run = bundle.write(directory, None if dataset is None else dataset.digest)
        weights = bundle.weights()
    progress(0.2, "Loading TensorFlow")
    _build(run, weights, part_of(progress, 0.5, 1))
    if dataset is not None:
        datasets.save(dataset, owner)
    return runs.adopt(directory).id


class _Bundle:
    """A run's zip file, its directory found harmless."""

    def __init__(
        self, archive: zipfile.ZipFile, file: SourceFile, owner: str | None = None
    ) -> None:
        self._archive = archive
        self._file = file
        self._owner = owner
        entries = archive.infolist()
        if len(entries) > MAX_FILES:
            raise LimitError(
                f"A run's file holds at most {MAX_FILES} files. Received: {len(entries):,}"
            )
        harmless = harmless_entries(archive, file)
        if sum(info.file_size for info in harmless) > MAX_ARRAY_BYTES:
            raise LimitError(
                f"A run may unpack to at most {MAX_ARRAY_BYTES // 2**20} MiB. "
                f"Received: {shown(file.name)}, which would be larger"
            )
        self._entries = _by_name(harmless)
        self._card = self._json(CARD)
        claims.check_format(self._card)

    def write(self, directory: Path, digest: str | None) -> Run:
        """Write everything but the models, as checked values, into an empty directory.

        ``digest`` is that of the data set, where it came along.
        """
        config = claims.config_of(self._card)
        write_json(directory / "config.json", self._own_card(config, digest))
        normalizer, framing = claims.preprocessing_of(self._json("preprocessing.json"))
        write_json(
            directory / "preprocessing.json",
            {"normalizer": normalizer.to_json(), "framing": framing.to_json()},
        )
        if "calibration.json" in self._entries:
            calibration = claims.calibration_of(self._json("calibration.json"))
            write_json(directory / "calibration.json", calibration.to_json())
        if "tuning.json" in self._entries:
            tuning = claims.tuning_of(self._json("tuning.json"))
            write_json(directory / "tuning.json", asdict(tuning))
        if CONFUSION in self._entries:
            evaluation = claims.evaluation_of(self._array(CONFUSION))
            np.savez(directory / "evaluation.npz", confusion=evaluation.confusion)
        self._write_course(directory, config)
        return Run(directory)

    def weights(self) -> Weights:
        """All arrays of weights, by name."""
        names = [name for name in self._entries if name.startswith(WEIGHTS)]
        if sum(self._entries[name].file_size for name in names) > _MAX_WEIGHT_BYTES:
            raise LimitError(
                f"A run's weights may take at most {_MAX_WEIGHT_BYTES // 2**20} MiB. "
                f"Received: {shown(self._file.name)} with more"
            )
        found = {}
        for name in names:
            array = self._array(name)
            if array.dtype != np.float32:
                raise claims.refused(f"weights of type {shown(array.dtype)}")
            found[name[len(WEIGHTS) :].removesuffix(".npy")] = array
        return found

    def dataset(self, folder: Path, progress: Progress) -> Dataset | None:
        """The data set that came along, if one did."""
        about = self._card.get("dataset")
        if DATA_FILE not in self._entries or not isinstance(about, dict):
            return None
        path = folder / DATA_FILE
        path.write_bytes(self._bytes(DATA_FILE, MAX_UPLOAD_BYTES))
        arrays = read_npz(SourceFile(DATA_FILE, path), MAX_ARRAY_BYTES, progress).arrays
        try:
            parts = [arrays[name] for name in ("images", "labels", "test_images", "test_labels")]
        except KeyError as error:
            raise claims.refused(f"{DATA_FILE} without {error}") from error
        if any(part.dtype != np.uint8 for part in parts) or any(p.ndim != 1 for p in parts[1::2]):
            raise claims.refused(f"{DATA_FILE} with other arrays than pixels and labels")
        notes = about.get("notes")
        return Dataset(
            claims.text_of(about.get("name"), datasets.MAX_NAME) or "Imported digits",
            *(parts[0], parts[1], parts[2], parts[3]),
            tuple(map(claims.text_of, notes[:50] if isinstance(notes, list) else ())),
            max(4, claims.count_of(about.get("source_side"), 10_000)),
        )

    def _own_card(self, config: TrainingConfig, digest: str | None) -> dict[str, Any]:
        own, parent = self._card.get("id"), self._card.get("parent")
        return {
            "config": config.to_json(),
            "dataset_digest": digest or claims.digest_of(self._card.get("dataset_digest")),
            "dataset_name": claims.text_of(self._card.get("dataset_name"), datasets.MAX_NAME),
            "created": time.time(),
            "parent": parent if isinstance(parent, str) and runs.is_id(parent) else None,
            "imported": own if isinstance(own, str) and runs.is_id(own) else "unknown",
            "owner": self._owner,
        }

    def _write_course(self, directory: Path, config: TrainingConfig) -> None:
        """Events, status and the table of epochs."""
        writer = RunWriter(directory)
        lines = self._bytes("events.jsonl", _MAX_EVENTS_BYTES).decode("utf-8", "replace")
        for kind, values in claims.events_of(lines):
            writer.event(kind, **values)
        stopped = self._card.get("state") == "stopped"
        place = {name: claims.count_of(self._card.get(name)) for name in ("epoch", "step", "steps")}
        writer.status(
            "stopped" if stopped else "finished",
            "Stopped; what it had learned is kept." if stopped else "Finished",
            epochs=config.epochs,
            **place,
        )
        writer.close()
        write_history(Run(directory))

    def _json(self, name: str) -> dict[str, Any]:
        try:
            values = json.loads(self._bytes(name, _MAX_TEXT_BYTES))
        except (ValueError, RecursionError) as error:
            raise claims.refused(f"{name}, which cannot be read") from error
        if not isinstance(values, dict):
            raise claims.refused(f"{name}, which holds something else")
        return values

    def _bytes(self, name: str, most: int) -> bytes:
        """What an entry holds, which must be there and have at most ``most`` bytes."""
        info = self._entries.get(name)
        if info is None:
            raise claims.refused(f"a file without {name}")
        if info.file_size > most:
            raise LimitError(
                f"{name} may have at most {most // 2**10:,} KiB. Received: {info.file_size:,} bytes"
            )
        return read_entry(self._archive, info)

    def _array(self, name: str) -> Any:
        """The array in an entry: header, then size, and only then the data."""
        info = self._entries[name]
        try:
            with self._archive.open(info) as member:
                header = npy.read_header(member.read(npy.MAX_HEADER_BYTES))
                npy.check_header(header, name, info.file_size)
            with self._archive.open(info) as member:
                return np.lib.format.read_array(member, allow_pickle=False)
        except (*npy.DAMAGE, *DAMAGE) as error:
            raise damaged(name, error) from error


def _by_name(entries: Sequence[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Entries by their way from where ``run.json`` lies: a folder may have been packed again."""
    cards = [info.filename for info in entries if info.filename.split("/")[-1] == CARD]
    top = min(cards, key=len, default=CARD)[: -len(CARD)]
    found = {}
    for info in entries:
        name = info.filename.removeprefix(top)
        if not info.filename.startswith(top) or not _NAME.fullmatch(name) or name in found:
            raise claims.refused(f"a file named {shown(info.filename)}")
        found[name] = info
    return found


def _build(run: Run, weights: Weights, progress: Progress) -> None:
    """Make both models of ``run`` from ``weights``; TensorFlow loads here."""
    load_keras()
    from resnet_app.faults.inject import mistaken_config
    from resnet_app.faults.network import build_network
    from resnet_app.model.light import export_light
    from resnet_app.training.fit import save_plain

    progress(0, "Building the network")
    model = build_network(mistaken_config(run.config))
    give_weights(model, weights)
    save_plain(model, run.directory / "model.keras")
    progress(0.2, "Making the light model")
    export_light(model, run.directory / "model.tflite")
    _judge(run)


def _judge(run: Run) -> None:
    """Raise ``DataError`` if the doctor cannot read what the run recorded."""
    from resnet_app.doctor.judge import judge
    from resnet_app.doctor.reading import read_evidence

    try:
        judge(read_evidence(run))
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, IndexError) as error:
        raise claims.refused("evidence that no training can leave") from error
