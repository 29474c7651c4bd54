"""The process that trains one run: ``python -m resnet_app.training.worker DIRECTORY``."""

import sys
import traceback
from pathlib import Path

from resnet_app.data import store as datasets
from resnet_app.errors import LabError
from resnet_app.runs.run import Run
from resnet_app.runs.writer import RunWriter


def main(directory: Path) -> int:
    """Train the run in ``directory``; return 0, 2 for an error with words, 1 for a bug."""
    writer = RunWriter(directory)
    run = Run(directory)
    try:
        writer.status("starting", "Loading TensorFlow", epochs=run.config.epochs)
        dataset = datasets.load(run.dataset_digest)
        from resnet_app.training.fit import train_run  # 3 to 6 seconds: the import of TensorFlow

        train_run(run, dataset, writer)
        return 0
    except LabError as error:
        writer.status("failed", str(error))
        return 2
    except MemoryError:
        _fail(
            writer,
            "Memory ran out while training. Use fewer images or a smaller batch size, then start "
            "again.",
        )
        return 2
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        if "RESOURCE_EXHAUSTED" in str(error) or type(error).__name__ == "ResourceExhaustedError":
            reason = "memory ran out; use fewer images or a smaller batch size"
        _fail(writer, f"Training broke off ({reason[:200]}). The run's log has the details.")
        return 1


def _fail(writer: RunWriter, message: str) -> None:
    traceback.print_exc()  # into worker.log
    writer.status("failed", message)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
