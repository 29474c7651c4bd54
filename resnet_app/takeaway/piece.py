"""Pieces of code with words, and putting them together."""

import re
from dataclasses import dataclass
from textwrap import dedent, indent


@dataclass(frozen=True)
class Cell:
    """``words``, plain sentences without markup, and the ``code`` that they explain."""

    words: str
    code: str


GAP = "\n\n"
"""A piece that leaves two lines empty."""


def part(*pieces: str) -> str:
    """Pieces of code one below the other, without empty ones.

    A piece that begins with a new line is a block in triple quotes: its margin is taken away.
    """
    kept = (piece for piece in pieces if piece == GAP or piece.strip())
    plain = (dedent(piece) if piece.startswith("\n") else piece for piece in kept)
    code = "\n".join("\n" if piece == GAP else piece.strip("\n") for piece in plain)
    return re.sub(r"\n{4,}", "\n\n\n", code).strip("\n")


def inside(*pieces: str, depth: int = 1) -> str:
    """Pieces of code as the body of something, ``depth`` steps to the right."""
    return indent(part(*pieces), "    " * depth)
