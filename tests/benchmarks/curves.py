"""Server time of one update of the live curves, beside ``st.plotly_chart`` with the same figures.

Run: ``python -m tests.benchmarks.curves [--points 100,1000,4500] [--viewers 30]``. A run in
training gets one more point, then a script that shows its two curves and nothing else is run by
Streamlit's own script runner; so many times, and the middle time counts. An empty script's time is
told apart, and ``alarm`` is the doctor's look at the same run. Times are those of the processor. A
run of half an hour has some 4,500 points.

Last: the share of a core that the app takes while so many pages look at the run with the most
points, which gets two more a second.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
from streamlit.testing.v1 import AppTest

from resnet_app.config import TrainingConfig
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter
from tests.benchmarks import machine
from tests.benchmarks.visitor import Visitor
from tests.browser.conftest import serve

_TIMES = 20
_EPOCHS = 10
_WATCHED_SECONDS = 30.0
_POINT_SECONDS = 0.5


def main() -> None:
    """Print one line for each number of points."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", default="100,1000,4500")
    parser.add_argument("--viewers", type=int, default=30)
    options = parser.parse_args()
    sizes = [int(points) for points in options.points.split(",")]
    print(machine.describe())
    print(f"milliseconds of processor time, middle of {_TIMES}")
    print(f"{'points':>8}{'empty':>8}{'ours':>8}{'st.plotly_chart':>18}{'ratio':>8}{'alarm':>8}")
    for points in sizes:
        with tempfile.TemporaryDirectory() as home:
            os.environ["RESNET_APP_HOME"] = home
            times = [_time(points, script) for script in (_empty, _ours, _rival, _alarm)]
        empty, ours, rival, alarm = times[0], *(each - times[0] for each in times[1:])
        print(
            f"{points:>8,}{empty:>8.1f}{ours:>8.1f}{rival:>18.1f}{rival / ours:>8.1f}{alarm:>8.1f}"
        )
    with tempfile.TemporaryDirectory() as home:
        os.environ["RESNET_APP_HOME"] = home
        run, writer = _run_with(sizes[-1])
        with serve(Path(home)) as url:
            share = asyncio.run(_watch(url, run, writer, sizes[-1], options.viewers))
    print(f"{options.viewers} pages that look at {sizes[-1]:,} points: {share:.0%} of a core")


def _time(points: int, script: Callable[[str], None]) -> float:
    """Milliseconds of ``script`` with the id of a run that has just got one more point."""
    run, writer = _run_with(points)
    app = AppTest.from_function(script, args=(run.id,), default_timeout=60).run()
    times = []
    for number in range(points, points + _TIMES):
        _write_point(writer, number, points)
        began = time.process_time()
        app.run()
        times.append(1000 * (time.process_time() - began))
    assert not app.exception, app.exception
    writer.close()
    return statistics.median(times)


def _run_with(points: int) -> tuple[Run, RunWriter]:
    run = runs.create(TrainingConfig(epochs=_EPOCHS), "0" * 16, "Noise")
    writer = RunWriter(run.directory)
    for number in range(points):
        _write_point(writer, number, points)
    return run, writer


async def _watch(url: str, run: Run, writer: RunWriter, points: int, viewers: int) -> float:
    """Share of a core that the app takes while ``viewers`` pages look at ``run``."""
    (server,) = (p for p in psutil.Process().children() if "streamlit" in p.cmdline())
    async with AsyncExitStack() as pages:
        for _ in range(viewers):
            visitor = Visitor(url.removeprefix("http://"), "train", f"run={run.id}")
            await pages.enter_async_context(visitor)
            await visitor.until(lambda: visitor.finished > 0)  # noqa: B023  # it waits at once
        began, computed = time.perf_counter(), sum(server.cpu_times()[:2])
        number = points
        while time.perf_counter() - began < _WATCHED_SECONDS:
            _write_point(writer, number, points)
            number += 1
            await asyncio.sleep(_POINT_SECONDS)
        computed = sum(server.cpu_times()[:2]) - computed
        return computed / (time.perf_counter() - began)


def _write_point(writer: RunWriter, number: int, points: int) -> None:
    position = round(_EPOCHS * (number + 1) / (points + _TIMES), 5)
    writer.event("batch", position=position, loss=2.3 / (1 + position), accuracy=position / 11)
    if int(position) > int(_EPOCHS * number / (points + _TIMES)):
        writer.event(
            "epoch", epoch=int(position), loss=1.0, accuracy=0.5, val_loss=1.1, val_accuracy=0.45,
            learning_rate=1e-3, seconds=1.0,
        )  # fmt: skip
    writer.status("training", "Training", epoch=1 + int(position), epochs=_EPOCHS)


def _empty(id: str) -> None:
    from resnet_app.runs import store as runs

    runs.open_run(id)


def _ours(id: str) -> None:
    from resnet_app.runs import store as runs
    from resnet_app.ui.live import show_curves

    show_curves(runs.open_run(id))


def _rival(id: str) -> None:
    import streamlit as st

    from resnet_app import figures
    from resnet_app.runs import store as runs

    run: Run = runs.open_run(id)
    for measure in ("accuracy", "loss"):
        figure = figures.learning_curve(run.history(), measure, run.epochs)
        st.plotly_chart(figure, key=f"{id}-{measure}")


def _alarm(id: str) -> None:
    from resnet_app.runs import store as runs
    from resnet_app.ui.alarms import show_alarm

    show_alarm(runs.open_run(id))


if __name__ == "__main__":
    main()
