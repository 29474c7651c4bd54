"""Pictures of data and runs: pure functions, values in, ``plotly.graph_objects.Figure`` out."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image, ImageColor
from plotly.subplots import make_subplots

from resnet_app.config import CLASSES, IMAGE_SIZE
from resnet_app.data.dataset import Dataset, Images
from resnet_app.imaging import Normalizer
from resnet_app.runs.course import History
from resnet_app.runs.run import Evaluation

# Two colours that stay apart for colour-blind people and on light and dark grounds,
# after Okabe and Ito, "Color universal design" (2008).
TRAINING = "#2e8bd0"
VALIDATION = "#e07b1a"
QUIET = "#8a94a0"

ARMS = (TRAINING, VALIDATION, "#17977a", "#c065a3", "#b39b00", QUIET)
"""Colours of runs that are compared; their markers differ too."""

_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star")

_VOTE_SIDE = 300
"""Pixels of a picture of votes."""

MARGIN = {"l": 8, "r": 8, "t": 36, "b": 8}
STILL = {"margin": MARGIN, "dragmode": False}
"""Of charts with nothing to zoom into: on a phone a finger scrolls the page past them."""

LEGEND = {"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0, "xanchor": "left"}
NEAR = 4
"""Pixels between an axis and its title, so that the legend below has room on a phone."""


Points = tuple[Sequence[float], Sequence[float]]
"""x and y of a trace."""

_MOST = 400
"""Points of a curve within the epochs: a chart is some 500 pixels wide."""


def learning_curve(history: History, measure: str, epochs: int) -> go.Figure:
    """``measure`` is ``loss`` or ``accuracy``; x in epochs from 0 to ``epochs``.

    Thin: training, within the epoch. Dots: training and validation at each epoch's end.
    """
    return _with_points(learning_frame(measure, epochs), learning_points(history, measure))


def learning_frame(measure: str, epochs: int) -> go.Figure:
    """``learning_curve`` before there are points."""
    title = measure.capitalize()
    layout = {"title": title, "margin": MARGIN, "legend": LEGEND, "height": 360}
    figure = go.Figure(layout={**layout, "showlegend": True})
    figure.add_scatter(
        name="Training, within the epoch",
        mode="lines",
        line={"color": TRAINING, "width": 1},
        opacity=0.75,
        hovertemplate="epoch %{x:.2f}: %{y:.3f}",
    )
    for name, colour, symbol in (
        ("Training", TRAINING, "circle"),
        ("Validation", VALIDATION, "diamond"),
    ):
        figure.add_scatter(
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            marker={"size": 9, "symbol": symbol},
            hovertemplate="epoch %{x}: %{y:.3f}",
        )
    return _over_epochs(figure, measure, epochs, "Epoch")


@lru_cache(maxsize=20)
def learning_points(history: History, measure: str) -> tuple[Points, ...]:
    """Those of each trace of ``learning_curve``; of many within the epochs, means.

    Counted once for all who look at the same run, as long as it has no new point.
    """
    batches = history.batches
    places, values = (
        np.fromiter(map(attrgetter(name), batches), np.float64, len(batches))
        for name in ("position", measure)
    )
    ends = [point.epoch for point in history.epochs]
    return (
        _thinned(places, values),
        (ends, [getattr(point, measure) for point in history.epochs]),
        (ends, [getattr(point, f"val_{measure}") for point in history.epochs]),
    )


def _thinned(places: NDArray[np.float64], values: NDArray[np.float64]) -> Points:
    """At most ``_MOST``: means of 2, 4, 8, … neighbours, of as many as there are.

    A value is the mean since the point before, so it counts by that distance. What is there stays
    as the curve grows, until twice as many have to become one.
    """
    size = 1
    while len(places) // size > _MOST:
        size *= 2
    if size > 1:
        whole = len(places) // size * size
        widths = np.diff(places[:whole], prepend=0.0).clip(min=1e-9).reshape(-1, size)
        values = (values[:whole].reshape(-1, size) * widths).sum(1) / widths.sum(1)
        places = places[size - 1 : whole : size]
    return places.tolist(), values.tolist()


def _with_points(figure: go.Figure, points: Sequence[Points]) -> go.Figure:
    for trace, (x, y) in zip(figure.data, points, strict=True):
        trace.update(x=x, y=y)
    return figure


def _over_epochs(figure: go.Figure, measure: str, epochs: int, words: str) -> go.Figure:
    figure.update_xaxes(
        title=words, title_standoff=NEAR, range=[0, epochs * 1.02], dtick=-(-epochs // 10)
    )
    figure.update_yaxes(rangemode="tozero", automargin=True, ticklabelstandoff=6)
    if measure == "accuracy":
        figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return figure


def mark_epoch(figure: go.Figure, epoch: float, words: str = "shows from here") -> None:
    """Draw a line at ``epoch`` into a figure whose x axis counts epochs from 0."""
    last = figure.layout.xaxis.range[1]
    figure.add_vline(
        epoch,
        line={"color": VALIDATION, "dash": "dash", "width": 1.5},
        annotation={"text": words, "font": {"color": VALIDATION}},
        annotation_position="top left" if epoch > last / 2 else "top right",
    )


def mark_level(figure: go.Figure, level: float, words: str = "") -> None:
    """Draw a dotted line at the height ``level``."""
    figure.add_hline(
        level,
        line={"color": QUIET, "dash": "dot", "width": 1.5},
        annotation={"text": words, "font": {"color": QUIET}},
        annotation_position="top right",
    )


def overlaid_curves(histories: Mapping[str, History], measure: str, epochs: int) -> go.Figure:
    """Runs by name on one axis: solid with markers for validation, dotted for training.

    ``measure`` is ``loss`` or ``accuracy``; x in epochs from 0 to ``epochs``.
    """
    frame = overlaid_frame(tuple(histories), measure, epochs)
    return _with_points(frame, overlaid_points(histories.values(), measure))


def overlaid_frame(names: Sequence[str], measure: str, epochs: int) -> go.Figure:
    """``overlaid_curves`` before there are points."""
    title = measure.capitalize()
    figure = go.Figure(layout={"title": title, "margin": MARGIN, "legend": LEGEND, "height": 380})
    for index, name in enumerate(names):
        colour = ARMS[index % len(ARMS)]
        symbol = _SYMBOLS[(index + index // len(ARMS)) % len(_SYMBOLS)]  # no pair comes twice soon
        for is_shown, dash, mode in ((True, "solid", "lines+markers"), (False, "dot", "lines")):
            figure.add_scatter(
                name=name,
                mode=mode,
                showlegend=is_shown,
                line={"color": colour, "width": 2.5, "dash": dash},
                marker={"size": 9, "symbol": symbol},
                hovertemplate="epoch %{x}: %{y:.3f}",
            )
    words = "Epoch (solid: validation, dotted: training)"
    return _over_epochs(figure, measure, epochs, words).update_layout(showlegend=True)


def overlaid_points(histories: Iterable[History], measure: str) -> list[Points]:
    """Those of each trace of ``overlaid_curves``."""
    return [
        (
            [point.epoch for point in history.epochs],
            [getattr(point, prefix + measure) for point in history.epochs],
        )
        for history in histories
        for prefix in ("val_", "")
    ]


def arm_results(accuracies: Mapping[str, Sequence[float]]) -> go.Figure:
    """One row an arm, its name above: a dot for each seed, a bar at their mean; all 0…1."""
    figure = go.Figure(layout={**STILL, "height": 96 + 46 * len(accuracies), "showlegend": False})
    for row, (name, values) in enumerate(accuracies.items()):
        mean = [sum(values) / len(values)] if values else []
        for points, symbol, size, colour in (
            (mean, "line-ns-open", 16, VALIDATION),
            (values, "circle", 9, TRAINING),
        ):
            figure.add_scatter(
                x=list(points),
                y=[row] * len(points),
                mode="markers",
                marker={
                    "size": size, "symbol": symbol, "color": colour, "opacity": 0.85,
                    "line": {"width": 3 if symbol != "circle" else 0, "color": colour},
                },
                hovertemplate="%{x:.1%}<extra></extra>",
            )  # fmt: skip
        figure.add_annotation(
            text=name, x=0, xanchor="left", y=row, yshift=15, showarrow=False,
            font={"color": QUIET, "size": 12},
        )  # fmt: skip
    figure.add_vline(1 / CLASSES, line={"color": QUIET, "dash": "dot", "width": 1.5})
    figure.update_xaxes(
        range=[0, 1.02], tickformat=".0%", title="Accuracy (bar: mean, dotted: chance)"
    )
    figure.update_yaxes(range=[len(accuracies) - 0.5, -0.8], showticklabels=False)
    return figure.update_yaxes(tickvals=list(range(len(accuracies))))


def class_counts(counts: NDArray[np.int64]) -> go.Figure:
    """Bars: training images of each digit; ``counts`` (10,)."""
    figure = go.Figure(layout={"title": "Images of each digit", **STILL, "height": 280})
    figure.add_bar(x=list(range(CLASSES)), y=counts, marker_color=TRAINING)
    figure.update_xaxes(title="Digit", dtick=1)
    return figure


def pixel_histograms(counts: NDArray[np.int64], normalizer: Normalizer) -> go.Figure:
    """Share of pixels at each value: raw on the left, as the network gets them on the right.

    ``counts`` (256,) pixels of each grey level. The vertical axis is logarithmic, for most pixels
    are ground.
    """
    shares = counts.reshape(32, 8).sum(1) / counts.sum()
    levels = np.arange(32) * 8 + 3.5  # middles of 32 bins of 8 grey levels
    scale, offset = normalizer.scale_and_offset
    figure = make_subplots(1, 2, subplot_titles=("Raw", "To the network"), shared_yaxes=True)
    figure.add_bar(x=levels, y=shares, marker_color=QUIET, row=1, col=1)
    figure.add_bar(x=levels * scale + offset, y=shares, marker_color=TRAINING, row=1, col=2)
    figure.update_traces(marker_line_width=0, hovertemplate="value %{x:.3f}: %{y:.2%}")
    figure.update_xaxes(title="Pixel value")
    figure.update_yaxes(type="log", dtick=1, tickformat="~%")
    figure.update_yaxes(title="Share of pixels", row=1, col=1)
    figure.update_layout(showlegend=False, bargap=0.05, height=280, **STILL)
    return figure


def probability_bars(probabilities: NDArray[np.float32]) -> go.Figure:
    """(10,) probabilities as bars, the largest marked."""
    answer = int(probabilities.argmax())
    colours = [VALIDATION if digit == answer else TRAINING for digit in range(CLASSES)]
    figure = go.Figure(layout={**STILL, "height": 240})
    figure.add_bar(
        x=list(range(CLASSES)),
        y=probabilities,
        marker_color=colours,
        text=[f"{p:.0%}" if p >= 0.005 else "" for p in probabilities],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{x}: %{y:.2%}",
    )
    figure.update_xaxes(title="Digit", dtick=1)
    figure.update_yaxes(range=[0, 1.1], tickvals=[0, 0.5, 1], tickformat=".0%")
    return figure


def vote_picture(
    image: NDArray[np.uint8], votes: NDArray[np.float32], places: NDArray[np.float64], top: float
) -> NDArray[np.uint8]:
    """Where a picture voted for a digit (blue) and against it (orange): (300, 300, 3) uint8.

    ``image`` (50, 50) uint8, light ink; ``votes`` (h, w) of that digit; ``places`` the rows, and
    columns, in pixels of the picture where they were cast; ``top`` the vote of full colour.
    """
    side = _VOTE_SIDE
    pixels = (np.arange(side) + 0.5) * image.shape[0] / side - 0.5
    along = np.array([np.interp(pixels, places, row) for row in votes])  # (h, side)
    spread = np.array([np.interp(pixels, places, column) for column in along.T]).T[..., None]
    ink = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    paper = 255 - 0.75 * np.asarray(ink, float)[..., None]  # (side, side, 1)
    strength = np.clip(np.abs(spread) / max(top, 1e-6), 0, 1)
    colours = [np.array(ImageColor.getrgb(name), float) for name in (TRAINING, VALIDATION)]
    colour = np.where(spread > 0, *colours)  # (side, side, 3)
    painted = paper * (1 - 0.8 * strength) + colour * 0.8 * strength
    levels: NDArray[np.uint8] = np.round(painted).astype(np.uint8)
    return levels


def confusion_matrix(evaluation: Evaluation, rows: str = "True digit") -> go.Figure:
    """Rows: true digit, named ``rows``; columns: answer; numbers of images."""
    counts = evaluation.confusion
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    digits = [str(digit) for digit in range(CLASSES)]
    figure = go.Figure(layout={"title": "Confusion matrix", **STILL, "height": 420})
    figure.add_heatmap(
        z=shares,
        x=digits,
        y=digits,
        text=np.where(counts > 0, counts.astype(str), ""),
        texttemplate="%{text}",
        colorscale="Blues",
        zmin=0,
        zmax=1,
        showscale=False,
        hovertemplate="true %{y}, answer %{x}: %{text}",
    )
    figure.update_xaxes(title="Answer", type="category")
    figure.update_yaxes(title=rows, type="category", autorange="reversed")
    return figure


def digit_bars(evaluation: Evaluation, rival: Evaluation | None = None) -> go.Figure:
    """Bars: share of each digit read right, 0…1, by a model and, if there is one, its rival."""
    layout = {"title": "Read right, of each digit", **STILL, "legend": LEGEND}
    figure = go.Figure(layout={**layout, "height": 420, "showlegend": rival is not None})
    models = [("First model", TRAINING, evaluation)]
    if rival is not None:
        models.append(("Second model", VALIDATION, rival))
    for name, colour, each in models:
        counts, right = each.confusion.sum(1), each.confusion.diagonal()
        figure.add_bar(
            x=list(range(CLASSES)),
            y=right / np.maximum(counts, 1),
            name=name,
            marker_color=colour,
            text=[f"{r}/{n}" if n else "" for r, n in zip(right, counts, strict=True)],
            textposition="outside" if rival is None else "none",  # two would overlap
            cliponaxis=False,
            hovertemplate="%{x}: %{text}, %{y:.0%}",
        )
    figure.update_xaxes(
        title="Asked digit", title_standoff=NEAR, dtick=1, range=[-0.6, CLASSES - 0.4]
    )
    figure.update_yaxes(range=[0, 1.1], tickvals=[0, 0.5, 1], tickformat=".0%")
    return figure


def example_sheet(dataset: Dataset, per_class: int = 10) -> NDArray[np.uint8]:
    """The first images of each digit as one picture, a row a digit, 1 pixel apart."""
    sheet = np.full((CLASSES * 51 - 1, per_class * 51 - 1), 128, np.uint8)
    for digit in range(CLASSES):
        members: Sequence[int] = np.flatnonzero(dataset.labels == digit)[:per_class].tolist()
        for column, index in enumerate(members):
            top, left = 51 * digit, 51 * column
            sheet[top : top + 50, left : left + 50] = dataset.images[index]
    return sheet


def contact_sheet(images: Images, columns: int) -> NDArray[np.uint8]:
    """(N, 50, 50) images as one picture, ``columns`` in a row; empty places are black."""
    rows = max(1, -(-len(images) // columns))
    sheet = np.zeros((rows * columns, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    sheet[: len(images)] = images
    tiles = sheet.reshape(rows, columns, IMAGE_SIZE, IMAGE_SIZE).swapaxes(1, 2)
    return tiles.reshape(rows * IMAGE_SIZE, columns * IMAGE_SIZE)
