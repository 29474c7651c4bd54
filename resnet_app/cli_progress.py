"""The command line's progress bar."""

import sys
from typing import Any

from tqdm import tqdm


class PercentBar(tqdm):  # type: ignore[type-arg]  # it iterates over nothing
    """A bar from 0 to 100 % on a terminal's stderr, with words behind it; elsewhere nothing.

    ``leave`` keeps it on the screen after its end.
    """

    def __init__(self, leave: bool) -> None:
        shown: dict[str, Any] = {"bar_format": "{l_bar}{bar}| {postfix}", "disable": None}
        super().__init__(total=100, unit="%", file=sys.stderr, leave=leave, **shown)

    def show(self, share: float, words: str) -> None:
        """Move the bar to ``share``, 0…1."""
        self.update(round(100 * share) - self.n)
        self.set_postfix_str(words)
