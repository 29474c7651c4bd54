"""The queue: whose turn it is, what is said of a place, what is refused, what a restart finds."""

import errno
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from resnet_app import settings
from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.errors import ConfigError, LimitError, RunError
from resnet_app.owners import new_token, owner_of
from resnet_app.processes import ProcessMark
from resnet_app.runs import clearing, pace, trash, waiting
from resnet_app.runs import store as runs
from resnet_app.runs.marks import Marks, mark
from resnet_app.runs.run import Run
from resnet_app.runs.waiting import Ticket
from resnet_app.runs.writer import RunWriter
from resnet_app.training import launch, memory, queue, workers
from resnet_app.training.recipes import RECIPES
from resnet_app.ui.line import place_in_words
from tests.made_runs import made_run

ANNA, BEN, CEM = (owner_of(new_token()) for _ in range(3))
QUICK = RECIPES["quick"].config


@pytest.fixture(autouse=True)
def begun(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Run]]:
    """Runs that got a worker, which here trains until it is told that it has ended."""
    found: list[Run] = []

    def begin(run: Run) -> None:
        found.append(run)
        RunWriter(run.directory).status("training", "Training", epochs=run.config.epochs)

    monkeypatch.setattr(workers, "begin", begin)
    monkeypatch.setattr(workers, "_ended", {})
    monkeypatch.setattr(queue, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(queue, "_FRESH_SECONDS", 1e-9)
    monkeypatch.setattr(memory, "available", lambda: 2**34)
    monkeypatch.setattr(memory, "total", lambda: 2**34)
    monkeypatch.setenv("RESNET_APP_WORKERS", "1")
    yield found
    for ticket in waiting.waiting():
        waiting.remove(ticket.id)
    if queue._server is not None:
        queue._server.join(10)


@pytest.fixture
def digest(bars: Dataset) -> str:
    return datasets.save(bars)


def end(run: Run) -> None:
    RunWriter(run.directory).status("finished", "Finished")


def wait_for(condition) -> None:
    limit = time.monotonic() + 60  # a stalled machine is not taken for a lost run
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def line(*places: tuple[str, int]) -> list[Ticket]:
    """Tickets of ``(owner, since)``, named by both."""
    return [Ticket(f"{owner}{since}", "run", owner, float(since)) for owner, since in places]


def names(tickets: list[Ticket]) -> list[str]:
    return [ticket.id for ticket in tickets]


def test_nobodys_second_run_comes_before_anothers_first():
    waits = line(("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("b", 6))
    assert names(waiting.in_turn(waits)) == ["a1", "b4", "c5", "a2", "b6", "a3"]
    assert names(waiting.in_turn(waits, ["a"])) == ["b4", "c5", "a1", "b6", "a2", "a3"]


def test_whoevers_run_has_ended_stands_at_the_end_of_the_line():
    waits = line(("a", 1), ("b", 4), ("c", 5))
    assert names(waiting.in_turn(waits, (), {"a": 4.5})) == ["b4", "a1", "c5"]
    newcomer = [*waits, *line(("d", 6))]  # who comes later does not push in front
    assert names(waiting.in_turn(newcomer, (), {"a": 5.5})) == ["b4", "c5", "a1", "d6"]


def test_an_experiment_stands_in_line_once_for_each_of_its_runs_and_behind_ones_own_run():
    experiment = Ticket("x", "experiment", "a", 0.0, 2)
    waits = [experiment, *line(("a", 3), ("b", 4))]
    assert names(waiting.in_turn(waits)) == ["a3", "b4", "x", "x"]


@pytest.mark.parametrize(
    ("taken", "free", "place", "seconds"),
    [
        ([60, 60], [30], 0, 30),
        ([60, 60], [30], 2, 150),
        ([60, 60], [30, 50], 2, 90),
        ([60, None], [30], 1, 90),
        ([None, 60], [30], 1, None),
        ([60], [None], 0, None),
    ],
)
def test_a_wait_is_told_only_where_all_before_is_known(taken, free, place, seconds):
    assert waiting.seconds_until(taken, free, place) == seconds


def test_a_place_is_said_in_words():
    assert place_in_words(queue.Place(3, 130.0)) == "**You are third**, about 2 minutes."
    assert place_in_words(queue.Place(1, None)) == "**You are next** in line."
    assert place_in_words(queue.Place(22, None), mine=False) == "**This run is 22nd** in line."
    assert "112th" in place_in_words(queue.Place(112, None))
    assert "memory" in place_in_words(queue.Place(1, None, True))
    assert place_in_words(None) == "**It begins now.**"


def test_a_run_begins_at_once_where_nothing_trains_and_the_next_one_waits(digest: str, begun):
    first, second = launch.start(QUICK, digest, ANNA), launch.start(QUICK, digest, ANNA)
    third = launch.start(QUICK, digest, BEN)
    assert [run.id for run in begun] == [first.id]
    assert [r.status().state for r in (first, second, third)] == ["training", "waiting", "waiting"]
    assert [queue.place_of(r.id) for r in (first, third, second)] == [
        None,
        queue.Place(1, None),
        queue.Place(2, None),
    ]
    end(first)
    wait_for(lambda: len(begun) == 2)
    assert begun[1].id == third.id
    end(third)
    wait_for(lambda: len(begun) == 3)
    assert (begun[2].id, queue.place_of(second.id)) == (second.id, None)


def test_who_has_nothing_left_to_begin_lets_another_server_begin(
    digest: str, begun, monkeypatch: pytest.MonkeyPatch
):
    first = launch.start(QUICK, digest, ANNA)  # at once, so that nothing waits
    end(first)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        mark = ProcessMark.of(other.pid)
        monkeypatch.setattr(ProcessMark, "own", lambda: mark)
        second = launch.start(QUICK, digest, BEN)
        third = launch.start(QUICK, digest, CEM)
        assert [run.id for run in begun] == [first.id, second.id]
        end(second)
        wait_for(lambda: len(begun) == 3)
        assert begun[2].id == third.id
        other.communicate(b"\n")


def test_a_process_that_cannot_be_started_is_told_and_the_line_goes_on(
    digest: str, begun, monkeypatch: pytest.MonkeyPatch
):
    begin = workers.begin

    def refuse(run: Run) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(workers, "begin", refuse)
    first = launch.start(QUICK, digest, ANNA)
    assert first.status().state == "failed"
    assert "could not be started" in first.status().message
    assert first.status().message.endswith("Received: Resource temporarily unavailable")
    assert waiting.training() == []
    monkeypatch.setattr(workers, "begin", begin)
    second = launch.start(QUICK, digest, BEN)
    assert [run.id for run in begun] == [second.id]


def test_the_queue_outlives_a_passing_error(
    digest: str, begun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    launch.start(QUICK, digest, ANNA)
    second = launch.start(QUICK, digest, BEN)
    stumbled = threading.Event()

    def stumble() -> int:
        if not stumbled.is_set():
            stumbled.set()
            raise OSError("for once")
        return 2**34

    monkeypatch.setattr(memory, "available", stumble)
    end(begun[0])
    wait_for(lambda: len(begun) == 2)
    assert stumbled.is_set()
    assert begun[1].id == second.id
    assert "tries again" in caplog.text


def test_the_wait_comes_from_what_runs_took_here(bars: Dataset, digest: str):
    trained = launch.start(QUICK, digest, ANNA)
    waits = launch.start(QUICK, digest, BEN)
    after = launch.start(QUICK, digest, CEM)
    RunWriter(trained.directory).status("training", "Training", seconds_left=45.0)
    assert queue.place_of(waits.id) == queue.Place(1, 45.0)
    assert queue.place_of(after.id) == queue.Place(2, None)  # nobody knows how long that takes
    made_run(QUICK, curve=[(0.5, 0.5)] * 4, digest=digest)
    pace._expected.cache_clear()
    place = queue.place_of(after.id)
    assert place is not None and place.seconds is not None
    assert 45 + QUICK.epochs <= place.seconds < 48 + QUICK.epochs  # a second an epoch


def test_leaving_the_queue_lets_the_others_move_up(digest: str, begun):
    first, second = launch.start(QUICK, digest, ANNA), launch.start(QUICK, digest, BEN)
    third = launch.start(QUICK, digest, CEM)
    queue.cancel(second)
    assert (second.status().state, second.status().ended) == ("stopped", True)
    assert queue.place_of(third.id) == queue.Place(1, None)
    end(first)
    wait_for(lambda: len(begun) == 2)
    assert begun[1].id == third.id


def test_several_workers_train_several(digest: str, begun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESNET_APP_WORKERS", "2")
    started = [launch.start(QUICK, digest, ANNA) for _ in range(3)]
    assert [run.id for run in begun] == [run.id for run in started[:2]]
    assert int(workers._environment()["TF_NUM_INTRAOP_THREADS"]) >= 1
    monkeypatch.setenv("RESNET_APP_WORKERS", "0")
    monkeypatch.setattr(workers, "cores", lambda: 2)
    assert workers.most() == 1


def test_nobody_fills_the_queue(digest: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RESNET_APP_WAITING", "2")
    for _ in range(3):
        launch.start(QUICK, digest, ANNA)
    with pytest.raises(LimitError, match="2 of your runs wait already"):
        launch.start(QUICK, digest, ANNA)
    launch.start(QUICK, digest, BEN)
    monkeypatch.setenv("RESNET_APP_WAITING_OF_ALL", "3")
    with pytest.raises(LimitError, match="queue is full"):
        launch.start(QUICK, digest, CEM)


def test_who_has_had_the_time_makes_way_for_others_alone(digest: str, monkeypatch):
    monkeypatch.setenv("RESNET_APP_RUN_MINUTES", "0.0001")
    run = launch.start(QUICK, digest, ANNA)
    launch.start(QUICK, digest, ANNA)
    time.sleep(0.05)
    assert not run.stop_requested()
    launch.start(QUICK, digest, BEN)
    wait_for(run.stop_requested)
    assert "others wait" in run.stop_reason()


def test_a_new_process_finds_what_waited(digest: str, begun, monkeypatch: pytest.MonkeyPatch):
    first, second = launch.start(QUICK, digest, ANNA), launch.start(QUICK, digest, BEN)
    waiting.take(Ticket(second.id, "run", BEN, 0.0))  # and then the process ended
    waiting.forget(second.id)
    waiting.forget(first.id)
    monkeypatch.setattr(queue, "_looked_at", set())
    queue.wake()
    assert len(begun) == 1  # the first still trains
    assert queue.place_of(second.id) == queue.Place(1, None)
    end(first)
    wait_for(lambda: len(begun) == 2)


def test_what_two_processes_reach_for_only_one_gets(digest: str):
    ticket = Ticket(made_run().id, "run", None, 0.0)
    waiting.put(ticket)
    assert [waiting.take(ticket), waiting.take(ticket)] == [True, False]


def test_a_deleted_run_does_not_hold_up_the_line(digest: str, begun):
    first, second = launch.start(QUICK, digest, ANNA), launch.start(QUICK, digest, BEN)
    third = launch.start(QUICK, digest, CEM)
    (second.directory / "config.json").unlink()
    end(first)
    wait_for(lambda: len(begun) == 2)
    assert begun[1].id == third.id


def test_a_run_that_memory_cannot_hold_is_refused_with_the_figures(digest: str, monkeypatch):
    monkeypatch.setattr(memory, "total", lambda: 500 * 2**20)
    with pytest.raises(LimitError, match="524 MB is all the memory"):
        launch.start(QUICK, digest, ANNA)


def test_too_little_memory_just_now_is_waited_for_and_then_told(digest: str, begun, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 100 * 2**20)
    run = launch.start(QUICK, digest, ANNA)
    assert begun == []
    assert queue.place_of(run.id) == queue.Place(1, 0.0, lacks_memory=True)
    monkeypatch.setattr(queue, "_PATIENCE_SECONDS", 0.0)
    wait_for(lambda: run.status().ended)
    assert run.status().state == "failed"
    assert "105 MB are free" in run.status().message
    assert begun == []


def test_memory_that_others_are_yet_to_take_is_not_given_twice(digest: str, begun, monkeypatch):
    monkeypatch.setenv("RESNET_APP_WORKERS", "2")
    monkeypatch.setenv("RESNET_APP_WORKER_MB", "2000")
    monkeypatch.setattr(memory, "available", lambda: 3 * 10**9)
    monkeypatch.setattr(workers, "memory_of", lambda worker: 10**8)  # they have just begun
    first, second = launch.start(QUICK, digest, ANNA), launch.start(QUICK, digest, BEN)
    assert [run.id for run in begun] == [first.id]
    end(first)
    wait_for(lambda: len(begun) == 2)
    assert begun[1].id == second.id


def test_larger_batches_images_and_strides_need_more_memory():
    small, large = (memory.needed(QUICK.changed(batch_size=size), 1000) for size in (32, 256))
    assert 500 * 2**20 < small < large
    assert memory.needed(QUICK, 70_000) > memory.needed(QUICK, 1000)
    assert memory.needed(TrainingConfig(), 1000) > memory.needed(QUICK, 1000)


@pytest.mark.parametrize(
    "names", [("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")]
)
def test_a_containers_limit_counts_and_cached_files_do_not(names, tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    monkeypatch.setattr(memory, "_OWN", tmp_path / "own")
    (tmp_path / "own").write_text("0::/box\n9:memory:/box\n")
    (tmp_path / "box").mkdir()
    for name, value in zip(names, ("1000000", "900000"), strict=True):
        (tmp_path / "box" / name).write_text(value)
    (tmp_path / "box" / "memory.stat").write_text("inactive_file 200000\nactive_file 100000\n")
    assert (memory.total(), memory.available()) == (1_000_000, 400_000)
    (tmp_path / "box" / names[0]).write_text("max" if "max" in names[0] else str(2**63))
    assert memory.total() > 2**27


def old_run(owner: str | None = None, size: int = 600_000) -> Run:
    run = runs.create(QUICK, "0" * 16, "Some digits", owner=owner)
    (run.directory / "model.keras").write_bytes(b"0" * size)
    end(run)
    return run


def test_the_oldest_runs_make_room_but_for_those_that_are_kept_or_at_work(digest, monkeypatch):
    monkeypatch.setattr(clearing, "_FRESH_SECONDS", -1.0)
    numbers = iter(range(100))
    monkeypatch.setattr(runs, "_new_name", lambda now: name_of(next(numbers)))
    kept, shared, plain, newer = (old_run() for _ in range(4))
    mark(kept, Marks(starred=True))
    shared.note_shared()
    monkeypatch.setenv("RESNET_APP_RUNS_MB", "2.5")
    clearing._sizes.cache_clear()
    assert clearing.is_scarce()
    assert [run.id for run in clearing.next_to_go()] == [plain.id]
    monkeypatch.setenv("RESNET_APP_RUNS_MB", "2")
    launch.start(QUICK, digest, ANNA)
    left = {run.id for run in runs.listing()}
    assert plain.id not in left and {kept.id, shared.id} <= left
    monkeypatch.setenv("RESNET_APP_RUNS_MB", "0.1")
    with pytest.raises(LimitError, match="Delete some, or keep fewer"):
        launch.start(QUICK, digest, ANNA)
    assert newer.id not in {run.id for run in runs.listing()}
    assert kept.id in {run.id for run in runs.listing()}


def name_of(number: int) -> str:
    return f"20260101-000000-{number:016x}"


def test_a_run_at_work_is_not_deleted_and_a_full_disk_is_told(digest: str, monkeypatch):
    run = launch.start(QUICK, digest, ANNA)
    for each in (run, runs.pretrained()):
        with pytest.raises(RunError, match=r"Stop it first|stays"):
            trash.delete_run(each, "It")
    monkeypatch.setattr(clearing, "_LEAST_DISK_BYTES", 2**60)
    with pytest.raises(LimitError, match="disk is nearly full"):
        launch.start(QUICK, digest, ANNA)


def test_a_setting_that_does_not_fit_is_told_in_words(monkeypatch: pytest.MonkeyPatch):
    for setting in settings.SETTINGS:
        monkeypatch.setenv(setting.name, "plenty")
        with pytest.raises(ConfigError, match=f"{setting.name} must be .*Received: plenty"):
            settings.text(setting) if setting.choices else settings.number(setting)
        monkeypatch.delenv(setting.name)
        assert settings.text(setting) if setting.choices else settings.number(setting) >= 0


def test_the_readme_has_every_setting():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert settings.table() in readme


def test_a_run_that_is_not_yet_in_line_is_not_taken_for_one_that_trains(monkeypatch):
    monkeypatch.setattr(queue, "_looked_at", set())
    runs.create(QUICK, "0" * 16, "Some digits", owner=ANNA)
    queue.wake()  # as another process does meanwhile
    assert waiting.training() == []
