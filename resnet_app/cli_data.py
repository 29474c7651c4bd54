"""The part of the command line that reads DATA: options, progress, ``inspect`` and ``sample``."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from resnet_app.cli_progress import PercentBar
from resnet_app.config import CLASSES, MAX_UPLOAD_BYTES
from resnet_app.data import launch
from resnet_app.data import store as datasets
from resnet_app.data.audit.finding import Finding
from resnet_app.data.builtin import drawn_digits
from resnet_app.data.generator import generate
from resnet_app.data.source import Choices, Question, Reading, SourceFile
from resnet_app.errors import DataError, LimitError

_POLL_SECONDS = 0.1
_SAMPLE = "sample"
_MNIST = "mnist"


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Options that answer what a file does not tell."""
    group = parser.add_argument_group("how to understand DATA")
    group.add_argument("--labels-from", metavar="PLACE", help="column or place of the labels")
    group.add_argument(
        "--digit",
        action="append",
        default=[],
        metavar="LABEL=DIGIT",
        dest="digits",
        help="the digit that a label means; nothing after = leaves its images out; the labels "
        "that are not named keep the meaning that inspect shows",
    )
    for name, words in (("invert", "light and dark"), ("swap-axes", "rows and columns")):
        group.add_argument(f"--{name}", choices=("yes", "no"), help=f"swap {words}")


def keep_data(options: argparse.Namespace) -> str:
    """Read ``options.data`` into the store and return its digest.

    Raises ``DataError`` if it cannot be read or leaves a question open.
    """
    if options.data == _SAMPLE:
        return datasets.save(drawn_digits())
    reading = _understand(options)
    if reading.digest is None:
        raise DataError(_how_to_answer(reading.questions))
    return reading.digest


def inspect(options: argparse.Namespace) -> int:
    """Print what is in DATA and what was found; nothing is kept."""
    with _borrowed(options) as (reading, digest):
        if digest is None:
            assert reading is not None
            _print_open_questions(reading)
            report: dict[str, Any] = {}
        else:
            report = _print_contents(digest)
    if reading is not None:
        report |= {
            "recognised": reading.recognised,
            "notes": list(reading.notes),
            "questions": [question.text for question in reading.questions],
            "labels": {value.text: value.count for value in reading.label_values},
            "digits": dict(reading.choices.digits or {}),
        }
    print_json(options, report)
    return 0


def sample(options: argparse.Namespace) -> int:
    """Write built-in digits to a file."""
    images, labels = generate(options.count, options.seed)
    try:
        with options.out.open("wb") as file:
            np.savez_compressed(file, x=images, y=labels)
    except OSError as error:
        raise DataError(
            f"The file cannot be written ({error.strerror}). Choose another place. "
            f"Received: {options.out}"
        ) from error
    print(f"{len(labels):,} digits written to {options.out}")
    print_json(options, {"count": len(labels), "file": str(options.out), "seed": options.seed})
    return 0


def print_json(options: argparse.Namespace, value: Mapping[str, Any]) -> None:
    """The last line of stdout, for scripts, if they asked for it."""
    if options.json:
        print(json.dumps(value))


@contextmanager
def _borrowed(options: argparse.Namespace) -> Iterator[tuple[Reading | None, str | None]]:
    """The reading (None for built-in digits) and digest of DATA, kept no longer than needed."""
    before = {stored.digest for stored in datasets.listing()}
    reading: Reading | None = None
    if options.data == _SAMPLE:
        digest: str | None = datasets.save(drawn_digits())
        finish(launch.audit(str(digest)))
    else:
        reading = _understand(options)
        digest = reading.digest
    try:
        yield reading, digest
    finally:
        if digest is not None and digest not in before:
            datasets.delete(digest)


def _understand(options: argparse.Namespace) -> Reading:
    """Read DATA, and once more where labels were given digits on the command line."""
    begin = launch.download if options.data == _MNIST else _begin(options.data)
    choices = Choices(
        label_source=options.labels_from,
        invert=_yes_or_no(options.invert),
        transpose=_yes_or_no(options.swap_axes),
    )
    reading = _finished_reading(begin(choices))
    if not options.digits:
        return reading
    digits = {**(reading.choices.digits or {}), **_given_digits(options.digits, reading)}
    return _finished_reading(begin(Choices(**{**choices.to_json(), "digits": digits})))


def _yes_or_no(text: str | None) -> bool | None:
    return None if text is None else text == "yes"


