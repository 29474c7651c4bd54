"""What whoever runs the app may set: environment variables, each with its unit, range and default.

Streamlit makes the root-level entries of ``.streamlit/secrets.toml`` environment variables, so
they can be set there as well. ``RESNET_APP_HOME``, a folder, is ``resnet_app.config.home``.
"""

import os
from dataclasses import dataclass

from resnet_app.errors import ConfigError


@dataclass(frozen=True)
class Setting:
    """One variable. Without ``choices`` it is a number from ``low`` to ``high``."""

    name: str
    default: str
    unit: str
    words: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        return " or ".join(self.choices) if self.choices else f"{self.low:g} to {self.high:,g}"


SHARED = Setting(
    "RESNET_APP_SHARED", "own", "",
    "`own`: lists show a browser's own runs, data sets and drawings, and those of nobody, such as "
    "runs from the command line; a link opens any run to look at and draw on. `open`: everybody "
    "sees and changes everything.",
    choices=("own", "open"),
)  # fmt: skip
WORKERS = Setting(
    "RESNET_APP_WORKERS", "0", "runs",
    "Runs that train at one time. 0: one for every two cores, as far as memory goes.",
    0, 64,
)  # fmt: skip
WAITING = Setting(
    "RESNET_APP_WAITING", "5", "runs",
    "Runs of one browser that may wait; an experiment counts as one.",
    1, 1000,
)  # fmt: skip
WAITING_OF_ALL = Setting(
    "RESNET_APP_WAITING_OF_ALL", "200", "runs", "Runs of all browsers together that may wait.",
    1, 10_000,
)  # fmt: skip
RUN_MINUTES = Setting(
    "RESNET_APP_RUN_MINUTES", "30", "minutes",
    "A run that has trained for so long is stopped when another browser's waits. It keeps what it "
    "has learned. 0: never.",
    0, 10_000,
)  # fmt: skip
WORKER_MB = Setting(
    "RESNET_APP_WORKER_MB", "0", "MB",
    "Memory that must be free before a run begins. 0: by its settings, from what was measured.",
    0, 1_000_000,
)  # fmt: skip
QUOTA_MB = Setting(
    "RESNET_APP_QUOTA_MB", "2000", "MB",
    "Room for all data sets, and as much again for the drawings of all classes.",
    0.000001, 1e9,
)  # fmt: skip
RUNS_MB = Setting(
    "RESNET_APP_RUNS_MB", "5000", "MB",
    "Room for all runs. Beyond it the oldest finished ones that nobody keeps are deleted; a page "
    "says so before.",
    0.000001, 1e9,
)  # fmt: skip
CLASSES = Setting(
    "RESNET_APP_CLASSES", "200", "sessions", "Class sessions of all teachers.", 1, 100_000
)
CLASSES_OF_ONE = Setting(
    "RESNET_APP_CLASSES_OF_ONE", "20", "sessions", "Class sessions of one browser.", 1, 100_000
)
WARM_WORKER = Setting(
    "RESNET_APP_WARM_WORKER", "1", "",
    "1: a process with TensorFlow waits for the next run, where there is memory for it. 0: none.",
    choices=("0", "1"),
)  # fmt: skip

SETTINGS = (
    SHARED, WORKERS, WAITING, WAITING_OF_ALL, RUN_MINUTES, WORKER_MB, QUOTA_MB, RUNS_MB, CLASSES,
    CLASSES_OF_ONE, WARM_WORKER,
)  # fmt: skip
"""All of them, in the order of the README's table."""


def text(setting: Setting) -> str:
    """The chosen word. Raises ``ConfigError`` if it is none of the choices."""
    value = os.environ.get(setting.name, setting.default).strip()
    if value not in setting.choices:
        raise ConfigError(f"{setting.name} must be {setting.allowed}. Received: {value[:40]}")
    return value


def number(setting: Setting) -> float:
    """The number. Raises ``ConfigError`` if it is none or out of range."""
    value = os.environ.get(setting.name, setting.default)
    try:
        found = float(value)
    except ValueError:
        found = float("nan")
    if not setting.low <= found <= setting.high:
        raise ConfigError(
            f"{setting.name} must be a number from {setting.allowed}. Received: {value[:40]}"
        )
    return found


def table() -> str:
    """All settings as a Markdown table, as the README has it."""
    rows = ["| Variable | Default | Allowed | What it is |", "|---|---|---|---|"]
    for setting in SETTINGS:
        unit = f" {setting.unit}" if setting.unit else ""
        default = f"{setting.default}{unit}"
        rows.append(f"| `{setting.name}` | {default} | {setting.allowed} | {setting.words} |")
    return "\n".join(rows)
