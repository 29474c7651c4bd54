"""What strangers may send: path tricks, guesses, oversize files, HTML, formulas, others' things."""

import ast
import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from resnet_app import drawings
from resnet_app.classroom import export
from resnet_app.classroom import store as classes
from resnet_app.classroom.session import new_secret, new_student
from resnet_app.config import MAX_PHOTO_BYTES, MAX_UPLOAD_BYTES, home
from resnet_app.data import launch, store
from resnet_app.data.dataset import Dataset
from resnet_app.data.edit import Edit
from resnet_app.errors import LabError, LimitError
from resnet_app.owners import is_owner, is_token, may_change, new_token, owner_of
from resnet_app.results.answers import answer_test, as_table
from resnet_app.runs import experiment as experiments
from resnet_app.runs import store as runs
from resnet_app.runs.experiment import Arm, Plan
from resnet_app.runs.run import Run
from resnet_app.takeaway.cells import write_cells
from resnet_app.takeaway.launch import open_upload
from resnet_app.takeaway.notebook import as_notebook
from resnet_app.takeaway.report import as_report
from resnet_app.takeaway.script import as_script
from resnet_app.training import launch as training
from resnet_app.training import queue
from resnet_app.ui.guards import plain
from tests.made_runs import fill_run, made_run
from tests.unit.test_classroom import drawn

ANNA, BEN = owner_of(new_token()), owner_of(new_token())

HOSTILE = (
    "../../etc/passwd", "..\\..\\windows", "/etc/passwd", "C:\\x", "%2e%2e%2f", "~", ".", "..",
    "", " ", "\0", "a\nb", "x" * 5000, "pretrained/../../runs",
    "20260101-000000-0123456789abcdef/..", "20260101-000000-0123456789abcdef\n",
    "２０２６０１０１-000000-0123456789abcdef",
    "'; DROP TABLE session; --", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "{{7*7}}", "*",
)  # fmt: skip
"""Ids and names as nobody would type them by mistake."""

NAME = '=HYPERLINK("http://x")</title><script>alert(1)</script>\n"""\nimport os; os.abort()\n#'
"""A file's name that would be a formula, a tag and a statement, where it was taken for one."""


@pytest.fixture(autouse=True)
def inside(lab_home: Path) -> None:
    """A data folder, with a file beside it that nobody may reach."""
    (lab_home / "runs").mkdir(parents=True)
    (lab_home.parent / "config.json").write_text('{"secret": 1}')


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


OPENERS: dict[str, Callable[[str], object]] = {
    "run": runs.open_run,
    "experiment": experiments.open_experiment,
    "data set": store.load,
    "data set's card": store.describe,
    "data set's name": lambda text: store.rename(text, "x"),
    "data set's end": store.delete,
    "class code": classes.session_with_code,
    "teacher's secret": classes.session_with_secret,
    "class id": classes.session_with_id,
    "training": lambda text: training.start(runs.pretrained().config, text),
}


@pytest.mark.parametrize("opener", OPENERS)
def test_no_id_leads_out_of_the_data_folder(opener: str, lab_home: Path):
    for text in HOSTILE:
        with pytest.raises(LabError) as told:
            OPENERS[opener](text)
        assert "secret" not in str(told.value).replace("secret link", "")
        assert len(str(told.value)) < 700
    assert json.loads((lab_home.parent / "config.json").read_text()) == {"secret": 1}


def test_ids_and_secrets_are_too_many_to_guess():
    many = [made_run().id for _ in range(50)]
    tails = {run_id.rsplit("-", 1)[1] for run_id in many}
    assert len(tails) == 50 and {len(tail) for tail in tails} == {16}  # 64 bits in hexadecimal
    assert len(new_secret()) >= 32  # 192 bits in base64
    assert len(new_student()) >= 16
    assert len({new_token() for _ in range(50)}) == 50
    assert is_token(new_token()) and len(new_token()) * 4 == 128


@pytest.mark.parametrize("text", [*HOSTILE, None, 7, "g" * 32, "A" * 32])
def test_what_is_no_token_makes_nobody_an_owner(text: object):
    assert not is_token(text)


