"""SIGKILL at random moments, and a look at everything that was kept after each.

Run: ``python -m tests.benchmarks.kills [--kills 500] [--trainings 30] [--seed 0]``. A stand-in for
all that writes uses the app's own code, without TensorFlow, as fast as it can: runs with events,
status and checkpoints that are taken up again and again, data sets, drawings, a class's drawings,
experiments. It says on a pipe what it has kept. After each kill the data folder is put in order as
at a start of the app and then read: whatever was said to be kept must be there and whole, and
nothing that can be opened may be torn. ``--trainings`` kills so many times the real worker of a
tiny network and then compares the run with an undisturbed one. Needs ``os.fork``.
"""

import argparse
import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from resnet_app import drawings, recovery
from resnet_app.classroom import database
from resnet_app.classroom import store as classes
from resnet_app.classroom.session import Answer, Drawn, Session, new_student
from resnet_app.config import TrainingConfig, home
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Dataset
from resnet_app.files import read_json, write_json
from resnet_app.runs import experiment as experiments
from resnet_app.runs import store as runs
from resnet_app.runs.checkpoint import Checkpoint, Stopping, rewind_events
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter, write_history
from resnet_app.training import launch, workers
from resnet_app.training.recipes import RECIPES
from tests.conftest import bar_images

_EPOCHS, _BATCHES = 6, 4
_WEIGHTS = 200_000
"""Bytes of each packed array, a fifteenth of the posted network's."""
_LONGEST = 0.12
"""Seconds after the first sign of life within which the kill comes."""
_KEPT = 6
"""Newest runs, data sets and so on that stay; older ones were looked at often enough."""
_TINY = RECIPES["recommended"].config.changed(
    widths=(8, 8, 8), strides=(2, 2, 2), epochs=30, batch_size=16, precision="float32"
)

Say = Callable[..., None]


