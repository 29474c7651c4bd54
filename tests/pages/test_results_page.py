"""Results: one run, several beside each other, the list of all."""

import shutil

import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.files import write_json
from resnet_app.quiz import Quiz, keep
from resnet_app.results.answers import OWN, Answers, keep_answers, kept_answers
from resnet_app.results.comparison import Comparison, Score, comparison_path
from resnet_app.results.measure import compare_answers
from resnet_app.runs import store as runs
from resnet_app.runs import trash
from resnet_app.runs.marks import Marks, mark, marks_of
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter
from resnet_app.training import queue
from tests.made_runs import made_run
from tests.pages.conftest import button, loaded_by, open_page, words


def opened(run: Run | None = None, **chosen: object):
    app = open_page("start")
    if run is not None:
        app.query_params["run"] = run.id
    for name, value in chosen.items():
        app.session_state[name] = value
    app.switch_page("pages/results.py").run()
    assert not app.exception
    return app


def box(app, label: str):
    return next(found for found in app.selectbox if found.label == label)


def test_without_a_run_it_says_what_to_do():
    assert "no run yet" in opened().info[0].value


def test_accuracy_comes_with_its_interval_and_a_cell_with_its_images(studied: Run):
    app = opened(studied)
    shown = {metric.label: metric.value for metric in app.metric}
    right = int(kept_answers(studied).right.sum())
    assert shown["Wrong"] == f"{30 - right} of 30"
    assert " to " in shown["95 % interval"]
    answers = kept_answers(studied)
    true, answer = int(answers.labels[-1]), int(answers.digits[-1])
    box(app, "True digit").set_value(true)
    box(app, "Answer").set_value(answer).run()
    count = len(answers.confused(true, answer))
    assert f"True {true}, read as {answer}: {count} image" in words(app)
    assert len(app.get("image")) == count > 0


def test_the_other_tabs_show_mistakes_the_inside_and_the_course(studied: Run):
    app = opened(studied, results_tab="Mistakes")
    assert "expected calibration error" in words(app)
    app = opened(studied, results_tab="Inside")
    assert "residual block" in words(app)
    assert len(app.get("image")) > 10
    box(app, "Block").set_value("res4b_add").run()
    assert "was kept as it is" in words(app)
    app = opened(studied, results_tab="Course")
    shown = {metric.label for metric in app.metric}
    assert {"Weights", "Most memory while training", "Reading one digit"} <= shown


def test_a_run_of_another_program_shows_its_curves_and_says_why_no_more():
    run = runs.create_foreign("My net")
    writer = RunWriter(run.directory)
    writer.event("epoch", epoch=1, loss=2.0, accuracy=0.5, val_loss=None, val_accuracy=None,
                 learning_rate=0.1, seconds=1.0)  # fmt: skip
    writer.status("finished", "Finished", epoch=1, epochs=1)
    app = opened(run)
    assert "Keras script of its own" in words(app)
    assert not app.tabs


def test_a_stopped_run_without_a_model_says_so():
    app = opened(made_run(state="stopped", accuracy=None))
    assert "left no model" in words(app)


def test_a_run_that_waits_and_one_that_trains_are_told_apart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queue, "wake", lambda: None)  # which would begin the first
    app = opened(made_run(state="waiting", accuracy=None))
    assert "waits for its turn" in app.info[0].value
    app = opened(made_run(state="training", accuracy=None))
    assert "still trains" in app.info[0].value


def test_a_run_whose_digits_are_gone_keeps_its_accuracy(studied: Run):
    shutil.rmtree(studied.directory / "results")
    datasets.delete(studied.dataset_digest)
    app = opened(studied)
    assert "no longer here" in words(app)
    assert app.metric[0].label == "Test accuracy"


def test_a_hidden_fault_is_not_told(studied: Run):
    keep(studied, Quiz(("leak", "nothing"), True))
    app = opened(studied)
    assert "guess first" in words(app)
    assert not app.metric
    app = opened(results_view="compare")
    assert not app.multiselect[0].options


