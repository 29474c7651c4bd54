"""What a run answers to each image of its test part."""

import csv
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.config import CLASSES
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Images, Labels
from resnet_app.errors import LabError, RunError
from resnet_app.predict import load_predictor
from resnet_app.runs.run import Run
from resnet_app.training.split import split_numbers


@dataclass(frozen=True, eq=False)
class Answers:
    """``numbers`` (N,) of the images as ``Dataset`` counts them, the ``images`` (N, 50, 50) uint8,
    their ``labels`` (N,) uint8 and calibrated ``probabilities`` (N, 10) float32."""

    numbers: NDArray[Any]
    images: Images
    labels: Labels
    probabilities: NDArray[np.float32]

    @property
    def digits(self) -> NDArray[np.int64]:
        """(N,) the likeliest digits."""
        digits: NDArray[np.int64] = self.probabilities.argmax(1)
        return digits

    def worst(self, count: int) -> NDArray[np.int64]:
        """Places of the wrong answers, the surest first."""
        wrong = np.flatnonzero(self.digits != self.labels)
        order: NDArray[np.int64] = wrong[np.argsort(-self.probabilities[wrong].max(1))]
        return order[:count]


def why_no_answers(run: Run) -> str | None:
    """Why there is no test part to answer, in a sentence; None if there is one."""
    if run.parent is not None:
        return "A fine-tuned run has no test part of its own; it was compared with its parent."
    try:
        datasets.describe(run.dataset_digest)
    except LabError:
        return "The digits that this run was trained on are no longer here."
    return None


def answer_test(run: Run) -> Answers:
    """Let the run's light model read its test part. Raises ``RunError`` if that is not there."""
    reason = why_no_answers(run)
    if reason is not None:
        raise RunError(f"{reason} Received: {run.id}")
    dataset = datasets.load(run.dataset_digest)
    *_, numbers = split_numbers(dataset.labels, len(dataset.test_labels), run.config)
    count = len(dataset.labels)
    if len(dataset.test_labels):
        images, labels = dataset.test_images[numbers - count], dataset.test_labels[numbers - count]
    else:
        images, labels = dataset.images[numbers], dataset.labels[numbers]
    return Answers(numbers, images, labels, load_predictor(run).probabilities(images))


def as_table(answers: Answers) -> str:
    """CSV: one row an image. Every cell is a number, so no program takes one for a formula."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["image", "true_digit", "answer", *(f"p{digit}" for digit in range(CLASSES))])
    rows = zip(answers.numbers, answers.labels, answers.digits, answers.probabilities, strict=True)
    for number, label, digit, probabilities in rows:
        table.writerow([number, label, digit, *(f"{p:.6f}" for p in probabilities)])
    return text.getvalue()
