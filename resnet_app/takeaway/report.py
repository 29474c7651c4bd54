"""A run as one HTML page that needs nothing else and prints on A4.

No script, no network; every text that somebody else may have written is escaped.
"""

import base64
import io
import platform
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_app import figures
from resnet_app.config import CLASSES, HELP, TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.doctor.judge import judge
from resnet_app.doctor.reading import read_evidence
from resnet_app.doctor.verdict import Opinion
from resnet_app.doctor.wording import headline
from resnet_app.errors import LabError
from resnet_app.faults.inject import mistakes_in
from resnet_app.results.answers import Answers, answer_test, pictures, why_no_answers
from resnet_app.results.outcome import interval
from resnet_app.runs.run import Evaluation, Run
from resnet_app.takeaway.svg import curve

_EXAMPLES = 24
_LIBRARIES = ("tensorflow", "keras", "numpy", "ai-edge-litert", "streamlit")
_STYLE = Path(__file__).with_suffix(".css")

Html = str
"""Text in which everything that has a meaning in HTML is meant."""


def as_report(run: Run) -> str:
    """The page of ``run``, which has a model. Raises ``LabError`` if its files cannot be read."""
    answers = None if why_no_answers(run) is not None else answer_test(run)
    title = f"{run.title} on {run.dataset_name}"
    sections = (
        _question(run),
        _data(run),
        _recipe(run.config),
        _curves(run),
        _verdict(run),
        _results(run.evaluation()),
        _examples(run, answers),
        _origin(run),
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{''.join(sections)}</main></body></html>\n"
    )


def _question(run: Run) -> Html:
    evaluation = run.evaluation()
    words = "How well does a ResNet, trained with these settings, read digits it has never seen?"
    if evaluation is None or not evaluation.count:
        return _section("Question", _p(words), _p("It was not tested."))
    right = int(np.trace(evaluation.confusion))
    low, high = interval(right, evaluation.count)
    answer = (
        f"<strong>{evaluation.accuracy:.1%}</strong> of {evaluation.count:,} test digits were "
        f"answered right; in 95 of 100 cases the true share lies between {low:.1%} and {high:.1%}."
    )
    faults = "; ".join(mistake.words for mistake in mistakes_in(run.config))
    told = _p(f"Faults made on purpose: {faults}.") if faults else ""
    stopped = run.status().state == "stopped"
    note = _p("A person stopped it before its last epoch.") if stopped else ""
    return _section("Question", _p(words), f"<p>{answer}</p>", told, note)


def _data(run: Run) -> Html:
    try:
        dataset = datasets.load(run.dataset_digest)
    except LabError:
        return _section("Data", _p(f"{run.dataset_name}. These digits are no longer here."))
    facts = read_evidence(run).facts
    counts = f"{len(dataset.labels):,} images"
    if len(dataset.test_labels):
        counts += f" and {len(dataset.test_labels):,} test images of their own"
    used = ""
    if facts.images and facts.validation_images:
        used = f" {facts.images:,} trained, {facts.validation_images:,} validated."
    sheet = _picture(figures.example_sheet(dataset, 15), "The first images of each digit")
    head = _row(["Digit", *range(CLASSES)], "th")
    body = _row(["Images", *(f"{count:,}" for count in dataset.class_counts())])
    return _section(
        "Data",
        _p(f"{dataset.name}: {counts} of 50×50 pixels.{used}"),
        *(_p(note) for note in dataset.notes),
        f"<table>{head}{body}</table>",
        f'<div class="sheet">{sheet}</div>',
    )


def _recipe(config: TrainingConfig) -> Html:
    rows = []
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name == "mistakes" and not value:
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        meaning = HELP.get(field.name, "The recipe that the settings began with.")
        rows.append(_row([field.name.replace("_", " "), shown, meaning]))
    head = _row(["Setting", "Value", "What it is"], "th")
    return _section("Recipe", f'<table class="words">{head}{"".join(rows)}</table>')


def _curves(run: Run) -> Html:
    history = run.history()
    if not history.epochs and not history.batches:
        return _section("Curves", _p("No curves were recorded."))
    drawn = "".join(curve(history, measure, run.epochs) for measure in ("accuracy", "loss"))
    return _section("Curves", f'<div class="curves">{drawn}</div>')


