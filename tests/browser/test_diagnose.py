"""A run that is stuck, its verdict, the treatment, and the proof."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from resnet_app.data.generator import generate
from tests.browser.conftest import metric
from tests.browser.test_road import set_text

_TRAINING_MS = 180_000


def test_a_stuck_run_is_diagnosed_treated_and_the_cause_confirmed(
    page: Page, app_url: str, tmp_path_factory: pytest.TempPathFactory
):
    images, labels = generate(900, seed=5)
    path = tmp_path_factory.mktemp("digits") / "stuck.npz"
    np.savez_compressed(path, x=images[..., None], y=labels)
    page.goto(f"{app_url}/data")
    page.get_by_text("Your own files").click()
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("900")

    page.get_by_role("link", name="Train", exact=True).click()
    page.get_by_text("Settings", exact=True).click()
    set_text(page, "Widths", "8, 16, 32")
    set_text(page, "Stem stride", "2")
    set_text(page, "Batch-norm momentum", "0.999")  # the averages never arrive
    set_text(page, "Batch size", "16")
    set_text(page, "Epochs", "8")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(metric(page, "Test accuracy")).to_be_visible(timeout=_TRAINING_MS)
    page.get_by_role("link", name="Did it learn as it should? Ask the doctor").click()

    page.get_by_role("button", name="Show the verdict").click()
    page.get_by_role("button", name="Run the tests").click()
    expect(page.get_by_role("button", name="Run the tests again")).to_be_visible(timeout=120_000)
    verdict = page.get_by_test_id("stAlert").filter(has_text=re.compile("averages", re.I))
    expect(verdict).to_be_visible()
    expect(page.get_by_text("The field calls it: lagging")).to_be_visible()
    page.get_by_role("button", name="Treat it and compare").click()
    expect(page.get_by_text("Only this differs:")).to_be_visible()
    expect(page.get_by_text("Confirmed.")).to_be_visible(timeout=_TRAINING_MS)
    overlaid = page.locator(".js-plotly-plot").filter(has_text="solid: validation")
    expect(overlaid).to_have_count(2)
    expect(page.get_by_text(re.compile(r"a difference of \+\d"))).to_be_visible()
    address = page.url
    page.goto(f"{app_url}/data")  # the proof is there for whoever opens the address
    expect(page.get_by_role("heading", name="Data")).to_be_visible()
    page.goto(address)
    expect(page.get_by_text("Confirmed.")).to_be_visible()


def test_a_phone_shows_the_doctors_pages_without_sideways_scrolling(page: Page, app_url: str):
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("diagnose", "break_it", "question"):
        page.goto(f"{app_url}/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_timeout(1000)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("node => node.scrollWidth <= node.clientWidth")
