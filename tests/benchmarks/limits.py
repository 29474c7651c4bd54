"""The app in a container's memory: what each step takes, and that nothing is killed.

Run: ``python -m tests.benchmarks.limits [--limits least,small,full] [--python PYTHON]``. ``least``
is 690 MB: a drawing for the pretrained model, and a training that must be refused. ``small`` is
1 GB: a drawing, one quick training on 1,000 digits, its results, its network and the doctor's
tests, and a training that must be refused. ``full`` is 2.7 GB: the recommended training from the
start page's button, with a drawing meanwhile; then network and tests while a second such run
trains. A real browser, outside of the container, does it all. The container is a memory control
group of Linux, of version 1 or 2, which only root may make; without one nothing is measured. What
files of the libraries are in memory is let go of before, so that the group pays for reading them,
unless other processes hold them; ``--python`` serves the app by a Python of which that is true.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits
from resnet_app.doctor.reading import TESTS_FILE
from resnet_app.results.network import kept_network
from resnet_app.results.outcome import kept_outcome
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from tests.benchmarks import machine
from tests.browser.conftest import launch_browser, wait_until_healthy
from tests.browser.test_drawing import DIGITS, draw

_PROJECT = Path(__file__).resolve().parents[2]
_PORT = 8671
_MB = 2**20
_LIMITS = {"least": 690_000_000, "small": 1_000_000_000, "full": 2_700_000_000}
_PATIENCE_SECONDS = 900.0
_SAMPLE_SECONDS = 0.05
_SMALL_IMAGES = 1000


@dataclass
class Group:
    """A control group with a limit: ``folder``, and the names of its files."""

    folder: Path
    limit_file: str
    used_file: str
    peak_file: str
    kills_file: str
    most: int = 0
    """Bytes in use at most since the last step, without files that the system may let go of."""

    _ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Follow the use until the group is removed."""
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.most = max(self.most, self._number(self.used_file) - self._cached())

    def next_step(self) -> None:
        """Forget the peaks so far, as far as the system can."""
        self.most = 0
        if self.peak_file == "memory.max_usage_in_bytes":
            (self.folder / self.peak_file).write_text("0")

    def peak(self) -> int:
        """Most bytes in use since the last step, or, in version 2, ever."""
        return self._number(self.peak_file)

    def kills(self) -> int:
        """Processes that the system killed because the limit was reached."""
        return self._values(self.kills_file).get("oom_kill", 0)

    def remove(self) -> None:
        """End what is in it, and the group."""
        self._ended.set()
        for line in (self.folder / "cgroup.procs").read_text().split():
            os.kill(int(line), signal.SIGKILL)
        while (self.folder / "cgroup.procs").read_text():
            time.sleep(0.1)
        self.folder.rmdir()

    def _cached(self) -> int:
        values = self._values("memory.stat")
        return values["active_file"] + values["inactive_file"]

    def _values(self, name: str) -> dict[str, int]:
        lines = (self.folder / name).read_text().splitlines()
        return {key: int(value) for key, value in (line.split()[:2] for line in lines)}

    def _number(self, name: str) -> int:
        return int((self.folder / name).read_text())


_NAMES = (
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes",
     "memory.max_usage_in_bytes", "memory.oom_control"),
    (Path("/sys/fs/cgroup"), "memory.max", "memory.current", "memory.peak", "memory.events"),
)  # fmt: skip


@contextmanager
def group_of(limit: int) -> Iterator[Group | None]:
    """A group with ``limit`` bytes and without swap; None where none can be made."""
    found = None
    for root, *names in _NAMES:
        folder = root / f"resnet-lab-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            (folder / names[0]).write_text(str(limit))
            found = Group(folder, *names)
            break
        except OSError:  # the memory controller is not this group's
            folder.rmdir()
    if found is None:
        yield None
        return
    threading.Thread(target=found.watch, daemon=True).start()
    try:
        yield found
    finally:
        found.remove()


