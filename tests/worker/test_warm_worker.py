"""A worker that waits: what it saves, when it goes."""

import numpy as np
import pytest

from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.training import launch, memory, workers
from resnet_app.training.recipes import RECIPES
from tests.conftest import train_to_the_end, wait_until

_CONFIG = RECIPES["recommended"].config.changed(
    widths=(8, 8, 8), strides=(2, 2, 2), epochs=2, augmentation="none", precision="float32"
)


def test_a_warm_worker_trains_as_a_cold_one_does(bars: Dataset, monkeypatch: pytest.MonkeyPatch):
    cold = train_to_the_end(_CONFIG, datasets.save(bars))
    monkeypatch.delenv("RESNET_APP_WARM_WORKER")
    workers.warm_up(_CONFIG.changed(epochs=7))
    waiting = workers._warm
    assert waiting is not None
    workers.warm_up(_CONFIG)
    assert workers._warm is waiting
    warm = train_to_the_end(_CONFIG, datasets.save(bars))
    assert warm.status().worker.pid == waiting.pid
    assert workers._warm is None
    for ours, theirs in zip(warm.history().epochs, cold.history().epochs, strict=True):
        assert ours.loss == pytest.approx(theirs.loss, rel=0.02)
    assert waiting.wait(60) == 0  # one run, then it ends
    assert warm.precision() == cold.precision()
    a, b = warm.evaluation(), cold.evaluation()
    assert a is not None
    assert b is not None
    assert np.abs(a.confusion - b.confusion).sum() <= 4


def test_a_waiting_worker_goes_when_nobody_can_speak_to_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RESNET_APP_WARM_WORKER")
    workers.warm_up(_CONFIG)
    waiting = workers._warm
    assert waiting is not None
    assert waiting.stdin is not None
    waiting.stdin.close()
    assert waiting.wait(60) == 0


def test_no_worker_waits_where_memory_is_scarce(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RESNET_APP_WARM_WORKER")
    monkeypatch.setattr(workers, "_warm", None)
    monkeypatch.setattr(memory, "available", lambda: 2**29)
    workers.warm_up(_CONFIG)
    assert workers._warm is None


def test_a_run_begins_although_the_waiting_worker_died(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("RESNET_APP_WARM_WORKER")
    workers.warm_up(_CONFIG)
    waiting = workers._warm
    assert waiting is not None
    waiting.kill()
    waiting.wait()
    assert train_to_the_end(_CONFIG, datasets.save(bars)).evaluation() is not None


def test_the_next_in_line_begins_in_a_process_that_was_made_ready(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("RESNET_APP_WARM_WORKER")
    monkeypatch.setenv("RESNET_APP_WORKERS", "1")
    digest = datasets.save(bars)
    first, second = launch.start(_CONFIG, digest), launch.start(_CONFIG.changed(seed=1), digest)
    wait_until(lambda: workers._warm is not None or second.status().active, first)
    ready = workers._warm
    assert ready is not None
    assert first.status().active
    for run in (first, second):
        wait_until(lambda run=run: run.status().ended, run)
    assert second.status().state == "finished", second.log_tail()
    assert second.status().worker.pid == ready.pid


def test_nothing_is_made_ready_where_the_next_run_would_lack_the_memory(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.delenv("RESNET_APP_WARM_WORKER")
    monkeypatch.setattr(workers, "_warm", None)
    monkeypatch.setattr(workers, "_spawn", lambda: pytest.fail("a worker was started"))
    monkeypatch.setattr(memory, "available", lambda: 1000 * 2**20)
    workers.get_ready(_CONFIG, 800 * 2**20)