def _verdict(run: Run) -> Html:
    verdict = judge(read_evidence(run))
    parts = [_opinion(verdict.primary)] if verdict.primary else [_p(headline(verdict))]
    parts += [_p(f"{verdict.others_are}: {other.words.title}.") for other in verdict.others]
    ruled_out = ", ".join(opinion.words.title.lower() for opinion in verdict.ruled_out)
    if ruled_out:
        parts.append(_p(f"Ruled out: {ruled_out}."))
    if verdict.advice:
        parts.append(_p(verdict.advice))
    return _section("Verdict", *parts)


def _opinion(opinion: Opinion) -> Html:
    cause = opinion.words
    head = _row(["Figure", "Here", "To expect"], "th")
    rows = "".join(_row([e.what, e.measured, e.expected]) for e in opinion.exhibits)
    table = f'<table class="words">{head}{rows}</table>' if rows else ""
    return _p(f"{cause.title} ({opinion.known}).") + _p(cause.plain) + table


def _results(evaluation: Evaluation | None) -> Html:
    if evaluation is None or not evaluation.count:
        return ""
    confusion = evaluation.confusion
    totals = np.maximum(confusion.sum(1), 1)
    head = _row(["", *range(CLASSES), "Right", "95 of 100 cases"], "th")
    rows = []
    for digit in range(CLASSES):
        cells = [f"<th>{digit}</th>"]
        for answer in range(CLASSES):
            count = int(confusion[digit, answer])
            shade = count / totals[digit]
            colour = "46, 139, 208" if answer == digit else "224, 123, 26"
            style = f"background: rgba({colour}, {shade:.2f})"
            cells.append(f'<td style="{style}">{count or ""}</td>')
        cells.append(_share(int(confusion[digit, digit]), int(confusion[digit].sum())))
        rows.append(f"<tr>{''.join(cells)}</tr>")
    note = "Rows: the true digit. Columns: the answer. Numbers of test images."
    return _section("Results", _p(note), f'<table class="confusion">{head}{"".join(rows)}</table>')


def _share(right: int, count: int) -> Html:
    """Two cells: a share and its interval."""
    if not count:
        return "<td></td><td>no images</td>"
    low, high = interval(right, count)
    return f"<td>{right / count:.1%}</td><td>{low:.0%} to {high:.0%}</td>"


def _examples(run: Run, answers: Answers | None) -> Html:
    if answers is None:
        return ""
    worst = answers.worst(_EXAMPLES)
    if not len(worst):
        return _section("Examples", _p("No test image was answered wrong."))
    wrong = int((~answers.right).sum())
    examples = [
        f"<figure>{_picture(image, 'A test image')}<figcaption>"
        f"{answers.labels[place]}, read {answers.digits[place]}<br>"
        f"{answers.probabilities[place].max():.0%} sure</figcaption></figure>"
        for place, image in zip(worst, pictures(run, answers.numbers[worst]), strict=True)
    ]
    words = f"The surest of the {wrong:,} wrong answers."
    return _section("Examples", _p(words), f'<div class="examples">{"".join(examples)}</div>')


def _origin(run: Run) -> Html:
    epochs = run.history().epochs
    when = datetime.fromtimestamp(run.created).strftime("%d %B %Y, %H:%M")
    facts = {
        "Run": run.id,
        "Opened here from another installation" if run.imported else "Begun": when,
        "Seed": run.config.seed,
        "Digest of the data": run.dataset_digest or "unknown",
        "Precision": run.precision() or "unknown",
        "Epochs trained": f"{len(epochs)} of {run.epochs}",
        "Seconds an epoch, on average": (
            f"{sum(point.seconds for point in epochs) / len(epochs):.1f}" if epochs else "unknown"
        ),
        "Trained with": ", ".join(
            f"{name.replace('python', 'Python')} {version}"
            for name, version in run.libraries().items()
        )
        or "unknown",
        "This page was made with": ", ".join(
            [f"Python {platform.python_version()}"]
            + [f"{name} {version(name)}" for name in _LIBRARIES]
        ),
    }
    rows = "".join(_row(pair) for pair in facts.items())
    return _section("Where it comes from", f'<table class="words">{rows}</table>')


def _section(title: str, *parts: Html) -> Html:
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def _p(text: str) -> Html:
    return f"<p>{escape(text)}</p>"


def _row(cells: Iterable[Any], kind: str = "td") -> Html:
    return "<tr>" + "".join(f"<{kind}>{escape(str(cell))}</{kind}>" for cell in cells) + "</tr>"


def _picture(levels: NDArray[np.uint8], words: str) -> Html:
    """(H, W) uint8 as an image inside the page."""
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG", optimize=True)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return f'<img alt="{escape(words)}" src="data:image/png;base64,{data}">'
