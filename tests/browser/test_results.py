"""Results in a browser: a cell's images, a digit's way, two runs beside each other."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from resnet_app.runs import store as runs
from resnet_app.runs.marks import Marks, mark
from tests.browser.conftest import serve, wait_until_idle


@pytest.fixture
def two_runs(studied_home: Path, lab_home: Path) -> Iterator[tuple[str, str]]:
    """Address of an app with a run and its copy, and the id of the run."""
    shutil.copytree(studied_home, lab_home)
    (run,) = runs.listing()
    copy = runs.new_directory(run.directory.parent, run.created)
    shutil.copytree(run.directory, copy, dirs_exist_ok=True)
    mark(run, Marks("First bars"))
    mark(runs.open_run(copy.name), Marks("Second bars"))
    with serve(lab_home) as url:
        yield url, run.id


def test_a_cell_shows_its_images_and_two_runs_are_compared(page: Page, two_runs: tuple[str, str]):
    url, run = two_runs
    page.goto(f"{url}/results?run={run}")
    chart = page.locator(".js-plotly-plot").first
    expect(chart.locator(".scatterlayer .point")).to_have_count(100)
    wait_until_idle(page)
    chart.locator(".scatterlayer .point").nth(0).click(force=True)  # true 0, answer 0
    expect(page.get_by_text(re.compile(r"^True 0, read as 0: \d+ images?$"))).to_be_visible()

    page.get_by_role("tab", name="Inside").click()
    drawing = page.get_by_role("img", name=re.compile("^The network from top to bottom"))
    expect(drawing).to_be_visible()
    expect(page.get_by_role("img", name="Maps 1 to 8")).to_be_visible()

    page.get_by_text("Compare", exact=True).click()
    for name in ("First bars", "Second bars"):
        page.get_by_role("combobox", name="Runs").click()
        page.get_by_role("option", name=name).click()
        wait_until_idle(page)
    page.keyboard.press("Escape")
    said = page.get_by_text(re.compile("right and wrong on exactly the same ones"))
    expect(said).to_be_visible()

    page.get_by_text("All runs", exact=True).click()
    page.get_by_role("button", name="Delete", exact=True).first.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Delete", exact=True)).to_have_count(2)
