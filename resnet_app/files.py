"""Writing files so that a reader never sees half of one, and reading each of them once."""

import json
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

_Value = TypeVar("_Value")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it takes the place of ``path`` at once.

    Raises ``OSError`` as the file system does; then ``path`` is as it was.
    """
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Put ``value`` at ``path`` as JSON, at once or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1), encoding="utf-8")


def read_json(path: Path) -> Any:
    """The JSON value at ``path``; raises ``OSError`` or ``ValueError``."""
    return json.loads(path.read_text(encoding="utf-8"))


class ReadOnce(Generic[_Value]):
    """What ``read`` makes of a file, kept for the ``most`` files asked last until they change.

    A file that was replaced or has grown is read again. What comes back is shared between all who
    ask, so nobody changes it. Raises what ``read`` raises, and ``OSError`` without the file.
    """

    def __init__(self, read: Callable[[Path], _Value], most: int) -> None:
        self._read = read
        self._most = most
        self._kept: OrderedDict[Path, tuple[tuple[int, int, int], _Value]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, path: Path) -> _Value:
        about = path.stat()
        stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
        with self._lock:
            kept = self._kept.get(path)
            if kept is not None and kept[0] == stamp:
                self._kept.move_to_end(path)
                return kept[1]
        value = self._read(path)  # a change from now on has another stamp
        with self._lock:
            self._kept[path] = (stamp, value)
            self._kept.move_to_end(path)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value
