"""Diagnose, the posted question and the twins as Streamlit runs them, without a browser."""

import re
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.doctor import launch
from resnet_app.doctor.evidence import Evidence, Facts, Modes, Pixels
from resnet_app.doctor.reading import TESTS_FILE, read_evidence
from resnet_app.doctor.trials import question_plan, treatment_plan
from resnet_app.errors import DataError
from resnet_app.files import write_json
from resnet_app.runs import experiment as experiments
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter
from resnet_app.training import memory, queue, workers
from resnet_app.ui import alarms, battery, samples
from tests.made_runs import DIGEST, add_events, made_run
from tests.pages.conftest import button, open_page, words
from tests.unit.doctor_cases import baseline

_PROJECT = Path(__file__).resolve().parents[2]
LAGS = [(0.5, 0.1), (0.8, 0.1), (0.95, 0.12), (0.97, 0.1)]


@pytest.fixture(autouse=True)
def idle_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is trained: what is queued stays so."""
    monkeypatch.setattr(queue, "wake", lambda: None)


def lagging_run(state: str = "finished") -> Run:
    """High training accuracy, validation at chance, and so the training images in inference."""
    run = made_run(TrainingConfig(patience=0, epochs=4), 0.1, LAGS, state=state)
    for epoch in range(1, 5):
        add_events(run, Modes(float(epoch), 0.2, 0.95, 2.4, 0.11, 0.9, 0.1))
    return run


def open_run(page: str, run: Run | None = None, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(_PROJECT / "app.py"), default_timeout=60).run()
    for name, value in (parameters | ({"run": run.id} if run else {})).items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def test_without_a_run_it_says_what_to_do_and_shows_the_lines_for_a_script():
    app = open_page("diagnose")
    assert "no run yet" in app.info[0].value
    assert "RunLogger" in app.code[0].value


def test_a_guess_comes_before_the_verdict_and_is_remembered():
    run = lagging_run()
    app = open_run("diagnose", run)
    assert not app.error
    options = app.radio[0].options
    assert "Nothing is wrong" in options and 4 <= len(options) <= 6
    app.radio[0].set_value("nothing").run()
    button(app, "Guess").click().run()
    assert not app.exception
    assert "averages" in app.error[0].value.lower()
    assert "You guessed: Nothing is wrong" in words(app)
    app.switch_page("pages/data.py").run()
    app.switch_page("pages/diagnose.py").run()
    assert app.error


def test_the_verdict_shows_figures_expectation_words_and_treatment():
    app = open_run("diagnose", lagging_run())
    button(app, "Show the verdict").click().run()
    assert not app.exception
    said = words(app)
    assert "| What | Here | To expect |" in said
    assert "How it is known" in said
    assert "The field calls it" in said
    assert button(app, "Treat it and compare")
    assert any("Ruled out" in found.label for found in app.expander)
    button(app, "Treat it and compare").click().run()
    assert not app.exception
    (experiment,) = experiments.listing()
    assert experiment.plan.cause == "lagging_averages"
    assert "Only this differs" in words(app)


def test_words_on_a_fault_are_said_not_to_describe_a_healthy_run():
    run = made_run(curve=[(0.9, 0.85), (0.99, 0.88), (1.0, 0.89), (1.0, 0.89)], accuracy=0.89)
    add_events(run, Modes(4.0, 0.3, 1.0, 1.0, 1.0, 0.89, None))
    app = open_run("diagnose", run)
    button(app, "Show the verdict").click().run()
    assert not app.exception
    assert "Healthy" in app.success[0].value
    assert any(found.label.startswith("Worth knowing") for found in app.expander)
    before, _, after = words(app).partition("no harm that validation shows")
    assert "validation does not, or gets worse" in after
    assert "validation does not, or gets worse" not in before


def test_of_a_fair_run_that_falls_short_nobody_says_that_it_took_no_harm():
    run = made_run(curve=[(0.9, 0.85), (0.99, 0.88), (1.0, 0.89), (1.0, 0.89)], accuracy=0.89)
    add_events(run, Modes(4.0, 0.3, 1.0, 1.0, 1.0, 0.89, None))
    write_json(run.directory / TESTS_FILE, {"baseline": baseline(0.98)})
    app = open_run("diagnose", run)
    button(app, "Show the verdict").click().run()
    assert "Healthy" in app.success[0].value
    assert any(found.label.startswith("Worth knowing") for found in app.expander)
    assert "Similar images alone foretell more" in words(app)
    assert "no harm" not in words(app)


def test_the_outcome_of_a_treatment_is_said_with_its_figures():
    run = lagging_run()
    experiment = experiments.create(treatment_plan(run, "lagging_averages", placebo=True))
    cure, placebo = experiment.trials()
    experiment.note(cure, run=made_run(accuracy=0.95))
    experiment.note(placebo, run=made_run(accuracy=0.1, curve=LAGS))
    app = open_run("diagnose", run)
    assert "**Confirmed.**" in app.success[0].value
    assert "10.0% before and 95.0% after" in app.success[0].value.replace("\\", "")
    assert any("No effect, as a placebo should have" in info.value for info in app.info)


def test_a_stopped_experiment_can_go_on():
    run = lagging_run()
    experiment = experiments.create(treatment_plan(run, "lagging_averages"))
    experiment.request_stop()
    app = open_run("diagnose", run)
    button(app, "Go on").click().run()
    assert not app.exception
    assert not experiment.stopped


def test_a_run_whose_settings_are_damaged_is_told_in_words():
    run = made_run()
    (run.directory / "config.json").write_text("{")
    app = open_run("diagnose", run)
    assert any("Received" in error.value for error in app.error)


def test_broken_images_are_shown_as_the_run_had_them(bars: Dataset):
    config = TrainingConfig(mistakes=("blank_images@3",))
    run = made_run(config, 0.1, LAGS, digest=datasets.save(bars))
    sheets = samples._sheets(run.id)
    assert set(sheets) == {"Training", "Validation"}
    assert sheets["Training"].shape == (200, 300)
    blank = sheets["Training"].reshape(4, 50, 6, 50).max((1, 3)) == 0
    assert blank.sum() > 12


class Tests:
    """Tests at work until they are stopped."""

    progress, message = 0.4, "Training at a tenth of the rate"
    ended = forgotten = False

    def stop(self) -> None:
        self.ended = True

    def summary(self) -> str:
        raise DataError("Testing was stopped, and what the tests found until then is kept.")

    def forget(self) -> None:
        self.forgotten = True


def test_the_tests_start_with_one_button_show_progress_and_stop(monkeypatch: pytest.MonkeyPatch):
    run = lagging_run()
    job = Tests()
    monkeypatch.setattr(launch, "start_tests", lambda tested: job)
    app = open_run("diagnose", run)
    button(app, "Show the verdict").click().run()
    button(app, "Run the tests").click().run()
    assert not app.exception
    button(app, "Stop").click().run()
    assert job.ended and job.forgotten
    assert not app.exception
    assert "what the tests found until then is kept" in app.warning[0].value
    assert button(app, "Run the tests")


def test_tests_can_be_asked_for_while_a_run_trains_and_say_what_they_wait_for(
    monkeypatch: pytest.MonkeyPatch,
):
    run, other = lagging_run(), made_run(state="training")
    monkeypatch.setattr(workers, "training", lambda: [other])
    monkeypatch.setattr(memory, "total", lambda: 10**10)
    monkeypatch.setattr(memory, "available", lambda: 10**8)
    app = open_run("diagnose", run)
    button(app, "Show the verdict").click().run()
    button(app, "Run the tests").click().run()
    assert not app.exception
    job = battery._jobs[run.id]
    end = time.monotonic() + 10
    while "memory" not in job.message and time.monotonic() < end:
        time.sleep(0.05)
    assert job.message.endswith("of memory: it begins before the next run does")
    button(app, "Stop").click().run()
    with pytest.raises(DataError, match="Testing was stopped"):
        job.summary()
    app.run()
    assert button(app, "Run the tests")


def test_evidence_is_read_when_there_is_more_of_it_and_for_everybody_once(
    monkeypatch: pytest.MonkeyPatch,
):
    run = lagging_run("training")
    read: list[str] = []

    def reading(run: Run) -> Evidence:
        read.append(run.id)
        return read_evidence(run)

    monkeypatch.setattr(alarms, "read_evidence", reading)
    for _ in range(3):
        alarms.look(run)
    writer = RunWriter(run.directory)
    writer.event("batch", position=9.1, loss=0.1, accuracy=0.9)
    alarms.look(run)
    assert len(read) == 1
    add_events(run, Modes(9.2, 0.2, 0.95, 2.4, 0.11, 0.9, 0.1))
    alarms.look(run)
    assert len(read) == 2


def test_a_suspicion_is_shown_only_when_it_stays():
    run = lagging_run("finished")
    found = alarms.judge(alarms.read_evidence(run)).primary
    assert found is not None
    sure = replace(found, known="certain")
    unsure = replace(found, known="suspected")
    other = replace(unsure, cause="overfitting")
    assert alarms.settled([unsure]) is None
    assert alarms.settled([sure]) == sure
    assert alarms.settled([unsure, unsure]) == unsure
    assert alarms.settled([unsure, other]) is None
    assert alarms.settled([unsure, unsure, None]) == unsure
    assert alarms.settled([unsure, unsure, None, None]) is None
    assert alarms.settled([unsure, unsure, other]) == unsure


def test_twins_start_with_one_click_and_are_read_when_they_have_ended(bars: Dataset):
    datasets.save(bars)
    app = open_page("train")
    button(app, "Raw against normalized").click().run()
    assert not app.exception
    (experiment,) = experiments.listing(("twin",))
    raw, unit = (experiment.plan.config_of(arm, 0) for arm in experiment.plan.arms)
    assert raw.changed(normalization="unit") == unit
    for trial in experiment.trials():
        experiment.note(trial, run=made_run(accuracy=0.9))
    app = open_run("train", twin=experiment.id)
    assert any("No difference here" in info.value for info in app.info)
    button(app, "The same without batch normalization").click().run()
    assert not app.exception
    assert [found.plan.base.batch_norm for found in experiments.listing(("twin",))] == [False, True]


def test_the_question_says_how_long_it_takes_and_starts_with_one_button(bars: Dataset):
    app = open_page("question")
    assert any("minutes" in caption.value for caption in app.caption)
    button(app, "Start the experiment").click().run()
    assert not app.exception
    (experiment,) = experiments.listing(("question",))
    assert len(experiment.trials()) == 10


def test_the_questions_table_fills_as_arms_finish():
    experiment = experiments.create(question_plan(TrainingConfig(), DIGEST, 1, False))
    first, second, *_ = experiment.trials()
    experiment.note(first, run=made_run(accuracy=0.2))
    experiment.note(second, run=made_run(accuracy=0.21))
    app = open_page("question")
    said = words(app)
    assert "20.0%" in said and "Normalize only" in said
    assert "No difference beyond chance" in said


def test_a_twin_that_is_not_here_is_told_in_words():
    app = open_run("train", twin="../../etc")
    assert any("no such experiment" in warning.value for warning in app.warning)


def test_a_table_of_somebody_elses_program_is_not_called_images_of_digits():
    run = runs.create_foreign("Prices")
    writer = RunWriter(run.directory)
    facts = Facts(classes=3, epochs=1, loss="sparse_categorical_crossentropy", shared=0.4,
                  pixels=Pixels(0.0, 900.0, 40.0, 90.0), labels=(50, 50, 50))  # fmt: skip
    writer.event("facts", **asdict(facts))
    writer.event("epoch", epoch=1, loss=0.6, accuracy=0.8, val_loss=0.6, val_accuracy=0.8,
                 learning_rate=0.1, seconds=1.0)  # fmt: skip
    writer.status("finished", "Finished", epoch=1, epochs=1)
    app = open_run("diagnose", run)
    assert "Validation knows the answers" in app.radio[0].options
    button(app, "Show the verdict").click().run()
    assert "Validation knows the answers" in app.error[0].value
    assert not re.search(r"\b(digits?|images?|pixels?)\b", words(app))
