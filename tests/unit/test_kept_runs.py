"""Runs are named, starred, deleted and brought back, and read from disk once."""

import json
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from resnet_app.config import TrainingConfig
from resnet_app.errors import RunError
from resnet_app.files import ReadGrowing, ReadOnce, replacing, write_json
from resnet_app.runs import experiment as experiments
from resnet_app.runs import store as runs
from resnet_app.runs import trash
from resnet_app.runs.experiment import Arm, Plan
from resnet_app.runs.marks import Marks, mark, marks_of
from tests.made_runs import DIGEST, made_run


def test_what_is_written_on_a_run_stays():
    run = made_run()
    assert marks_of(run) == Marks()
    mark(run, Marks("Before <b>lunch*", "Too *fast*?", True))
    assert marks_of(runs.open_run(run.id)) == Marks("Before <b>lunch*", "Too *fast*?", True)
    (run.directory / "marks.json").write_text("[]")
    assert marks_of(run) == Marks()
    with pytest.raises(RunError, match="81 characters"):
        Marks("x" * 81)


def test_a_deleted_run_comes_back_as_it_was():
    run, other = made_run(), made_run()
    deleted = trash.delete_run(run, "Mine")
    assert [found.id for found in runs.listing()] == [other.id]
    with pytest.raises(RunError):
        runs.open_run(run.id)
    assert [found.title for found in trash.listing()] == ["Mine"]
    trash.restore(deleted)
    assert runs.open_run(run.id).evaluation() is not None
    assert trash.listing() == []
    with pytest.raises(RunError, match="no longer in the trash"):
        trash.restore(deleted)


def test_a_run_that_trains_is_not_deleted():
    run = runs.create(TrainingConfig(), DIGEST, "Digits")
    with pytest.raises(RunError, match="Stop it first"):
        trash.delete_run(run, "Mine")
    with pytest.raises(RunError, match="stays"):
        trash.delete_run(runs.pretrained(), "Pretrained")
    assert runs.open_run(run.id).status().active


def test_an_experiment_goes_and_comes_with_its_runs():
    plan = Plan("Rates", "suspects", TrainingConfig(), DIGEST, (Arm("a"),), (0,))
    experiment = experiments.create(plan)
    trial = experiment.trials()[0]
    run = made_run()
    experiment.note(trial, run=run)
    deleted = trash.delete_experiment(experiment)
    assert runs.listing() == [] and experiments.listing() == []
    trash.restore(deleted)
    assert experiments.listing()[0].trials()[0].run.id == run.id


def test_the_trash_is_emptied_later():
    run, old = made_run(), made_run()
    trash.delete_run(run, "New")
    gone = trash.delete_run(old, "Old")
    card = trash._folder() / gone.id / "card.json"
    long_ago = time.time() - (trash.KEPT_DAYS + 1) * 24 * 3600
    write_json(card, {"title": "Old", "when": long_ago})
    assert [found.title for found in trash.listing()] == ["New"]
    assert not card.parent.exists()
    for each in trash.listing():
        trash.remove(each)
    assert trash.listing() == []


def test_a_file_is_read_again_when_it_was_replaced_or_has_grown(tmp_path: Path):
    read: list[str] = []

    def take(path: Path) -> str:
        read.append(path.read_text())
        return read[-1]

    once = ReadOnce(take, 2)
    path = tmp_path / "a.json"
    write_json(path, 1)
    assert once(path) == once(path) == "1"
    assert len(read) == 1
    write_json(path, 2)
    assert once(path) == "2"
    with path.open("a") as file:
        file.write("3")
    assert once(path) == "23"
    for name in ("b", "c"):  # more than are kept
        write_json(tmp_path / name, 0)
        once(tmp_path / name)
    once(path)
    assert len(read) == 6
    path.unlink()
    with pytest.raises(FileNotFoundError):
        once(path)


def test_of_a_file_that_grows_only_new_lines_are_read(tmp_path: Path):
    read: list[list[str]] = []

    def take_in(value: tuple[str, ...], lines: Sequence[str]) -> tuple[str, ...]:
        read.append(list(lines))
        return (*value, *lines)

    growing = ReadGrowing((), take_in, 2)
    path = tmp_path / "events.jsonl"
    path.write_text("one\ntw")
    assert growing(path) == growing(path) == ("one",)
    with path.open("a") as file:
        file.write("o\nthree\n")
    assert growing(path) == ("one", "two", "three")
    assert read == [["one"], ["two", "three"]]
    os.truncate(path, len("one\n"))
    with path.open("a") as file:  # grown beyond what was read, before anybody looked
        file.write("2\n3\n4\n5\n6\n")
    assert growing(path) == ("one", "2", "3", "4", "5", "6")
    with replacing(path) as temporary:
        temporary.write_text("one\n2\n3\n4\n5\n6\n7\n")
    assert growing(path) == ("one", "2", "3", "4", "5", "6", "7")
    assert len(read) == 4
    path.write_bytes(b"")
    assert growing(path) == ()
    path.unlink()
    with pytest.raises(FileNotFoundError):
        growing(path)


def test_a_file_that_grows_and_is_cut_at_random_reads_as_it_is(tmp_path: Path):
    rng = random.Random(3)
    path = tmp_path / "events.jsonl"
    path.touch()
    growing: ReadGrowing[tuple[str, ...]] = ReadGrowing((), lambda all, new: (*all, *new), 2)
    for number in range(400):
        if rng.random() < 0.2:
            os.truncate(path, rng.randint(0, path.stat().st_size))
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{number} é " * rng.randint(0, 40) + "\n" * rng.randint(0, 2))
        os.utime(path, ns=(number, number))  # no two of these are at one time
        if rng.random() < 0.7:
            whole = path.read_bytes().decode("utf-8", "replace").split("\n")[:-1]
            assert list(growing(path)) == whole


def test_a_run_that_goes_on_is_read_again():
    run = made_run(state="stopped")
    assert len(run.history().epochs) == 2
    with (run.directory / "events.jsonl").open("a") as file:
        file.write(json.dumps({"event": "peak_memory", "bytes": 7}) + "\n")
    assert run.peak_memory() == 7
    status = json.loads((run.directory / "status.json").read_text())
    write_json(run.directory / "status.json", {**status, "state": "failed"})
    assert run.status().state == "failed"
