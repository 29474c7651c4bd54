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
from resnet_app.files import replacing, write_json
from resnet_app.imaging import Framing, Normalizer
from resnet_app.predict import Predictor
from resnet_app.pretraining.grid import DEFAULT_PEN, PENS, SIZES, accuracy, draw_cell
from resnet_app.pretraining.nondigits import HELD_BACK_LETTERS, draw_nondigit
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
    predictor = Predictor(directory / "model.tflite", normalizer, framing)
    predictor.calibration = _calibrate(predictor, held_back)
    write_json(directory / "calibration.json", predictor.calibration.to_json())
    figures = facts | _measure(predictor, held_back, directory)
    write_json(directory / "figures.json", figures)
    from resnet_app.pretraining.card import write_card

    write_card(Run(directory), figures)


def _drawn(predictor: Predictor, digits: Sequence[PenDigit]) -> tuple[Images, NDArray[Any]]:
    """``digits`` over all cells of the grid in turn, framed, with their labels."""
    cells = [(pen, size) for pen in PENS for size in SIZES]
    images, labels = [], []
    for index, (pen, size) in enumerate(cells):
        share = digits[index :: len(cells)]
        images += [predictor.framing.apply(d) for d in draw_cell(share, pen, size, index)]
        labels += [digit.digit for digit in share]
    return np.stack(images), np.array(labels)


def _calibrate(predictor: Predictor, held_back: HeldBack) -> Calibration:
    """Drawings and scans count alike; half of the scans fit, the others measure."""
    parts = []
    half = len(held_back.labels) // 2
    for digits, scans in (
        (held_back.calibrating, slice(None, half)),
        (held_back.test, slice(half, None)),
    ):
        images, labels = _drawn(predictor, digits)
        images = np.concatenate([images, held_back.scans[scans]])
        labels = np.concatenate([labels, held_back.labels[scans]])
        parts.append((predictor.logits(images), labels))
    return Calibration.fit(*parts)


def _measure(predictor: Predictor, held_back: HeldBack, directory: Path) -> dict[str, Any]:
    """The card's figures, all on what neither trained nor calibrated, but for half the scans."""
    images, labels = _drawn(predictor, held_back.test)
    probabilities = predictor.probabilities(images)
    confusion = count_confusion(labels, probabilities.argmax(1))
    with replacing(directory / "evaluation.npz") as temporary:
        np.savez(temporary, confusion=confusion.confusion)
    cells = {
        f"{pen} px, {size:.0%}": accuracy(predictor, held_back.test, pen, size)
        for pen in PENS
        for size in SIZES
    }
    rng = np.random.default_rng(3)
    others = np.stack(
        [
            predictor.framing.apply(draw_nondigit(held_back.test, HELD_BACK_LETTERS, rng))
            for _ in range(_NONDIGITS)
        ]
    )
    called = predictor.probabilities(others).max(1)
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
        "refused": float((probabilities.max(1) < predictor.calibration.sure).mean()),
        "nondigits": _NONDIGITS,
        "nondigits_called": float((called > _CONFIDENT).mean()),
        "nondigits_sure": float((called >= predictor.calibration.sure).mean()),
    }
