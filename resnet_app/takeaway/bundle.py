"""The whole run as one zip file, which another installation opens again.

``run.json``          the ``Card``: settings, names, state; with the format's own name and version
``preprocessing.json``, ``calibration.json``, ``tuning.json``, ``events.jsonl``  as in the run's
                      own directory
``confusion.npy``     (10, 10) int64, rows: true digit
``weights/*.npy``     float32, named by layer and part
``digits.npz``        the data set, where it is still here

``model.keras``, ``history.csv`` and ``train.py`` are there for people; opening reads none of them.
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from resnet_app.data import store as datasets
from resnet_app.errors import LabError
from resnet_app.runs.run import Run
from resnet_app.takeaway.cells import DATA_FILE, why_no_code, write_cells
from resnet_app.takeaway.script import as_script
from resnet_app.takeaway.weights import read_weights

FORMAT, VERSION = "resnet-digit-lab-run", 1
"""What ``run.json`` says of itself."""

COPIED = ("preprocessing.json", "calibration.json", "tuning.json", "events.jsonl")
"""Files of a run directory that are taken along as they are, where they exist."""

CARD, CONFUSION, WEIGHTS = "run.json", "confusion.npy", "weights/"


def write_bundle(run: Run, path: Path) -> None:
    """Put ``run``, which has a model, and its data set into a zip file at ``path``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(CARD, json.dumps(_card(run), indent=1))
        for name in (*COPIED, "model.keras", "history.csv"):
            if (run.directory / name).is_file():
                bundle.write(run.directory / name, name)
        evaluation = run.evaluation()
        if evaluation is not None:
            bundle.writestr(CONFUSION, _npy(evaluation.confusion))
        for name, array in read_weights(run.directory / "model.keras").items():
            bundle.writestr(f"{WEIGHTS}{name}.npy", _npy(array))
        if _data(run) is not None:
            bundle.write(datasets.arrays_path(run.dataset_digest), DATA_FILE)
        if why_no_code(run) is None:
            bundle.writestr("train.py", as_script(write_cells(run)))


def _card(run: Run) -> dict[str, Any]:
    status = run.status()
    return {
        "format": FORMAT,
        "version": VERSION,
        "id": run.id,
        "config": run.config.to_json(),
        "dataset_digest": run.dataset_digest,
        "dataset_name": run.dataset_name,
        "parent": run.parent,
        "state": status.state,
        **status.place,
        "dataset": _data(run),
    }


def _data(run: Run) -> dict[str, Any] | None:
    """What goes with the pixels of the run's data set; None if it is no longer here."""
    try:
        stored = datasets.describe(run.dataset_digest)
    except LabError:
        return None
    return {"name": stored.name, "notes": stored.notes, "source_side": stored.source_side}


def _npy(array: Any) -> bytes:
    """``array`` as an ``.npy`` file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()