def main() -> None:
    """Print a line for each step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limits", default=",".join(_LIMITS))
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    options = parser.parse_args()
    print(machine.describe())
    for name in options.limits.split(","):
        with group_of(_LIMITS[name]) as group, tempfile.TemporaryDirectory() as home:
            if group is None:
                sys.exit(
                    "No memory control group can be made here, of neither version: that takes "
                    "Linux and root. Nothing was measured."
                )
            os.environ["RESNET_APP_HOME"] = home
            _go_through(name, group, options.python)


def _go_through(name: str, group: Group, python: Path) -> None:
    print(f"\n{_LIMITS[name] / 1e9:g} GB, {_LIMITS[name] / _MB:,.0f} MiB")
    print(f"{'step':<58}{'seconds':>8}{'peak MiB':>10}{'without files':>15}{'killed':>8}")
    _let_go_of_libraries(python)
    with sync_playwright() as playwright:
        page = launch_browser(playwright).new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        expect.set_options(timeout=120_000)
        steps = Steps(group, page)
        steps.take("from the command to the start page", lambda: _serve(group, page, python))
        steps.take("a drawing, read by the pretrained model", lambda: _draw(page))
        {"least": _least, "small": _small, "full": _full}[name](steps)


@dataclass
class Steps:
    """Does one after the other and prints what it took."""

    group: Group
    page: Page

    def take(self, words: str, act: Callable[[], object]) -> None:
        """Do ``act``; whatever it raises ends the measurement."""
        self.group.next_step()
        killed, began = self.group.kills(), time.perf_counter()
        act()
        seconds = time.perf_counter() - began
        print(
            f"{words:<58}{seconds:>8.1f}{self.group.peak() / _MB:>10.0f}"
            f"{self.group.most / _MB:>15.0f}{self.group.kills() - killed:>8}",
            flush=True,
        )


def _least(steps: Steps) -> None:
    datasets.save(drawn_digits(_SMALL_IMAGES))
    words = f"quick, {_SMALL_IMAGES:,} digits, which is refused"
    steps.take(words, lambda: _be_refused(steps.page, "Quick"))


def _small(steps: Steps) -> None:
    page = steps.page
    digest = datasets.save(drawn_digits(_SMALL_IMAGES))
    words = f"quick, {datasets.describe(digest).total:,} digits, with a drawing meanwhile"
    steps.take(words, lambda: _train(page, "Quick"))
    run = _last()
    steps.take("its results", lambda: _results(page, run))
    steps.take("its network, in TensorFlow", lambda: _inside(page, run))
    steps.take("the doctor's tests of it", lambda: _diagnose(page, run))
    steps.take("the posted network, which is refused", lambda: _be_refused(page, "As posted"))


def _full(steps: Steps) -> None:
    page = steps.page
    words = "recommended, 4,000 digits and 1,000 for the test, drawing"
    steps.take(words, lambda: _train(page, None))
    run = _last()
    steps.take("its results", lambda: _results(page, run))
    _begin(page, None)  # another
    steps.take("while it trains: the network, in TensorFlow", lambda: _inside(page, run))
    steps.take("while it trains: the doctor's tests", lambda: _diagnose(page, run))
    other = _last()
    assert other.id != run.id
    steps.take("until that second run has ended", lambda: _wait(lambda: _is_finished(other)))


def _serve(group: Group, page: Page, python: Path) -> None:
    command = [
        "sh", "-c", f'echo $$ > "{group.folder}/cgroup.procs" && exec "$@"', "sh", str(python),
        "-m", "streamlit", "run", "app.py", "--server.headless", "true",
        "--server.address", "127.0.0.1", "--server.port", str(_PORT),
    ]  # fmt: skip
    server = subprocess.Popen(
        command, cwd=_PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until_healthy(f"http://127.0.0.1:{_PORT}", server)
    page.goto(_address(""))
    page.get_by_role("heading", name="ResNet Digit Lab").wait_for()


def _draw(page: Page) -> None:
    page.goto(_address("draw"))
    page.get_by_text("Draw a digit from 0 to 9").wait_for()
    draw(page, next(digit for digit in DIGITS if len(digit.strokes) == 1))
    page.get_by_test_id("stMetricValue").first.wait_for()


def _begin(page: Page, recipe: str | None) -> None:
    """Start a run of ``recipe``, or that of the start page's button."""
    known = len(runs.listing())
    if recipe is None:
        page.goto(_address(""))
        page.get_by_role("button", name="Train on built-in digits").click()
    else:
        page.goto(_address("train"))
        page.get_by_text(recipe, exact=True).first.click()
        page.get_by_role("button", name="Start", exact=True).click()
    _wait(lambda: len(runs.listing()) > known)


def _train(page: Page, recipe: str | None) -> None:
    """Train until it is tested; draw for the pretrained model as soon as there is a curve."""
    _begin(page, recipe)
    run = _last()
    _wait(lambda: bool(run.history().batches) or run.status().ended)
    page.goto(_address("draw"))
    draw(page, next(digit for digit in DIGITS if len(digit.strokes) == 1))
    page.get_by_test_id("stMetricValue").first.wait_for()
    page.goto(_address(f"train?run={run.id}"))
    _wait(lambda: _is_finished(run))


def _results(page: Page, run: Run) -> None:
    page.goto(_address(f"results?run={run.id}"))
    _wait(lambda: kept_outcome(run) is not None)


def _inside(page: Page, run: Run) -> None:
    page.goto(_address(f"results?run={run.id}"))
    page.get_by_role("tab", name="Inside").click()
    _press(page, "Work out", lambda: kept_network(run) is not None)


def _diagnose(page: Page, run: Run) -> None:
    page.goto(_address(f"diagnose?run={run.id}"))
    page.get_by_role("button", name="Show the verdict").click()
    page.get_by_role("button", name="Run the tests").click()
    page.get_by_role("button", name="Run the tests again").wait_for(timeout=300_000)
    assert (run.directory / TESTS_FILE).exists()


def _be_refused(page: Page, recipe: str) -> None:
    page.goto(_address("train"))
    page.get_by_text(recipe, exact=True).first.click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("is all the memory that there is").wait_for()


def _press(page: Page, button: str, done: Callable[[], bool]) -> None:
    """Wait until ``done``; click ``button`` where the page asks first."""

    def is_done() -> bool:
        asks = page.get_by_role("button", name=button)
        if asks.count() and asks.first.is_enabled():
            asks.first.click()
        return done()

    _wait(is_done)


def _is_finished(run: Run) -> bool:
    status = run.status()
    if status.state == "failed":
        sys.exit(f"The run failed: {status.message}")
    return status.ended


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.5)


def _last() -> Run:
    return runs.listing()[0]


def _address(page: str) -> str:
    return f"http://127.0.0.1:{_PORT}/{page}"


def _let_go_of_libraries(python: Path) -> None:
    """Have the system forget the files of this Python's packages, which nobody else holds."""
    for path in python.parent.parent.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