def _given_digits(texts: Sequence[str], reading: Reading) -> dict[str, int | None]:
    known = [value.text for value in reading.label_values]
    given: dict[str, int | None] = {}
    for text in texts:
        label, _, digit = text.rpartition("=")
        if label not in known or digit not in ("", *map(str, range(CLASSES))):
            raise DataError(
                f"--digit needs LABEL=DIGIT with one of the labels {', '.join(known)[:200]} and a "
                f"digit 0 to 9 or nothing. Received: {text}"
            )
        given[label] = int(digit) if digit else None
    return given


def _begin(text: str) -> Any:
    files = _files_of(Path(text))
    return lambda choices: launch.read(files, choices)


def _files_of(path: Path) -> list[SourceFile]:
    """The file itself, or all files in a folder, named by their way from it."""
    try:
        if path.is_dir():
            inside = sorted(found for found in path.rglob("[!.]*") if found.is_file())
            files = [SourceFile(found.relative_to(path).as_posix(), found) for found in inside]
        else:
            files = [SourceFile(path.name, path)]
        size = sum(file.path.stat().st_size for file in files)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not files:
        raise DataError(f"There is no file in this folder. Choose another. Received: {path}")
    _refuse_size(size)
    return files


def read_bytes(path: Path) -> bytes:
    """What is in a file. Raises ``LimitError`` if it is too large, ``DataError`` if not there."""
    try:
        _refuse_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(
        f"The file cannot be read ({error.strerror}). Check its name. Received: {path}"
    )


def _refuse_size(size: int) -> None:
    if size > MAX_UPLOAD_BYTES:
        raise LimitError(
            f"At most {MAX_UPLOAD_BYTES // 2**20} MiB can be read at once. Bring less, for example "
            f"fewer images. Received: {size / 2**20:.0f} MiB"
        )


def _finished_reading(job: launch.Job) -> Reading:
    reading = finish(job)
    assert reading is not None
    return reading


def finish(job: launch.Job) -> Reading | None:
    """Show progress until ``job`` ends, and return its result; Ctrl-C gives it up."""
    try:
        with PercentBar(leave=False) as bar:
            while not job.wait(_POLL_SECONDS):
                bar.show(job.progress, job.message)
        return job.result()
    except KeyboardInterrupt:
        job.stop()
        return job.result()
    finally:
        job.forget()


def _how_to_answer(questions: Sequence[Question]) -> str:
    """The first question as one paragraph, with the option that answers it."""
    question = questions[0]
    ways = " or ".join(filter(None, (_option_for(question, o.value) for o in question.options)))
    return f"{question.text} Answer with {ways}. Received: a file that does not tell"


def _option_for(question: Question, value: Any) -> str:
    if question.field == "digits":
        return " ".join(
            f"--digit {label}={'' if digit is None else digit}" for label, digit in value.items()
        )
    if question.field == "label_source":
        return f"--labels-from '{value}'"
    return f"--swap-axes {'yes' if value else 'no'}"


def _print_open_questions(reading: Reading) -> None:
    print(f"Recognised: {reading.recognised}")
    for note in reading.notes:
        print(note)
    print("Labels: " + ", ".join(f"{v.text}: {v.count:,}" for v in reading.label_values))
    for question in reading.questions:
        print(_how_to_answer([question]))


def _print_contents(digest: str) -> dict[str, Any]:
    dataset, findings = datasets.load(digest), datasets.findings(digest) or ()
    counts = [int(count) for count in dataset.class_counts()]
    print(f"{dataset.name}: {len(dataset.labels):,} training images of 50×50", end="")
    print(f", {len(dataset.test_labels):,} test images")
    print("Images of each digit: " + ", ".join(f"{d}: {n:,}" for d, n in enumerate(counts)))
    print(f"Pixels: {dataset.images.min()} to {dataset.images.max()}", end="")
    print(f", mean {dataset.images.mean():.1f}")
    for note in dataset.notes:
        print(note)
    for finding in findings:
        print(f"{finding.severity}: {finding.title} ({finding.measured}; {finding.expected})")
    if not findings:
        print("The checks found nothing to complain about.")
    return {
        "name": dataset.name,
        "digest": digest,
        "count": len(dataset.labels),
        "test_count": len(dataset.test_labels),
        "class_counts": counts,
        "minimum": int(dataset.images.min()),
        "maximum": int(dataset.images.max()),
        "mean": float(dataset.images.mean()),
        "findings": [_for_scripts(finding) for finding in findings],
    }


def _for_scripts(finding: Finding) -> dict[str, Any]:
    values = finding.to_json()
    return {**values, "remedy": finding.remedy.label if finding.remedy else None}
