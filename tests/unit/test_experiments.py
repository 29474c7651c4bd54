import json
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data.edit import Edit
from resnet_app.data.store import StoredDataset
from resnet_app.doctor.outcomes import arm_results, effects, scale_cancels, twin_reading
from resnet_app.doctor.proof import TESTED
from resnet_app.doctor.trials import (
    AS_IT_WAS,
    NORMALIZE_ONLY,
    PLACEBO,
    question_plan,
    suspects_plan,
    treatment_plan,
    twin_plan,
)
from resnet_app.errors import ConfigError, LimitError, RunError
from resnet_app.processes import ProcessMark
from resnet_app.runs import experiment as experiments
from resnet_app.runs import waiting
from resnet_app.runs.experiment import Arm, Experiment, Plan
from resnet_app.runs.run import Run
from resnet_app.runs.waiting import Ticket
from resnet_app.runs.writer import RunWriter
from resnet_app.training import queue
from tests.made_runs import DIGEST, fill_run, made_run

BASE = TrainingConfig(seed=7)
RATE = Arm("A tenth of the rate", {"learning_rate": 1e-4})


def a_plan(*arms: Arm, seeds: tuple[int, ...] = (7,)) -> Plan:
    return Plan("A try", "treatment", BASE, DIGEST, arms or (RATE, PLACEBO), seeds)


def finish(experiment: Experiment, accuracy_of) -> None:
    """Give each waiting trial a finished run of its own."""
    for trial in experiment.trials():
        config = experiment.plan.config_of(trial.arm, trial.seed)
        experiment.note(trial, run=made_run(config, accuracy_of(trial)))


def test_a_plan_is_read_back_as_it_was_kept():
    plan = a_plan(RATE, Arm("Shuffle", edit=Edit(shuffle=True, relabel={3: 1})), seeds=(7, 8))
    experiment = experiments.create(plan)
    assert experiments.open_experiment(experiment.id).plan == plan
    assert [found.id for found in experiments.listing()] == [experiment.id]
    assert experiments.listing(("twin",)) == []


def test_every_arm_comes_once_before_the_next_seed():
    trials = experiments.create(a_plan(seeds=(7, 8))).trials()
    assert [(trial.arm.name, trial.seed) for trial in trials] == [
        (RATE.name, 7), (PLACEBO.name, 7), (RATE.name, 8), (PLACEBO.name, 8),
    ]  # fmt: skip
    assert {trial.state for trial in trials} == {"waiting"}


def test_an_arm_differs_in_its_change_alone_and_a_placebo_in_its_seed_alone():
    plan = a_plan()
    assert plan.config_of(RATE, 7) == BASE.changed(learning_rate=1e-4)
    placebo = plan.config_of(PLACEBO, 7)
    assert placebo.seed != 7
    assert placebo.changed(seed=7) == BASE


def test_a_change_that_does_not_fit_is_refused_before_anything_is_kept():
    with pytest.raises(ConfigError, match="head"):
        a_plan(Arm("A head", {"head": "none"}))
    with pytest.raises(LimitError, match="1 to 120"):
        a_plan(seeds=tuple(range(100)))
    assert experiments.listing() == []


@pytest.mark.parametrize("name", ["../runs", "", "20260101-000000-0123456789abcdef"])
def test_an_experiment_that_is_not_here_is_told_in_words(name: str):
    with pytest.raises(RunError, match="Received"):
        experiments.open_experiment(name)


def test_going_on_runs_again_what_was_stopped_or_broke_off():
    experiment = experiments.create(a_plan(seeds=(7, 8)))
    first, second, third, _ = experiment.trials()
    experiment.note(first, run=made_run(state="finished"))
    experiment.note(second, run=made_run(state="stopped"))
    experiment.note(third, error="No such data.")
    experiment.request_stop()
    assert experiment.next_trial() is None
    experiment.go_on()
    assert not experiment.stopped
    assert [trial.state for trial in experiment.trials()] == ["finished"] + 3 * ["waiting"]


