"""The line of short computations: one at a time, fair, when there is memory, and left at a wish."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from resnet_app.doctor import launch as doctor
from resnet_app.errors import DataError, LimitError
from resnet_app.training import beside, memory, queue, workers
from tests.made_runs import made_run

MB = 10**6


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Bytes that are there and free, to be changed; no run trains, and no worker waits."""
    there = {"total": 4000 * MB, "free": 2000 * MB}
    monkeypatch.setattr(memory, "total", lambda: there["total"])
    monkeypatch.setattr(memory, "available", lambda: there["free"])
    monkeypatch.setattr(workers, "training", list)
    monkeypatch.setattr(workers, "_warm", None)
    monkeypatch.setattr(beside, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(beside, "_ended", {})
    yield there
    assert beside._line == []


class Asked:
    """One computation in a thread of its own, which lasts until it is told to ``end``."""

    def __init__(self, needed: int = 800 * MB, owner: str | None = None) -> None:
        self.said = ""
        self.at_work = False
        self.error: LimitError | None = None
        self._stop, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._compute, args=(needed, owner))
        self._thread.start()
        wait_for(lambda: self.said or self.at_work or self.error)

    def _compute(self, needed: int, owner: str | None) -> None:
        try:
            with beside.in_turn(needed, owner, self._stop.wait, self._say) as turn:
                if turn is not None:
                    self.at_work = True
                    self._end.wait(10)
        except LimitError as error:
            self.error = error

    def _say(self, message: str) -> None:
        self.said = message

    def end(self) -> None:
        self._end.set()
        self._thread.join(10)

    def leave(self) -> None:
        self._stop.set()
        self._thread.join(10)


def wait_for(condition) -> None:
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_one_is_at_work_and_the_others_are_told_how_many_come_first():
    first, second, third = Asked(), Asked(), Asked()
    assert (first.at_work, second.at_work, third.at_work) == (True, False, False)
    assert second.said == "Waiting for its turn: one other comes first, about 30 seconds"
    assert third.said == "Waiting for its turn: 2 others come first, about 60 seconds"
    second.leave()
    wait_for(lambda: "one other" in third.said)
    first.end()
    wait_for(lambda: third.at_work)
    third.end()


def test_nobodys_second_comes_before_anothers_first():
    at_work = Asked(owner="a")
    second, first_of_other = Asked(owner="a"), Asked(owner="b")
    at_work.end()
    wait_for(lambda: first_of_other.at_work)
    assert not second.at_work
    first_of_other.end()
    wait_for(lambda: second.at_work)
    second.end()


def test_it_begins_beside_a_run_where_there_is_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "training", lambda: [made_run(state="training")])
    monkeypatch.setattr(workers, "promised", lambda: 1000 * MB)
    asked = Asked()
    assert asked.at_work
    asked.end()


def test_where_memory_is_short_no_further_run_begins_before_it(room, monkeypatch):
    monkeypatch.setattr(workers, "training", lambda: [made_run(state="training")])
    monkeypatch.setattr(workers, "promised", lambda: 0)
    monkeypatch.setattr(beside, "_PATIENCE_SECONDS", 0.0)  # which does not count while one trains
    room["free"] = 700 * MB
    asked = Asked()
    wait_for(beside.holds_up_runs)
    assert asked.said == "Waiting for about 800 MB of memory: it begins before the next run does"
    monkeypatch.setattr(queue, "_line", lambda: pytest.fail("a run was looked for"))
    queue._fill()
    room["free"] = 900 * MB
    wait_for(lambda: asked.at_work)
    assert not beside.holds_up_runs()
    assert beside.promised() == 800 * MB
    asked.end()
    assert beside.promised() == 0


def test_the_worker_that_waits_for_the_next_run_makes_room(room, monkeypatch):
    let_go = []
    monkeypatch.setattr(workers, "warm_bytes", lambda: 0 if let_go else 700 * MB)

    def end() -> None:
        let_go.append(True)
        room["free"] = 1100 * MB

    monkeypatch.setattr(workers, "let_go", end)
    room["free"] = 400 * MB
    asked = Asked()
    wait_for(lambda: asked.at_work)
    assert let_go == [True]
    asked.end()


def test_what_never_fits_is_refused_with_the_figures(room, monkeypatch):
    room["total"] = 500 * MB
    refused = Asked()
    assert "needs about 800 MB" in str(refused.error)
    assert "Received: 500 MB in all" in str(refused.error)
    room |= {"total": 4000 * MB, "free": 100 * MB}
    monkeypatch.setattr(beside, "_PATIENCE_SECONDS", 0.05)
    late = Asked()
    wait_for(lambda: late.error)
    assert "Received: 100 MB free" in str(late.error)


def test_a_doctors_test_that_waits_says_so_and_can_be_taken_out(tmp_path: Path):
    at_work = Asked()
    job = doctor.start_tests(made_run(digest="0" * 16))
    wait_for(lambda: "one other comes first" in job.message)
    job.stop()
    with pytest.raises(DataError, match="Testing was stopped"):
        job.summary()
    at_work.end()


@pytest.mark.parametrize(("needed", "most"), [(2000 * MB, 4000 * MB), (700 * MB, 3 * 2**30)])
def test_the_tests_of_a_wide_network_may_take_more_memory(monkeypatch, needed: int, most: int):
    at_work = Asked()
    monkeypatch.setattr(memory, "needed_for", lambda run: needed)
    job = doctor.start_tests(made_run(digest="0" * 16))
    assert job.limits()[0] == most
    job.forget()
    at_work.end()
