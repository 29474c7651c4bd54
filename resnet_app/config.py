"""Constants, limits and the one training configuration."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from resnet_app import settings
from resnet_app.errors import ConfigError
from resnet_app.faults.registry import parse_mistakes

IMAGE_SIZE = 50
"""Height and width in pixels of every image that a model sees."""

CLASSES = 10
"""The digits 0 to 9."""

MAX_UPLOAD_BYTES = 200 * 2**20
"""Largest file accepted, in bytes (also ``server.maxUploadSize`` in ``.streamlit/config.toml``)."""

MAX_PHOTO_BYTES = 30 * 2**20
"""Largest file of the picture of one digit, in bytes; it lies in the web process's memory."""

MAX_ARRAY_BYTES = 700 * 2**20
"""Largest array, uncompressed and in bytes, that a file may declare: 70,000×50×50 float32."""

READING_BYTES = 2**30
"""Most memory in bytes that the process which reads an upload may take."""

READING_SECONDS = 180.0
"""Longest time that reading an upload may take."""

MAX_IMAGES = 70_000
"""Most images in one data set (the size of all of MNIST)."""

MIN_IMAGES = 50
"""Fewest images that can be split into training, validation and test."""


def home() -> Path:
    """Folder of data sets and runs: ``RESNET_APP_HOME`` or the platform's user data folder."""
    chosen = os.environ.get("RESNET_APP_HOME")
    return Path(chosen) if chosen else platformdirs.user_data_path("resnet-digit-lab", False)


def dataset_quota() -> int:
    """Room in bytes for all data sets. Raises ``ConfigError`` as ``settings.number`` does."""
    return int(settings.number(settings.QUOTA_MB) * 1e6)


CHOICES: dict[str, tuple[str, ...]] = {
    "normalization": ("raw", "unit", "standardized"),
    "head": ("flatten", "pooled"),
    "optimizer": ("adam", "sgd"),
    "schedule": ("constant", "warmup_cosine"),
    "split": ("tail", "stratified"),
    "augmentation": ("none", "light"),
    "precision": ("auto", "float32", "mixed_bfloat16"),
}
"""Allowed values of the fields that name a choice."""

RANGES: dict[str, tuple[float, float]] = {
    "stem_stride": (1, 4),
    "bn_momentum": (0.0, 0.9999),
    "learning_rate": (1e-7, 10.0),
    "epochs": (1, 200),
    "batch_size": (1, 1024),
    "validation_fraction": (0.05, 0.5),
    "test_fraction": (0.05, 0.5),
    "patience": (0, 200),
    "seed": (0, 2**31 - 1),
}
"""Smallest and largest allowed value of the numeric fields."""

