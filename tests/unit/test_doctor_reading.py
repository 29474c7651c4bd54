"""Evidence from a run directory, whatever is in it."""

import json
import math
from pathlib import Path

from resnet_app.config import TrainingConfig
from resnet_app.data.edit import Edit
from resnet_app.doctor.judge import judge
from resnet_app.doctor.plan import STATIC, next_test
from resnet_app.doctor.reading import read_evidence
from resnet_app.doctor.treatment import treatment_for
from resnet_app.runs import store
from resnet_app.runs.run import Run
from tests.unit.doctor_cases import arm, baseline, sound


def run_with(events: str, **settings: object) -> Run:
    run = store.create(TrainingConfig(**settings), "0" * 16, "Nothing")  # type: ignore[arg-type]
    (run.directory / "events.jsonl").write_text(events, encoding="utf-8")
    return run


def lines(*events: dict[str, object]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


EPOCH = {"event": "epoch", "epoch": 1, "loss": 2.0, "accuracy": 0.3, "val_accuracy": None}


def test_events_become_values_and_null_becomes_nan():
    run = run_with(
        lines(
            {
                "event": "facts",
                "classes": 10,
                "novelty": 1,
                "labels": [5, 5],
                "learning_rate": None,
                "layers": [{"name": "a", "kind": "Conv2D", "settings": {"rate": None}}, 3, {}],
                "pixels": {"low": 0, "high": None, "mean": 1, "deviation": 1, "bad": 0.5},
                "validation_pixels": {"low": 0},
            },
            {"event": "watch", "position": 2.0, "updates": {"a": None}},
            {"event": "watch", "position": 1.0},
            {"event": "modes", "position": 1.0, "training_accuracy": None},
            {"event": "modes", "position": 1, "training_accuracy": 1, "inference_accuracy": 0.5},
            {"event": "batch", "position": 0.5, "loss": None},
            EPOCH,
        )
        + '{"event": "epoch", "epoch": 2, "lo'
    )
    evidence = read_evidence(run)
    assert evidence.facts.labels == (5, 5)
    assert evidence.facts.learning_rate is None
    assert [layer.name for layer in evidence.facts.layers] == ["a"]
    assert evidence.facts.pixels is not None
    assert math.isnan(evidence.facts.pixels.high)
    assert evidence.facts.validation_pixels is None
    assert [watch.position for watch in evidence.watches] == [1.0, 2.0]
    assert math.isnan(evidence.watches[1].updates["a"])
    assert len(evidence.modes) == 1
    assert math.isnan(evidence.history.batches[0].loss)
    assert math.isnan(evidence.history.epochs[0].val_accuracy)
    assert len(evidence.history.epochs) == 1
    judge(evidence)


def test_a_run_that_was_not_watched_tells_its_settings():
    facts = read_evidence(run_with(lines(EPOCH), patience=7)).facts
    assert facts.patience == 7
    assert facts.layers == ()


def test_somebody_elses_run_and_rubbish_are_read(tmp_path: Path):
    (tmp_path / "config.json").write_text('{"config": null, "kind": "foreign", "name": "mine"}')
    (tmp_path / "events.jsonl").write_bytes(b'[1]\n"x"\n\xff\xfe\n' + lines(EPOCH).encode())
    (tmp_path / "tests.json").write_text("[]")
    run = Run(tmp_path)
    evidence = read_evidence(run)
    assert len(evidence.history.epochs) == 1
    assert judge(evidence).state == "not sure yet"
    treatment = treatment_for("lagging_averages", run)
    assert not treatment.applies
    assert "momentum=0.9" in treatment.words
    assert treatment.command(run) is None


def test_a_treatment_changes_one_thing_and_says_how():
    run = run_with("", learning_rate=0.01)
    treatment = treatment_for("rate_too_high", run)
    assert treatment.changes == {"learning_rate": 0.001}
    assert run.config.changed(**treatment.changes).learning_rate == 0.001
    assert f"rerun {run.id} --set learning_rate=0.001" in str(treatment.command(run))
    longer = treatment_for("stopped_early", run)
    assert longer.changes == {"patience": 5}
    shuffled = treatment_for("sorted_split", run_with("", split="stratified"))
    assert shuffled.edit == Edit(shuffle=True)


def test_a_mistake_made_on_purpose_is_undone_and_nothing_else():
    run = run_with("", mistakes=("double_softmax@2", "leak@1"))
    treatment = treatment_for("softmax_twice", run)
    assert treatment.changes == {"mistakes": ("leak@1",)}
    assert treatment_for("leak", run).changes == {"mistakes": ("double_softmax@2",)}


def test_tests_are_made_only_where_their_answer_can_change_the_verdict():
    healthy = sound()
    assert next_test(healthy) in STATIC
    from dataclasses import replace

    from tests.unit.doctor_cases import STUCK, pictures

    data = {"pixels": pictures(), "baseline": baseline()}
    assert next_test(replace(healthy, tests=data)) is None
    stuck = replace(sound(STUCK), modes=(), watches=(), tests=data)
    assert next_test(stuck) == "memorise"
    rates = {"steps": 50, "same": arm(2.2), "tenth": arm(0.9), "tenfold": arm(None)}
    skipped = {"skipped": "no trained network was kept"}
    decided = {**data, "rates": rates, "averages": skipped, "memorise": skipped}
    assert next_test(replace(stuck, tests=decided)) == "range"
    swept = {"steps": 50, "first": 2.4, "lowest": 1.1, "rate": 1e-4}
    assert next_test(replace(stuck, tests={**decided, "range": swept})) is None


def test_a_wide_head_is_told_apart_from_a_rate_that_is_too_high():
    from dataclasses import replace

    from tests.unit.doctor_cases import STUCK, pictures

    rates = {"steps": 50, "same": arm(2.2), "tenth": arm(0.9), "tenfold": arm(None)}
    skipped = {"skipped": "no time"}
    tests = {
        "pixels": pictures(), "baseline": baseline(), "averages": skipped, "memorise": skipped,
        "rates": rates, "range": skipped,
    }  # fmt: skip
    wide = replace(sound(STUCK, head_inputs=21632), modes=(), watches=(), tests=tests)
    assert next_test(wide) == "head"
    narrow = replace(wide, facts=replace(wide.facts, head_inputs=128))
    assert next_test(narrow) is None


def test_what_is_suspected_is_tested_before_what_is_open():
    from dataclasses import replace

    from tests.unit.doctor_cases import LOOK, STUCK, pictures

    data = {"pixels": pictures(), "baseline": baseline()}
    look = replace(LOOK, penalty=0.9)
    penalized = replace(sound(STUCK), watches=(look,), modes=(), tests=data)
    assert next_test(penalized) == "free"


def test_the_range_test_says_the_rate_of_the_treatment():
    swept = {"steps": 50, "first": 2.4, "lowest": 1.1, "rate": 3e-4}
    run = run_with("", learning_rate=1.0)
    (run.directory / "tests.json").write_text(json.dumps({"range": swept}))
    treatment = treatment_for("rate_too_high", run)
    assert treatment is not None and treatment.changes == {"learning_rate": 3e-4}
    assert "0.0003" in treatment.label and "0.0003" in treatment.words
    tenfold = treatment_for("rate_too_low", run)  # the range test does not speak for it
    assert tenfold is not None and tenfold.changes["learning_rate"] != 3e-4
    flat = swept | {"lowest": 2.39}
    (run.directory / "tests.json").write_text(json.dumps({"range": flat}))
    tenth = treatment_for("rate_too_high", run)
    assert tenth is not None and tenth.changes == {"learning_rate": 0.1}
