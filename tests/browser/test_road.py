"""The road as a person goes it: upload, look, train, watch, draw, answer."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, expect

from tests.browser.conftest import metric, wait_until_idle

_CANVAS = "canvas.upper-canvas"


_WATCH_TITLE = """
    window.tops = new Set();
    const look = () => {
        const title = document.querySelector("h1");
        if (title) window.tops.add(Math.round(title.getBoundingClientRect().top));
    };
    new MutationObserver(look).observe(document, {subtree: true, childList: true});
    setInterval(look, 20);
"""


def draw(page: Page, *points: tuple[float, float]) -> None:
    """One stroke through ``points``, in shares of the canvas."""
    canvas = page.locator(_CANVAS)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def set_text(page: Page, label: str, value: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(value)
    box.press("Enter")
    page.wait_for_timeout(700)


def printed_digits(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Digits that a tiny network learns in seconds: one font, in some sizes and places."""
    rng, images = np.random.default_rng(0), []
    for index in range(count):
        image = Image.new("L", (50, 50))
        font = ImageFont.load_default(float(rng.integers(30, 40)))
        place = tuple(rng.integers(22, 29, 2))
        ImageDraw.Draw(image).text(place, str(index % 10), 255, font, anchor="mm")
        images.append(np.asarray(image))
    return np.stack(images), (np.arange(count) % 10).astype(np.uint8)


def test_a_first_visitor_s_page_does_not_move_under_the_finger(page: Page, app_url: str):
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.add_init_script(_WATCH_TITLE)
    page.goto(f"{app_url}/draw")
    page.wait_for_function("document.cookie.includes('resnet_digit_lab=')")
    wait_until_idle(page)
    assert len(page.evaluate("[...window.tops]")) == 1


def test_upload_train_draw(page: Page, app_url: str, tmp_path: Path):
    images, labels = printed_digits(400)
    np.savez_compressed(tmp_path / "class.npz", x=images[..., None], y=labels)

    page.goto(f"{app_url}/data")
    page.get_by_text("Your own files").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "class.npz")
    expect(page.get_by_text("Ten of each digit")).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("400")
    page.get_by_text("Normalize the pixels").click()
    expect(page.get_by_text("To the network: pixels divided by 255")).to_be_visible()

    page.get_by_role("link", name="Train", exact=True).click()
    page.get_by_text("Settings", exact=True).click()
    set_text(page, "Widths", "8, 16, 32")
    set_text(page, "Stem stride", "2")
    set_text(page, "Strides", "1, 2, 2")
    set_text(page, "Epochs", "14")
    set_text(page, "Batch size", "16")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile(r"run=\d{8}-\d{6}-[0-9a-f]{16}"))
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    expect(page.get_by_text(re.compile("epoch 1 of 14"))).to_be_visible()
    expect(page.get_by_label("Batch size", exact=True)).not_to_be_visible()  # settings have folded

    address = page.url
    page.goto(f"{app_url}/data")  # leaving does not hurt the run; its address brings it back
    expect(page.get_by_text("Normalization", exact=True)).to_be_visible()
    page.goto(address)
    expect(metric(page, "Test accuracy")).to_be_visible(timeout=180_000)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()

    page.get_by_role("link", name="Draw a digit for this model").click()
    expect(page.get_by_text("Draw a digit from 0 to 9")).to_be_visible()
    expect(page.locator(_CANVAS)).to_be_visible()
    draw(page, (0.5, 0.15), (0.5, 0.85))
    answer = metric(page, "Answer")
    expect(answer).to_have_text("1")
    expect(page.get_by_alt_text("What the network sees")).to_be_visible()
    bars = page.locator(".js-plotly-plot")
    expect(bars.locator(".bars .point")).to_have_count(10)

    page.get_by_role("link", name="Data", exact=True).click()  # the drawing survives
    expect(page.get_by_text("Normalization", exact=True)).to_be_visible()
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(answer).to_have_text("1")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw a digit from 0 to 9")).to_be_visible()


def test_one_button_trains_and_can_be_stopped(page: Page, fresh_app_url: str):
    page.goto(fresh_app_url)
    page.get_by_role("button", name="Train on built-in digits").click()
    expect(page).to_have_url(re.compile(r"/train\?run="))
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("what it had learned is kept")).to_be_visible()
    expect(metric(page, "Test accuracy")).to_be_visible()


def test_a_phone_shows_every_page_without_sideways_scrolling(page: Page, app_url: str):
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("", "data", "train", "draw"):
        page.goto(f"{app_url}/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_timeout(1000)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_a_link_to_a_page_works_first_after_a_start(page: Page, fresh_app_url: str):
    page.goto(f"{fresh_app_url}/data")
    expect(page.get_by_text("No digits yet")).to_be_visible()
    expect(page.get_by_role("link", name="Draw", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="app", exact=True)).to_have_count(0)