HELP: dict[str, str] = {
    "normalization": "raw: pixels 0…255 as they are. unit: divided by 255. "
    "standardized: minus the training mean, divided by the training deviation.",
    "widths": "Filters in the convolutions of stages 2, 3 and 4.",
    "stem_stride": "Step of conv1, the first convolution; 2 quarters the work of all that follows.",
    "strides": "Step of the first block of stages 2, 3 and 4; 2 halves the image and the work.",
    "head": "flatten: every place of the last feature map is an input. "
    "pooled: one average per filter.",
    "batch_norm": "Batch normalization after each convolution, as posted; without it the scale of "
    "the pixels matters.",
    "bn_momentum": "How slowly batch normalization's moving averages follow; "
    "validation uses these averages.",
    "optimizer": "The rule that turns gradients into weight changes.",
    "learning_rate": "Size of a weight change; the peak value if the schedule varies.",
    "schedule": "constant: the same rate throughout. "
    "warmup_cosine: rises for a tenth of the run, then falls to zero.",
    "epochs": "Passes over the training images, at most.",
    "batch_size": "Images per weight change.",
    "validation_fraction": "Share of the training images kept aside to watch progress.",
    "test_fraction": "Share held back for the final test if the data has no test set of its own.",
    "split": "tail: the last images validate, as they lie. "
    "stratified: drawn at random, every class in proportion.",
    "augmentation": "light: each epoch sees the images slightly moved, turned and scaled.",
    "patience": "Stop after this many epochs without a lower validation loss; 0 never stops early.",
    "restore_best": "Keep the weights of the epoch with the lowest validation loss, not the last.",
    "fast_kernels": "Batch normalization in one step of TensorFlow: the same result, faster.",
    "precision": "Numbers in the convolutions. mixed_bfloat16 is coarser and faster where the "
    "processor knows it; auto measures that and chooses.",
    "seed": "Start of all random numbers; the same seed repeats the run up to rounding.",
    "mistakes": "Faults made on purpose, as name@severity with a severity from 1 to 3.",
}
"""One line a field, in plain words."""


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides a run besides its data. The defaults are the question as posted.

    Raises ``ConfigError`` if a value is out of range; the message names the field.
    """

    recipe: str = "as-posted"
    normalization: str = "raw"
    widths: tuple[int, int, int] = (32, 64, 128)
    stem_stride: int = 1
    strides: tuple[int, int, int] = (1, 1, 1)
    head: str = "flatten"
    batch_norm: bool = True
    bn_momentum: float = 0.99
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    epochs: int = 10
    batch_size: int = 32
    validation_fraction: float = 0.2
    test_fraction: float = 0.1
    split: str = "tail"
    augmentation: str = "none"
    patience: int = 2
    restore_best: bool = False
    fast_kernels: bool = False
    precision: str = "float32"
    seed: int = 0
    mistakes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ConfigError(f"{name} must be one of {', '.join(allowed)}. Received: {value}")
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(f"{name} must be from {low:g} to {high:g}. Received: {value}")
        for name, high in (("widths", 512), ("strides", 4)):
            values = getattr(self, name)
            if len(values) != 3 or not all(1 <= value <= high for value in values):
                raise ConfigError(
                    f"{name} must be three whole numbers from 1 to {high}. Received: {values}"
                )
        parse_mistakes(self.mistakes)

    def changed(self, **changes: Any) -> "TrainingConfig":
        """A copy with some fields changed; raises ``ConfigError`` as the constructor does."""
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """Plain values that ``json`` can write; ``from_json`` is the way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainingConfig":
        """A configuration from ``to_json``'s values. Raises ``ConfigError`` on anything else."""
        return cls().with_texts(values)

    def with_texts(self, values: Mapping[str, Any]) -> "TrainingConfig":
        """A copy with fields set from text or JSON values, as ``--set key=value`` gives them.

        Raises ``ConfigError`` for an unknown field or a value that does not fit its type.
        """
        return replace(self, **{name: _coerce(name, value) for name, value in values.items()})


_TYPES: dict[str, type[Any]] = {
    field.name: type(getattr(TrainingConfig(), field.name)) for field in fields(TrainingConfig)
}


def _coerce(name: str, value: Any) -> Any:
    """``value`` (text or plain JSON) as the type of field ``name``."""
    if name not in _TYPES:
        raise ConfigError(
            f"There is no setting with this name; there are {', '.join(_TYPES)}. Received: {name}"
        )
    kind = _TYPES[name]
    try:
        if kind is tuple:
            parts = value.split(",") if isinstance(value, str) else value
            if name == "mistakes":
                return tuple(text for text in (str(part).strip() for part in parts) if text)
            return tuple(int(part) for part in parts)
        if kind is bool:
            return {"true": True, "false": False}[str(value).strip().lower()]
        if kind is int and float(value) != int(float(value)):
            raise ValueError(value)
        return int(float(value)) if kind is int else kind(value)
    except (ValueError, KeyError, TypeError, OverflowError):
        wanted = {tuple: "three whole numbers such as 1,2,2", bool: "true or false"}.get(
            kind, {int: "a whole number", float: "a number"}.get(kind, "a word")
        )
        raise ConfigError(f"{name} must be {wanted}. Received: {json.dumps(value)}") from None
