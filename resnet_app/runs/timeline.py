"""Events with a place on the curve, in epochs since the start."""

from typing import Any

from resnet_app.runs.writer import RunWriter


class Timeline:
    """Writes events at ``epoch`` and number of steps ``done`` in it.

    ``steps`` an epoch may be unknown until the first has ended; its events wait till then.
    """

    def __init__(self, writer: RunWriter, steps: int | None) -> None:
        self.steps = steps
        self._writer = writer
        self._waiting: list[tuple[str, int, int, dict[str, Any]]] = []

    def event(self, kind: str, epoch: int, done: int, **values: Any) -> None:
        """Write one event, or keep it until its place is known."""
        self._waiting.append((kind, epoch, done, values))
        if self.steps:
            self._write()

    def end_epoch(self, done: int) -> None:
        """An epoch had ``done`` steps."""
        self.steps = self.steps or done
        self._write()

    def _write(self) -> None:
        assert self.steps
        for kind, epoch, done, values in self._waiting:
            place = epoch + min(done / self.steps, 1.0)
            self._writer.event(kind, position=round(place, 5), **values)
        self._waiting.clear()
