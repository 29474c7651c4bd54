"""Stroke end to the new answer on the page, and the first drawing after the first opening.

Run: ``python -m tests.benchmarks.stroke``. Starts the app as the README does and draws recorded
digits of one stroke with the mouse in a real browser. Times are taken in the browser, from letting
go of the button to the change of the page. The canvas itself waits 200 ms of each.
"""

import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks import machine
from tests.browser.conftest import launch_browser, serve
from tests.browser.test_drawing import DIGITS, draw

_DRAWINGS = 14
_WATCH = """() => {
  window.answers = [];
  let shown = null, released = 0;
  document.addEventListener("mouseup", () => (released = performance.now()), true);
  new MutationObserver(() => {
    const now = document.querySelector("[data-testid=stMetricValue]")?.innerText ?? null;
    if (now === shown) return;
    shown = now;
    if (now) window.answers.push(performance.now() - released);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def main() -> None:
    """Print the times in milliseconds, and the web process's memory afterwards."""
    print(machine.describe())
    with (
        tempfile.TemporaryDirectory() as home,
        serve(Path(home)) as url,
        sync_playwright() as playwright,
    ):
        page = launch_browser(playwright).new_page(viewport={"width": 1280, "height": 900})
        began = time.perf_counter()
        page.goto(f"{url}/draw")
        page.locator("canvas.upper-canvas").wait_for()
        print(f"page opened for the first time after {time.perf_counter() - began:.1f} s")
        page.get_by_text("Draw a digit from 0 to 9").wait_for()
        page.evaluate(_WATCH)
        simple = [digit for digit in DIGITS if len(digit.strokes) == 1][: _DRAWINGS + 1]
        print(f"first drawing: {_draw_and_time(page, simple[0]):.0f} ms")
        times = [_draw_and_time(page, digit) for digit in simple[1:]]
        print(f"next {len(times)}: median {statistics.median(times):.0f} ms, ", end="")
        print(f"longest {max(times):.0f} ms")
        servers = (process for process in psutil.Process().children() if "run" in process.cmdline())
        print(f"web process: {next(servers).memory_info().rss / 2**20:.0f} MB")


def _draw_and_time(page: Page, digit) -> float:
    page.evaluate("() => (window.answers = [])")
    draw(page, digit)
    page.get_by_test_id("stMetricValue").first.wait_for()
    page.wait_for_timeout(1000)
    first: float = page.evaluate("() => window.answers[0]")
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Draw a digit from 0 to 9").wait_for()
    page.wait_for_timeout(400)
    return first


if __name__ == "__main__":
    main()
