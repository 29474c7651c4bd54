"""What may be spent beside a training: a share of the time that it has taken, or a little."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

SHARE = 0.0125
"""Most of the training time that watching may spend. What is not counted comes on top, such as
noting the first batches; together it is to stay within 0.02."""


class Budget:
    """Keeps account of the seconds spent, and of what each kind of reading last cost.

    ``floor`` are seconds that may be spent of a training however short, beyond those ``spent``
    before it.
    """

    def __init__(self, floor: float, share: float = SHARE, spent: float = 0.0) -> None:
        self._share = share
        self._floor = floor + spent
        self._began = time.perf_counter() - spent
        self._costs: dict[str, float] = {}
        self._expected: dict[str, float] = {}
        self._kept: tuple[str, float] = ("", 0.0)
        self._depth = 0
        self.spent = spent

    @contextmanager
    def spending(self, kind: str) -> Iterator[None]:
        """Charge the time within to ``kind``; within another it is charged once."""
        began = time.perf_counter()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            seconds = time.perf_counter() - began
            self._costs[kind] = seconds
            if not self._depth:
                self.spent += seconds

    def expect(self, kind: str, seconds: float) -> None:
        """What ``kind`` may cost, before it was done once."""
        self._expected[kind] = seconds

    def keep(self, kind: str, times: float) -> None:
        """Keep back what ``times`` of ``kind`` take, for what comes at the end in any case."""
        self._kept = kind, times

    def last(self, kind: str) -> float:
        """Seconds that ``kind`` took the last time; before, what was expected, at first 0."""
        return self._costs.get(kind, self._expected.get(kind, 0.0))

    def allows(self, kind: str, times: float = 1.0, floor: bool = True) -> bool:
        """Whether ``kind`` fits ``times`` over, each for what ``last`` says.

        Without ``floor`` the share alone counts.
        """
        trained = time.perf_counter() - self._began - self.spent
        most = max(self._share * trained, self._floor if floor else 0.0)
        kept, share = self._kept
        return self.spent + times * self.last(kind) + share * self.last(kept) <= most
