"""What a run answers to each image of a test, and where those answers are kept."""

import csv
import hashlib
import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES, home
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset, Images, Labels
from resnet_app.data.mapped import open_mapped, take
from resnet_app.errors import LabError, RunError
from resnet_app.files import ReadOnce, replacing
from resnet_app.predict import load_predictor
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.training.split import split_numbers

OWN = "own"
"""The test part that a run itself held back."""

_READ = 8
"""Answers that stay in memory; those to 10,000 images take half a megabyte."""


@dataclass(frozen=True, eq=False)
class Answers:
    """``numbers`` (N,) of the images as ``Dataset`` counts them, their ``labels`` (N,) uint8 and
    calibrated ``probabilities`` (N, 10) float32. Equal ``exam``: the same images in this order."""

    numbers: NDArray[np.int64]
    labels: Labels
    probabilities: NDArray[np.float32]
    exam: str

    @property
    def digits(self) -> NDArray[np.int64]:
        """(N,) the likeliest digits."""
        digits: NDArray[np.int64] = self.probabilities.argmax(1)
        return digits

    @property
    def confidences(self) -> NDArray[np.float32]:
        """(N,) their probabilities, 0…1."""
        confidences: NDArray[np.float32] = self.probabilities.max(1)
        return confidences

    @property
    def right(self) -> NDArray[np.bool_]:
        """(N,) whether each is right."""
        right: NDArray[np.bool_] = self.digits == self.labels
        return right

    def worst(self, count: int) -> NDArray[np.int64]:
        """Places of the wrong answers, the surest first."""
        wrong = np.flatnonzero(~self.right)
        order: NDArray[np.int64] = wrong[np.argsort(-self.confidences[wrong], kind="stable")]
        return order[:count]

    def least_sure(self, count: int) -> NDArray[np.int64]:
        """Places of the least sure answers, right or wrong."""
        order: NDArray[np.int64] = np.argsort(self.confidences, kind="stable")
        return order[:count]

    def confused(self, label: int, digit: int) -> NDArray[np.int64]:
        """Places of images of ``label`` that were read as ``digit``, the surest first."""
        places = np.flatnonzero((self.labels == label) & (self.digits == digit))
        order: NDArray[np.int64] = places[np.argsort(-self.confidences[places], kind="stable")]
        return order


def why_no_answers(run: Run) -> str | None:
    """Why there is no test part to answer, in a sentence; None if there is one."""
    if run.parent is not None:
        return "A fine-tuned run has no test part of its own; it was compared with its parent."
    try:
        datasets.describe(run.dataset_digest)
    except LabError:
        return "The digits that this run was trained on are no longer here."
    return None


def test_part(run: Run) -> tuple[NDArray[np.int64], Images, Labels]:
    """Numbers, images and labels of what ``run`` held back. Raises ``RunError`` without it."""
    reason = why_no_answers(run)
    if reason is not None:
        raise RunError(f"{reason} Received: {run.id}")
    dataset = datasets.load(run.dataset_digest)
    *_, numbers = split_numbers(dataset.labels, len(dataset.test_labels), run.config)
    if len(dataset.test_labels):
        return own_test(dataset)
    return numbers, dataset.images[numbers], dataset.labels[numbers]


test_part.__test__ = False  # type: ignore[attr-defined]  # no test case for pytest


def own_test(dataset: Dataset) -> tuple[NDArray[np.int64], Images, Labels]:
    """As ``test_part``, of the test images that came with a data set."""
    numbers = len(dataset.labels) + np.arange(len(dataset.test_labels))
    return numbers, dataset.test_images, dataset.test_labels


def answer(run: Run, part: tuple[NDArray[np.int64], Images, Labels]) -> Answers:
    """Let the run's light model read ``part``: numbers, images and labels."""
    numbers, images, labels = part
    exam = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()[:16]
    return Answers(numbers, labels, load_predictor(run).probabilities(images), exam)


def answer_test(run: Run) -> Answers:
    """``answer`` what the run held back. Raises ``RunError`` if that is not there."""
    return kept_answers(run) or answer(run, test_part(run))


def pictures(run: Run, numbers: NDArray[np.int64]) -> Images:
    """(len, 50, 50) uint8: images of the run's data set. Raises ``DataError`` if it is gone."""
    return take(open_mapped(run.dataset_digest), numbers.tolist())


def kept_answers(run: Run, test: str = OWN) -> Answers | None:
    """The answers that were kept to ``test``, ``OWN`` or the digest of a data set; else None."""
    try:
        return _answers(_path(run, test))
    except (OSError, ValueError, KeyError, RunError):
        return None


def keep_answers(run: Run, answers: Answers, test: str = OWN) -> None:
    """Keep ``answers`` with ``run``, at once or not at all."""
    make_results_folder(run)
    with replacing(_path(run, test)) as temporary:
        np.savez(
            temporary,
            numbers=answers.numbers,
            labels=answers.labels,
            probabilities=answers.probabilities,
            exam=np.array(answers.exam),
        )


def results_folder(run: Run) -> Path:
    """Where the results of the model that ``run`` has now are kept; one trained on has others.

    Raises ``RunError`` if it has no model.
    """
    try:
        about = (run.directory / "model.tflite").stat()
    except OSError:
        raise RunError(
            "This run has no model, so there is nothing to look into. Wait until it has finished, "
            f"or choose another run. Received: {run.id}"
        ) from None
    # The pretrained model lies among the program's files, which need not be writable.
    place = home() if run.id == runs.PRETRAINED else run.directory
    return place / "results" / f"{about.st_mtime_ns:x}-{about.st_size:x}"


def make_results_folder(run: Run) -> Path:
    """As ``results_folder``, which is there now; results of a model before this one are removed."""
    folder = results_folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.iterdir():
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def as_table(answers: Answers) -> str:
    """CSV: one row an image. Every cell is a number, so no program takes one for a formula."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["image", "true_digit", "answer", *(f"p{digit}" for digit in range(CLASSES))])
    rows = zip(answers.numbers, answers.labels, answers.digits, answers.probabilities, strict=True)
    for number, label, digit, probabilities in rows:
        table.writerow([number, label, digit, *(f"{p:.6f}" for p in probabilities)])
    return text.getvalue()


def _path(run: Run, test: str) -> Path:
    return results_folder(run) / f"answers-{test}.npz"


def _read(path: Path) -> Answers:
    with np.load(path, allow_pickle=False) as arrays:
        parts: list[NDArray[Any]] = [arrays[n] for n in ("numbers", "labels", "probabilities")]
        return Answers(parts[0], parts[1], parts[2], str(arrays["exam"]))


_answers = ReadOnce(_read, _READ)
