"""A class that draws while a model trains: how long an answer takes, and whether all is kept.

Run: ``python -m tests.benchmarks.classroom [--minutes 15] [--students 30] [--drawings 20]
[--pace 12]``. Starts the app as the README does; a teacher's page looks on, students join by its
link and hand in a drawing every ``--pace`` seconds on average, ``--drawings`` at least and until
``--minutes`` are over; a session keeps 3,000 in all. The recommended recipe trains on built-in
digits all the time. Each browser is a websocket client in this process, on the same cores; what a
phone's network takes is not in the times. The answer comes after *Hand in*, so from stroke end to
answer there are the canvas's own wait, the stroke's way through the page, and that of the tap; how
long a person takes to tap is not counted. Whether memory grows is told by a straight line through
the last two thirds of the time.
"""

import argparse
import asyncio
import base64
import io
import json
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from PIL import Image

from resnet_app.classroom import store
from resnet_app.classroom.results import count_results
from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits
from resnet_app.data.generator import write
from resnet_app.runs import store as runs
from resnet_app.strokes import draw_strokes, place_strokes
from resnet_app.training import launch, workers
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine
from tests.benchmarks.visitor import Visitor
from tests.browser.conftest import serve

_MB = 2**20
_CANVAS_SECONDS = 0.2
"""So long the canvas waits after a stroke, in case that another follows, before it sends it."""

_SAMPLE_SECONDS = 5.0


@dataclass
class Measured:
    """Seconds of each, and what was told to have been kept."""

    joining: list[float] = field(default_factory=list)
    strokes: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    stroke_to_answer: list[float] = field(default_factory=list)
    kept: int = 0
    cut_off: int = 0
    unanswered: list[str] = field(default_factory=list)
    """What the page of each student showed who waited in vain, and then left."""
    memory: list[tuple[float, int]] = field(default_factory=list)
    processor: float = 0.0
    """Seconds that the web process computed, from when its memory was first looked at."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--drawings", type=int, default=20)
    parser.add_argument("--pace", type=float, default=12.0, help="seconds from drawing to drawing")
    parser.add_argument("--minutes", type=float, default=15.0, help="at least, for each student")
    parser.add_argument("--no-training", action="store_true")
    options = parser.parse_args()
    print(machine.describe())
    with tempfile.TemporaryDirectory() as home:
        os.environ["RESNET_APP_HOME"] = home
        with serve(Path(home)) as url:
            session, secret = store.open_session(runs.PRETRAINED)
            measured = asyncio.run(_hold(url, session.code, secret, options))
            results = count_results(session)
            _stop_training()
    _report(measured, results.handed_in)


async def _hold(url: str, code: str, secret: str, options: argparse.Namespace) -> Measured:
    address = url.removeprefix("http://")
    measured = Measured()
    digest = datasets.save(drawn_digits())
    async with Visitor(address, "classroom", f"teach={secret}") as teacher:
        await teacher.until(lambda: teacher.texts.get("Drawings") == "0")
        beside = [asyncio.create_task(_watch_memory(measured))]
        if not options.no_training:
            beside.append(asyncio.create_task(_keep_training(digest)))
            await asyncio.sleep(15)  # the first steps have been taken
        await asyncio.gather(
            *(
                _attend_or_leave(address, code, number, options, measured)
                for number in range(options.students)
            )
        )
        for task in beside:
            task.cancel()
        await teacher.until(lambda: _number(teacher.texts["Drawings"]) == measured.kept)
        measured.cut_off += teacher.cut_off
        print(f"the teacher's page shows {teacher.texts['Drawings']} drawings")
    return measured


async def _attend_or_leave(
    address: str, code: str, number: int, options: argparse.Namespace, measured: Measured
) -> None:
    try:
        await _attend(address, code, number, options, measured)
    except TimeoutError as error:
        measured.unanswered.append(str(error))


async def _attend(
    address: str, code: str, number: int, options: argparse.Namespace, measured: Measured
) -> None:
    """One student, from the link to the last drawing."""
    chance = random.Random(number)
    end = time.perf_counter() + options.minutes * 60
    await asyncio.sleep(chance.uniform(0, options.pace))
    began = time.perf_counter()
    async with Visitor(address, "classroom", f"join={code}") as phone:
        measured.joining.append(
            await phone.until(lambda: "Hand in" in phone.ids and phone.finished) - began
        )
        turn = 0
        while turn < options.drawings or time.perf_counter() < end:
            turn += 1
            digit = int(phone.texts["heading"][-1])
            for picture in _draw(digit, chance):
                await asyncio.sleep(options.pace * chance.uniform(0.2, 0.4))
                measured.strokes.append(await _stroke(phone, picture))
            await asyncio.sleep(0.4)
            measured.answers.append(await _hand_in(phone, turn))
            measured.stroke_to_answer.append(
                _CANVAS_SECONDS + measured.strokes[-1] + measured.answers[-1]
            )
            measured.kept += 1
            await asyncio.sleep(options.pace * chance.uniform(0.2, 0.6))
        measured.cut_off += phone.cut_off


async def _stroke(phone: Visitor, picture: str) -> float:
    """Seconds from a stroke's arrival to the end of the run that it begins."""
    began, finished = time.perf_counter(), phone.finished
    await phone.send("canvas", json.dumps({"drawing": {"raw": {"objects": []}, "data": picture}}))
    return await phone.until(lambda: phone.finished > finished) - began


