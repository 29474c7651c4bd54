"""The process that reads and audits data: ``python -m resnet_app.data.worker``.

It takes one JSON request on its standard input and answers with JSON lines on its standard output::

    {"read": {"files": [[NAME, PATH]…], "choices": {…}, "folder": FOLDER,
              "owner": OWNER}}
    {"audit": DIGEST}
    {"change": {"digest": DIGEST, "edit": {…}, "name": NAME, "owner": OWNER}}
    {"download": {"choices": {…}, "folder": FOLDER, "owner": OWNER}}
    {"photo": {"name": NAME, "folder": FOLDER}}     the picture of one digit, at FOLDER/photo

    {"progress": 0.4, "message": "Bringing the images to 50×50 pixels"}
    {"done": {…}}        a ``Reading``; {"digest": DIGEST} after a change; null after others
    {"error": "DataError", "message": "…"}              a ``LabError``; anything else is a bug

Libraries that read other people's files may crash or take all memory; here that ends this process
and nothing else. Standard input stays open as long as somebody waits; when it closes, the work is
given up.
"""

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from resnet_app.config import READING_BYTES
from resnet_app.data import store
from resnet_app.data.dataset import Dataset
from resnet_app.data.edit import Edit, apply_edit
from resnet_app.data.source import Choices, Progress, SourceFile, part_of
from resnet_app.errors import LabError
from resnet_app.files import DISK_FULL, is_disk_full
from resnet_app.processes import make_way

PREVIEW = "preview.npz"
"""In the job's folder: ``examples`` (K, 5, 50, 50) uint8, a row for each label value."""

PHOTO, INK = "photo", "ink.npz"
"""In the job's folder: the picture of a digit as it was brought; ``picture`` and ``ink`` of it,
(h, w) uint8 each, which ``resnet_app.photo`` made."""

_DOWNLOAD_SHARE = 0.5
_READING_SHARE = 0.7
"""Of the progress, when a file is read and then audited."""


def main() -> int:
    """Serve one request; 0 if it was answered, 1 after a bug."""
    limit_memory()
    return serve_one(_serve, READING_BYTES)


def serve_one(serve: Callable[[dict[str, Any], Progress], Any], most_bytes: int) -> int:
    """Let ``serve`` answer the request on standard input; 0 if it did, 1 after a bug.

    ``most_bytes`` is the memory that the message says if it runs out.
    """
    make_way()
    say = _private_output()
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        say({"done": serve(request, _reporter(say))})
        return 0
    except LabError as error:
        say({"error": type(error).__name__, "message": str(error)})
        return 0
    except MemoryError:
        say({"error": "LimitError", "message": out_of_memory(most_bytes)})
        return 0
    except OSError as error:
        if not is_disk_full(error):
            raise
        say({"error": "LimitError", "message": DISK_FULL})
        return 0
    except Exception:
        traceback.print_exc()
        return 1


def out_of_memory(most_bytes: int) -> str:
    """The message for what needs more memory than ``most_bytes``."""
    return (
        f"This needs more than {most_bytes // 2**20} MiB of memory, so it was given up. Use fewer "
        "or smaller images. Received: images or a network that take more than that"
    )


def _private_output() -> Callable[[dict[str, Any]], None]:
    """A function that writes one JSON line; what libraries print goes to standard error."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(value: dict[str, Any]) -> None:
        output.write(json.dumps(value) + "\n")
        output.flush()

    return say


def _end_with_parent() -> None:
    # Not through sys.stdin: its lock, held by a thread that waits, breaks Python's exit.
    while os.read(0, 2**10):
        pass
    os._exit(3)


def limit_memory() -> None:
    """Let an allocation beyond the limit fail here, where the system can do that.

    ``resnet_app.data.launch`` watches from outside as well.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the limit is not kept or counts other things
        limit = READING_BYTES + 2**28  # thread stacks and the interpreter itself count too
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _reporter(say: Callable[[dict[str, Any]], None]) -> Progress:
    last = (-1.0, "")

    def progress(share: float, message: str) -> None:
        nonlocal last
        if message != last[1] or share - last[0] >= 0.01:
            last = (share, message)
            say({"progress": share, "message": message})

    return progress


def _serve(request: dict[str, Any], progress: Progress) -> dict[str, Any] | None:
    if "audit" in request:
        _audit(request["audit"], progress)
        return None
    if "change" in request:
        digest = _change(request["change"], progress)
        _audit(digest, part_of(progress, _READING_SHARE, 1))
        return {"digest": digest}
    if "photo" in request:
        _find_ink(request["photo"]["name"], Path(request["photo"]["folder"]))
        return None
    wanted = request.get("read") or request["download"]
    folder, choices = Path(wanted["folder"]), Choices(**wanted["choices"])
    keep = partial(store.save, owner=wanted.get("owner"))
    if "read" in request:
        files = [SourceFile(name, Path(path)) for name, path in wanted["files"]]
        return _read(files, choices, folder, progress, keep)
    from resnet_app.data.download import download_mnist

    file = download_mnist(folder, part_of(progress, 0, _DOWNLOAD_SHARE))
    return _read([file], choices, folder, part_of(progress, _DOWNLOAD_SHARE, 1), keep)


def _read(
    files: Sequence[SourceFile],
    choices: Choices,
    folder: Path,
    progress: Progress,
    keep: Callable[[Dataset], str],
) -> dict[str, Any]:
    from resnet_app.data.reading import read_files

    understanding = read_files(files, choices, folder, part_of(progress, 0, _READING_SHARE))
    np.savez(folder / PREVIEW, examples=understanding.examples)
    reading = understanding.reading
    if understanding.dataset is not None:
        progress(_READING_SHARE, "Keeping the data set")
        reading = replace(reading, digest=keep(understanding.dataset))
        _audit(str(reading.digest), part_of(progress, _READING_SHARE, 1))
    return reading.to_json()


def _find_ink(name: str, folder: Path) -> None:
    from resnet_app import photo
    from resnet_app.data.formats.pictures import open_picture

    picture = photo.shrink(open_picture((folder / PHOTO).read_bytes(), name))
    np.savez(folder / INK, picture=picture, ink=photo.find_ink(picture))


def _change(wanted: dict[str, Any], progress: Progress) -> str:
    progress(0, "Changing the data set")
    edit = Edit.from_json(wanted["edit"])
    changed = apply_edit(store.load(wanted["digest"]), edit, wanted["name"])
    progress(_READING_SHARE / 2, "Keeping the data set")
    return store.save(changed, wanted.get("owner"))


def _audit(digest: str, progress: Progress) -> None:
    if store.findings(digest) is None:
        from resnet_app.data.audit import audit_dataset

        store.save_findings(digest, audit_dataset(store.load(digest), progress))


if __name__ == "__main__":
    sys.exit(main())
