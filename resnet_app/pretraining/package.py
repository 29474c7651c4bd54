"""A trained model → a directory like a finished run's, measured and with a card."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.calibration import Calibration
from resnet_app.config import TrainingConfig
from resnet_app.data.dataset import Images, Labels
from resnet_app.files import read_json, replacing, write_json
from resnet_app.imaging import Framing, Normalizer
from resnet_app.predict import Predictor
from resnet_app.pretraining.card import write_card
from resnet_app.pretraining.grid import DEFAULT_PEN, PENS, SIZES, accuracy, draw_cell
from resnet_app.pretraining.nondigits import (
    HELD_BACK_LETTERS,
    TRAINING_LETTERS,
    draw_nondigit,
)
from resnet_app.runs.run import Run, Status, count_confusion
from resnet_app.strokes import PenDigit

if TYPE_CHECKING:
    import keras

_NONDIGITS = 2000
_CONFIDENT = 0.9
_NAME = "MNIST digits, pen strokes and built-in digits"


@dataclass(frozen=True, eq=False)
class HeldBack:
    """What did not train: pen digits that calibrate, pen digits and scans that test."""

    calibrating: Sequence[PenDigit]
    test: Sequence[PenDigit]
    scans: Images
    labels: Labels


def write_package(
    directory: Path,
    model: "keras.Model",
    config: TrainingConfig,
    normalizer: Normalizer,
    framing: Framing,
    held_back: HeldBack,
    facts: dict[str, Any],
) -> None:
    """Write ``directory``; ``facts`` of the training go to its ``figures.json`` and its card."""
    from resnet_app.model.light import export_light

    directory.mkdir(parents=True, exist_ok=True)
    write_json(
        directory / "preprocessing.json",
        {"normalizer": normalizer.to_json(), "framing": framing.to_json()},
    )
    write_json(
        directory / "config.json",
        {
            "config": config.to_json(),
            "dataset_digest": "0" * 16,
            "dataset_name": _NAME,
            "created": time.time(),
        },
    )
    write_json(directory / "status.json", asdict(Status("finished", "Finished")))
    with replacing(directory / "model.keras") as temporary:
        model.save(temporary, include_optimizer=False)
    export_light(model, directory / "model.tflite", half_precision=True)
    write_json(directory / "figures.json", facts)
    measure_package(directory, held_back)


def measure_package(directory: Path, held_back: HeldBack) -> None:
    """Calibrate and measure the model in ``directory``, and tell it in figures and card.

    What ``figures.json`` says of the training stays.
    """
    run = Run(directory)
    predictor = Predictor(directory / "model.tflite", run.normalizer(), run.framing())
    predictor.calibration = _calibrate(predictor, held_back)
    write_json(directory / "calibration.json", predictor.calibration.to_json())
    figures = read_json(directory / "figures.json") | _measure(predictor, held_back, directory)
    write_json(directory / "figures.json", figures)
    write_card(run, figures)


def _drawn(digits: Sequence[PenDigit]) -> tuple[list[NDArray[np.uint8]], NDArray[Any]]:
    """``digits`` over all cells of the grid in turn, on the canvas, and their labels."""
    cells = [(pen, size) for pen in PENS for size in SIZES]
    drawings, labels = [], []
    for index, (pen, size) in enumerate(cells):
        share = digits[index :: len(cells)]
        drawings += draw_cell(share, pen, size, index)
        labels += [digit.digit for digit in share]
    return drawings, np.array(labels)


def _calibrate(predictor: Predictor, held_back: HeldBack) -> Calibration:
    """Drawings and scans count alike; half of the scans fit, the others measure.

    Letters that trained tell how sure an answer must be; those that did not are for the figures.
    """
    parts = []
    half = len(held_back.labels) // 2
    for digits, scans in (
        (held_back.calibrating, slice(None, half)),
        (held_back.test, slice(half, None)),
    ):
        drawings, labels = _drawn(digits)
        images = np.concatenate([_framed(predictor, drawings), held_back.scans[scans]])
        labels = np.concatenate([labels, held_back.labels[scans]])
        parts.append((predictor.logits(images), labels))
    others = _draw_nondigits(held_back.calibrating, TRAINING_LETTERS)
    return Calibration.fit(parts[0], parts[1], predictor.logits(_framed(predictor, others)))


def _draw_nondigits(digits: Sequence[PenDigit], letters: str) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(3)
    return [draw_nondigit(digits, letters, rng) for _ in range(_NONDIGITS)]


def _framed(predictor: Predictor, drawings: Sequence[NDArray[np.uint8]]) -> Images:
    return np.stack([predictor.framing.apply(drawing) for drawing in drawings])


def _measure(predictor: Predictor, held_back: HeldBack, directory: Path) -> dict[str, Any]:
    """The card's figures, all on what neither trained nor calibrated, but for half the scans."""
    drawings, labels = _drawn(held_back.test)
    probabilities = predictor.probabilities(_framed(predictor, drawings))
    confusion = count_confusion(labels, probabilities.argmax(1))
    with replacing(directory / "evaluation.npz") as temporary:
        np.savez(temporary, confusion=confusion.confusion)
    cells = {
        f"{pen} px, {size:.0%}": accuracy(predictor, held_back.test, pen, size)
        for pen in PENS
        for size in SIZES
    }
    others = _draw_nondigits(held_back.test, HELD_BACK_LETTERS)
    called = predictor.probabilities(_framed(predictor, others))
    scans = predictor.probabilities(held_back.scans).argmax(1)
    return {
        "test_digits": len(held_back.test),
        "drawn_accuracy": confusion.accuracy,
        "cells": cells,
        "default_pen": DEFAULT_PEN,
        "default_pen_accuracy": float(
            np.mean([cells[f"{DEFAULT_PEN} px, {size:.0%}"] for size in SIZES])
        ),
        "worst_cell": min(cells.values()),
        "scans": len(scans),
        "scans_accuracy": float((scans == held_back.labels).mean()),
        "refused": 1 - _share_sure(predictor, drawings, probabilities),
        "nondigits": _NONDIGITS,
        "nondigits_called": float((called.max(1) > _CONFIDENT).mean()),
        "nondigits_sure": _share_sure(predictor, others, called),
    }


def _share_sure(
    predictor: Predictor, drawings: Sequence[NDArray[np.uint8]], probabilities: NDArray[np.float32]
) -> float:
    """Share of ``drawings`` whose answer, with (N, 10) ``probabilities``, counts as one."""
    sure = [
        predictor.is_sure(drawing, float(row.max()))
        for drawing, row in zip(drawings, probabilities, strict=True)
    ]
    return float(np.mean(sure))
