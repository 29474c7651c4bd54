"""Several browsers on one server: what each sees, may change, and what its address may say."""

import pytest
from streamlit.testing.v1 import AppTest

from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.files import read_json, write_json
from resnet_app.owners import new_token, owner_of
from resnet_app.runs import clearing, trash, waiting
from resnet_app.runs import store as runs
from resnet_app.runs.marks import marks_of
from resnet_app.runs.run import Run
from resnet_app.runs.waiting import Ticket
from resnet_app.runs.writer import RunWriter
from resnet_app.training import launch, memory, queue, workers
from resnet_app.training.recipes import RECIPES
from resnet_app.ui import page
from resnet_app.ui.guards import plain
from tests.made_runs import fill_run
from tests.pages.conftest import button, words
from tests.pages.conftest import open_page as first_page

TOKENS = {"Anna": new_token(), "Ben": new_token()}
ANNA, BEN = (owner_of(token) for token in TOKENS.values())
QUICK = RECIPES["quick"].config


@pytest.fixture(autouse=True)
def one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue whose runs train until they are told that they have ended."""

    def begin(run: Run) -> None:
        RunWriter(run.directory).status("training", "Training")

    monkeypatch.setattr(workers, "begin", begin)
    monkeypatch.setattr(workers, "_ended", {})
    monkeypatch.setattr(memory, "available", lambda: 2**34)
    monkeypatch.setenv("RESNET_APP_WORKERS", "1")
    monkeypatch.setattr(queue, "_serve", lambda folder: None)  # no thread outlives its test


def open_page(who: str, page: str, **query: str) -> AppTest:
    app = first_page()
    app.session_state["visitor_token"] = TOKENS[who]
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [found.label for found in app.button]


def trained(dataset: Dataset, owner: str) -> Run:
    run = runs.create(QUICK, datasets.save(dataset, owner), dataset.name, owner=owner)
    fill_run(run)
    return run


def test_who_waits_sees_the_place_and_may_leave(bars: Dataset):
    digest = datasets.save(bars)
    launch.start(QUICK, digest, ANNA)
    run = launch.start(QUICK, digest, BEN)
    app = open_page("Ben", "train", run=run.id)
    assert "**You are next** in line." in words(app)
    button(app, "Leave the queue").click().run()
    assert not app.exception
    assert run.status().state == "stopped"
    assert waiting.waiting() == []


def test_starting_while_others_train_gives_a_place(bars: Dataset):
    launch.start(QUICK, datasets.save(bars), ANNA)
    app = open_page("Ben", "train")
    button(app, "Start").click().run()
    assert not app.exception
    assert "You are next" in words(app)
    assert [run.owner for run in runs.listing() if run.status().waiting] == [BEN]


def test_too_many_that_wait_are_told_in_words(bars: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESNET_APP_WAITING", "1")
    digest = datasets.save(bars)
    for _ in range(2):
        launch.start(QUICK, digest, BEN)
    app = open_page("Ben", "train")
    button(app, "Start").click().run()
    assert "wait already" in app.error[0].value


def test_anothers_run_can_be_watched_but_not_stopped(bars: Dataset):
    run = launch.start(QUICK, datasets.save(bars), ANNA)
    assert "Stop" in labels(open_page("Anna", "train", run=run.id))
    app = open_page("Ben", "train", run=run.id)
    assert "Stop" not in labels(app)
    assert "somebody else" in words(app)
    assert run.is_shared


def test_anothers_finished_run_is_looked_at_and_neither_kept_nor_deleted(bars: Dataset):
    run = trained(bars, ANNA)
    app = open_page("Ben", "train", run=run.id)
    assert any(metric.label == "Test accuracy" for metric in app.metric)
    assert not {"Delete", "Keep this run"} & {*labels(app), *(t.label for t in app.toggle)}
    app = open_page("Anna", "train", run=run.id)
    next(found for found in app.toggle if found.label == "Keep this run").set_value(True).run()
    assert not app.exception
    assert marks_of(run).starred


def test_deleting_ones_own_run_asks_first(bars: Dataset):
    run = trained(bars, ANNA)
    app = open_page("Anna", "train", run=run.id)
    button(app, "Delete").click().run()
    assert "can bring it back" in words(app)
    assert button(app, "Delete it")
    assert len(runs.listing()) == 1


def test_anothers_results_are_figures_without_images(studied: Run):
    card = read_json(studied.directory / "config.json")
    write_json(studied.directory / "config.json", {**card, "owner": ANNA})
    runs._opened.cache_clear()
    for tab in ("Outcome", "Mistakes", "Inside"):
        app = first_page()
        app.session_state["visitor_token"] = TOKENS["Ben"]
        app.session_state["results_tab"] = tab
        app.query_params["run"] = studied.id
        app.switch_page("pages/results.py").run()
        assert not app.exception
        told = words(app) + " ".join(box.value for box in app.info)
        assert "those of the person who trained it" in told
        pictures = [picture for found in app.get("image") for picture in found.proto.imgs]
        assert len(pictures) == {"Outcome": 0, "Mistakes": 0}.get(tab, len(pictures))
        assert "Image of the test" not in [box.label for box in app.selectbox]
    assert "no run yet" in open_page("Ben", "results").info[0].value


def test_what_one_deleted_is_in_nobody_elses_trash(bars: Dataset):
    deleted = trash.delete_run(trained(bars, ANNA), "Mine")
    assert trash.listing(ANNA) == [deleted] and trash.listing(BEN) == []


def test_lists_show_ones_own_runs_and_data(bars: Dataset):
    run = trained(bars, ANNA)
    assert any(run.id in str(link.proto) for link in open_page("Anna", "train").get("page_link"))
    app = open_page("Ben", "train")
    assert not any(run.id in str(link.proto) for link in app.get("page_link"))
    assert "no digits to train on" in app.info[0].value
    assert "No digits yet" in open_page("Ben", "data").info[0].value
    assert "no run yet" in open_page("Ben", "diagnose").info[0].value


def test_anothers_run_is_diagnosed_without_its_images_treatment_or_tests(bars: Dataset):
    run = trained(bars, ANNA)
    app = open_page("Ben", "diagnose", run=run.id)
    app.session_state["never_guess"] = True
    app.run()
    assert not app.exception
    assert not {"Run the tests", "Treat it and compare", "Start the experiment"} & {*labels(app)}


def test_the_oldest_runs_of_ones_own_are_named_before_they_go(bars: Dataset, monkeypatch):
    monkeypatch.setattr(clearing, "_FRESH_SECONDS", -1.0)
    trained(bars, ANNA)
    clearing._sizes.cache_clear()
    monkeypatch.setenv("RESNET_APP_RUNS_MB", str(clearing.used() / 1e6))
    assert "deleted first" in words(open_page("Anna", "train"))
    assert "deleted first" not in words(open_page("Ben", "train"))


def test_a_setting_that_does_not_fit_is_told_on_the_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESNET_APP_WARM_WORKER", "often")
    app = first_page()
    assert plain("RESNET_APP_WARM_WORKER must be 0 or 1") in app.error[0].value


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("train", "run"),
        ("train", "twin"),
        ("diagnose", "run"),
        ("break_it", "run"),
        ("draw", "run"),
        ("classroom", "join"),
        ("classroom", "teach"),
    ],
)
def test_an_address_with_tricks_is_told_in_words(page: str, name: str, bars: Dataset):
    datasets.save(bars)
    for text in ("../../etc/passwd", "<script>alert(1)</script>", "x" * 3000):
        app = open_page("Ben", page, **{name: text})
        told = [*app.error, *app.warning]
        assert told, (page, name, text)
        assert all(len(each.value) < 800 and "<script>" not in each.value for each in told)


def test_a_setting_that_does_not_fit_is_told_on_the_first_page(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch
):
    run = runs.create(QUICK, datasets.save(bars, ANNA), bars.name, owner=ANNA)
    runs.put_status(run, "waiting", "Waiting for its turn")
    waiting.put(Ticket(run.id, "run", ANNA, 1.0))
    monkeypatch.setenv("RESNET_APP_WORKERS", "plenty")
    page._take_up_work.clear()
    app = open_page("Anna", "start")
    assert "must be a number from 0 to 64. Received: plenty" in app.error[0].value
