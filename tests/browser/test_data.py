"""The data page as a person uses it: bring, map, check, mend, change, keep, train."""

import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from resnet_app.data.generator import generate
from tests.browser.conftest import metric

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def write_table(path: Path, count: int, seed: int, times: int = 1) -> None:
    """A CSV of digits in words, three of them blank and two with no digit for a label; the whole
    ``times`` over.
    """
    images, labels = generate(count, seed)
    small = [np.asarray(Image.fromarray(image).resize((28, 28))) for image in images]
    texts = [_WORDS[label] for label in labels]
    for index in (10, 20, 30):
        small[index] = np.zeros_like(small[index])
    texts[5] = texts[6] = "smudge"
    lines = ["label," + ",".join(f"pixel{index}" for index in range(28 * 28))]
    for text, image in zip(texts, small, strict=True):
        lines.append(",".join([text, *map(str, image.ravel())]))
    path.write_text("\n".join([lines[0], *(lines[1:] * times)]))


def open_own_files(page: Page, url: str) -> None:
    page.goto(f"{url}/data")
    page.get_by_text("Your own files").click()
    expect(page.get_by_text("Images with their labels")).to_be_visible()


def bring(page: Page, *files: Path) -> None:
    page.locator("input[type=file]").set_input_files(files)


def open_finding(page: Page, title: re.Pattern[str]) -> None:
    """Open a finding and wait until its pictures are there and nothing in it moves any more."""
    page.get_by_test_id("stExpander").filter(has_text=title).click()
    opened = page.locator("details[open]").filter(has_text=title)
    expect(opened.get_by_role("img").first).to_be_visible()
    page.wait_for_function(
        "details => document.getAnimations().length === 0"
        " && [...details.querySelectorAll('img')].every(image => image.complete)",
        arg=opened.element_handle(),
    )


def picture(page: Page, number: int):
    return page.get_by_role("button", name=re.compile(rf"^digit \d, image {number}\b"))


def test_a_picture_has_its_place_before_it_comes(page: Page, fresh_app_url: str, tmp_path: Path):
    """So that no button below it moves from under the finger."""
    write_table(tmp_path / "class.csv", 400, seed=21)
    open_own_files(page, fresh_app_url)
    bring(page, tmp_path / "class.csv")
    page.route("**/media/**", lambda _: None)  # never answered
    page.get_by_role("button", name="Use these digits").click()
    page.get_by_test_id("stExpander").filter(has_text=re.compile("3 .*blank")).click()
    blank = page.get_by_alt_text("Image 8, ")
    expect(blank).to_be_attached()
    assert blank.evaluate("image => image.complete") is False
    box = blank.bounding_box()
    assert box is not None and box["height"] == box["width"] == 56


def test_bring_map_check_mend_change_keep_train(page: Page, fresh_app_url: str, tmp_path: Path):
    write_table(tmp_path / "class.csv", 400, seed=21)
    (tmp_path / "bad.npz").write_bytes(b"not a zip")

    open_own_files(page, fresh_app_url)
    bring(page, tmp_path / "bad.npz")
    expect(page.get_by_text("Received:")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
    page.get_by_role("button", name="Remove bad.npz").click()
    expect(page.get_by_text("Received:")).to_have_count(0)

    bring(page, tmp_path / "class.csv")
    expect(page.get_by_text("How are these files meant?")).to_be_visible()
    expect(page.get_by_alt_text("Examples labelled seven")).to_be_visible()
    expect(page.get_by_text("398 images are used, 2 left out.")).to_be_visible()
    page.get_by_role("button", name="Use these digits").click()
    expect(metric(page, "Training images")).to_have_text("398")
    expect(page.get_by_text(re.compile("smudge → left out"))).to_be_visible()

    open_finding(page, re.compile("3 .*blank"))
    page.get_by_role("button", name=re.compile("Leave out 3 ")).click()
    expect(page.get_by_text("Saved and in use")).to_be_visible()
    expect(metric(page, "Training images")).to_have_text("395")

    page.get_by_role("tab", name="Images").click()
    picture(page, 0).click()
    expect(picture(page, 0)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(picture(page, 1)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Leave out", exact=True).click()
    expect(page.get_by_text("Images 0, 1: left out")).to_be_visible()
    before = picture(page, 2).get_attribute("aria-label")
    digit = (int(re.findall(r"\d", before or "")[0]) + 1) % 10
    picture(page, 2).click()
    page.get_by_role("radio", name=str(digit), exact=True).click()
    expect(page.get_by_text(f"Image 2: now {digit}")).to_be_visible()
    page.get_by_label("Name of the new data set").fill("Mended class")
    page.get_by_role("button", name="Save as a new data set").click()
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    expect(picture(page, 0)).to_have_attribute("aria-label", f"digit {digit}, image 0")

    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_label("Digits", exact=True)).to_have_value("Mended class")
    page.get_by_role("link", name="Data", exact=True).click()

    page.get_by_role("tab", name="Data sets").click()
    expect(page.get_by_text("MB used")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(3)  # the originals stay
    page.get_by_role("button", name="Rename").first.click()
    page.get_by_label("Name", exact=True).fill("Our class")
    page.get_by_role("button", name="Rename it").click()
    expect(page.get_by_text("Our class", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("button", name="Delete")).to_have_count(2)
    expect(page.get_by_text("Our class", exact=True)).to_have_count(0)


def test_two_files_that_come_one_after_the_other_are_read_together(
    page: Page, app_url: str, tmp_path: Path
):
    images, labels = generate(120, seed=5)
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "labels.npy", labels)
    open_own_files(page, app_url)
    bring(page, tmp_path / "images.npy")
    expect(page.get_by_text("Received:")).to_be_visible()
    bring(page, tmp_path / "labels.npy")
    expect(metric(page, "Training images")).to_have_text("120")


def test_reading_can_be_stopped_and_begun_again(page: Page, app_url: str, tmp_path: Path):
    write_table(tmp_path / "long.csv", 400, seed=8, times=50)
    open_own_files(page, app_url)
    bring(page, tmp_path / "long.csv")
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(page.get_by_text("nothing was kept")).to_be_visible()
    page.get_by_role("button", name="Read again").click()
    expect(page.get_by_text("How are these files meant?")).to_be_visible()
    page.get_by_role("button", name="Never mind").click()
    expect(page.get_by_text("How are these files meant?")).to_have_count(0)


def test_a_phone_shows_every_view_of_the_data_without_sideways_scrolling(
    page: Page, app_url: str, tmp_path: Path
):
    def fits() -> bool:
        page.wait_for_timeout(800)
        main = page.get_by_test_id("stMain")
        return main.evaluate("node => node.scrollWidth <= node.clientWidth")

    page.set_viewport_size({"width": 390, "height": 844})
    write_table(tmp_path / "phone.csv", 200, seed=4)
    open_own_files(page, app_url)
    bring(page, tmp_path / "phone.csv")
    expect(page.get_by_role("button", name="Never mind")).to_be_visible()
    assert fits()
    rows = page.get_by_alt_text("Examples labelled seven")
    choice = page.get_by_label("Digit for seven")
    first, second = rows.bounding_box(), choice.bounding_box()
    assert first and second and abs(first["y"] - second["y"]) < 40  # one row
    page.get_by_role("button", name="Use these digits").click()
    expect(page.get_by_text("Ten of each digit")).to_be_visible()
    assert fits()
    page.get_by_role("tab", name="Images").click()
    expect(picture(page, 0)).to_be_visible()
    assert fits()
    page.get_by_role("tab", name="Data sets").click()
    expect(page.get_by_text("MB used")).to_be_visible()
    assert fits()
