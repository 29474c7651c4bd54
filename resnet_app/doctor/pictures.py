"""The pictures that a verdict points at, by name: evidence in, ``plotly`` figure out.

Each is None where the run does not tell what it would show.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import plotly.graph_objects as go

from resnet_app import figures
from resnet_app.config import CLASSES
from resnet_app.doctor.case import Case, suggested_rate
from resnet_app.doctor.evidence import Evidence, Pixels
from resnet_app.doctor.rules.parts import LEAKED, NEAR_ROWS, NEARLY_LEAKED

Picture = Callable[[Evidence, float | None], go.Figure | None]
"""Evidence, and the place in epochs at which the trouble begins to show, if there is one."""

_Value = TypeVar("_Value")
_HEIGHT = 320
_OTHER_SCALE = 0.3
"""Share by which deviations differ where they are not those of some images and of all."""
_HEALTHY_UPDATES = (-4.0, -1.0)
"""Usual log10 of update to weight; -3 is the rule of thumb of Karpathy's makemore lectures."""


def draw(name: str, evidence: Evidence, since: float | None = None) -> go.Figure | None:
    """The picture called ``name``, one of ``PICTURES``; None where the evidence lacks it."""
    figure = PICTURES[name](evidence, since)
    case = Case(evidence)
    return figure if figure is None or case.subject == "digits" else _said(figure, case.say)


def _said(figure: go.Figure, say: Callable[[str], str]) -> go.Figure:
    """``figure`` with its titles, names and categories in other words."""
    layout = figure.layout
    for titled in (layout, layout.xaxis, layout.yaxis):
        if titled.title.text:
            titled.title.text = say(titled.title.text)
    for trace in figure.data:
        if trace.name:
            trace.name = say(trace.name)
        for axis in ("x", "y"):
            values = trace[axis]
            if values is not None and all(isinstance(value, str) for value in values):
                trace[axis] = [say(value) for value in values]
    return figure


def _curve(evidence: Evidence, measure: str, since: float | None) -> go.Figure | None:
    history = evidence.history
    if not history.batches and not history.epochs:
        return None
    points = [point.position for point in history.batches[-1:]]
    points += [float(point.epoch) for point in history.epochs[-1:]]
    figure = figures.learning_curve(
        history, measure, evidence.facts.epochs or math.ceil(max(points))
    )
    if since is not None:
        figures.mark_epoch(figure, since)
    return figure


def curves_of(evidence: Evidence) -> tuple[str, ...]:
    """Names of the pictures that are the run's curves; one where no accuracy was asked for."""
    return ("curves", "loss") if _has_accuracy(evidence) else ("loss",)


def _has_accuracy(evidence: Evidence) -> bool:
    history = evidence.history
    known = [point.accuracy for point in history.batches]
    known += [point.accuracy for point in history.epochs]
    return not known or any(map(math.isfinite, known))


def _accuracy(evidence: Evidence, since: float | None) -> go.Figure | None:
    """The accuracies, with the line of chance; the losses of a run that has none."""
    if not _has_accuracy(evidence):
        return _loss(evidence, since)
    figure = _curve(evidence, "accuracy", since)
    if figure is not None and Case(evidence).classifies:
        figures.mark_level(figure, 1 / _classes(evidence), "chance")
    return figure


def _loss(evidence: Evidence, since: float | None) -> go.Figure | None:
    """The losses, with that of a network that knows nothing."""
    figure = _curve(evidence, "loss", since)
    if figure is not None and Case(evidence).classifies:
        classes = _classes(evidence)
        figures.mark_level(figure, math.log(classes), f"ln {classes}, knowing nothing")
    return figure


def _predicted(evidence: Evidence, since: float | None) -> go.Figure | None:
    """How often each class is answered, beside chance."""
    counts = _last(watch.validation_predicted for watch in evidence.watches)
    where = "validation"
    if counts is None:
        counts, where = _last(watch.predicted for watch in evidence.watches), "training"
    if not counts or not sum(counts):
        return None
    shares = [count / sum(counts) for count in counts]
    figure = _figure(f"Answers on {sum(counts):,} {where} images")
    figure.add_bar(
        x=[str(digit) for digit in range(len(counts))],
        y=shares,
        marker_color=figures.TRAINING,
        hovertemplate="answer %{x}: %{y:.1%}<extra></extra>",
    )
    figures.mark_level(figure, 1 / len(counts))
    figure.update_xaxes(title="Answer", type="category")
    figure.update_yaxes(
        title="Share of the images", tickformat=".0%", range=[0, max(shares) * 1.15]
    )
    return figure


