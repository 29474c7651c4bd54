"""The README's pictures, taken anew: ``python -m tests.screenshots``; three minutes on two cores.

Starts the app as the README does on a folder of its own, trains what the pictures show, and takes
them in a real browser. With names behind it, such as ``draw``, it takes only those.
"""

import io
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from resnet_app.classroom import store as classes
from resnet_app.classroom.handing_in import read_and_hand_in
from resnet_app.classroom.session import new_student
from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits
from resnet_app.data.dataset import Dataset
from resnet_app.data.generator import generate
from resnet_app.results import launch as results
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.strokes import CANVAS, draw_strokes, place_strokes
from resnet_app.training.recipes import RECIPES
from tests.browser.conftest import launch_browser, serve, wait_until_idle
from tests.browser.test_data import write_table
from tests.browser.test_drawing import DIGITS, draw
from tests.conftest import train_to_the_end

_PLACE = Path(__file__).parents[1] / "assets" / "screenshots"
_WIDTH, _HEIGHT, _BELOW = 1280, 900, 32
_COLOURS = 160
_HOST = "lab.school"
"""A name by which the browser reaches the app, so that no picture shows this computer's address."""

_PATIENCE_MS = 300_000
_END = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  main.scrollTo(0, 0);
  const parts = "[data-testid=stElementContainer], [data-testid=stExpander]";
  const ends = [...main.querySelectorAll(parts)]
    .filter((each) => !each.closest("details:not([open])"))
    .map((each) => each.getBoundingClientRect().bottom);
  return Math.max(...ends);
}"""
"""Where the page's last element ends, once it is scrolled to its top."""


def quick() -> Run:
    """A run on built-in digits with its results; trained once."""
    known = next((run for run in runs.listing() if run.config.recipe == "quick"), None)
    if known is not None:
        return known
    run = train_to_the_end(RECIPES["quick"].config, datasets.save(drawn_digits()))
    for job in (results.measure(run), results.trace(run)):
        job.answer()
        job.forget()
    return run


def show_data(page: Page, url: str) -> None:
    """A table with blank images and labels in words, just brought, its first finding open."""
    with tempfile.TemporaryDirectory() as folder:
        write_table(Path(folder, "class.csv"), 600, seed=8)
        page.goto(f"{url}/data")
        page.get_by_text("Your own files").click()
        page.locator("input[type=file]").set_input_files(Path(folder, "class.csv"))
        page.get_by_role("button", name="Use these digits").click()
        page.get_by_text("Ten of each digit").wait_for()
    page.get_by_text("3 images are blank").click()
    page.get_by_text("Normalize the pixels").click()
    page.get_by_text("To the network: pixels divided by 255").wait_for()


def show_train(page: Page, url: str) -> None:
    """The quick recipe at its end."""
    page.goto(f"{url}/train?run={quick().id}")
    page.locator(".js-plotly-plot").nth(1).wait_for()


def show_results(page: Page, url: str) -> None:
    """A digit's way through that network."""
    page.goto(f"{url}/results?run={quick().id}")
    page.get_by_role("tab", name="Inside").click()
    page.get_by_role("heading", name="A map of the digits").wait_for()


def show_diagnose(page: Page, url: str) -> None:
    """Averages that lag behind, treated and proven."""
    config = RECIPES["as-posted"].config.changed(
        widths=(8, 16, 32), stem_stride=2, bn_momentum=0.999, batch_size=16, epochs=8
    )
    digest = datasets.save(Dataset("900 digits", *generate(900, seed=5)))
    run = train_to_the_end(config, digest)
    page.goto(f"{url}/diagnose?run={run.id}")
    page.get_by_role("button", name="Show the verdict").click()
    page.get_by_role("button", name="Run the tests").click()
    page.get_by_role("button", name="Run the tests again").wait_for()
    page.get_by_role("button", name="Treat it and compare").click()
    page.get_by_text("Confirmed.").wait_for()


def show_draw(page: Page, url: str) -> None:
    """A person's 4, read by the model that comes with the app."""
    page.goto(f"{url}/draw")
    page.locator("canvas.upper-canvas").wait_for()
    wait_until_idle(page)
    draw(page, next(each for each in DIGITS if each.digit == 4))
    page.get_by_alt_text("What the network sees").wait_for()


def show_classroom(page: Page, url: str) -> None:
    """Five people's fifty digits on the teacher's screen, the hardest first."""
    session, secret = classes.open_session(runs.PRETRAINED)
    students = {digit.writer: new_student() for digit in DIGITS}
    for digit in DIGITS:
        ink = draw_strokes(place_strokes(digit.strokes, 0.65 * CANVAS), 24)
        read_and_hand_in(session, students[digit.writer], digit.digit, ink)
    page.goto(f"{url}/classroom?teach={secret}")
    page.get_by_text("Hardest first").click()


PICTURES: dict[str, Callable[[Page, str], None]] = {
    "draw": show_draw,
    "data": show_data,
    "classroom": show_classroom,
    "train-dark": show_train,
    "results": show_results,
    "diagnose": show_diagnose,
}


UNTIL = {"results": "All maps of one step"}
"""The heading before which a long page is cut off."""


def main(names: list[str]) -> int:
    """Take the pictures called ``names``, or all."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"RESNET_APP_HOME": home, "STREAMLIT_BROWSER_SERVER_ADDRESS": _HOST}
        with serve(Path(home)) as local, sync_playwright() as playwright:
            browser = launch_browser(playwright, f"--host-resolver-rules=MAP {_HOST} 127.0.0.1")
            url = local.replace("127.0.0.1", _HOST)
            for name in names or PICTURES:
                page = open_page(browser, "dark" if name.endswith("dark") else "light")
                PICTURES[name](page, url)
                size = take(page, _PLACE / f"{name}.png", UNTIL.get(name))
                print(f"{name}: {size / 1000:.0f} kB", flush=True)
                page.context.close()
    return 0


def open_page(browser: Browser, theme: str) -> Page:
    """A tab in which nothing moves."""
    context = browser.new_context(
        viewport={"width": _WIDTH, "height": _HEIGHT},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(_PATIENCE_MS)
    return context.new_page()


def take(page: Page, path: Path, until: str | None) -> int:
    """The whole page, or that before a heading, as a PNG of few colours; its size in bytes."""
    wait_until_idle(page)
    page.mouse.move(0, 0)
    for _ in range(2):  # charts take their places in the first
        bottom = int(page.evaluate(_END)) + _BELOW
        if until is not None:
            box = page.get_by_role("heading", name=until).bounding_box()
            assert box is not None
            bottom = int(box["y"])
        page.set_viewport_size({"width": _WIDTH, "height": bottom})
        page.wait_for_timeout(1500)
    wait_until_idle(page)
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
    return path.stat().st_size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
