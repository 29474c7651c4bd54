"""All that can be taken away of a run: what it is called, whether it is there, how it is made."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from resnet_app.data import store as datasets
from resnet_app.errors import RunError
from resnet_app.results.answers import why_no_answers
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.takeaway.cells import DATA_FILE, why_no_code, write_cells
from resnet_app.takeaway.notebook import as_notebook
from resnet_app.takeaway.onnx import why_no_onnx
from resnet_app.takeaway.script import as_script


@dataclass(frozen=True)
class Kind:
    """One thing to take away: ``write`` puts it at a path, ``why_not`` says why it is not there.

    ``file`` is the name it is given. A ``heavy`` one takes long, or libraries that the web process
    does not load. ``has_images``: the run's images are in it.
    """

    name: str
    title: str
    file: str
    write: Callable[[Run, Path], None]
    why_not: Callable[[Run], str | None]
    heavy: bool = False
    has_images: bool = False


def kind_named(name: str) -> Kind:
    """The kind called ``name``, which is one of ``KINDS``."""
    return KINDS[name]


def why_not(run: Run, kind: Kind) -> str | None:
    """Why ``kind`` cannot be had of ``run``, in a sentence; None if it can."""
    if run.foreign:
        return "This run was made by a Keras script of its own, which has its model."
    if run.status().active or not run.is_readable():
        return "This run has no model. Wait until it has finished, or choose another."
    return kind.why_not(run)


def write(run: Run, kind: Kind, path: Path) -> None:
    """Put ``kind`` of ``run`` at ``path``. Raises ``RunError`` if it cannot be had."""
    reason = why_not(run, kind)
    if reason is not None:
        raise RunError(f"{reason} Received: {kind.title} of {run.id}")
    kind.write(run, path)


def _always(run: Run) -> str | None:
    return None


def _why_no_bundle(run: Run) -> str | None:
    if run.id == runs.PRETRAINED:
        return "This model comes with every installation of the app."
    return None


def _why_no_history(run: Run) -> str | None:
    return None if (run.directory / "history.csv").is_file() else "It has no table of epochs."


def _copied(name: str) -> Callable[[Run, Path], None]:
    """Copying one file of the run directory."""

    def copy(run: Run, path: Path) -> None:
        copyfile(run.directory / name, path)

    return copy


def _write_script(run: Run, path: Path) -> None:
    path.write_text(as_script(write_cells(run)), encoding="utf-8")


def _write_notebook(run: Run, path: Path) -> None:
    path.write_text(as_notebook(write_cells(run)), encoding="utf-8")


def _write_data(run: Run, path: Path) -> None:
    copyfile(datasets.arrays_path(run.dataset_digest), path)


def _write_code(run: Run, path: Path) -> None:
    """Script, notebook and data, to unpack and run."""
    cells = write_cells(run)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("train.py", as_script(cells))
        packed.writestr("train.ipynb", as_notebook(cells))
        packed.write(datasets.arrays_path(run.dataset_digest), DATA_FILE)


def _write_bundle(run: Run, path: Path) -> None:
    from resnet_app.takeaway.bundle import write_bundle

    write_bundle(run, path)


def _write_report(run: Run, path: Path) -> None:
    from resnet_app.takeaway.report import as_report

    path.write_text(as_report(run), encoding="utf-8")


def _write_predictions(run: Run, path: Path) -> None:
    from resnet_app.results.answers import answer_test, as_table

    path.write_text(as_table(answer_test(run)), encoding="utf-8", newline="")


def _write_tensorboard(run: Run, path: Path) -> None:
    from resnet_app.takeaway.tensorboard import write_logs

    write_logs(run, path)


def _write_onnx(run: Run, path: Path) -> None:
    from resnet_app.takeaway.onnx import write_onnx

    write_onnx(run, path)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("run", "The whole run", "run.zip", _write_bundle, _why_no_bundle, True, True),
        Kind("report", "Report", "report.html", _write_report, _always, True, True),
        Kind("code", "Script, notebook and digits", "code.zip", _write_code, why_no_code,
             has_images=True),
        Kind("script", "Python script", "train.py", _write_script, why_no_code),
        Kind("notebook", "Jupyter notebook", "train.ipynb", _write_notebook, why_no_code),
        Kind("data", "Digits", DATA_FILE, _write_data, why_no_code, has_images=True),
        Kind("history", "Curves", "history.csv", _copied("history.csv"), _why_no_history),
        Kind("predictions", "Test answers", "predictions.csv", _write_predictions,
             why_no_answers, True),
        Kind("keras", "Keras model", "model.keras", _copied("model.keras"), _always),
        Kind("tflite", "Light model", "model.tflite", _copied("model.tflite"), _always),
        Kind("tensorboard", "TensorBoard logs", "tensorboard.zip", _write_tensorboard,
             _why_no_history, True),
        Kind("onnx", "ONNX model", "model.onnx", _write_onnx, why_no_onnx, True),
    )
}  # fmt: skip
"""By name, in the order in which they are offered."""
