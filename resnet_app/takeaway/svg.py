"""Curves of a run as inline SVG, for pages that must do without a network and without scripts."""

import math
from collections.abc import Sequence
from html import escape

from resnet_app import figures
from resnet_app.runs.course import History

_WIDTH, _HEIGHT = 460, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 28, 40

Points = Sequence[tuple[float, float]]


def curve(history: History, measure: str, epochs: int) -> str:
    """``measure``, ``loss`` or ``accuracy``, over ``epochs``; what is not finite is left out.

    Thin: training, within the epoch. Round dots: training, diamonds: validation, at each epoch's
    end.
    """
    within = [(point.position, getattr(point, measure)) for point in history.batches]
    training = [(point.epoch, getattr(point, measure)) for point in history.epochs]
    validation = [(point.epoch, getattr(point, f"val_{measure}")) for point in history.epochs]
    every = [y for part in (within, training, validation) for _, y in part if math.isfinite(y)]
    top = 1.0 if measure == "accuracy" else _round_up(max(every, default=1.0))
    plot = _Plot(float(max(epochs, 1)), top)
    return "".join(
        (
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'aria-label="{escape(measure.capitalize())} over {epochs} epochs">',
            f'<text x="{_LEFT}" y="18" class="title">{escape(measure.capitalize())}</text>',
            plot.axes(percent=measure == "accuracy"),
            plot.line(within, figures.TRAINING, 1, 0.6),
            plot.line(training, figures.TRAINING, 2.2),
            plot.line(validation, figures.VALIDATION, 2.2),
            plot.marks(training, figures.TRAINING, round_ones=True),
            plot.marks(validation, figures.VALIDATION, round_ones=False),
            _legend(),
            "</svg>",
        )
    )


class _Plot:
    """Places on the paper for x in 0…``last`` and y in 0…``top``."""

    def __init__(self, last: float, top: float) -> None:
        self._last, self._top = last, top

    def axes(self, percent: bool) -> str:
        """Grid lines with their numbers."""
        found = []
        for share in (0, 0.25, 0.5, 0.75, 1):
            value = share * self._top
            _, y = self._at(0, value)
            text = f"{value:.0%}" if percent else f"{value:.3g}"
            found.append(f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" class="grid"/>')
            found.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{text}</text>')
        step = max(1, math.ceil(self._last / 10))
        for epoch in range(0, int(self._last) + 1, step):
            x, y = self._at(epoch, 0)
            found.append(f'<text x="{x}" y="{y + 15}" text-anchor="middle">{epoch}</text>')
        return "".join(found)

    def line(self, points: Points, colour: str, width: float, opacity: float = 1.0) -> str:
        """Neighbouring points joined; a gap where one is not finite."""
        path, down = [], False
        for x, y in points:
            if not (math.isfinite(x) and math.isfinite(y)):
                down = False
                continue
            left, top = self._at(x, y)
            path.append(f"{'L' if down else 'M'}{left} {top}")
            down = True
        return (
            f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="{width}" '
            f'opacity="{opacity}"/>'
        )

    def marks(self, points: Points, colour: str, round_ones: bool) -> str:
        """A circle or a diamond at each point."""
        found = []
        for x, y in points:
            if math.isfinite(y):
                left, top = self._at(x, y)
                found.append(
                    f'<circle cx="{left}" cy="{top}" r="3.5" fill="{colour}"/>'
                    if round_ones
                    else f'<path d="M{left} {top - 5}l5 5l-5 5l-5 -5z" fill="{colour}"/>'
                )
        return "".join(found)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        across, down = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        share = min(max(y / self._top, 0.0), 1.0)
        left = _LEFT + across * min(max(x / self._last, 0.0), 1.0)
        return round(left, 1), round(_TOP + down * (1 - share), 1)


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 and 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power: float = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if value <= step * power * (1 + 1e-9))


def _legend() -> str:
    y = _HEIGHT - 8
    return (
        f'<circle cx="{_LEFT + 4}" cy="{y - 4}" r="3.5" fill="{figures.TRAINING}"/>'
        f'<text x="{_LEFT + 12}" y="{y}">training (thin: within the epoch)</text>'
        f'<path d="M{_LEFT + 218} {y - 9}l5 5l-5 5l-5 -5z" fill="{figures.VALIDATION}"/>'
        f'<text x="{_LEFT + 228}" y="{y}">validation, by epoch</text>'
    )