def _modes(evidence: Evidence, since: float | None) -> go.Figure | None:
    """The same images in both modes, one pair of bars for each set of images."""
    if not evidence.modes:
        return None
    last = evidence.modes[-1]
    pairs = {"Training images": (last.training_accuracy, last.inference_accuracy)}
    if last.validation_training_accuracy is not None:
        inference = last.validation_inference_accuracy
        pairs["Validation images"] = (last.validation_training_accuracy, inference or 0.0)
    figure = _figure("The same images, read in both modes")
    for index, (name, colour) in enumerate(
        (("In training mode", figures.TRAINING), ("In inference mode", figures.VALIDATION))
    ):
        values = [pair[index] for pair in pairs.values()]
        figure.add_bar(
            name=name,
            x=list(pairs),
            y=values,
            marker={"color": colour, "pattern": {"shape": "/" if index else ""}},
            text=[f"{value:.0%}" for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y:.1%}<extra>%{fullData.name}</extra>",
        )
    figures.mark_level(figure, 1 / _classes(evidence))
    figure.update_yaxes(
        title="Accuracy (dotted: chance)", tickformat=".0%", range=[0, 1.15], tickvals=[0, 0.5, 1]
    )
    figure.update_layout(legend=figures.LEGEND, showlegend=True)
    return figure


def _updates(evidence: Evidence, since: float | None) -> go.Figure | None:
    """Size of the last step of each layer, beside the usual band."""
    values = _last(watch.updates for watch in evidence.watches)
    if not values:
        return None
    figure = _by_layer(values, "One step's change over the weights, by layer", "log10 of the ratio")
    figure.add_hrect(*_HEALTHY_UPDATES, fillcolor=figures.QUIET, opacity=0.2, line_width=0)
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=_HEALTHY_UPDATES[1], yanchor="bottom",
        text="usual", showarrow=False, font={"color": figures.QUIET},
    )  # fmt: skip
    return figure


def _gradients(evidence: Evidence, since: float | None) -> go.Figure | None:
    """Norm of the gradient of each layer, on a logarithmic axis."""
    values = _last(watch.gradients for watch in evidence.watches)
    if not values:
        return None
    figure = _by_layer(values, "Size of the gradient, by layer", "Norm")
    figure.update_yaxes(type="log", exponentformat="power")
    return figure


def _silent(evidence: Evidence, since: float | None) -> go.Figure | None:
    """Share of units of each layer that answer to no image at all."""
    values = _last(watch.silent for watch in evidence.watches)
    if not values:
        return None
    figure = _by_layer(values, "Units that answer to none of the probe images", "Share of units")
    figure.update_yaxes(range=[0, 1.05], tickformat=".0%")
    return figure


def _pixels(evidence: Evidence, since: float | None) -> go.Figure | None:
    """Range, mean and deviation of what reaches the network, in training and validation.

    Of training also as the first layer with weights gets it, where others before it scale it.
    """
    facts, inner = evidence.facts, Case(evidence).inputs
    parts = {"Training": facts.pixels, "Validation": facts.validation_pixels}
    if inner is not None and facts.pixels is not None:
        given = facts.pixels.deviation
        if not math.isclose(inner.deviation, given, rel_tol=_OTHER_SCALE):
            parts["At the first weights"] = inner
    known = {name: pixels for name, pixels in parts.items() if pixels is not None}
    if not known or not all(_is_finite(pixels) for pixels in known.values()):
        return None
    figure = _figure("Pixels as they reach the network")
    for name, pixels in known.items():
        colour = figures.VALIDATION if name == "Validation" else figures.TRAINING
        low, high = pixels.mean - pixels.deviation, pixels.mean + pixels.deviation
        for ends, width, words in (
            ((pixels.low, pixels.high), 3, "smallest to largest"),
            ((low, high), 14, "mean ± one deviation"),
        ):
            figure.add_scatter(
                x=ends,
                y=[name, name],
                mode="lines",
                line={"color": colour, "width": width},
                hovertemplate=f"{words}: {ends[0]:.4g} to {ends[1]:.4g}<extra>{name}</extra>",
            )
        figure.add_scatter(
            x=[pixels.mean], y=[name], mode="markers", hoverinfo="skip",
            marker={"size": 12, "symbol": "line-ns-open", "color": figures.QUIET,
                    "line": {"width": 3}},
        )  # fmt: skip
    words = "Value. Thin: smallest to largest;<br>thick: mean ± one deviation"
    figure.update_xaxes(title=words, title_standoff=figures.NEAR)
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_layout(height=180 + 40 * len(known), showlegend=False)
    return figure