def test_a_deleted_run_is_a_failed_trial():
    experiment = experiments.create(a_plan())
    trial = experiment.trials()[0]
    run = made_run()
    experiment.note(trial, run=run)
    (run.directory / "config.json").unlink()
    assert experiment.trials()[0].state == "failed"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[TrainingConfig]:
    """Settings of what the queue began; each run has ended at once."""
    configs: list[TrainingConfig] = []

    def begin(run: Run) -> None:
        configs.append(run.config)
        fill_run(run)

    def describe(digest: str, viewer: str | None = None) -> StoredDataset:
        return StoredDataset(digest, "Some digits", 400, 100, 0.0)

    monkeypatch.setattr(queue.workers, "begin", begin)
    monkeypatch.setattr(queue.datasets, "describe", describe)
    monkeypatch.setattr(queue, "_POLL_SECONDS", 0.01)
    return configs


def wait_for_the_queue() -> None:
    for thread in threading.enumerate():
        if thread.name == "queue":
            thread.join(20)
            assert not thread.is_alive()


def test_the_queue_trains_all_trials_of_all_experiments_in_turn(started: list[TrainingConfig]):
    first = queue.submit(a_plan())
    second = queue.submit(a_plan(RATE))
    wait_for_the_queue()
    assert first.ended and second.ended
    assert [config.learning_rate for config in started] == [1e-4, 1e-3, 1e-4]
    assert {trial.state for trial in first.trials()} == {"finished"}


def test_a_new_process_goes_on_where_the_old_one_ended(
    started: list[TrainingConfig], lab_home: Path
):
    experiment = experiments.create(a_plan())
    experiment.note(experiment.trials()[0], run=made_run())
    gone = {"pid": 2**22 + 1, "birth": "long ago"}
    (lab_home / "experiments" / "queue.json").write_text(json.dumps(gone))
    queue.wake()
    wait_for_the_queue()
    assert experiment.ended
    assert len(started) == 1


def test_a_second_server_leaves_the_queue_to_the_first(
    started: list[TrainingConfig], lab_home: Path
):
    experiment = experiments.create(a_plan())
    served = lab_home / "experiments" / "queue.json"
    served.write_text(json.dumps(asdict(ProcessMark.of(1))))
    queue.wake()
    time.sleep(0.1)
    assert started == []
    served.unlink()  # the first has gone
    wait_for_the_queue()
    assert experiment.ended


def test_a_stopped_experiment_lets_the_next_one_train(started: list[TrainingConfig]):
    stopped = experiments.create(a_plan())
    stopped.request_stop()
    other = queue.submit(a_plan(RATE))
    wait_for_the_queue()
    assert other.ended and not stopped.ended
    assert len(started) == 1


def test_data_that_is_gone_fails_the_trial_in_words():
    experiment = queue.submit(a_plan(RATE))
    wait_for_the_queue()
    assert experiment.trials()[0].state == "failed"
    assert "no longer here" in experiment.trials()[0].error


def test_an_experiment_waits_for_the_run_that_trains(started: list[TrainingConfig]):
    busy = made_run(state="training")
    waiting.put_training(Ticket(busy.id, "run", None, 0.0))
    experiment = queue.submit(a_plan(RATE))
    time.sleep(0.1)
    assert (started, experiment.ended) == ([], False)
    RunWriter(busy.directory).status("finished", "Finished")
    wait_for_the_queue()
    assert experiment.ended


def test_a_treatment_changes_one_setting_and_names_its_run():
    run = made_run(TrainingConfig(bn_momentum=0.99))
    plan = treatment_plan(run, "lagging_averages", placebo=True)
    cure, placebo = plan.arms
    assert plan.config_of(cure, 0) == run.config.changed(bn_momentum=0.9)
    assert placebo.is_placebo
    assert (plan.original, plan.cause) == (run.id, "lagging_averages")


