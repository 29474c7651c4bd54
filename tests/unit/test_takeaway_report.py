"""The report: its figures, and that nobody's text has a meaning in it."""

import math
import shutil
from html.parser import HTMLParser

import pytest

from resnet_app.cli import main
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.errors import RunError
from resnet_app.runs import store as runs
from resnet_app.runs.course import BatchPoint, EpochPoint, History
from resnet_app.runs.run import Run
from resnet_app.takeaway.kinds import KINDS, why_not, write
from resnet_app.takeaway.report import as_report
from resnet_app.takeaway.svg import curve
from tests.made_runs import fill_run

_HOSTILE = '</title></style><script>alert(1)</script><img src=x onerror="a()">&"\''


class Tags(HTMLParser):
    """Every tag of a page, with its attributes' names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


def made(dataset: Dataset, **changes) -> Run:
    """A finished run with the models of the one that comes with the app."""
    pretrained = runs.pretrained()
    run = runs.create(
        pretrained.config.changed(**changes), datasets.save(dataset), dataset.name
    )  # fmt: skip
    for name in ("model.keras", "model.tflite", "preprocessing.json", "calibration.json"):
        shutil.copy(pretrained.directory / name, run.directory / name)
    fill_run(run)
    return run


def test_no_text_has_a_meaning_in_the_page(bars: Dataset):
    hostile = Dataset(_HOSTILE, bars.images, bars.labels, notes=(_HOSTILE,))
    run = made(hostile, recipe=_HOSTILE)
    with (run.directory / "events.jsonl").open("a") as events:
        events.write('{"event": "precision", "policy": "<script>", "reason": "<b onclick=x>"}\n')
    page = as_report(run)
    tags = Tags(page).found
    assert not {tag for tag, _ in tags} & {"script", "b", "link", "iframe", "base", "form"}
    assert not [names for _, names in tags if any(name.startswith("on") for name in names)]
    assert "&lt;script&gt;alert(1)" in page
    harmless = as_report(made(Dataset("Bars", bars.images, bars.labels, notes=("Note",))))
    kinds = [tag for tag, _ in tags]
    assert set(kinds) == {tag for tag, _ in Tags(harmless).found}


def test_a_curve_leaves_out_what_is_not_finite():
    epochs = [
        EpochPoint(epoch, loss, 0.5, 2.0, 0.5, 1e-3, 1.0)
        for epoch, loss in ((1, 2.0), (2, math.nan), (3, 1.0))
    ]
    history = History((BatchPoint(0.5, math.inf, 0.1),), tuple(epochs))
    drawn = curve(history, "loss", 3)
    assert "nan" not in drawn
    assert "inf" not in drawn
    assert drawn.count("<circle") == 2 + 1  # two losses that are numbers, and the legend
    assert "<svg" in curve(History(), "accuracy", 1)


def test_a_report_without_its_digits_says_so(bars: Dataset):
    run = made(bars)
    datasets.delete(run.dataset_digest)
    page = as_report(run)
    assert "no longer here" in page
    assert "the true digit" in page  # the results are there all the same
    assert "<h2>Examples" not in page


def test_what_cannot_be_had_says_why(bars: Dataset, tmp_path):
    unfinished = runs.create(runs.pretrained().config, datasets.save(bars), bars.name)
    reasons = {name: why_not(unfinished, kind) for name, kind in KINDS.items()}
    assert all(reason and reason.endswith(".") for reason in reasons.values())
    with pytest.raises(RunError, match=r"no model.*Received: "):
        write(unfinished, KINDS["keras"], tmp_path / "model.keras")
    assert "with every installation" in str(why_not(runs.pretrained(), KINDS["run"]))


def test_the_files_name_tells_what_to_export(bars: Dataset, tmp_path, capsys):
    run = made(bars)
    assert main(["export", run.id, str(tmp_path / "train.py")]) == 0
    compile((tmp_path / "train.py").read_text(), "train.py", "exec")
    assert main(["export", run.id, str(tmp_path / "curves.csv"), "--as", "predictions"]) == 0
    assert (tmp_path / "curves.csv").read_text().startswith("image,true_digit,answer,p0")
    assert main(["export", run.id, str(tmp_path / "run.docx")]) == 2
    assert "does not tell what to write" in capsys.readouterr().err
    assert main(["import-run", str(tmp_path / "nothing.zip")]) == 2