def main() -> None:
    """Kill, look, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--trainings", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RESNET_APP_HOME"] = folder
        os.environ["RESNET_APP_WARM_WORKER"] = "0"
        _kill_stand_ins(options.kills, random.Random(options.seed))
        if options.trainings:
            _kill_trainings(options.trainings, random.Random(options.seed))


# The stand-in that writes --------------------------------------------------------------------


def _write_for_ever(say: Say, seed: int) -> None:
    rng = random.Random(seed)
    session, _ = classes.open_session(runs.PRETRAINED)
    say("class", session.code)
    makers = [_epochs(say), _data(say, rng), _drawings(say), _class(say, session), _plans(say)]
    while True:
        next(rng.choice(makers))


def _epochs(say: Say) -> Iterator[None]:
    """Epochs of one run after the other; one that broke off goes on."""
    while True:
        broken = [run for run in runs.listing() if run.status().state == "failed"]
        run = runs.reopen(broken[0]) if broken else _new_run()
        writer = RunWriter(run.directory)
        earlier = Checkpoint.read(run.directory)
        say("again", run.id, earlier.epoch if earlier else 0)  # what follows is written anew
        rewind_events(run.directory, earlier.events if earlier else 0)
        for epoch in range(earlier.epoch if earlier else 0, _EPOCHS):
            _write_epoch(say, run, writer, epoch)
            yield
        say("begin", "outcome")
        write_history(run)
        writer.status("finished", "Finished", epoch=_EPOCHS, epochs=_EPOCHS)
        say("finished", run.id)
        yield


def _new_run() -> Run:
    return runs.create(TrainingConfig(epochs=_EPOCHS), "0" * 16, "Some digits")


def _write_epoch(say: Say, run: Run, writer: RunWriter, epoch: int) -> None:
    say("begin", "epoch")
    for batch in range(1, _BATCHES + 1):
        position = round(epoch + batch / _BATCHES, 5)
        writer.event("batch", position=position, loss=1.0, accuracy=0.5)
        writer.status("training", "Training", epoch=epoch + 1, epochs=_EPOCHS, step=batch)
    figures = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.5)
    writer.event("epoch", epoch=epoch + 1, **figures, learning_rate=1e-3, seconds=1.0)
    say("epoch", run.id, epoch + 1)
    say("begin", "checkpoint")
    packed = np.full(_WEIGHTS, epoch + 1, np.uint8)
    stopping = Stopping(1, 0.5, 1, packed)
    ended = epoch + 1 == _EPOCHS
    Checkpoint(
        epoch + 1, ended, writer.sync(), "float32", packed, packed, packed[:8], stopping
    ).write(run.directory)
    say("kept", run.id, epoch + 1)


def _data(say: Say, rng: random.Random) -> Iterator[None]:
    while True:
        say("begin", "data set")
        images, labels = bar_images(60)
        images[0, :, :] = rng.randbytes(1)[0]
        images[1] = np.frombuffer(rng.randbytes(2500), np.uint8).reshape(50, 50)
        digest = datasets.save(Dataset("Bars", images, labels, images[:10], labels[:10]))
        say("data", digest)
        yield
        say("begin", "new name")
        datasets.rename(digest, f"Bars {rng.random()}")
        yield
        for old in datasets.listing()[_KEPT:]:
            say("gone", old.digest)
            datasets.delete(old.digest)
        yield


def _drawings(say: Say) -> Iterator[None]:
    while True:
        say("begin", "drawing")
        kept = drawings.keep(bar_images(1)[0][0], 3)
        say("drawing", kept.path.name)
        for old in drawings.listing()[_KEPT:]:
            say("gone", old.path.name)
            drawings.forget(old)
        yield


def _class(say: Say, session: Session) -> Iterator[None]:
    answer = Answer(np.full(10, 0.1, np.float32), True)
    while True:
        student = new_student()
        for _ in range(20):
            say("begin", "class drawing")
            drawn = Drawn(4, os.urandom(3000), bar_images(1)[0][0], answer)
            say("handed", session.code, student, classes.hand_in(session, student, drawn))
            yield


def _plans(say: Say) -> Iterator[None]:
    arms = (experiments.Arm("one"), experiments.Arm("two", {"epochs": 3}))
    plan = experiments.Plan("A plan", "twin", TrainingConfig(), "0" * 16, arms, (0, 1))
    while True:
        say("begin", "experiment")
        made = experiments.create(plan)
        say("plan", made.id)
        yield
        for count, trial in enumerate(made.trials(), 1):
            say("begin", "trial")
            made.note(trial, error="It was never meant to run.")
            say("trial", made.id, count)
            yield


# The one that kills and looks ----------------------------------------------------------------


@dataclass
class Promises:
    """What was said to be kept, by kind."""

    epochs: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    classes: list[str] = field(default_factory=list)
    handed: dict[tuple[str, str], int] = field(default_factory=dict)
    plans: dict[str, int] = field(default_factory=dict)
    doing: str = "nothing"

    def take(self, kind: str, *values: str) -> None:
        """One line of the stand-in."""
        match kind:
            case "epoch" | "again" | "kept":
                noted = self.kept if kind == "kept" else self.epochs
                noted[values[0]] = int(values[1])
            case "finished":
                self.finished.add(values[0])
            case "data" | "drawing":
                self.files.add(values[0])
            case "gone":
                self.files.discard(values[0])
            case "class":
                self.classes.append(values[0])
            case "handed":
                self.handed[values[0], values[1]] = int(values[2])
            case "plan" | "trial":
                self.plans[values[0]] = int(values[1]) if kind == "trial" else 0
            case "begin":
                self.doing = " ".join(values)


def _kill_stand_ins(kills: int, rng: random.Random) -> None:
    promises, during, read = Promises(), Counter[str](), Counter[str]()
    began = time.monotonic()
    for number in range(kills):
        _kill_one(promises, number, rng)
        during[promises.doing] += 1
        recovery.recover()
        read += _look(promises)
        _prune(promises)
    print(f"{kills} kills in {time.monotonic() - began:.0f} s, nothing lost, nothing torn")
    print("They fell amid: " + ", ".join(f"{n} {what}" for what, n in during.most_common()))
    print("Read and whole after them: " + ", ".join(f"{n} {what}" for what, n in read.items()))


def _kill_one(promises: Promises, seed: int, rng: random.Random) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.setpgid(0, 0)

        def say(*words: object) -> None:
            os.write(writing, (" ".join(map(str, words)) + "\n").encode())

        try:
            _write_for_ever(say, seed)  # it never ends by itself
        finally:
            traceback.print_exc()
            os._exit(1)
    os.close(writing)
    select.select([reading], [], [], 30)
    time.sleep(rng.uniform(0, _LONGEST))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the stand-in broke off by itself"
    with os.fdopen(reading, encoding="utf-8") as lines:
        for line in lines:
            promises.take(*line.split())


def _look(promises: Promises) -> Counter[str]:
    """Assert that what was promised is there and whole; how many things were read."""
    read = Counter[str]()
    for run in runs.listing():
        read["epochs"] += _look_at_run(run, promises)
    stored = {entry.digest for entry in datasets.listing()}
    for digest in stored:
        assert datasets.load(digest).digest == digest
        read["data sets"] += 1
    drawn = drawings.listing()
    for drawing in drawn:
        assert drawing.ink().shape == (50, 50)
        read["drawings"] += 1
    missing = promises.files - stored - {drawing.path.name for drawing in drawn}
    assert not missing, f"lost: {missing}"
    read["class drawings"] += _look_at_classes(promises)
    made = {found.id: found for found in experiments.listing()}
    for plan, notes in promises.plans.items():
        assert len(made[plan].notes()) >= notes
        read["experiments"] += 1
    left = [path for path in home().rglob(".*") if re.fullmatch(r"\.\d+-.*", path.name)]
    assert not left, f"half-written files stayed: {left}"
    return read


def _look_at_run(run: Run, promises: Promises) -> int:
    _let_a_minute_pass(run)
    status, epochs = run.status(), run.history().epochs
    assert status.state in ("failed", "finished"), status
    assert "cannot be read" not in status.message
    assert [point.epoch for point in epochs] == list(range(1, len(epochs) + 1))
    lines = (run.directory / "events.jsonl").read_bytes().split(b"\n")[:-1] if epochs else []
    for line in lines:
        json.loads(line)  # only what follows the last newline may be torn
    kept = Checkpoint.read(run.directory)
    assert (kept is None) == (run.kept() is None)
    assert (kept.epoch if kept else 0) >= promises.kept.get(run.id, 0)
    at_least = promises.epochs.get(run.id, 0), promises.kept.get(run.id, 0)
    assert len(epochs) >= max(*at_least, kept.epoch if kept else 0), "an epoch is lost"
    if kept is not None:
        for packed in (kept.weights, kept.optimizer, kept.seeds, kept.stopping.best_weights):
            assert packed is not None and (packed == kept.epoch).all()
        head = (run.directory / "events.jsonl").read_bytes()[: kept.events].decode()
        assert head.count('"event": "epoch"') == kept.epoch
    if run.id in promises.finished:
        assert status.state == "finished" and len(epochs) == _EPOCHS
    return len(epochs)


def _let_a_minute_pass(run: Run) -> None:
    """For so long nobody can know whether a worker is about to take up a run."""
    recorded = read_json(run.directory / "status.json")
    if recorded["state"] == "starting" and recorded["worker"] is None:
        write_json(run.directory / "status.json", {**recorded, "updated": 0.0})


def _look_at_classes(promises: Promises) -> int:
    with database.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        total = connection.execute("SELECT COUNT(*) FROM contribution").fetchone()[0]
    for (code, student), count in promises.handed.items():
        session = classes.session_with_code(code)
        assert classes.handed_in(session, student) in (count, count + 1)
    for code in {code for code, _ in promises.handed}:
        images, digits, _ = classes.framed_drawings(classes.session_with_code(code))
        assert images.shape == (len(digits), 50, 50)
    return int(total)


def _prune(promises: Promises) -> None:
    """Forget what is old, so that each look stays as short as the first."""
    for run in [run for run in runs.listing() if run.status().ended][_KEPT:]:
        if run.status().state == "finished":
            subprocess.run(["rm", "-r", run.directory], check=True)
    for found in experiments.listing()[_KEPT:]:
        subprocess.run(["rm", "-r", found.directory], check=True)
        promises.plans.pop(found.id, None)
    for code in promises.classes[:-_KEPT]:
        classes.delete(classes.session_with_code(code))
        promises.handed = {key: n for key, n in promises.handed.items() if key[0] != code}
    del promises.classes[:-_KEPT]


# The real worker -----------------------------------------------------------------------------


def _kill_trainings(kills: int, rng: random.Random) -> None:
    """One run, killed so many times, against one that nobody disturbs."""
    images, labels = bar_images(400)
    digest = datasets.save(Dataset("Bars", images, labels, images[:50], labels[:50]))
    whole = _wait(launch.start(_TINY, digest))
    run, states, began = launch.start(_TINY, digest), Counter[str](), time.monotonic()
    for _ in range(kills):
        if not run.status().active:
            break
        _kill_worker(run, states, rng)
        before = run.kept()
        launch.resume(run)
        assert before is None or run.kept() is not None
    _wait(run)
    pairs = zip(run.history().epochs, whole.history().epochs, strict=True)
    apart = max(abs(a.val_loss - b.val_loss) for a, b in pairs)
    print(
        f"The real worker: {sum(states.values())} kills in {time.monotonic() - began:.0f} s, at "
        + ", ".join(f"{n} {state}" for state, n in states.items())
        + f"; then finished, validation losses at most {apart:.2g} from those of an undisturbed run"
    )
    assert apart < 1e-3


def _kill_worker(run: Run, states: Counter[str], rng: random.Random) -> None:
    """Let it train a while, or not even come so far."""
    worker, end = workers._workers[-1], time.monotonic() + rng.uniform(0, 3)
    if rng.random() < 0.8:
        while run.status().state == "starting":
            time.sleep(0.05)
        end = time.monotonic() + rng.uniform(0, 1.5)
    while time.monotonic() < end and worker.poll() is None:
        time.sleep(0.01)
    states[run.status().state] += 1
    worker.kill()
    worker.wait()
    _let_a_minute_pass(run)
    numbers = [point.epoch for point in run.history().epochs]
    assert numbers == list(range(1, len(numbers) + 1))


def _wait(run: Run) -> Run:
    while run.status().active:
        time.sleep(0.2)
    assert run.status().state == "finished", run.log_tail()
    return run


if __name__ == "__main__":
    sys.exit(main())