def test_suspects_are_cured_one_by_one_beside_nothing():
    run = made_run()
    plan = suspects_plan(run, ["lagging_averages", "rate_too_high"], 3)
    assert plan.arms[0] == Arm(AS_IT_WAS)
    assert [len(arm.changes) for arm in plan.arms] == [0, 1, 1]
    assert [arm.cause for arm in plan.arms] == [None, "lagging_averages", "rate_too_high"]
    assert plan.seeds == (0, 1, 2)


def test_a_suspect_that_spoils_validation_alone_is_judged_there_among_others():
    run = made_run(BASE)
    plan = suspects_plan(run, ["lagging_averages", "sorted_split"], 2)
    experiment = experiments.create(plan)
    for trial in experiment.trials():
        config = plan.config_of(trial.arm, trial.seed)
        validation = 0.9 if trial.arm.cause == "sorted_split" else 0.2
        experiment.note(trial, run=made_run(config, curve=[(0.9, validation)]))
    _, lagging, split = arm_results(experiment)
    assert lagging.comparison is not None and split.comparison is not None
    assert (lagging.comparison.outcome, lagging.comparison.images) == ("no difference", TESTED)
    assert (split.comparison.outcome, split.comparison.pairs) == ("confirmed", 2)
    assert split.comparison.images == "validation images"


def test_the_question_has_normalize_only_as_an_arm():
    single = question_plan(BASE, DIGEST, 2, False)
    every = question_plan(BASE, DIGEST, 1, True)
    assert (len(single.arms), len(every.arms)) == (5, 16)
    (only,) = [arm for arm in single.arms if arm.name == NORMALIZE_ONLY]
    assert only.changes == {"normalization": "unit"}
    assert len({tuple(sorted(arm.changes.items())) for arm in every.arms}) == 16


def test_effects_come_from_pairs_that_differ_in_one_thing():
    experiment = experiments.create(question_plan(BASE, DIGEST, 1, True))
    finish(experiment, lambda trial: 0.2 + 0.6 * ("bn_momentum" in trial.arm.changes))
    found = effects(experiment)
    assert found[0].words == "momentum 0.9"
    assert found[0].comparison.pairs == 8
    assert found[0].comparison.outcome == "confirmed"
    assert [effect.comparison.outcome for effect in found[1:]] == 3 * ["no difference"]


def test_arms_are_held_against_the_first_seed_by_seed():
    experiment = experiments.create(question_plan(BASE, DIGEST, 2, False))
    finish(experiment, lambda trial: 0.3 + 0.1 * trial.seed / 8 + 0.5 * bool(trial.arm.changes))
    first, second, *_ = arm_results(experiment)
    assert first.comparison is None
    assert second.comparison is not None and second.comparison.pairs == 2
    assert second.comparison.outcome == "confirmed"


@pytest.mark.parametrize(
    ("raw", "unit", "words"),
    [(0.91, 0.92, "No difference"), (0.3, 0.9, "helped"), (0.9, 0.3, "worse")],
)
def test_twins_are_read_from_their_own_figures(raw: float, unit: float, words: str):
    experiment = experiments.create(twin_plan(BASE, DIGEST))
    assert twin_reading(experiment) is None
    finish(experiment, lambda trial: raw if "Raw" in trial.arm.name else unit)
    reading = twin_reading(experiment)
    assert reading is not None and words in reading
    assert f"{raw:.2f}" in reading and f"{unit:.2f}" in reading


def test_that_the_scale_cancels_is_said_only_where_both_twins_show_it():
    same, differs = (experiments.create(twin_plan(BASE, DIGEST, norm)) for norm in (True, False))
    finish(same, lambda trial: 0.9)
    assert scale_cancels(same, differs) is None
    finish(differs, lambda trial: 0.2 if "Raw" in trial.arm.name else 0.9)
    words = scale_cancels(same, differs)
    assert words is not None and "cancels" in words
    assert "cancels" not in str(scale_cancels(same, same))