async def _hand_in(phone: Visitor, turn: int) -> float:
    """Seconds from the tap to the answer and the next digit."""
    canvas, began = phone.ids["canvas"], time.perf_counter()
    await phone.click("Hand in")
    counted = re.compile(rf"You have handed in {turn}\.")
    return (
        await phone.until(
            lambda: (
                phone.ids["canvas"] != canvas
                and counted.match(phone.texts["markdown"]) is not None
                and "You drew" in phone.texts["alert"]
            )
        )
        - began
    )


def _draw(digit: int, chance: random.Random) -> list[str]:
    """What the canvas sends after half of a digit's strokes, and after all: PNGs in addresses."""
    strokes = place_strokes(write(digit, chance.randrange(10**6)), 280)
    sent = []
    for count in sorted({max(1, len(strokes) // 2), len(strokes)}):
        paper = Image.fromarray(255 - draw_strokes(strokes[:count], 24)).convert("RGBA")
        buffer = io.BytesIO()
        paper.save(buffer, "PNG")
        sent.append(f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}")
    return sent


async def _keep_training(digest: str) -> None:
    """One run after the other."""
    while True:
        if not workers.training():
            launch.start(RECIPES["recommended"].config, digest)
        await asyncio.sleep(2)


def _stop_training() -> None:
    for run in workers.training():
        run.request_stop()
        while run.status().active:
            time.sleep(0.5)


async def _watch_memory(measured: Measured) -> None:
    children = psutil.Process().children()
    server = next(process for process in children if "streamlit" in process.cmdline())
    began, computed = time.perf_counter(), sum(server.cpu_times()[:2])
    while True:
        measured.memory.append((time.perf_counter() - began, server.memory_info().rss))
        measured.processor = sum(server.cpu_times()[:2]) - computed
        await asyncio.sleep(_SAMPLE_SECONDS)


def _report(measured: Measured, stored: int) -> None:
    for name, times in (
        ("link to page", measured.joining),
        ("stroke sent to page ready", measured.strokes),
        ("tap on Hand in to answer", measured.answers),
        ("stroke end to answer", measured.stroke_to_answer),
    ):
        print(f"{name}: {_spread(times)}")
    print(f"told to be kept {measured.kept}, stored {stored}, cut off {measured.cut_off}")
    for what in measured.unanswered:
        print(f"waited in vain: {what}")
    seconds = measured.memory[-1][0]
    print(
        f"processor time: web process {measured.processor / seconds:.2f} of a core, these clients "
        f"{time.process_time() / seconds:.2f}"
    )
    minutes = [rss for seconds, rss in measured.memory[:: round(60 / _SAMPLE_SECONDS)]]
    print(f"web process, each minute: {', '.join(f'{rss / _MB:.0f}' for rss in minutes)} MiB")
    print(f"web process, last two thirds of the time: {_growth(measured.memory)}")


def _growth(memory: Sequence[tuple[float, int]]) -> str:
    """Most bytes, and by how many they grow in a quarter of an hour if they go on so."""
    late = memory[len(memory) // 3 :]
    slope, _ = statistics.linear_regression(*zip(*late, strict=True))
    return (
        f"at most {max(rss for _, rss in late) / _MB:.0f} MiB, growing by "
        f"{slope * 900 / _MB:+.1f} MiB in 15 minutes, over {late[-1][0] - late[0][0]:.0f} s"
    )


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _spread(times: Sequence[float]) -> str:
    cuts = statistics.quantiles(times, n=20)
    return (
        f"{len(times)} times, median {statistics.median(times):.2f} s, p95 {cuts[18]:.2f} s, "
        f"longest {max(times):.2f} s"
    )


if __name__ == "__main__":
    main()
