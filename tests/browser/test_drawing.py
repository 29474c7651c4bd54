"""Fifty digits of five people, drawn with the mouse on a page that has trained nothing.

``strokes.jsonl.gz`` is one digit of each kind by each of writers 26 to 30 of the training file of
Pen-Based Recognition of Handwritten Digits, original form (E. Alpaydin, F. Alimoglu, UCI Machine
Learning Repository, CC BY 4.0). The pretrained model has not seen these people.
"""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from resnet_app.strokes import PenDigit, place_strokes, read_pen_digits

_DIGITS = read_pen_digits(Path(__file__).with_name("strokes.jsonl.gz"))
_CANVAS = "canvas.upper-canvas"
_STILL_SECONDS = 0.8


def draw(page: Page, digit: PenDigit, size: float = 260) -> None:
    canvas = page.locator(_CANVAS)
    expect(canvas).to_have_count(1)  # a cleared one leaves when its successor is there
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for stroke in place_strokes(digit.strokes, size):
        places = [(box["x"] + x * box["width"] / 400, box["y"] + y * box["height"] / 400)
                  for x, y in stroke]  # fmt: skip
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def read_answer(page: Page) -> str:
    """The answer once it has not changed for a while: every stroke brings a new one."""
    value = page.get_by_test_id("stMetricValue").first
    value.wait_for()
    text, since = value.inner_text(), time.monotonic()
    while time.monotonic() - since < _STILL_SECONDS:
        page.wait_for_timeout(100)
        if value.inner_text() != text:
            text, since = value.inner_text(), time.monotonic()
    return text


def test_fifty_drawings_of_unseen_people_are_read(page: Page, app_url: str):
    page.goto(f"{app_url}/draw")
    wrong = []
    for digit in _DIGITS:
        expect(page.get_by_text("Draw a digit from 0 to 9")).to_be_visible()
        draw(page, digit)
        answer = read_answer(page)
        if answer != str(digit.digit):
            wrong.append((digit.digit, digit.writer, answer))
        page.get_by_role("button", name="Clear").click()
    assert len(wrong) <= 1, wrong


def test_a_finger_draws_and_the_page_stays(page: Page, app_url: str):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app_url}/draw")
    one = next(digit for digit in _DIGITS if digit.digit == 1)
    draw(page, one)
    assert read_answer(page) == "1"
    canvas, main = page.locator(_CANVAS).bounding_box(), page.get_by_test_id("stMain")
    assert canvas is not None
    assert canvas["x"] + canvas["width"] <= 390
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")


@pytest.mark.parametrize("digit", [3, 8])
def test_the_keyboard_is_enough_to_have_a_sample_read(page: Page, app_url: str, digit: int):
    page.goto(f"{app_url}/draw")
    page.get_by_role("radio", name="Sample").focus()
    page.keyboard.press("Space")
    page.get_by_label("Which digit").get_by_role("radio", name=str(digit)).focus()
    page.keyboard.press("Space")
    expect(page.get_by_alt_text(f"A written {digit}")).to_be_visible()
    assert read_answer(page) == str(digit)
