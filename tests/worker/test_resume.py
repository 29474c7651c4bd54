"""A run whose worker is killed, and taken up again."""

import errno
import os
import subprocess
import sys

import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.doctor.reading import read_evidence
from resnet_app.errors import RunError
from resnet_app.runs import store as runs
from resnet_app.runs.checkpoint import Checkpoint
from resnet_app.runs.run import CHECKPOINT, LIBRARIES, Run
from resnet_app.runs.writer import RunWriter
from resnet_app.takeaway.weights import read_weights
from resnet_app.training import launch, worker
from resnet_app.training.callbacks import LiveCallback
from resnet_app.training.fit import train_run
from resnet_app.training.recipes import RECIPES
from tests.conftest import wait_until

_CONFIG = RECIPES["recommended"].config.changed(
    widths=(8, 8, 8), strides=(2, 2, 2), epochs=4, batch_size=16, augmentation="light",
    precision="float32", patience=3, restore_best=True,
)  # fmt: skip


_KILLED = """
import os, signal, sys
from pathlib import Path
from resnet_app.training import worker
worker.load_keras()
from resnet_app.training import callbacks
from resnet_app.training.callbacks import LiveCallback

callbacks._INTERVAL_SECONDS = 0.0  # a point of each batch, so that there is one to take back
after = LiveCallback.on_train_batch_end

def die(self, batch, logs=None):
    after(self, batch, logs)
    if (self._epoch, batch) == (2, 5):
        os.kill(os.getpid(), signal.SIGKILL)

LiveCallback.on_train_batch_end = die
worker._train(Path(sys.argv[1]), [])
"""


def killed_in_epoch_3(config: TrainingConfig, dataset: Dataset) -> Run:
    """A run whose worker got SIGKILL amid its third epoch."""
    run = runs.create(config, datasets.save(dataset), dataset.name)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(run.directory)])
    assert done.returncode == -9, run.log_tail()
    return run


def test_a_killed_run_goes_on_to_the_very_result_of_an_undisturbed_one(bars: Dataset):
    run = killed_in_epoch_3(_CONFIG, bars)
    before = run.status()
    assert before.state == "failed"
    assert "Its state after epoch 2 of 4 is kept: Resume goes on from there" in before.message
    assert run.history().batches[-1].position > 2

    launch.resume(run)
    whole = runs.create(_CONFIG, run.dataset_digest, bars.name)
    train_run(whole, bars, RunWriter(whole.directory), light=False)  # meanwhile
    wait_until(lambda: run.status().ended, run)

    assert run.status().state == "finished", run.log_tail()
    assert run.status().seconds > before.seconds
    assert not (run.directory / CHECKPOINT).exists()
    with pytest.raises(RunError, match="Only a run that was trained here and was stopped"):
        launch.resume(run)
    assert tuple(run.libraries()) == LIBRARIES
    together = zip(run.history().epochs, whole.history().epochs, strict=True)
    for resumed, undisturbed in together:
        assert resumed.epoch == undisturbed.epoch
        assert resumed.learning_rate == undisturbed.learning_rate
        np.testing.assert_allclose(resumed.loss, undisturbed.loss, rtol=1e-3)
        np.testing.assert_allclose(resumed.val_loss, undisturbed.val_loss, rtol=1e-2)
    ours, theirs = (read_weights(each.directory / "model.keras") for each in (run, whole))
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-2, atol=1e-3, err_msg=name)
    _check_no_tear(run, whole)


def _check_no_tear(run: Run, whole: Run) -> None:
    """Curves and evidence are those of one training."""
    positions = [point.position for point in run.history().batches]
    assert positions == sorted(set(positions))
    assert positions[-1] == 4.0
    ours, theirs = read_evidence(run), read_evidence(whole)
    assert ours.facts.start_loss == pytest.approx(theirs.facts.start_loss, rel=1e-4)
    assert ours.facts == read_evidence(run).facts
    assert ours.facts.shuffled is theirs.facts.shuffled is True
    assert [watch.position for watch in ours.watches if watch.position == 4.0] == [4.0]


def test_a_full_disk_ends_a_run_in_words_and_what_was_kept_stays(
    bars: Dataset, monkeypatch: pytest.MonkeyPatch
):
    run = runs.create(_CONFIG, datasets.save(bars), bars.name)
    begin, fsync = LiveCallback.on_epoch_begin, os.fsync
    full = False

    def fill(self: LiveCallback, epoch: int, logs: object = None) -> None:
        nonlocal full
        full = epoch == 1
        begin(self, epoch)

    def flush(descriptor: int) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(LiveCallback, "on_epoch_begin", fill)
    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(worker, "_print_to", lambda log: None)
    assert worker._train(run.directory, []) == 2
    assert run.status().state == "failed"
    assert run.status().message == (
        "The disk is full, so training broke off. Delete runs, data sets or other files. "
        "Its state after epoch 1 of 4 is kept: Resume goes on from there."
    )
    assert Checkpoint.read(run.directory) is not None
    assert [point.epoch for point in run.history().epochs] == [1, 2]
    assert not list(run.directory.glob(".*"))
    full = False  # somebody made room
    assert runs.reopen(run).status().active
