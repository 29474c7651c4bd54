"""Make the model that comes with the app::

    python -m resnet_app.pretraining PENS.jsonl.gz SCANS.npz OUT

``PENS`` are pen strokes (``resnet_app.strokes.read_pen_digits`` tells their form), ``SCANS``
scanned digits such as MNIST's training set in any form that the app reads. ``OUT`` becomes a
directory like a finished run's, with a card of what was measured. Writers from 26 on and the last
tenth of the scans are seen by neither training nor calibration, writers 24 and 25 by calibration
alone. The defaults are those with which the model in ``assets`` was made. With ``--measure`` the
model in ``OUT`` is not trained but measured anew.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from resnet_app.data.dataset import Dataset
from resnet_app.data.reading import read_files
from resnet_app.data.source import Choices, SourceFile
from resnet_app.errors import DataError
from resnet_app.imaging import Framing, Normalizer
from resnet_app.pretraining.nondigits import TRAINING_LETTERS
from resnet_app.pretraining.package import HeldBack, measure_package, write_package
from resnet_app.pretraining.pool import Counts, Sources, make_pool
from resnet_app.strokes import read_pen_digits

_CALIBRATING, _TEST = 24, 26
"""First writers of the parts that do not train."""

_HELD_BACK_SCANS = 0.1


def main() -> None:
    """Make the pool, train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pens", type=Path)
    parser.add_argument("scans", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--counts", default="28000,38000,6500,7000", help="pens,scans,drawn,none, in each round"
    )
    parser.add_argument("--epochs", default="8,6", help="of each round, on pictures of its own")
    parser.add_argument("--writers", default="21,23", help="last writer that trains in each round")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--measure", action="store_true", help="measure OUT again, do not train")
    options = parser.parse_args()
    sources, held_back = _split(options.pens, options.scans)
    if options.measure:
        measure_package(options.out, held_back)
        return
    epochs, writers = (
        [int(text) for text in part.split(",")] for part in (options.epochs, options.writers)
    )
    rounds = list(zip(epochs, writers, strict=True))
    _train(sources, held_back, Counts(*map(int, options.counts.split(","))), rounds, options)


def _train(
    sources: Sources,
    held_back: HeldBack,
    counts: Counts,
    rounds: list[tuple[int, int]],
    options: argparse.Namespace,
) -> None:
    """Train in ``rounds`` of so many epochs, up to this writer each, and write the package."""
    began = time.monotonic()
    pools = [  # all of them before TensorFlow is loaded: making one forks this process
        make_pool(_up_to(sources, writer), counts, TRAINING_LETTERS, options.seed + index)
        for index, (_, writer) in enumerate(rounds)
    ]
    from resnet_app.pretraining.fit import CONFIG, fit_pool

    config = CONFIG.changed(seed=options.seed)
    normalizer = Normalizer.fit(config.normalization, pools[0][0])
    model = None
    for index, (pool, (epochs, _)) in enumerate(zip(pools, rounds, strict=True)):
        slower = config.changed(epochs=epochs, learning_rate=config.learning_rate / 2**index)
        model = fit_pool(pool, normalizer, slower, model)
    assert model is not None
    facts: dict[str, Any] = {
        "pool": {kind: len(rounds) * count for kind, count in vars(counts).items()},
        "rounds": [list(each) for each in rounds],
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    trained = config.changed(epochs=sum(epochs for epochs, _ in rounds))
    write_package(options.out, model, trained, normalizer, sources.framing, held_back, facts)


def _up_to(sources: Sources, writer: int) -> Sources:
    """``sources`` with the pen digits of the writers up to this one."""
    return replace(sources, pens=[digit for digit in sources.pens if digit.writer <= writer])


def _split(pens: Path, scans: Path) -> tuple[Sources, HeldBack]:
    """What trains, and what does not."""
    digits = read_pen_digits(pens)
    dataset = _read_scans(scans)
    kept = round(len(dataset.labels) * (1 - _HELD_BACK_SCANS))
    framing = Framing.measure(dataset.images[:kept])
    sources = Sources(
        [digit for digit in digits if digit.writer < _CALIBRATING],
        dataset.images[:kept],
        dataset.labels[:kept],
        framing,
    )
    held_back = HeldBack(
        [digit for digit in digits if _CALIBRATING <= digit.writer < _TEST],
        [digit for digit in digits if digit.writer >= _TEST],
        dataset.images[kept:],
        dataset.labels[kept:],
    )
    return sources, held_back


def _read_scans(path: Path) -> Dataset:
    with tempfile.TemporaryDirectory() as folder:
        understood = read_files([SourceFile(path.name, path)], Choices(), Path(folder))
    if understood.dataset is None:
        raise DataError(
            f"{understood.reading.questions[0].text} Save the scans with plain labels. "
            f"Received: {path}"
        )
    return understood.dataset


if __name__ == "__main__":
    main()
