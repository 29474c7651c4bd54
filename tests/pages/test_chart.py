"""What our chart is sent, without a browser."""

import json
import math

import plotly.graph_objects as go
import pytest

from resnet_app import figures
from resnet_app.runs.course import BatchPoint, EpochPoint, History
from resnet_app.ui import chart

HISTORY = History(
    (BatchPoint(0.5, math.nan, 0.3), BatchPoint(1.0, math.inf, 0.6)),
    (EpochPoint(1, 1.5, 0.45, 1.8, 0.4, 1e-3, 2.0),),
)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What the component got."""
    contents: list[dict[str, object]] = []

    def take(key: str, data: bytes) -> None:
        contents.append(json.loads(data, parse_constant=pytest.fail))

    monkeypatch.setattr(chart, "_component", take)
    return contents


def test_a_growing_chart_is_the_whole_figure(sent: list[dict[str, object]]):
    names = ("Raw", "Normalized")
    for measure in ("accuracy", "loss"):
        chart.show_chart(figures.learning_curve(HISTORY, measure, 3), "a", "words")
        points = figures.learning_points(HISTORY, measure)
        chart.show_growing_chart(figures.learning_frame, (measure, 3), points, "a", "words")
        histories = dict.fromkeys(names, HISTORY)
        chart.show_chart(figures.overlaid_curves(histories, measure, 3), "b", "words")
        points = figures.overlaid_points(histories.values(), measure)
        chart.show_growing_chart(figures.overlaid_frame, (names, measure, 3), points, "b", "words")
    assert sent[::2] == sent[1::2]
    assert sent[5]["traces"][0]["y"] == [None, None]


def test_plotly_draws_the_figure_once_for_all_updates(
    sent: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
):
    made: list[str] = []

    def frame(measure: str) -> go.Figure:
        made.append(measure)
        return figures.learning_frame(measure, 3)

    for _ in range(3):
        points = figures.learning_points(HISTORY, "loss")
        chart.show_growing_chart(frame, ("loss",), points, "a", "words")
    assert made == ["loss"]
    assert len(sent) == 3
