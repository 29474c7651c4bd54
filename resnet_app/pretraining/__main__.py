"""Make the model that comes with the app::

    python -m resnet_app.pretraining PENS.jsonl.gz SCANS.npz OUT

``PENS`` are pen strokes (``resnet_app.strokes.read_pen_digits`` tells their form), ``SCANS``
scanned digits such as MNIST's training set in any form that the app reads. ``OUT`` becomes a
directory like a finished run's, with a card of what was measured. Writers from 26 on and the last
tenth of the scans are seen by neither training nor calibration, writers 24 and 25 by calibration
alone.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from resnet_app.data.dataset import Dataset
from resnet_app.data.reading import read_files
from resnet_app.data.source import Choices, SourceFile
from resnet_app.errors import DataError
from resnet_app.imaging import Framing, Normalizer
from resnet_app.pretraining.nondigits import TRAINING_LETTERS
from resnet_app.pretraining.package import HeldBack, write_package
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
    parser.add_argument("--rounds", type=int, default=2, help="each with a pool of its own")
    parser.add_argument("--epochs", type=int, default=7, help="in each round")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    counts = Counts(*map(int, options.counts.split(",")))
    sources, held_back = _split(options.pens, options.scans)
    began = time.monotonic()
    pools = [  # all of them before TensorFlow is loaded: making one forks this process
        make_pool(sources, counts, TRAINING_LETTERS, options.seed + index)
        for index in range(options.rounds)
    ]
    from resnet_app.pretraining.fit import CONFIG, fit_pool

    config = CONFIG.changed(epochs=options.epochs, seed=options.seed)
    normalizer = Normalizer.fit(config.normalization, pools[0][0])
    model = None
    for index, pool in enumerate(pools):
        slower = config.changed(learning_rate=config.learning_rate / 2**index)
        model = fit_pool(pool, normalizer, slower, model)
    assert model is not None
    facts: dict[str, Any] = {
        "pool": {kind: options.rounds * count for kind, count in vars(counts).items()},
        "rounds": options.rounds,
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    trained = config.changed(epochs=options.rounds * options.epochs)
    write_package(options.out, model, trained, normalizer, sources.framing, held_back, facts)


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
