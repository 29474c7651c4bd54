"""Results in a browser: all that is seen of a trained run, and two runs beside each other."""

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from resnet_app.files import read_json, write_json
from resnet_app.results.answers import Answers, kept_answers, pictures
from resnet_app.runs import store as runs
from resnet_app.runs.marks import Marks, mark
from resnet_app.runs.run import Run
from tests.browser.conftest import metric, serve, wait_until_idle
from tests.browser.test_road import draw


@dataclass(frozen=True)
class Lab:
    """An app with a run on bars, its twin that differs in its patience, and the run's answers."""

    url: str
    home: Path
    run: Run
    answers: Answers


@pytest.fixture(scope="module")
def lab(studied_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("results") / "home"
    shutil.copytree(studied_home, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_APP_HOME", str(home))
        (run,) = runs.listing()
        twin = runs.new_directory(run.directory.parent, run.created - 60)  # so it is listed last
        shutil.copytree(run.directory, twin, dirs_exist_ok=True)
        config = read_json(twin / "config.json")
        config["config"]["patience"] = 5
        write_json(twin / "config.json", config)
        mark(run, Marks("First bars"))
        answers = kept_answers(run)
    assert answers is not None
    with serve(home) as url:
        yield Lab(url, home, run, answers)


def open_tab(page: Page, lab: Lab, tab: str) -> None:
    page.goto(f"{lab.url}/results?run={lab.run.id}")
    wait_until_idle(page)
    page.get_by_role("tab", name=tab).click()
    wait_until_idle(page)


def test_accuracy_has_its_interval_and_a_cell_its_images(page: Page, lab: Lab):
    open_tab(page, lab, "Outcome")
    right = int(lab.answers.right.sum())
    expect(metric(page, "Test accuracy")).to_have_text(f"{right / 30:.1%}")
    expect(metric(page, "95 % interval")).to_have_text(re.compile(r"^\d+\.\d% to \d+\.\d%$"))
    expect(page.get_by_role("columnheader", name="Recall")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(11)
    chart = page.locator(".js-plotly-plot").first
    expect(chart.locator(".scatterlayer .point")).to_have_count(100)
    wait_until_idle(page)
    chart.locator(".scatterlayer .point").nth(0).click(force=True)  # true 0, answer 0
    count = len(lab.answers.confused(0, 0))
    expect(page.get_by_text(re.compile(f"^True 0, read as 0: {count} images?$"))).to_be_visible()
    expect(page.get_by_alt_text("A 0 read as 0")).to_have_count(count)


def test_mistakes_carry_their_votes_and_the_curve_says_how_sure(page: Page, lab: Lab):
    open_tab(page, lab, "Mistakes")
    wrong = int((~lab.answers.right).sum())
    assert wrong
    painted = page.get_by_alt_text(re.compile(r"^A \d read as \d, \d+% sure$"))
    expect(painted).to_have_count(min(wrong, 12))
    before = painted.first.get_attribute("src")
    page.get_by_role("radio", name="the true digit").click()
    expect(painted.first).not_to_have_attribute("src", str(before))
    expect(page.get_by_alt_text(re.compile(r"^A \d read as \d$"))).to_have_count(12)
    expect(page.get_by_role("heading", name="Can its word be taken?")).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(2)


def test_inside_one_sees_where_a_digit_goes(page: Page, lab: Lab):
    open_tab(page, lab, "Inside")
    expect(page.get_by_role("img", name=re.compile("^The network from top to b"))).to_be_visible()
    for name in ("Came past the convolutions", "+ change computed", "= sum, below zero cut off"):
        expect(page.get_by_alt_text(re.compile(f"^{re.escape(name)}, map"))).to_be_visible()
    expect(page.get_by_alt_text("Filters 1 to 8")).to_be_visible()
    maps = page.get_by_alt_text("Maps 1 to 8")
    before = maps.get_attribute("src")
    page.get_by_role("radio", name="Draw one").click()
    expect(page.get_by_text("Draw a digit, and its maps appear.")).to_be_visible()
    draw(page, (0.3, 0.5), (0.7, 0.5))
    expect(page.get_by_text(re.compile(r"^It reads \d, \d+% sure\.$"))).to_be_visible()
    expect(maps).not_to_have_attribute("src", str(before))


def test_the_map_shows_the_digit_under_the_pointer_and_a_click_takes_it(
    page: Page, lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RESNET_APP_HOME", str(lab.home))
    open_tab(page, lab, "Inside")
    chart = page.get_by_role("img", name=re.compile("^Test digits laid out by"))
    point = chart.locator(".scatterlayer .trace").nth(3).locator(".textpoint").first
    point.scroll_into_view_if_needed()
    wait_until_idle(page)
    box = point.bounding_box()
    assert box is not None
    # In one step: on the way it would name another digit, for Plotly looks every 50 ms only.
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tile = page.locator(".chart-frame .tile:visible")
    expect(tile).to_have_count(1)
    number, place, answer = chart.evaluate("node => node._hoverdata[0].customdata")
    assert lab.answers.numbers[place] == number and lab.answers.digits[place] == answer
    style = tile.evaluate("node => [node.style.backgroundImage, node.style.backgroundPosition]")
    assert style[1] == f"{-96 * (place % 32)}px {-96 * (place // 32)}px"
    served = page.request.get(style[0].removeprefix('url("').removesuffix('")'))
    sheet = Image.open(io.BytesIO(served.body())).convert("L")
    shown = np.asarray(sheet)[50 * (place // 32) :, 50 * (place % 32) :][:50, :50]
    assert np.abs(shown - pictures(lab.run, np.array([number]))[0].astype(int)).max() < 20

    page.mouse.down()
    page.mouse.up()
    chosen = page.get_by_role("combobox", name="Image of the test")
    expect(chosen).to_have_value(re.compile(f"^Image {number}, a "))
    expect(chart).to_have_attribute("data-mounts", "1")
    assert chart.evaluate("node => node.data.at(-1).name") == "Chosen digit"
    page.mouse.move(0, 0)
    expect(tile).to_have_count(0)


def test_the_course_has_curves_notes_and_costs(page: Page, lab: Lab):
    open_tab(page, lab, "Course")
    expect(
        page.get_by_role("img", name=re.compile("^Validation accuracy by epoch:"))
    ).to_be_visible()
    for name in ("Trained images a second", "Weights", "Most memory while training"):
        expect(metric(page, name)).to_have_text(re.compile(r"\d"))
    page.get_by_text("The doctor's notes").click()
    expect(page.get_by_test_id("stAlert")).to_be_visible()


def test_twins_are_compared_and_runs_are_named_found_and_deleted(page: Page, lab: Lab):
    page.goto(f"{lab.url}/results")
    page.get_by_text("All runs", exact=True).click()
    page.get_by_role("button", name="Name", exact=True).last.click()
    page.get_by_label("Name", exact=True).fill("Second bars")
    page.get_by_label("Note", exact=True).fill("more patient")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("more patient")).to_be_visible()
    page.get_by_role("button", name="Star", exact=True).first.click()
    expect(page.get_by_role("button", name="Unstar")).to_have_count(1)
    delete = page.get_by_role("button", name="Delete", exact=True)
    page.get_by_label("Filter").fill("patient")
    expect(delete).to_have_count(1)
    page.get_by_label("Filter").fill("")
    expect(delete).to_have_count(2)

    page.get_by_text("Compare", exact=True).click()
    for name in ("First bars", "Second bars"):
        page.get_by_role("combobox", name="Runs").click()
        page.get_by_role("option", name=name).click()
        wait_until_idle(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text("differ in nothing but patience")).to_be_visible()
    expect(page.get_by_role("cell", name="Patience")).to_be_visible()
    expect(page.get_by_role("img", name="Accuracy of First bars, Second bars")).to_be_visible()
    said = page.get_by_text(re.compile("right and wrong on exactly the same ones"))
    expect(said).to_be_visible()

    page.get_by_text("All runs", exact=True).click()
    delete.first.click()
    page.get_by_role("button", name="Undo").click()
    expect(delete).to_have_count(2)
