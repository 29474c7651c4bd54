"""A run goes home in a zip, is opened from it, and reads a drawing."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from resnet_app.runs import store as runs
from resnet_app.takeaway.kinds import KINDS
from tests.browser.conftest import metric, serve, wait_until_idle
from tests.browser.test_road import draw

_BEGINNINGS = {
    "Script, notebook and digits": b"PK",
    "Python script": b'"""',
    "Jupyter notebook": b"{",
    "Digits": b"PK",
    "Curves": b"epoch,loss,accuracy",
    "Test answers": b"image,true_digit,answer",
    "Keras model": b"PK",
    "Light model": b"TFL3",
    "TensorBoard logs": b"PK",
}
"""How the files begin, by the words on their buttons."""

_ELSEWHERE = {"Report", "The whole run", "ONNX model"}
"""The first two are read below, the last by ``tests/worker/test_onnx.py``."""


@pytest.fixture
def address(studied_home: Path, lab_home: Path) -> Iterator[str]:
    """The Train page of an app, with a run that has ended."""
    shutil.copytree(studied_home, lab_home)
    (run,) = runs.listing()
    with serve(lab_home) as url:
        yield f"{url}/train?run={run.id}"


def test_a_run_is_taken_away_and_opened_again(page: Page, address: str, tmp_path: Path):
    page.goto(address)
    page.get_by_text("Take away", exact=True).click()
    with page.expect_download() as report:
        page.get_by_role("button", name="Report", exact=True).click()
    assert "<svg" in Path(report.value.path()).read_text(encoding="utf-8")
    with page.expect_download() as bundle:
        page.get_by_role("button", name="The whole run").click()
    bundle.value.save_as(tmp_path / "run.zip")
    assert {kind.title for kind in KINDS.values()} == {*_BEGINNINGS, *_ELSEWHERE}
    for title, beginning in _BEGINNINGS.items():
        with page.expect_download() as file:
            page.get_by_role("button", name=title, exact=True).click()
        assert beginning in Path(file.value.path()).read_bytes()[:40], title
    page.get_by_text("Show the code", exact=True).click()
    expect(page.get_by_text("def build_network")).to_be_visible()

    page.get_by_text("Open a run from a file", exact=True).click()
    page.locator("input[type=file]").set_input_files(tmp_path / "run.zip")
    expect(page.get_by_text(re.compile("opened from a file$")).first).to_be_visible(timeout=120_000)
    wait_until_idle(page)
    assert page.url != address
    page.get_by_role("link", name="Draw a digit for this model").click()
    draw(page, (0.5, 0.15), (0.5, 0.85))
    expect(metric(page, "Answer")).to_be_visible()