def test_the_token_itself_is_kept_nowhere(bars: Dataset, lab_home: Path):
    token = new_token()
    owner = owner_of(token)
    assert is_owner(owner) and token not in owner
    digest = store.save(bars, owner)
    runs.create(runs.pretrained().config, digest, "Bars", owner=owner)
    drawings.keep(bars.images[0], 3, owner)
    classes.open_session(runs.PRETRAINED, owner=owner)
    files = [path for path in lab_home.rglob("*") if path.is_file()]
    assert any(owner.encode() in path.read_bytes() for path in files)
    assert not any(token.encode() in path.read_bytes() for path in files)


def test_lists_show_ones_own_and_nobodys(bars: Dataset, monkeypatch: pytest.MonkeyPatch):
    config = runs.pretrained().config
    hers = runs.create(config, "0" * 16, "Anna's", owner=ANNA)
    his = runs.create(config, "0" * 16, "Ben's", owner=BEN)
    nobodys = made_run()
    assert {run.id for run in runs.listing(ANNA)} == {hers.id, nobodys.id}
    assert len(runs.listing()) == 3
    assert not runs.is_mine(runs.pretrained(), ANNA)
    plan = Plan("A try", "twin", config, "0" * 16, (Arm("One"),), (0,))
    experiments.create(plan, ANNA)
    assert (len(experiments.listing(viewer=ANNA)), experiments.listing(viewer=BEN)) == (1, [])
    assert runs.open_run(his.id).id == his.id  # by its link
    monkeypatch.setenv("RESNET_APP_SHARED", "open")
    assert {run.id for run in runs.listing(ANNA)} == {hers.id, his.id, nobodys.id}
    assert may_change(ANNA, BEN)


def test_a_run_whose_card_is_damaged_is_in_nobodys_list():
    run = made_run()
    (run.directory / "config.json").write_text("{")
    assert runs.listing(BEN) == []


def test_an_upload_is_its_owners_alone(bars: Dataset):
    digest = store.save(bars, ANNA)
    assert [stored.digest for stored in store.listing(ANNA)] == [digest]
    assert store.listing(BEN) == []
    for act in (store.describe, store.delete):
        with pytest.raises(LabError, match="no longer here"):
            act(digest, BEN)
    with pytest.raises(LabError, match="no longer here"):
        store.rename(digest, "Mine", BEN)
    with pytest.raises(LabError, match="no longer here"):
        training.start(runs.pretrained().config, digest, BEN)
    assert store.load(digest).name == "Bars"


def test_the_same_upload_by_two_has_two_names_and_stays_until_both_are_gone(bars: Dataset):
    digest = store.save(bars, ANNA)
    assert store.save(replace(bars, name="Ben's own"), BEN) == digest
    store.rename(digest, "Renamed", ANNA)
    assert store.describe(digest, ANNA).name == "Renamed"
    assert store.describe(digest, BEN).name == "Ben's own"
    store.delete(digest, ANNA)
    assert store.listing(ANNA) == []
    assert store.describe(digest, BEN).name == "Ben's own"
    store.delete(digest, BEN)
    assert list((home() / "datasets").iterdir()) == []


def test_a_damaged_list_of_owners_opens_to_nobody(bars: Dataset):
    digest = store.save(bars, ANNA)
    (home() / "datasets" / f"{digest}.owners.json").write_text('{"')
    assert store.listing(ANNA) == store.listing(BEN) == []


def test_an_experiment_copies_nobody_elses_data(bars: Dataset):
    """As by a run's file that claims somebody else's digits, and a treatment that edits them."""
    digest = store.save(bars, ANNA)
    arm = Arm("Copied", edit=Edit(shuffle=True))
    plan = Plan("A try", "treatment", runs.pretrained().config, digest, (arm,), (0,))
    experiment = experiments.create(plan, BEN)
    queue._start(experiment, experiment.trials()[0])
    assert "no longer here" in experiment.trials()[0].error
    assert store.listing(BEN) == []


def test_drawings_are_their_owners_alone(bars: Dataset):
    drawings.keep(bars.images[0], 3, ANNA)
    assert [kept.digit for kept in drawings.listing(ANNA)] == [3]
    assert drawings.listing(BEN) == []
    with pytest.raises(AssertionError):
        drawings.keep(bars.images[0], 3, "../../x")


