"""Figures of a run's results: pure functions, values in, ``plotly`` figures and pixels out."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image, ImageColor

from resnet_app import figures
from resnet_app.config import CLASSES
from resnet_app.figures import ARMS, LEGEND, MARGIN, NEAR, QUIET, STILL, TRAINING, VALIDATION
from resnet_app.results.outcome import Outcome
from resnet_app.runs.run import Evaluation

_GAP = 2
"""Pixels between two maps of a sheet."""

_PAPER = 255.0


def confusion_cells(evaluation: Evaluation) -> go.Figure:
    """The confusion matrix with a point in each cell that can be clicked; ``customdata`` of a
    point is its true digit and its answer."""
    figure = figures.confusion_matrix(evaluation)
    cells = [(true, answer) for true in range(CLASSES) for answer in range(CLASSES)]
    counts = evaluation.confusion
    figure.add_scatter(
        x=[str(answer) for _, answer in cells],
        y=[str(true) for true, _ in cells],
        customdata=cells,
        text=[f"true {t}, answer {a}: {counts[t, a]}" for t, a in cells],
        hovertemplate="%{text}<extra></extra>",
        mode="markers",
        marker={"symbol": "square", "size": 28, "color": VALIDATION, "opacity": 0},
        selected={"marker": {"opacity": 0.45, "color": VALIDATION}},
        unselected={"marker": {"opacity": 0}},
        showlegend=False,
    )
    figure.update_traces(hoverinfo="skip", hovertemplate=None, selector={"type": "heatmap"})
    figure.update_xaxes(fixedrange=True, range=[-0.5, CLASSES - 0.5])
    figure.update_yaxes(fixedrange=True, range=[CLASSES - 0.5, -0.5], autorange=False)
    return figure.update_layout(title=None, clickmode="event+select", margin={**MARGIN, "t": 8})


def scores_by_digit(outcome: Outcome) -> go.Figure:
    """Bars of precision and recall of each digit, 0…1."""
    figure = go.Figure(layout={**STILL, "legend": LEGEND, "height": 300})
    for name, values, colour in (
        ("Precision", outcome.precision, TRAINING), ("Recall", outcome.recall, VALIDATION),
    ):  # fmt: skip
        figure.add_bar(
            x=list(range(CLASSES)), y=values, name=name, marker_color=colour,
            hovertemplate="%{x}: %{y:.1%}",
        )  # fmt: skip
    figure.update_xaxes(title="Digit", title_standoff=NEAR, dtick=1)
    return figure.update_yaxes(range=[0, 1.02], tickformat=".0%")


def calibration_curve(outcome: Outcome) -> go.Figure:
    """Confidence against the share of right answers; the size of a dot goes with their number."""
    figure = go.Figure(layout={**STILL, "legend": LEGEND, "height": 340})
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="As it should be", hoverinfo="skip",
        line={"color": QUIET, "dash": "dot", "width": 1.5},
    )  # fmt: skip
    largest = max((each.count for each in outcome.bins), default=1)
    figure.add_scatter(
        x=[each.confidence for each in outcome.bins],
        y=[each.right for each in outcome.bins],
        customdata=[each.count for each in outcome.bins],
        mode="lines+markers",
        name="This run",
        line={"color": TRAINING, "width": 2},
        marker={"size": [7 + 15 * (each.count / largest) ** 0.5 for each in outcome.bins]},
        hovertemplate="%{x:.0%} sure on average: %{y:.0%} right of %{customdata:,}<extra></extra>",
    )
    words = "How sure it was"
    figure.update_xaxes(title=words, title_standoff=NEAR, range=[-0.02, 1.04], tickformat=".0%")
    return figure.update_yaxes(title="Right", range=[-0.02, 1.06], tickformat=".0%")


def feature_map(
    places: NDArray[np.float32],
    labels: NDArray[np.uint8],
    digits: NDArray[np.int64] | None,
    numbers: NDArray[np.int64],
    chosen: int | None,
) -> go.Figure:
    """(M, 2) places of test images as their true digits; rings around those that were read wrong.

    ``customdata`` of a point: the image's number, its place among the M, and its answer where
    ``digits`` (M,) tells it; the pointer says them. The point of image ``chosen`` is marked.
    """
    figure = go.Figure(
        layout={"margin": {**MARGIN, "t": 8}, "legend": {**LEGEND, "y": -0.03}, "height": 460}
    )
    known = [numbers, np.arange(len(numbers)), *([] if digits is None else [digits])]
    points = np.stack(known, 1)  # (M, 2 or 3)
    answer = "" if digits is None else ", read as %{customdata[2]}"
    for digit in range(CLASSES):
        mine = labels == digit
        figure.add_scatter(
            x=places[mine, 0].tolist(),
            y=places[mine, 1].tolist(),
            customdata=points[mine].tolist(),
            text=[str(digit)] * int(mine.sum()),
            mode="text",
            textfont={"color": ARMS[digit % len(ARMS)], "size": 13},
            name=str(digit),
            showlegend=False,
            hovertemplate=f"image %{{customdata[0]}}, a {digit}{answer}<extra></extra>",
        )
    wrong = np.zeros(len(labels), bool) if digits is None else digits != labels
    for name, shown, colour, size in (
        ("Read wrong", wrong, VALIDATION, 17), ("Chosen digit", numbers == chosen, TRAINING, 26),
    ):  # fmt: skip
        if shown.any():
            figure.add_scatter(
                x=places[shown, 0].tolist(), y=places[shown, 1].tolist(), mode="markers", name=name,
                marker={"symbol": "circle-open", "size": size, "color": colour,
                        "line": {"width": 2}},
                hoverinfo="skip",
            )  # fmt: skip
    figure.update_xaxes(showticklabels=False, zeroline=False)
    figure.update_yaxes(showticklabels=False, zeroline=False)
    return figure.update_layout(dragmode="pan")


def signed_sheet(
    maps: NDArray[np.float32], columns: int, side: int, top: float | None = None
) -> NDArray[np.uint8]:
    """(h, w, N) numbers as one picture, (H, W, 3) uint8: blue above zero, orange below, 0 white.

    Each map is ``side`` pixels high and wide, ``columns`` in a row; ``top`` is the number of full
    colour, by default the largest.
    """
    top = float(np.abs(maps).max()) if top is None else top
    count = maps.shape[2]
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = np.full((rows * (side + _GAP) - _GAP, columns * (side + _GAP) - _GAP, 3), 128, np.uint8)
    for index in range(count):
        row, column = divmod(index, columns)
        y, x = row * (side + _GAP), column * (side + _GAP)
        sheet[y : y + side, x : x + side] = _signed(maps[..., index], side, top)
    return sheet


def _signed(values: NDArray[np.float32], side: int, top: float) -> NDArray[np.uint8]:
    values = np.nan_to_num(values)  # of a network whose weights went beyond all bounds
    strength = np.clip(np.abs(values) / max(top, 1e-12), 0, 1)[..., None]  # (h, w, 1)
    colours = [np.array(ImageColor.getrgb(name), float) for name in (TRAINING, VALIDATION)]
    painted = _PAPER + (np.where(values[..., None] > 0, *colours) - _PAPER) * strength
    picture = Image.fromarray(np.round(painted).astype(np.uint8))
    return np.asarray(picture.resize((side, side), Image.Resampling.NEAREST))


def strongest(maps: NDArray[np.float32], count: int) -> Sequence[int]:
    """Channels of (h, w, C) with the largest mean size, the strongest first."""
    found: list[int] = np.argsort(-np.abs(maps).mean((0, 1)), kind="stable")[:count].tolist()
    return found
