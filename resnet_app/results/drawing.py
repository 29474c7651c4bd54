"""A network as a drawing, in SVG: every step of the stored model, with a picture's way through it.

All text stands in boxes of a light colour, so that the drawing can be read in both themes.
"""

import base64
import io
from collections.abc import Mapping
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from resnet_app.figures import QUIET, TRAINING, VALIDATION
from resnet_app.results.network import Network, Step
from resnet_app.results.pictures import signed_sheet, strongest

_WIDTH = 380
_LEFT, _BOX = 34, 170
"""Room for the ways past the blocks, and width of a box."""
_ROW, _HEIGHT = 50, 40
"""Distance from box to box, and height of one."""
_SHOWN, _SIDE = 4, 36
"""Maps beside a step, and their side."""

_INK = "#1b2733"

_NAMES = {
    "InputLayer": "Picture",
    "Conv2D": "Convolution",
    "MaxPooling2D": "Largest of each place",
    "AveragePooling2D": "Mean of each place",
    "GlobalAveragePooling2D": "Mean of each map",
    "UpSampling2D": "Larger copies",
    "Flatten": "All numbers in a row",
    "Dense": "Weighted sums",
}


def title_of(step: Step) -> str:
    """What a step does, in plain words."""
    if step.is_block:
        return f"Block {step.name.removeprefix('res').removesuffix('_add')}"
    if any(layer.detail.startswith("1×1, step") for layer in step.layers):
        return "Some places only"
    kinds = [layer.kind for layer in step.layers if layer.kind in _NAMES]
    return _NAMES[kinds[0]] if kinds else step.layers[0].kind


def shape_in_words(shape: tuple[int, ...]) -> str:
    """``26×26, 32 maps`` or ``10 numbers``."""
    if len(shape) == 3:
        return f"{shape[0]}×{shape[1]}, {shape[2]} map{'' if shape[2] == 1 else 's'}"
    return f"{int(np.prod(shape)):,} numbers"


def draw_network(network: Network, outputs: Mapping[str, NDArray[np.float32]]) -> str:
    """The drawing; beside each step the strongest maps of its entry in ``outputs``, (h, w, C)."""
    steps = network.steps
    height = len(steps) * _ROW + 4
    parts = [_step(step, row * _ROW + 4, outputs.get(step.name)) for row, step in enumerate(steps)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{2 * _WIDTH}" height="{2 * height}" font-family="sans-serif" fill="{_INK}">'
        f"{''.join(parts)}</svg>"
    )


def in_words(network: Network) -> str:
    """What the drawing shows, for those who do not see it."""
    parts = [
        title_of(step)
        + (f", added to what came in, {len(step.layers)} layers" if step.is_block else "")
        + f": {shape_in_words(step.shape)}"
        for step in network.steps
    ]
    return f"The network from top to bottom. {'; '.join(parts)}"


def _step(step: Step, top: int, maps: NDArray[np.float32] | None) -> str:
    middle = _LEFT + _BOX // 2
    colour, paper = (TRAINING, "#e3effa") if step.is_block else (QUIET, "#f1f3f5")
    parts = [
        f'<rect x="{_LEFT}" y="{top}" width="{_BOX}" height="{_HEIGHT}" rx="6" fill="{paper}" '
        f'stroke="{colour}"/>',
        _text(_LEFT + 8, top + 16, title_of(step), 12, bold=True),
        _text(_LEFT + 8, top + 31, _facts(step), 10),
    ]
    if top > _ROW // 2:
        parts.append(
            f'<path d="M{middle} {top - _ROW + _HEIGHT} V{top - 1}" stroke="{QUIET}" '
            'stroke-width="1.5" fill="none"/>'
        )
    if step.is_block:
        parts.append(_way_past(step, top))
    if maps is not None and maps.ndim == 3:
        parts.append(_thumbnails(maps, top))
    return "".join(parts)


def _facts(step: Step) -> str:
    facts = [shape_in_words(step.shape)]
    windows = [layer.detail for layer in step.layers if layer.detail]
    if windows and not step.is_block:
        facts.append(windows[0])
    elif windows:
        facts.append("–".join(window.split(",")[0].split("×")[0] for window in windows))
    return " · ".join(facts)


def _way_past(step: Step, top: int) -> str:
    """The way past a block and the plus where both meet; dashed where it has layers of its own."""
    dash = ' stroke-dasharray="4 3"' if step.shortcut else ""
    plus = _LEFT - 12
    x, start, end = 8, top - (_ROW - _HEIGHT) // 2, top + _HEIGHT - 8
    return (
        f'<path d="M{_LEFT + _BOX // 2} {start} H{x + 5} Q{x} {start} {x} {start + 5} V{end - 5} '
        f'Q{x} {end} {x + 5} {end} H{_LEFT}" fill="none" stroke="{VALIDATION}" '
        f'stroke-width="2"{dash}/>'
        f'<circle cx="{plus}" cy="{end}" r="8" fill="{VALIDATION}"/>'
        f'<path d="M{plus - 4} {end} h8 M{plus} {end - 4} v8" stroke="#fff" stroke-width="2"/>'
    )


def _thumbnails(maps: NDArray[np.float32], top: int) -> str:
    shown = maps[..., strongest(maps, _SHOWN)]
    sheet = signed_sheet(shown, _SHOWN, _SIDE * 2)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    x, width = _LEFT + _BOX + 14, sheet.shape[1] / 2
    return (
        f'<image x="{x}" y="{top + 2}" width="{width}" height="{_SIDE}" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _text(x: int, y: int, words: str, size: int, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x}" y="{y}" font-size="{size}"{weight}>{escape(words)}</text>'
