"""Every page, checked by axe-core in the browser: nothing above what it calls minor.

axe-core measures contrast, names, roles and the order of headings in the page as it is drawn.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from resnet_app.classroom import store
from resnet_app.classroom.handing_in import read_and_hand_in
from resnet_app.classroom.session import new_student
from resnet_app.data.generator import write
from resnet_app.runs import store as runs
from resnet_app.strokes import CANVAS, draw_strokes, place_strokes
from tests.browser.conftest import _PATIENCE_MS, serve, wait_until_idle

_FINDINGS = """() => axe.run(document, {resultTypes: ["violations"]}).then(({violations}) =>
    violations.filter(({impact}) => impact !== "minor").flatMap(({id, impact, nodes}) =>
        nodes.map(({target, any, all, none}) =>
            `${id} (${impact}) at ${target.join(" ")}: ` +
            [...any, ...all, ...none][0].message)))"""


@pytest.fixture
def lesson(studied_home: Path, lab_home: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Address of an app, and the address of each page that has something to show in it."""
    shutil.copytree(studied_home, lab_home)
    (run,) = runs.listing()
    session, secret = store.open_session(runs.PRETRAINED)
    ink = draw_strokes(place_strokes(write(4, 0), 0.75 * CANVAS), 24)
    read_and_hand_in(session, new_student(), 4, ink)
    pages = {
        "Start": "",
        "Data": "data",
        "Train": f"train?run={run.id}",
        "Results": f"results?run={run.id}",
        "Diagnose": f"diagnose?run={run.id}",
        "Break it": "break_it",
        "The question": "question",
        "Draw": "draw",
        "Classroom": "classroom",
        "Teacher": f"classroom?teach={secret}",
        "Student": f"classroom?join={session.code}",
    }
    with serve(lab_home) as url:
        yield url, pages


def findings(page: Page) -> list[str]:
    """All that axe-core finds in the page, in its frames and with every expander open."""
    wait_until_idle(page)
    page.locator("[data-testid=stMain] details:not([open]) > summary").evaluate_all(
        "closed => closed.forEach((each) => each.click())"
    )
    wait_until_idle(page)
    for frame in page.frames:
        frame.evaluate(AXE_SCRIPT)
    found = list(page.evaluate(_FINDINGS))
    if found:  # what is still being drawn has no name yet; what stays counts
        page.wait_for_timeout(2000)
        found = list(page.evaluate(_FINDINGS))
    return found


def open_first_page(browser: Browser, url: str, theme: str, width: int) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(_PATIENCE_MS)
    return context.new_page()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, lesson: tuple[str, dict[str, str]], theme: str, width: int
):
    url, pages = lesson
    page = open_first_page(browser, url, theme, width)
    found: dict[str, list[str]] = {}
    for name, address in pages.items():
        page.goto(f"{url}/{address}")
        page.get_by_role("heading").first.wait_for()
        if name == "Diagnose":
            page.get_by_role("button", name="Show the verdict").click()
            expect(page.get_by_role("button", name="Show the verdict")).to_have_count(0)
        if name in ("Draw", "Student"):
            page.locator("canvas.upper-canvas").wait_for()
        found[name] = findings(page)
        for tab in ("Mistakes", "Inside", "Course") if name == "Results" else ():
            page.get_by_role("tab", name=tab).click()
            found[f"{name}, {tab}"] = findings(page)
    page.context.close()
    told = [f"{name}: {each}" for name, several in found.items() for each in several]
    assert not told, "\n".join(told)