def _labels(evidence: Evidence, since: float | None) -> go.Figure | None:
    """Share of each class in both splits, in training by the weights in the loss, if there are."""
    facts = evidence.facts
    if not facts.labels or not sum(facts.labels):
        return None
    figure = _figure("Classes in the training and the validation split")
    trained = tuple(map(round, facts.weighed_labels)) if facts.weighed_labels else facts.labels
    weighed = ", by weight in the loss" if facts.weighed_labels else ""
    for name, counts, colour, pattern in (
        ("Training", trained, figures.TRAINING, ""),
        ("Validation", facts.validation_labels, figures.VALIDATION, "/"),
    ):
        if counts and sum(counts):
            told = weighed if name == "Training" else ""
            figure.add_bar(
                name=f"{name}, {sum(counts):,} images{told}",
                x=[str(digit) for digit in range(len(counts))],
                y=[count / sum(counts) for count in counts],
                customdata=counts,
                marker={"color": colour, "pattern": {"shape": pattern}},
                hovertemplate="class %{x}: %{customdata} (%{y:.1%})<extra>%{fullData.name}</extra>",
            )
    figure.update_xaxes(title="Class", title_standoff=figures.NEAR, type="category")
    figure.update_yaxes(title="Share of the split", tickformat=".0%", rangemode="tozero")
    figure.update_layout(legend=figures.LEGEND, showlegend=True)
    return figure


def _weights(evidence: Evidence, since: float | None) -> go.Figure | None:
    """Deviation of each layer's weights before the first step."""
    layers = {
        layer.name: layer.weight_deviation
        for layer in evidence.facts.layers
        if layer.weight_deviation is not None
    }
    if not layers:
        return None
    return _by_layer(layers, "How much the weights of a layer differ at the start", "Deviation")


def _batches(evidence: Evidence, since: float | None) -> go.Figure | None:
    """How mixed the first batches are, beside batches drawn at random."""
    entropy = evidence.facts.batch_entropy
    if entropy is None:
        return None
    return _against("How mixed the first batches are", {"Here": entropy, "Drawn at random": 1.0})


def _duplicates(evidence: Evidence, since: float | None) -> go.Figure | None:
    """Share of validation images that are training images too; or nearly, where these are few."""
    title, shared = "Validation images that are training images too", evidence.facts.shared
    if shared is None:
        return None
    near = evidence.facts.nearly_shared or 0.0
    if near >= NEARLY_LEAKED and shared < LEAKED:
        title, shared = NEAR_ROWS, near
    figure = _against(title, {"Here": shared, "Expected": 0.0})
    return figure.update_xaxes(tickformat=".0%", range=[0, 1.1])


def _outputs(evidence: Evidence, since: float | None) -> go.Figure | None:
    """Smallest and largest sum of an image's ten answers; probabilities add up to 1.

    Of numbers, the smallest and the largest answer beside those that are asked for.
    """
    if not Case(evidence).classifies:
        return _reach(evidence)
    sums = _last(watch.row_sums for watch in evidence.watches) or evidence.facts.row_sums
    if sums is None or not all(map(math.isfinite, sums)):
        return None
    names = ("Smallest sum here", "Largest sum here", "Expected")
    return _against(
        "The answers of one image, added up", dict(zip(names, (*sums, 1.0), strict=True))
    )


def _reach(evidence: Evidence) -> go.Figure | None:
    asked = evidence.facts.label_range
    given = _last(watch.outputs for watch in evidence.watches) or evidence.facts.outputs
    if asked is None or given is None or not all(map(math.isfinite, (*asked, *given))):
        return None
    names = ("Smallest answer", "Largest answer", "Smallest asked for", "Largest asked for")
    values = dict(zip(names, (*given, *asked), strict=True))
    return _against("Answers, and the numbers that are asked for", values, expected=2)


_ARM_WORDS = {
    "same": "As it is",
    "tenth": "A tenth of the rate",
    "tenfold": "Ten times the rate",
    "slow": "Last layer at a tenth of the rate",
    "free": "Without dropout and penalty",
    "raw": "Pixels 0…255",
    "unit": "Pixels 0…1",
}


