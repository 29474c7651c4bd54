"""A running app and a real browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Playwright, expect, sync_playwright

_PROJECT = Path(__file__).resolve().parents[2]
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "microsoft-edge", "msedge")
_PATIENCE_MS = 60_000
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app, shared by the tests, on a data folder of its own.

    Without a warm worker, which would load TensorFlow once more after every run of a test.
    """
    with serve(tmp_path_factory.mktemp("shared-app"), RESNET_APP_WARM_WORKER="0") as url:
        yield url


@pytest.fixture
def fresh_app_url(tmp_path: Path) -> Iterator[str]:
    """Address of an app that has just started and that nobody has opened."""
    with serve(tmp_path) as url:
        yield url


@contextmanager
def serve(home: Path, **settings: str) -> Iterator[str]:
    """Serve the app as the README does, with these variables of the environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true",
         "--server.address", "127.0.0.1", "--server.port", str(port)],
        cwd=_PROJECT,
        env={**os.environ, "RESNET_APP_HOME": str(home), **settings},
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the app did not start")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser, shared by the tests; without any they fail."""
    with sync_playwright() as playwright:
        opened = launch_browser(playwright)
        yield opened
        opened.close()


def launch_browser(playwright: Playwright, *flags: str) -> Browser:
    """An installed Chromium, Chrome or Edge, else Playwright's own, with these ``flags`` too."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    args = [*_FLAGS, *flags]
    if found:
        return playwright.chromium.launch(executable_path=found, args=args)
    for channel in ("chrome", "msedge"):  # where they are installed but not on the path
        try:
            return playwright.chromium.launch(channel=channel, args=args)
        except Error:
            continue
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    return playwright.chromium.launch(args=args)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say what the page showed when a test failed."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and page is not None:
        report.sections.append((f"The page {page.url}", page.locator("body").aria_snapshot()))
    return report


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh tab with a patience that fits two busy cores."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_PATIENCE_MS)
    expect.set_options(timeout=_PATIENCE_MS)
    yield context.new_page()
    context.close()


def metric(page: Page, label: str) -> Locator:
    """The figure shown large under ``label``; the same words in code or prose are not meant."""
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def wait_until_idle(page: Page) -> None:
    """Wait until the page's script has run to its end and all is there that it asked for."""
    page.wait_for_timeout(300)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    skeletons = page.get_by_test_id("stSkeleton")  # whose height is another
    expect(skeletons).to_have_count(0, timeout=_PATIENCE_MS)
