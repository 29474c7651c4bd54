"""A chart stays while its curves grow: built once, zoom and legend kept."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from resnet_app.config import TrainingConfig
from resnet_app.runs import store as runs
from resnet_app.runs.writer import RunWriter

_STEPS = 20


def write_points(writer: RunWriter, first: int, last: int) -> None:
    for step in range(first, last):
        position = (step + 1) / _STEPS
        writer.event("batch", position=position, loss=2.3 / (1 + position), accuracy=position / 4)
        if (step + 1) % _STEPS == 0:
            values = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.1, "val_accuracy": 0.45}
            writer.event("epoch", epoch=round(position), learning_rate=1e-3, seconds=1.0, **values)
    writer.status("training", "Training", epoch=1, epochs=4, step=last % _STEPS, steps=_STEPS)


def test_curves_are_built_once_and_keep_zoom_and_legend(
    page: Page, fresh_app_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RESNET_APP_HOME", str(tmp_path))
    run = runs.create(TrainingConfig(epochs=4), "0" * 16, "Bars")
    writer = RunWriter(run.directory)
    write_points(writer, 0, 5)
    page.goto(f"{fresh_app_url}/train?run={run.id}")
    chart = page.locator(".chart").first
    points = "node => node.data.map(trace => trace.x.length)"
    expect(chart.locator(".scatterlayer .js-line").first).to_be_attached()
    assert chart.evaluate(points) == [5, 0, 0]
    assert "within the first epoch" in str(chart.get_attribute("aria-label"))

    area = chart.locator(".nsewdrag").first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 20, area["y"] + area["height"] / 2)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    zoomed = chart.evaluate("node => node.layout.xaxis.range")
    assert zoomed[0] > 0
    chart.locator(".legendtoggle").first.click()
    page.wait_for_timeout(1000)
    hidden = "node => node._fullData.map(trace => trace.visible)"
    assert chart.evaluate(hidden)[0] == "legendonly"

    for last in (12, 25, 45):
        write_points(writer, {12: 5, 25: 12, 45: 25}[last], last)
        page.wait_for_timeout(1500)
    assert chart.evaluate(points) == [45, 2, 2]
    assert chart.evaluate("node => node.layout.xaxis.range") == zoomed
    assert chart.evaluate(hidden)[0] == "legendonly"
    assert "after epoch 2: training 0.500" in str(chart.get_attribute("aria-label"))
    assert [node.get_attribute("data-mounts") for node in page.locator(".chart").all()] == ["1"] * 2

    writer.status("stopped", "Stopped; what it had learned is kept.", epoch=2, epochs=4)
    expect(page.get_by_text("what it had learned is kept")).to_be_visible()
    assert chart.evaluate(points) == [45, 2, 2]
