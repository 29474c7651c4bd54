"""How much memory a worker takes, by settings: what ``resnet_app.training.memory`` is made of.

Run: ``python -m tests.benchmarks.needs``. Trains one epoch on built-in digits with several settings
and watches the worker: all that is resident at most, the part that it has for itself (without
libraries, which the system can let go of and read again), and what ``memory.needed`` asks to be
free. Linux alone tells the second.
"""

import os
import re
import tempfile
import time
from pathlib import Path

from resnet_app.data import store as datasets
from resnet_app.data.builtin import drawn_digits
from resnet_app.training import launch, memory, workers
from resnet_app.training.recipes import RECIPES
from tests.benchmarks import machine

_MIB = 2**20


def main() -> None:
    """Print the table."""
    print(machine.describe())
    print(f"{'settings':<40}{'resident':>10}{'its own':>10}{'asked':>10}  MiB")
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"RESNET_APP_HOME": home, "RESNET_APP_WARM_WORKER": "0"}
        few, many = (datasets.save(drawn_digits(count)) for count in (1000, 8000))
        recommended = RECIPES["recommended"].config
        for name, config, digest in (
            ("quick", RECIPES["quick"].config, few),
            ("quick, 8,000 images", RECIPES["quick"].config, many),
            ("recommended", recommended, few),
            ("recommended, batch of 256", recommended.changed(batch_size=256), few),
            ("recommended, float32", recommended.changed(precision="float32"), few),
            ("as posted", RECIPES["as-posted"].config, few),
        ):
            run = launch.start(config.changed(epochs=1), digest)
            resident, own = _watch(workers._workers[-1].pid)
            asked = memory.needed_for(run)
            print(f"{name:<40}{resident:>10.0f}{own:>10.0f}{asked / _MIB:>10.0f}")


def _watch(pid: int) -> tuple[float, float]:
    """MiB that a process takes at most, and of these its own, until it has ended."""
    resident = own = 0.0
    worker = workers._workers[-1]
    while worker.poll() is None:
        text = Path(f"/proc/{pid}/status").read_text()
        resident, own = (
            max(old, _field(text, name) / 1024)
            for old, name in ((resident, "VmHWM"), (own, "RssAnon"))
        )
        time.sleep(0.05)
    return resident, own


def _field(text: str, name: str) -> int:
    """kB, as ``/proc`` has them; 0 for a process that has just ended."""
    found = re.search(rf"{name}:\s+(\d+)", text)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
