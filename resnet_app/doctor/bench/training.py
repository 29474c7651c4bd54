"""The process that trains cases of the bench: ``python -m resnet_app.doctor.bench.training``.

It reads cases from standard input, one JSON object a line, and leaves a run directory for each in
``RESNET_APP_HOME``'s ``runs``. Networks that are traced already are used again. Arguments: the file
of a person's own digits or ``-``, and ``tests`` if the doctor's tests are to be made, too.
"""

import json
import sys
import time
import traceback
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from resnet_app.config import TrainingConfig, home
from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits, scanned_digits
from resnet_app.data.dataset import Dataset
from resnet_app.doctor.bench.cases import BenchCase
from resnet_app.doctor.bench.scoring import DONE_FILE, is_done
from resnet_app.doctor.reading import TESTS_FILE
from resnet_app.doctor.worker import make_tests
from resnet_app.errors import LabError
from resnet_app.faults.inject import mistaken_config
from resnet_app.files import read_json, write_json
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter
from resnet_app.training.loading import load_keras

_TESTED = 500
_DARK = 0.15
_LIGHT_DROPOUT = 0.1


def main() -> int:
    """Train what standard input says."""
    file = None if sys.argv[1] == "-" else sys.argv[1]
    tests = "tests" in sys.argv[2:]
    pool: dict[Any, Any] = {}
    for line in sys.stdin:
        case = from_json(json.loads(line))
        directory = directory_of(case.id)
        if not is_done(directory, tests=False):
            train_case(case, directory, pool, file)
        if tests and not is_done(directory, tests=True):
            make_tests_of(directory)
        print(case.id, flush=True)
    return 0


def from_json(values: dict[str, Any]) -> BenchCase:
    """A case from ``dataclasses.asdict``'s values."""
    return BenchCase(**{**values, "config": TrainingConfig.from_json(values["config"])})


def directory_of(case_id: str) -> Path:
    """Where the run of a case lies."""
    return home() / "runs" / case_id


def train_case(case: BenchCase, directory: Path, pool: dict[Any, Any], file: str | None) -> None:
    """Train ``case`` in ``directory``, without the light model."""
    directory.mkdir(parents=True, exist_ok=True)
    dataset = _digits(case.data, case.count, case.data_seed, case.look, file)
    for name in ("events.jsonl", TESTS_FILE, DONE_FILE):
        (directory / name).unlink(missing_ok=True)
    run = runs.create_in(directory, case.config, datasets.save(dataset), dataset.name)
    began = time.perf_counter()
    _train(run, dataset, case, pool)
    write_json(directory / DONE_FILE, {"ended": True, "seconds": time.perf_counter() - began})


def make_tests_of(directory: Path) -> None:
    """The doctor's tests on the run in ``directory``, in this process; a bug in one is logged."""
    began = time.perf_counter()
    try:
        make_tests(Run(directory), lambda share, words: None)
    except Exception:
        traceback.print_exc()
    done = {**read_json(directory / DONE_FILE), "tests": time.perf_counter() - began}
    write_json(directory / DONE_FILE, done)


def _train(run: Run, dataset: Dataset, case: BenchCase, pool: dict[Any, Any]) -> None:
    load_keras()
    from resnet_app.training.fit import train_run

    writer = RunWriter(run.directory)
    try:
        train_run(run, dataset, writer, [_network(case, pool)], light=False)
    except LabError as error:
        writer.status("failed", str(error))


def _network(case: BenchCase, pool: dict[Any, Any]) -> Any:
    """A freshly initialized network for ``case``; those in ``pool`` are renewed."""
    from resnet_app.training.prepare import network_key, prepare, renew

    config = mistaken_config(case.config)
    key = (*network_key(config), case.look == "dropout")
    if key not in pool:
        prepared = _with_dropout(config) if case.look == "dropout" else prepare(config)
        pool[key] = prepared, prepared.model.get_weights()
    prepared, weights = pool[key]
    renew(prepared.model, weights)
    return prepared


def _with_dropout(config: TrainingConfig) -> Any:
    from resnet_app.faults.network import build_network, with_dropout
    from resnet_app.training.precision import choose_precision
    from resnet_app.training.prepare import compiled

    precision = choose_precision(config.precision)
    plain = build_network(config, config.fast_kernels, precision.policy)
    return compiled(with_dropout(plain, _LIGHT_DROPOUT), config, precision)


@lru_cache(maxsize=16)
def _digits(data: str, count: int, seed: int, look: str | None, file: str | None) -> Dataset:
    """``count`` digits to train and validate on and ``_TESTED`` others to test."""
    if data == "drawn":
        dataset = drawn_digits(count, seed + 17)
        fresh = drawn_digits(4 * _TESTED, seed + 29)
        dataset = replace(dataset, test_images=fresh.test_images, test_labels=fresh.test_labels)
    else:
        dataset = _drawn_by_lot(_pool(data, file), count, seed)
    if look == "dark":
        dim = [(x * _DARK).astype(np.uint8) for x in (dataset.images, dataset.test_images)]
        dataset = replace(dataset, images=dim[0], test_images=dim[1])
    return dataset


def _drawn_by_lot(pool: Dataset, count: int, seed: int) -> Dataset:
    order = np.random.default_rng(seed).permutation(len(pool.labels))
    train, test = order[:count], order[count : count + _TESTED]
    images, labels = pool.images, pool.labels
    return replace(
        pool,
        images=images[train],
        labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
    )


@lru_cache(maxsize=2)
def _pool(data: str, file: str | None) -> Dataset:
    if data == "scanned" or file is None:
        return scanned_digits()
    from resnet_app.data.resize import to_model_size

    with np.load(file, allow_pickle=False) as arrays:
        names = ("x", "y") if "x" in arrays else ("images", "labels")
        images, labels = (np.asarray(arrays[name][:6000]) for name in names)
    return Dataset(Path(file).name, to_model_size(images.astype(np.uint8)), labels.astype(np.uint8))


if __name__ == "__main__":
    sys.exit(main())
