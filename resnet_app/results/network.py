"""A network as it is drawn: its steps, read off the stored model, and the maps of one picture.

``network.json``   the ``Network``
``stages.tflite``  the model for LiteRT, with the network's ``outputs`` in their order
``maps.npz``       ``filters`` of the first convolution; where there are test digits their
                   ``numbers`` and ``pca``, ``tsne`` and perhaps ``umap``, two coordinates each
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_app.errors import RunError
from resnet_app.files import ReadOnce, read_json
from resnet_app.imaging import Normalizer
from resnet_app.litert import LightModel
from resnet_app.results.answers import results_folder
from resnet_app.runs.run import Run

CARD, STAGES, MAPS = "network.json", "stages.tflite", "maps.npz"

METHODS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
"""Ways to bring many features to two, by the names of their arrays."""


@dataclass(frozen=True)
class Layer:
    """One layer of the model: its Keras ``kind``, shape of its output and number of weights."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    detail: str = ""


@dataclass(frozen=True)
class Step:
    """One step of the picture: a layer with what belongs to it, or a residual block.

    Of a block, ``layers`` compute the change and ``shortcut`` are those on the way past them,
    none where what came in is added as it is; ``after`` come behind the addition. ``added`` is the
    name of the addition, empty for a step that is no block. ``shape`` is that of its output.
    """

    name: str
    layers: tuple[Layer, ...]
    shape: tuple[int, ...]
    added: str = ""
    shortcut: tuple[Layer, ...] = ()
    after: tuple[Layer, ...] = ()

    @property
    def is_block(self) -> bool:
        """Whether something is added past it."""
        return bool(self.added)

    @property
    def has_maps(self) -> bool:
        """Whether its output is pictures: height, width and channels."""
        return len(self.shape) == 3

    @property
    def parameters(self) -> int:
        """Number of its weights."""
        return sum(layer.parameters for layer in (*self.layers, *self.shortcut, *self.after))


@dataclass(frozen=True)
class Network:
    """All steps from the picture to the answer; ``trained`` counts weights that training moves.

    ``outputs`` names what its stages give: ``NAME`` is a step's output; of a block ``NAME_change``
    and ``NAME_kept`` are the two parts of the sum.
    """

    steps: tuple[Step, ...]
    parameters: int
    trained: int
    outputs: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values; ``from_json`` is the way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Network":
        """A network from ``to_json``'s values."""
        steps, outputs = tuple(map(_step, values["steps"])), tuple(values["outputs"])
        return cls(**{**values, "steps": steps, "outputs": outputs})


def _step(values: Mapping[str, Any]) -> Step:
    layers = {
        part: tuple(Layer(**{**layer, "shape": tuple(layer["shape"])}) for layer in values[part])
        for part in ("layers", "shortcut", "after")
    }
    return Step(**{**values, **layers, "shape": tuple(values["shape"])})


@dataclass(frozen=True, eq=False)
class Maps:
    """What is kept beside the network: ``filters`` (h, w, N) float32 of the first convolution.

    ``numbers`` (M,) of test images in the run's data set, and ``places`` (M, 2) of each by the
    names in ``METHODS``; both are empty where there are no test images here. ``shares`` (2,) of
    all variance lie along PCA's two axes.
    """

    filters: NDArray[np.float32]
    numbers: NDArray[np.int64]
    labels: NDArray[np.uint8]
    places: Mapping[str, NDArray[np.float32]]
    shares: NDArray[np.float64]


def kept_network(run: Run) -> Network | None:
    """The network that was kept with ``run``; None if there is none."""
    try:
        return _networks(results_folder(run) / CARD)
    except (OSError, ValueError, KeyError, TypeError, RunError):
        return None


def kept_maps(run: Run) -> Maps:
    """What was kept beside the network. Raises ``RunError`` if it cannot be read."""
    try:
        return _maps(results_folder(run) / MAPS)
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"What was kept of this network cannot be read ({error}). Received: {run.id}"
        ) from error


class Stages:
    """A model with the ``outputs`` of every step; safe to share between threads."""

    def __init__(self, model: Path, outputs: tuple[str, ...], normalizer: Normalizer) -> None:
        self._normalizer = normalizer
        self._outputs = outputs
        self._model = LightModel(model)
        if len(outputs) != len(self._model.ranks):
            raise ValueError(f"{len(self._model.ranks)} outputs, where {len(outputs)} have names")

    def outputs(self, image: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """(50, 50) uint8 → each of the network's outputs, without the axis of images, float32."""
        found = self._model(self._normalizer.apply(image[None]))
        return {name: values[0] for name, values in zip(self._outputs, found, strict=True)}


def load_stages(run: Run) -> Stages:
    """The stages kept with ``run``, the last few staying open. Raises ``RunError`` without them."""
    folder = results_folder(run)
    try:
        return _open_stages(folder / STAGES, _networks(folder / CARD).outputs, run.normalizer())
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise RunError(
            f"What was kept of this network cannot be read ({error}). Received: {run.id}"
        ) from error


@lru_cache(maxsize=2)
def _open_stages(path: Path, outputs: tuple[str, ...], normalizer: Normalizer) -> Stages:
    return Stages(path, outputs, normalizer)


def _read_maps(path: Path) -> Maps:
    with np.load(path, allow_pickle=False) as arrays:
        places = {name: arrays[name] for name in METHODS if name in arrays}
        return Maps(
            arrays["filters"], arrays["numbers"], arrays["labels"], places, arrays["shares"]
        )


_networks = ReadOnce(lambda path: Network.from_json(read_json(path)), 50)
_maps = ReadOnce(_read_maps, 8)