def test_drawings_do_not_fill_the_disk(bars: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drawings, "MAX_KEPT", 2)
    drawings.keep(bars.images[0], 3, ANNA)
    drawings.keep(bars.images[0], 3, ANNA)
    with pytest.raises(LimitError, match="room for 2 kept drawings"):
        drawings.keep(bars.images[0], 3, ANNA)
    drawings.keep(bars.images[0], 3, BEN)


def test_one_browser_does_not_fill_the_list_of_classes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESNET_APP_CLASSES_OF_ONE", "2")
    for _ in range(2):
        classes.open_session(runs.PRETRAINED, owner=ANNA)
    with pytest.raises(LimitError, match="opened in this browser"):
        classes.open_session(runs.PRETRAINED, owner=ANNA)
    classes.open_session(runs.PRETRAINED, owner=BEN)


def test_one_class_reads_and_changes_nothing_of_another():
    (one, _), (other, _) = (classes.open_session(runs.PRETRAINED) for _ in range(2))
    classes.hand_in(one, new_student(), drawn(1))
    (kept,) = classes.contributions(one, "arrival", 9)
    assert classes.contributions(other, "arrival", 9) == ()
    classes.remove(other, kept.id)
    assert not classes.contributions(one, "arrival", 9)[0].hidden


class Oversize:
    """Bytes that would not fit into memory, as far as their number goes."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def test_oversize_uploads_are_refused_before_a_byte_is_written():
    before = everything(home())
    with pytest.raises(LimitError, match="MiB"):
        launch.read_photo(Oversize(MAX_PHOTO_BYTES + 1), "x.png")  # type: ignore[arg-type]
    with pytest.raises(LimitError, match="MiB"):
        open_upload(Oversize(MAX_UPLOAD_BYTES + 1), "x.zip", ANNA)  # type: ignore[arg-type]
    assert everything(home()) == before


@pytest.fixture
def named(bars: Dataset) -> Run:
    """A finished run on data with a hostile name, and with a model."""
    pretrained = runs.pretrained()
    digest = store.save(Dataset(NAME, bars.images, bars.labels, notes=(NAME,)), ANNA)
    run = runs.create(pretrained.config.changed(recipe=NAME), digest, NAME, owner=ANNA)
    for name in ("model.keras", "model.tflite", "preprocessing.json", "calibration.json"):
        shutil.copy(pretrained.directory / name, run.directory / name)
    fill_run(run)
    return run


def test_a_name_is_text_in_the_report(named: Run):
    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(as_report(named))
    assert "script" not in tags and tags.count("title") == 1


def test_a_name_is_no_statement_in_the_script_and_the_notebook(named: Run):
    cells = write_cells(named)
    sources = [as_script(cells)]
    for cell in json.loads(as_notebook(cells))["cells"]:
        if cell["cell_type"] == "code":
            sources.append("".join(cell["source"]))
    for source in sources:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
        assert not any("abort" in ast.unparse(call.func) for call in calls)


def test_no_cell_of_a_table_is_a_formula(named: Run):
    head, *rows = csv.reader(io.StringIO(as_table(answer_test(named))))
    assert all(cell[0].isalpha() for cell in head)
    assert all(float(cell) >= 0 for row in rows for cell in row)


def test_names_in_a_class_zip_are_the_apps_own():
    session, _ = classes.open_session(runs.PRETRAINED)
    for _ in range(3):
        classes.hand_in(session, new_student(), drawn(1))
    with zipfile.ZipFile(io.BytesIO(export.as_zip(session))) as packed:
        for name in packed.namelist():
            assert not Path(name).is_absolute() and ".." not in name and name[0] not in "=+-@"


@pytest.mark.parametrize("text", ["<b>x</b>", "[x](javascript:alert(1))", ":red[x]", "$x$", "`x`"])
def test_a_name_has_no_meaning_on_a_page(text: str):
    shown = plain(text)
    assert all(shown[at - 1] == "\\" for at, c in enumerate(shown) if c in "<>[]()$`")


def test_a_new_name_of_a_data_set_is_one_short_line(bars: Dataset):
    digest = store.save(bars, ANNA)
    store.rename(digest, "a\x00b\nc\u202e" + "x" * 500, ANNA)
    name = store.describe(digest, ANNA).name
    assert name.isprintable() and len(name) <= store.MAX_NAME
