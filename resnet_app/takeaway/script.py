"""The code of a run as one Python script."""

from collections.abc import Sequence
from textwrap import fill

from resnet_app.takeaway.piece import Cell

_WIDTH = 100


def as_script(cells: Sequence[Cell]) -> str:
    """``cells`` as Python: the first one's words at the top, the others' as comments."""
    title, *rest = cells
    sections = [f'"""{fill(title.words, _WIDTH - 3)}\n"""']
    for cell in rest:
        words = fill(cell.words, _WIDTH, initial_indent="# ", subsequent_indent="# ")
        sections.append(f"{words}\n\n{cell.code}")
    return "\n\n\n".join(sections) + "\n"
