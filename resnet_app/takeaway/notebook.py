"""The code of a run as a Jupyter notebook, in nbformat 4."""

import json
import platform
from collections.abc import Sequence
from typing import Any

from resnet_app.takeaway.piece import Cell


def as_notebook(cells: Sequence[Cell]) -> str:
    """``cells`` as a notebook: words and code of each below one another."""
    found: list[dict[str, Any]] = []
    for index, cell in enumerate(cells):
        words = f"# {cell.words}" if index == 0 else cell.words
        found.append(_cell(f"words-{index}", "markdown", words))
        if cell.code:
            code = _cell(f"code-{index}", "code", cell.code)
            found.append({**code, "execution_count": None, "outputs": []})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    language = {"name": "python", "version": platform.python_version()}
    notebook = {
        "cells": found,
        "metadata": {"kernelspec": kernel, "language_info": language},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cell(name: str, kind: str, text: str) -> dict[str, Any]:
    return {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(True)}
