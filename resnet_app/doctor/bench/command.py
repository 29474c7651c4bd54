"""``bench-doctor``: train what is missing, judge all, print the table."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path

from resnet_app.cli_data import print_json
from resnet_app.doctor.bench.cases import DATA, PARTS, BenchCase, all_cases, placebos, small_cases
from resnet_app.doctor.bench.scoring import DONE_FILE, Row, as_json, has_died, is_done, read_row
from resnet_app.doctor.bench.table import format_confusions, format_table
from resnet_app.errors import DataError
from resnet_app.files import write_json

_CASES_A_PROCESS = 40
"""TensorFlow keeps what every traced network took; a fresh process gives it back."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of ``bench-doctor``."""
    parser.add_argument("--small", action="store_true", help="a few clear cases, under a minute")
    parser.add_argument("--resume", metavar="DIR", type=Path, help="where runs are kept")
    parser.add_argument("--part", choices=PARTS, help="only the runs of this part")
    parser.add_argument("--cases", metavar="PATTERN", default="*", help="such as leak-3-*")
    parser.add_argument("--digits", metavar="FILE.npz", type=Path, help="real digits: x and y")
    parser.add_argument("--rejudge", action="store_true", help="train nothing; judge what is there")
    parser.add_argument("--no-tests", action="store_true", help="judge from the curves alone")
    parser.add_argument("--seconds", type=float, default=0, help="stop training after so long")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time, 1 GB each")
    parser.add_argument("--confusions", action="store_true", help="list the wrong first answers")


def bench_doctor(options: argparse.Namespace) -> int:
    """Train the missing cases, then print everybody's figures."""
    folder = (options.resume or Path("bench-doctor")).resolve()
    cases = _chosen(options)
    if not options.rejudge:
        _train(_with_twins(cases, options), folder, options)
    rows = _judge(cases, folder)
    print(format_table(rows))
    if options.confusions:
        print(format_confusions(rows))
    died = [case.id for case in cases if has_died(_directory(folder, case.id))]
    missing = len(cases) - len(rows) - len(died)
    if died:
        print(f"Their process died, see worker.log: {', '.join(died)}")
    if missing:
        print(f"{missing} of {len(cases)} runs are not trained yet; the same command goes on.")
    print_json(options, {"missing": missing, "rows": [as_json(row) for row in rows]})
    return 0


def _everything(options: argparse.Namespace) -> list[BenchCase]:
    if options.small:
        return small_cases()
    cases = all_cases((*DATA, "file") if options.digits else DATA)
    return cases + placebos(cases)


def _chosen(options: argparse.Namespace) -> list[BenchCase]:
    chosen = [
        case
        for case in _everything(options)
        if options.part in (None, case.part)
        and any(fnmatch(case.id, pattern) for pattern in options.cases.split(","))
    ]
    if not chosen:
        raise DataError(
            "No case of the bench has such a name. They are called like leak-3-s0-scanned or "
            f"healthy-sgd-*. Received: {options.cases}"
        )
    return chosen


def _with_twins(cases: Sequence[BenchCase], options: argparse.Namespace) -> list[BenchCase]:
    """``cases`` and, before them, the twins that they are compared with."""
    chosen = {case.id for case in cases} | {case.twin for case in cases}
    return [case for case in _everything(options) if case.id in chosen]


def _directory(folder: Path, case_id: str) -> Path:
    return folder / "runs" / case_id


def _train(cases: Sequence[BenchCase], folder: Path, options: argparse.Namespace) -> None:
    missing = _missing(cases, folder, options)
    size = min(_CASES_A_PROCESS, -(-len(missing) // options.workers))
    chunks = [missing[begin : begin + size] for begin in range(0, len(missing), size or 1)]
    end = time.monotonic() + options.seconds if options.seconds else float("inf")
    with ThreadPoolExecutor(options.workers) as pool:
        done = 0
        for trained in pool.map(lambda chunk: _train_all(chunk, folder, options, end), chunks):
            done += trained
            print(f"{done} of {len(missing)} missing runs trained", file=sys.stderr, flush=True)


def _train_all(
    cases: Sequence[BenchCase], folder: Path, options: argparse.Namespace, end: float
) -> int:
    """Train ``cases`` in one process, or in more if one dies; the number that were trained."""
    left, done = list(cases), 0
    while left and time.monotonic() < end:
        done += _train_some(left, folder, options, end)
        left = _missing(left, folder, options)
    return done


def _missing(
    cases: Sequence[BenchCase], folder: Path, options: argparse.Namespace
) -> list[BenchCase]:
    tests = _wants_tests(options)
    return [case for case in cases if not is_done(_directory(folder, case.id), tests)]


def _wants_tests(options: argparse.Namespace) -> bool:
    """The small form has no time for tests; its cases are clear without."""
    return not (options.no_tests or options.small)


def _train_some(
    cases: Sequence[BenchCase], folder: Path, options: argparse.Namespace, end: float
) -> int:
    """Train ``cases`` in one process; the number that came to their end.

    A case at which the process itself dies is closed, so that the bench goes on without it.
    """
    command = [sys.executable, "-m", "resnet_app.doctor.bench.training"]
    folder.mkdir(parents=True, exist_ok=True)
    trained = 0
    with (folder / "worker.log").open("a") as log:
        worker = subprocess.Popen(
            [*command, str(options.digits or "-"), *(["tests"] if _wants_tests(options) else [])],
            env={**os.environ, **_environment(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert worker.stdin is not None and worker.stdout is not None
        for case in cases:
            if time.monotonic() > end:
                break
            try:
                worker.stdin.write(json.dumps(asdict(case)) + "\n")
                worker.stdin.flush()
                answered = worker.stdout.readline()
            except OSError:
                answered = ""
            if not answered:
                _close(case, folder)
                break
            trained += 1
        worker.stdin.close()
        worker.wait()
    return trained


def _environment(folder: Path) -> dict[str, str]:
    """One thread, whatever the number of workers: how sums are split changes their rounding."""
    return {
        "RESNET_APP_HOME": str(folder),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
    }


def _close(case: BenchCase, folder: Path) -> None:
    directory = _directory(folder, case.id)
    directory.mkdir(parents=True, exist_ok=True)
    write_json(directory / DONE_FILE, {"ended": True, "died": True})


def _judge(cases: Sequence[BenchCase], folder: Path) -> list[Row]:
    rows = []
    for case in cases:
        twin = None if case.twin is None else _directory(folder, case.twin)
        row = read_row(case, _directory(folder, case.id), twin)
        if row is not None:
            rows.append(row)
    return rows
