"""From the command to a page, and the memory of the web process and of one worker.

Run: ``python -m tests.benchmarks.memory``. Starts the app as the README does, opens it in a
browser, trains the recommended recipe on built-in digits, and reads the processes' resident memory
twice a second. The rival in the last line is a process that imports TensorFlow and Keras, which
the web process would be if it predicted or trained by itself. Needs a browser, as the tests do.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks import machine
from tests.browser.conftest import launch_browser

_PROJECT = Path(__file__).resolve().parents[2]
_PORT = 8622
_MB = 2**20
_RIVAL = "import keras, tensorflow, psutil; print(psutil.Process().memory_info().rss)"


def main() -> None:
    """Print the table."""
    print(machine.describe())
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        page = launch_browser(playwright).new_page()
        page.set_default_timeout(120_000)
        began = time.perf_counter()
        server = _serve(home)
        try:
            to_page = _open(page, began)
            print(f"{'from the command to a page':<44}{to_page:>8.1f} s")
            web, worker, together = _watch(page, psutil.Process(server.pid))
        finally:
            _end(server)
    rival = int(subprocess.check_output([sys.executable, "-c", _RIVAL], text=True))
    print(f"{'web process, at most':<44}{web / _MB:>8.0f} MB")
    print(f"{'worker, at most':<44}{worker / _MB:>8.0f} MB")
    print(f"{'both together, at most':<44}{together / _MB:>8.0f} MB")
    print(f"{'a process with TensorFlow and Keras loaded':<44}{rival / _MB:>8.0f} MB", end="")
    print(f"  {rival / web:.1f} times the web process")


def _serve(home: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true",
         "--server.address", "127.0.0.1", "--server.port", str(_PORT)],
        cwd=_PROJECT,
        env={**os.environ, "RESNET_APP_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _open(page: Page, began: float) -> float:
    """Seconds from the command until the start page shows its heading."""
    while True:
        try:
            page.goto(f"http://127.0.0.1:{_PORT}/")
            break
        except Exception:  # not listening yet
            time.sleep(0.05)
    page.get_by_role("heading", name="ResNet Digit Lab").wait_for()
    return time.perf_counter() - began


def _watch(page: Page, server: psutil.Process) -> tuple[int, int, int]:
    """Most memory in bytes of the web process, of its workers, and of both at one time."""
    page.get_by_role("button", name="Train on built-in digits").click()
    most = [0, 0, 0]
    done = page.get_by_text("Test accuracy").first
    while True:
        web = server.memory_info().rss
        workers = sum(_memory(child) for child in server.children(recursive=True))
        most = [max(old, new) for old, new in zip(most, (web, workers, web + workers), strict=True)]
        if done.is_visible():
            return most[0], most[1], most[2]
        page.wait_for_timeout(500)


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _end(server: "subprocess.Popen[bytes]") -> None:
    children = psutil.Process(server.pid).children(recursive=True)
    server.terminate()
    server.wait(30)
    for child in children:
        with suppress(psutil.NoSuchProcess):  # a worker ends by itself when its run has
            child.terminate()


if __name__ == "__main__":
    main()
