"""A connection that breaks: the page comes back where it was."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter
from resnet_app.training.recipes import RECIPES
from tests.browser.conftest import serve, wait_until_idle
from tests.browser.proxy import Proxy
from tests.browser.test_road import _CANVAS, draw

_CONNECTED = "[data-testid=stApp][data-test-connection-state=CONNECTED]"


@pytest.fixture
def proxy(lab_home: Path) -> Iterator[Proxy]:
    """In front of an app on the test's own data folder."""
    lab_home.mkdir()
    with serve(lab_home) as url:
        yield Proxy(urlsplit(url).port or 0)


def write_epoch(writer: RunWriter, epoch: int) -> None:
    """What a worker writes of one epoch."""
    writer.event("batch", position=float(epoch), loss=1.0, accuracy=0.5)
    figures = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.5)
    writer.event("epoch", epoch=epoch, **figures, learning_rate=1e-3, seconds=1.0)
    writer.status("training", "Training", epoch=epoch, epochs=9, step=4, steps=4)


def test_the_page_comes_back_where_it_was(page: Page, proxy: Proxy):
    address = f"http://127.0.0.1:{proxy.port}"
    run = runs.create(RECIPES["recommended"].config.changed(epochs=9), "0" * 16, "Digits")
    writer = RunWriter(run.directory)  # this process is its worker
    write_epoch(writer, 1)
    _check_run(page, f"{address}/train?run={run.id}", proxy, run, writer)
    _check_drawing(page, address, proxy)


def _check_run(page: Page, address: str, proxy: Proxy, run: Run, writer: RunWriter) -> None:
    """The run goes on in the same tab, in a second one and after a refresh."""
    page.goto(address)
    expect(page.get_by_text("epoch 1 of 9, batch 4 of 4")).to_be_visible()
    with proxy.unreachable():
        write_epoch(writer, 2)
        page.locator(_CONNECTED).wait_for(state="detached")
    expect(page.get_by_text("epoch 2 of 9, batch 4 of 4")).to_be_visible()
    assert proxy.cuts and f"run={run.id}" in page.url
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.get_by_text("epoch 2 of 9, batch 4 of 4")).to_be_visible()
    second.close()
    writer.status("stopped", "Stopped; what it had learned is kept.", epoch=2, epochs=9)
    page.reload()
    expect(page.get_by_text("Resume starts it again from the beginning")).to_be_visible()
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()


def _check_drawing(page: Page, address: str, proxy: Proxy) -> None:
    """A drawing stays on the canvas, and the server still knows it."""
    page.goto(f"{address}/draw?run={runs.PRETRAINED}")
    expect(page.locator(_CANVAS)).to_be_visible()
    wait_until_idle(page)
    draw(page, (0.5, 0.15), (0.5, 0.85))
    answer = page.get_by_test_id("stMetric").filter(has_text="Answer")
    answer = answer.get_by_test_id("stMetricValue")
    expect(answer).to_have_text("1")
    drawn = page.locator(_CANVAS).evaluate(_PICTURE)
    with proxy.unreachable():
        page.locator(_CONNECTED).wait_for(state="detached")
    page.locator(_CONNECTED).wait_for()
    wait_until_idle(page)
    expect(answer).to_have_text("1")
    assert page.locator(_CANVAS).evaluate(_PICTURE) == drawn
    page.get_by_role("link", name="Data", exact=True).click()
    expect(page).to_have_url(re.compile("/data"))
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(answer).to_have_text("1")  # a new session would know of no drawing


_PICTURE = "canvas => canvas.parentElement.querySelector('canvas.lower-canvas').toDataURL()"