def two_runs(studied: Run, same_test: bool = True) -> tuple[Run, Run]:
    """``studied`` and a twin that answers everything with 0, as if compared already."""
    other = runs.create(studied.config.changed(normalization="raw"), studied.dataset_digest, "Bars")
    for path in studied.directory.glob("model.*"):
        shutil.copy(path, other.directory)
    (other.directory / "status.json").write_text((studied.directory / "status.json").read_text())
    mark(other, Marks("All zeros"))
    mine = kept_answers(studied)
    zeros = np.eye(10, dtype=np.float32)[np.zeros(len(mine.labels), int)]
    theirs = Answers(mine.numbers, mine.labels, zeros, mine.exam if same_test else "other")
    keep_answers(other, theirs)
    both = {studied.id: mine, other.id: theirs}
    scores = [Score(k, a.exam, int(a.right.sum()), len(a.labels)) for k, a in both.items()]
    pairs = [compare_answers(mine, theirs, (studied.id, other.id))] if same_test else []
    comparison = Comparison(tuple(scores), tuple(pairs))
    write_json(comparison_path([studied, other], OWN), comparison.to_json())
    return studied, other


def test_twins_are_marked_and_a_difference_is_held_against_chance(studied: Run):
    compared = two_runs(studied)
    app = opened(results_view="compare", compared=[run.id for run in compared])
    said = words(app)
    assert "differ in nothing but normalization" in said
    assert "| Normalization | unit | raw |" in said
    assert "On the same 30 test digits" in said
    assert "McNemar" in said


def test_runs_that_were_tested_on_different_images_are_not_compared(studied: Run):
    compared = two_runs(studied, same_test=False)
    app = opened(results_view="compare", compared=[run.id for run in compared])
    assert "not all of these runs were tested on the same images" in words(app).lower()
    assert "On the same" not in words(app)


def test_a_run_is_starred_found_deleted_and_brought_back():
    run, other = made_run(), made_run(TrainingConfig(recipe="quick"))
    mark(run, Marks("Mondays <i>first*", "slow"))
    app = opened(results_view="all")
    assert r"Mondays \<i\>first\*" in words(app)
    next(found for found in app.button if found.key == f"star-{run.id}").click().run()
    assert marks_of(run).starred
    app.text_input[0].set_value("monday").run()
    assert not [found for found in app.button if found.key == f"look-{other.id}"]
    next(found for found in app.button if found.key == f"delete-{run.id}").click().run()
    assert [kept.id for kept in runs.listing()] == [other.id]
    button(app, "Undo").click().run()
    assert marks_of(run).name == "Mondays <i>first*"
    assert trash.listing() == []
    assert not app.exception


def test_a_run_that_cannot_be_read_can_be_deleted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESNET_APP_SHARED", "open")  # else it is nobody's, and in nobody's list
    run = made_run()
    (run.directory / "config.json").write_text("{")
    app = opened(results_view="all")
    assert "cannot be read" in words(app)
    next(found for found in app.button if found.key == f"delete-{run.id}").click().run()
    assert not app.exception and runs.listing() == []


def test_the_page_loads_nothing_heavy(studied: Run):
    loaded = loaded_by(
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "for tab in ('Outcome', 'Mistakes', 'Inside', 'Course'):\n"
        f"    app.query_params['run'] = '{studied.id}'\n"
        "    app.session_state['results_tab'] = tab\n"
        "    app.switch_page('pages/results.py').run()\n"
        "    assert not app.exception and not app.error, app.error\n"
        "app.session_state['results_view'] = 'compare'\n"
        f"app.session_state['compared'] = ['{studied.id}']\n"
        "app.run()\n"
        "assert not app.exception"
    )
    assert "streamlit" in loaded
    assert not loaded & {"tensorflow", "keras", "sklearn", "pandas", "scipy"}
