"""A run's curves as TensorBoard's event files. Import it only where TensorFlow may load."""

import math
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import tensorflow as tf

from resnet_app.runs.course import EpochPoint
from resnet_app.runs.run import Run

_TAGS = {
    "train": {"loss": "epoch_loss", "accuracy": "epoch_accuracy", "learning_rate": "learning_rate"},
    "validation": {"val_loss": "epoch_loss", "val_accuracy": "epoch_accuracy"},
}
"""Folders and tags as ``keras.callbacks.TensorBoard`` has them, by the fields of an epoch."""


def write_logs(run: Run, path: Path) -> None:
    """Put a folder of event files, named by the run's id, into a zip file at ``path``."""
    with TemporaryDirectory() as folder:
        for part, tags in _TAGS.items():
            _write_part(run.history().epochs, tags, Path(folder, run.id, part))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted(Path(folder).rglob("events.*")):
                packed.write(file, file.relative_to(folder).as_posix())


def _write_part(epochs: tuple[EpochPoint, ...], tags: dict[str, str], folder: Path) -> None:
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for point in epochs:
            for field, tag in tags.items():
                value = getattr(point, field)
                if math.isfinite(value):
                    # Not tf.summary.scalar, which needs the package tensorboard to be installed.
                    tf.summary.write(tag, tf.constant(value), point.epoch - 1, _scalar())
    writer.close()


def _scalar() -> tf.compat.v1.SummaryMetadata:
    """What tells TensorBoard that a tensor is a point of a curve."""
    metadata = tf.compat.v1.SummaryMetadata(data_class=1)
    metadata.plugin_data.plugin_name = "scalars"
    return metadata
