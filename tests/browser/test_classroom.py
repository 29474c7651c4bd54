"""A class as it sees itself: a teacher's screen and phones, each a browser of its own."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from resnet_app.classroom import store
from resnet_app.runs import store as runs
from resnet_app.strokes import draw_strokes, place_strokes
from tests.browser.conftest import _PATIENCE_MS, metric, wait_until_idle
from tests.browser.test_drawing import DIGITS, draw


@pytest.fixture
def phones(browser: Browser) -> Iterator[list[Page]]:
    """Two phones."""
    contexts = [
        browser.new_context(
            viewport={"width": 390, "height": 844},
            device_scale_factor=3,
            is_mobile=True,
            has_touch=True,
        )
        for _ in range(2)
    ]
    for context in contexts:
        context.set_default_timeout(_PATIENCE_MS)
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def asked_digit(phone: Page) -> int:
    words = phone.get_by_role("heading", name=re.compile("Draw an? [0-9]"))
    return int(words.inner_text()[-1])


def test_two_phones_hand_in_and_the_teacher_sees_it_without_reloading(
    page: Page,
    phones: list[Page],
    fresh_app_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("RESNET_APP_HOME", str(tmp_path))
    first, _ = store.open_session(runs.PRETRAINED)
    phones[0].goto(f"{fresh_app_url}/classroom?join={first.code}")  # before any other page
    expect(phones[0].get_by_role("heading", name="Draw a")).to_be_visible()
    expect(phones[0].get_by_role("link", name="Train")).to_have_count(0)

    page.goto(f"{fresh_app_url}/classroom")
    page.get_by_role("button", name="Open the session").click()
    expect(page).to_have_url(re.compile("teach=[A-Za-z0-9_-]{32}"))
    link = page.get_by_test_id("stCode").inner_text().strip()
    code = link.partition("join=")[2]
    expect(page.get_by_role("img", name="QR code")).to_be_visible()

    drawn = {}
    for phone in phones:
        phone.goto(link)
        wait_until_idle(phone)
        digit = next(each for each in DIGITS if each.digit == asked_digit(phone))
        draw(phone, digit)
        phone.get_by_role("button", name="Hand in").click()  # at once, the last stroke included
        expect(phone.get_by_text(f"You drew {'an' if digit.digit == 8 else 'a'}")).to_be_visible()
        expect(phone.get_by_text("You have handed in 1.")).to_be_visible()
        assert phone.get_by_test_id("stMain").evaluate("node => node.scrollWidth <= 390")
        drawn[phone] = draw_strokes(place_strokes(digit.strokes, 260), 24)

    expect(metric(page, "Drawings")).to_have_text("2")
    expect(metric(page, "Students")).to_have_text("2")
    expect(metric(page, "Accuracy")).to_have_text(re.compile("^(0|50|100).0%$"))
    expect(page.get_by_role("button", name="Remove")).to_have_count(2)
    session = store.session_with_code(code)
    for kept, ink in zip(store.contributions(session, "arrival", 9), drawn.values(), strict=True):
        with Image.open(io.BytesIO(kept.png)) as picture:
            stored = np.asarray(picture) < 128
        assert (stored & (ink > 127)).sum() > 0.85 * (stored | (ink > 127)).sum()

    phones[0].reload()
    expect(phones[0].get_by_text("You have handed in 1.")).to_be_visible()
    page.wait_for_timeout(1000)  # a drawing that has just come to its place is not removed
    page.get_by_role("button", name="Remove").first.click()
    expect(metric(page, "Drawings")).to_have_text("1")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Closed: no drawing is taken")).to_be_visible()
    phones[1].get_by_role("button", name="Clear").click()
    expect(phones[1].get_by_text("The teacher has closed this class session")).to_be_visible()
