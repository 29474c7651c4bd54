"""The process that makes and opens what is taken away: ``python -m resnet_app.takeaway.worker``.

It speaks as ``resnet_app.data.worker`` does::

    {"make": {"run": DIRECTORY, "kind": NAME, "folder": FOLDER}}   done: null, the file is at MADE
    {"open": {"name": NAME, "path": PATH, "folder": FOLDER, "owner": OWNER}}   done: {"run": ID}
"""

import sys
from pathlib import Path
from typing import Any

from resnet_app.data.source import Progress, SourceFile
from resnet_app.data.worker import serve_one
from resnet_app.training.memory import MOST_BYTES

MADE = "made"
"""In the job's folder: what was made."""


def main() -> int:
    """Serve one request; 0 if it was answered, 1 after a bug."""
    return serve_one(_serve, MOST_BYTES)


def _serve(request: dict[str, Any], progress: Progress) -> dict[str, str] | None:
    if "open" in request:
        from resnet_app.takeaway.opening import open_bundle

        wanted = request["open"]
        file = SourceFile(wanted["name"], Path(wanted["path"]))
        folder, owner = Path(wanted["folder"]), wanted.get("owner")
        return {"run": open_bundle(file, folder, progress, owner)}
    from resnet_app.runs.run import Run
    from resnet_app.takeaway.kinds import kind_named, write

    wanted = request["make"]
    kind = kind_named(wanted["kind"])
    progress(0, f"Making: {kind.title}")
    write(Run(Path(wanted["run"])), kind, Path(wanted["folder"], MADE))
    return None


if __name__ == "__main__":
    sys.exit(main())
