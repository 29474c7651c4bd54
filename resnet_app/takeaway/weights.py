"""A model's weights as plain arrays by name, such as ``conv1.kernel``."""

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.errors import DataError

if TYPE_CHECKING:
    import keras

Weights = dict[str, NDArray[np.float32]]

_PARTS = {
    0: (),
    2: ("kernel", "bias"),
    4: ("gamma", "beta", "moving_mean", "moving_variance"),
}
"""What a layer of this family keeps, by the number of its variables, in Keras's order."""


def read_weights(model: Path) -> Weights:
    """The weights in a ``model.keras`` that this app wrote, without TensorFlow."""
    import h5py

    found: Weights = {}
    with zipfile.ZipFile(model) as archive:
        file = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(file) as opened:
        for layer in opened["layers"].values():
            stored = layer["vars"]
            for index, name in enumerate(_PARTS[len(stored)]):
                array: Any = stored[str(index)]
                found[f"{stored.attrs['name']}.{name}"] = np.asarray(array, np.float32)
    return found


def give_weights(model: "keras.Model", weights: Weights) -> None:
    """Put ``weights`` into ``model`` by name. Raises ``DataError`` unless they fit exactly."""
    wanted = {
        f"{layer.name}.{variable.name}": variable
        for layer in model.layers
        for variable in layer.weights
    }
    for name in sorted(wanted.keys() ^ weights.keys()):
        raise DataError(
            "The weights do not belong to the network that the run's settings describe. Take the "
            f"run away once more where it was trained. Received: {len(weights)} arrays of "
            f"{len(wanted)}, and {name[:60]}"
        )
    for name, variable in wanted.items():
        if tuple(variable.shape) != weights[name].shape:
            raise DataError(
                "The weights do not belong to the network that the run's settings describe. Take "
                f"the run away once more where it was trained. Received: {name} of shape "
                f"{weights[name].shape}, not {tuple(variable.shape)}"
            )
    for name, variable in wanted.items():
        variable.assign(weights[name])
