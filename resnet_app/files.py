"""Writing files so that a reader never sees half of one, and reading each of them once.

A file that is being written is called ``.PID-….SUFFIX``, by the number of its writer; what a
killed one leaves behind is told by that.
"""

import errno
import json
import os
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import filelock
import psutil

_Value = TypeVar("_Value")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TEMPORARY = re.compile(r"\.(\d+)-[^/]+")
_LOCK_SECONDS = 30.0
_COMPARED = 256
"""Bytes before the new lines of a file by which it is known again."""

DISK_FULL = (
    "The disk is full, so this was not kept; everything that was kept before is as it was. Delete "
    "runs, data sets or other files, then try again. Received: no room to write"
)


@contextmanager
def replacing(path: Path, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it takes the place of ``path`` at once.

    ``durable``: only after its bytes are on the disk, so that a power failure leaves one of the
    two, whole. Raises ``OSError`` as the file system does; then ``path`` is as it was.
    """
    prefix = f".{os.getpid()}-"
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if durable:
            _flush(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def is_abandoned(path: Path) -> bool:
    """Whether ``path`` is what ``replacing`` left behind when its process was killed."""
    match = _TEMPORARY.fullmatch(path.name)
    return match is not None and not psutil.pid_exists(int(match[1]))


def write_json(path: Path, value: Any, durable: bool = True) -> None:
    """Put ``value`` at ``path`` as JSON, at once or not at all; ``durable`` as in ``replacing``."""
    with replacing(path, durable) as temporary:
        temporary.write_text(json.dumps(value, indent=1), encoding="utf-8")


def read_json(path: Path) -> Any:
    """The JSON value at ``path``; raises ``OSError`` or ``ValueError``."""
    return json.loads(path.read_text(encoding="utf-8"))


class Shelf(Generic[_Value]):
    """A value for each of the ``most`` files that were asked for last; threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Path, _Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path) -> _Value | None:
        """The value of ``path``, which counts as asked for; None if it is not kept."""
        with self._lock:
            if path in self._values:
                self._values.move_to_end(path)
            return self._values.get(path)

    def put(self, path: Path, value: _Value) -> None:
        """Keep ``value``, in place of what was asked for longest ago where there is no room."""
        with self._lock:
            self._values[path] = value
            self._values.move_to_end(path)
            while len(self._values) > self._most:
                self._values.popitem(last=False)


_Stamp = tuple[int, int, int]


def _stamp(path: Path) -> _Stamp:
    """By which it is seen that a file was replaced or has grown; its inode is the last."""
    about = path.stat()
    return about.st_mtime_ns, about.st_size, about.st_ino


class ReadOnce(Generic[_Value]):
    """What ``read`` makes of a file, kept for the ``most`` files asked last until they change.

    A file that was replaced or has grown is read again. What comes back is shared between all who
    ask, so nobody changes it. Raises what ``read`` raises, and ``OSError`` without the file.
    """

    def __init__(self, read: Callable[[Path], _Value], most: int) -> None:
        self._read = read
        self._kept: Shelf[tuple[_Stamp, _Value]] = Shelf(most)

    def __call__(self, path: Path) -> _Value:
        stamp = _stamp(path)
        kept = self._kept.get(path)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        value = self._read(path)  # a change from now on has another stamp
        self._kept.put(path, (stamp, value))
        return value


class ReadGrowing(Generic[_Value]):
    """As ``ReadOnce``, of a text file that grows by lines: only those that are new are read.

    ``take_in`` makes of a value, at first ``start``, and of the whole lines that follow the next
    value; neither is changed afterwards. A file that was replaced or cut back is read from its
    beginning. Bytes that are no UTF-8 are marked as such.
    """

    def __init__(
        self, start: _Value, take_in: Callable[[_Value, Sequence[str]], _Value], most: int
    ) -> None:
        self._start = start
        self._take_in = take_in
        self._kept: Shelf[_Grown[_Value]] = Shelf(most)

    def __call__(self, path: Path) -> _Value:
        grown = self._read(path, self._kept.get(path) or _Grown(self._start))
        self._kept.put(path, grown)
        return grown.value

    def _read(self, path: Path, grown: "_Grown[_Value]") -> "_Grown[_Value]":
        stamp = _stamp(path)
        if grown.stamp == stamp:
            return grown
        with path.open("rb") as file:
            if stamp[2] == grown.stamp[2]:
                file.seek(grown.length - len(grown.end))
                is_continued = file.read(len(grown.end)) == grown.end
            else:
                is_continued = False
            if not is_continued:
                grown = _Grown(self._start)
                file.seek(0)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]  # what follows the last newline is torn, or to come
        value = grown.value
        if whole:
            value = self._take_in(value, whole.decode("utf-8", "replace").split("\n")[:-1])
        end = (grown.end + whole)[-_COMPARED:]
        return _Grown(value, grown.length + len(whole), end, stamp)


@dataclass(frozen=True)
class _Grown(Generic[_Value]):
    """``value`` of the first ``length`` bytes of a file, which ended so and had this ``stamp``."""

    value: _Value
    length: int = 0
    end: bytes = b""
    stamp: _Stamp = (0, 0, 0)


def is_disk_full(error: BaseException) -> bool:
    """Whether ``error`` says that there is no room to write."""
    return isinstance(error, OSError) and (
        error.errno in _NO_ROOM or "No space left on device" in str(error)
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Be the only one of all processes on this machine within; a lock ends with its process.

    ``path`` is an empty file of its own. Raises ``TimeoutError`` after half a minute.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(path, timeout=_LOCK_SECONDS):
        yield
