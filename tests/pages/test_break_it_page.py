"""Break it as Streamlit runs it, without a browser."""

import random
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet_app import quiz
from resnet_app.config import TrainingConfig
from resnet_app.doctor.causes import CAUSES
from resnet_app.faults.registry import FAULTS, Mistake
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.training import launch
from tests.made_runs import DIGEST, fill_run, made_run
from tests.pages.conftest import button, open_page, words

_PROJECT = Path(__file__).resolve().parents[2]
FAULT = next(fault for fault in FAULTS.values() if fault.cause == "softmax_twice")


def quiz_run() -> Run:
    run = made_run(quiz.broken_config(Mistake(FAULT, 2), 0), 0.8)
    quiz.keep(run, quiz.pose(FAULT.cause, True, random.Random(0)))
    return run


def open_run(page: str, run: Run) -> AppTest:
    app = AppTest.from_file(str(_PROJECT / "app.py"), default_timeout=60).run()
    app.query_params["run"] = run.id
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def everything(app: AppTest) -> str:
    """All texts, labels and captions, but for the options of the guess and of the fault."""
    labels = [element.label for element in (*app.button, *app.expander, *app.metric)]
    links = [link.proto.label for link in app.get("page_link")]
    return "\n".join([words(app), *labels, *links])


@pytest.mark.parametrize("page", ["break_it", "train", "diagnose"])
def test_no_page_tells_a_hidden_fault(page: str):
    said = everything(open_run(page, quiz_run()))
    for secret in (FAULT.name, FAULT.title, FAULT.story, CAUSES[FAULT.cause].title):
        assert secret not in said.replace("\\", "")


def test_guess_truth_story_and_score():
    run = quiz_run()
    app = open_run("break_it", run)
    guess = next(found for found in app.radio if found.label == "Your guess")
    guess.set_value(FAULT.cause).run()
    button(app, "Guess").click().run()
    assert not app.exception
    said = words(app).replace("\\", "")
    assert "**Right.**" in app.success[0].value
    assert FAULT.title in said and FAULT.story in said
    assert "The doctor says" in said
    assert "1 of 1" in said
    assert not quiz.is_open(run)


def test_a_wrong_guess_is_told_and_counted():
    app = open_run("break_it", quiz_run())
    guess = next(found for found in app.radio if found.label == "Your guess")
    guess.set_value(quiz.NOTHING).run()
    button(app, "Guess").click().run()
    assert not app.exception
    assert FAULT.title in app.error[0].value.replace("\\", "")
    assert "0 of 1" in words(app)


def test_hiding_a_fault_starts_a_run_that_does_not_name_it(monkeypatch: pytest.MonkeyPatch):
    started: list[TrainingConfig] = []

    def start(config: TrainingConfig, digest: str, owner: str) -> Run:
        started.append(config)
        run = runs.create(config, DIGEST, "Some digits")
        fill_run(run)
        return run

    monkeypatch.setattr(launch, "start", start)
    monkeypatch.setattr(quiz, "hide_one", lambda severity, rng: Mistake(FAULT, severity))
    app = open_page("break_it")
    button(app, "Hide a fault from me").click().run()
    assert not app.exception
    assert started[0].mistakes == (f"{FAULT.name}@2",)
    assert FAULT.name not in str(app.query_params)
    assert quiz.is_open(runs.listing()[0])
    assert FAULT.title not in everything(app)


def test_a_run_of_another_page_is_no_quiz():
    app = open_run("break_it", made_run())
    assert not any(found.label == "Your guess" for found in app.radio)