def _short_runs(evidence: Evidence, name: str) -> go.Figure | None:
    """Losses after the same few steps from the same weights, by what the test changed."""
    test = Case(evidence).tests.get(name, {})
    arms = {name: arm for name, arm in test.items() if isinstance(arm, Mapping) and "loss" in arm}
    losses = {_ARM_WORDS.get(name, name): arm["loss"] for name, arm in arms.items()}
    losses = {name: loss for name, loss in losses.items() if loss is not None}
    if not losses:
        return None
    figure = _figure(f"Loss after {test.get('steps', 'the same')} steps, from the same weights")
    figure.add_bar(
        x=list(losses.values()),
        y=list(losses),
        orientation="h",
        marker_color=figures.TRAINING,
        text=[f"{loss:.3g}" for loss in losses.values()],
        hoverinfo="skip",
    )
    figure.update_xaxes(title="Loss", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure.update_layout(height=140 + 45 * len(losses))


def _arms_of(test: str) -> Picture:
    """The picture of the short runs of ``test``."""
    return lambda evidence, since: _short_runs(evidence, test)


def _range(evidence: Evidence, since: float | None) -> go.Figure | None:
    """The loss while the rate grows, with the run's own rate and the one to take."""
    swept = evidence.tests.get("range", {})
    if "rates" not in swept:
        return None
    figure = _figure("Loss while the learning rate is raised step by step")
    figure.add_scatter(
        x=swept["rates"],
        y=swept["losses"],
        mode="lines",
        line={"color": figures.TRAINING},
        hovertemplate="rate %{x:.2g}: loss %{y:.3g}<extra></extra>",
    )
    own, taken = evidence.facts.learning_rate, suggested_rate(swept)
    if own:
        figure.add_vline(own, line_dash="dot", annotation_text="this run")
    if taken is not None:
        figure.add_vline(taken, line_color=figures.VALIDATION, annotation_text="a tenth of lowest")
    first = max(float(swept["first"]), 1.0)
    figure.update_yaxes(title="Loss", range=[0, 2 * first])  # beyond that it has broken
    return figure.update_xaxes(title="Learning rate", type="log", dtick=1)


PICTURES: dict[str, Picture] = {
    "curves": _accuracy,
    "loss": _loss,
    "predicted": _predicted,
    "modes": _modes,
    "updates": _updates,
    "gradients": _gradients,
    "silent": _silent,
    "pixels": _pixels,
    "labels": _labels,
    "split": _labels,
    "batches": _batches,
    "duplicates": _duplicates,
    "images": _pixels,
    "outputs": _outputs,
    "weights": _weights,
    "twins": _arms_of("twins"),
    "free": _arms_of("free"),
    "rates": _arms_of("rates"),
    "head": _arms_of("head"),
    "range": _range,
}
"""All pictures by name."""


def _classes(evidence: Evidence) -> int:
    return evidence.facts.classes or CLASSES


def _last(values: Iterable[_Value | None]) -> _Value | None:
    """The newest of ``values`` that was recorded."""
    return next((value for value in reversed(list(values)) if value), None)


def _figure(title: str) -> go.Figure:
    return go.Figure(layout={"title": title, "height": _HEIGHT, **figures.STILL})


def _against(title: str, values: Mapping[str, float], expected: int = 1) -> go.Figure:
    """Figures from this run as bars, and the one to expect, or more of them, at the end."""
    figure = _figure(title)
    figure.add_bar(
        x=list(values.values()),
        y=list(values),
        orientation="h",
        marker_color=[figures.VALIDATION] * (len(values) - expected) + [figures.QUIET] * expected,
        text=[f"{value:.3g}" for value in values.values()],
        hoverinfo="skip",
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(height=110 + 50 * len(values))
    return figure


def _by_layer(values: Mapping[str, float], title: str, unit: str) -> go.Figure:
    figure = _figure(title)
    finite = {name: value for name, value in values.items() if math.isfinite(value)}
    figure.add_scatter(
        x=list(finite),
        y=list(finite.values()),
        mode="lines+markers",
        line={"color": figures.TRAINING, "width": 1},
        marker={"size": 8},
        hovertemplate="%{x}: %{y:.3g}<extra></extra>",
    )
    figure.update_xaxes(title="Layer, from the pixels to the answer", showticklabels=False)
    figure.update_yaxes(title=unit)
    return figure


def _is_finite(pixels: Pixels) -> bool:
    return all(map(math.isfinite, (pixels.low, pixels.high, pixels.mean, pixels.deviation)))
