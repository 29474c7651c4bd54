"""Reading a network off its stored Keras model. Import it only where TensorFlow may load."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from resnet_app.data.source import Progress, part_of
from resnet_app.errors import RunError
from resnet_app.files import replacing, write_json
from resnet_app.model.light import export_litert
from resnet_app.results.answers import make_results_folder, test_part, why_no_answers
from resnet_app.results.network import CARD, MAPS, STAGES, Layer, Network, Step
from resnet_app.runs.run import Run

_MAPPED = 1000
"""Test images on the map at most, evenly from all: the time of t-SNE grows faster than they do."""

_FIRST = 50
"""Principal components that t-SNE and UMAP start from, as is usual."""

_BATCH = 64


def trace_run(run: Run, progress: Progress) -> None:
    """Keep the network of ``run``, its stages and the map of its last features with it.

    Raises ``RunError`` if the stored model cannot be read.
    """
    progress(0.1, "Opening the model")
    try:
        model = keras.models.load_model(run.directory / "model.keras", compile=False)
    except (OSError, ValueError, TypeError) as error:
        raise RunError(
            f"This run's model cannot be read. Train it again. Received: {type(error).__name__}"
        ) from error
    folder = make_results_folder(run)
    network = read_network(model)
    progress(0.2, "Preparing the maps of every step")
    stages = keras.Model(model.input, list(_outputs(model, network.steps).values()))
    export_litert(stages, folder / STAGES)
    maps = _filters(model) | _map_features(model, run, part_of(progress, 0.4, 1))
    with replacing(folder / MAPS) as temporary:
        np.savez(temporary, allow_pickle=False, **maps)
    write_json(folder / CARD, network.to_json())  # last: where it is, the others are


def read_network(model: keras.Model) -> Network:
    """The steps of ``model``, any chain of layers and of sums of two ways that part and meet."""
    steps: list[Step] = []
    waiting: list[Any] = []  # layers that belong to the step that follows
    for part in _parts(model):
        if isinstance(part, _Block):
            steps.append(part.step())
        elif isinstance(part, keras.layers.ZeroPadding2D):
            waiting.append(part)
        elif steps and not waiting and _belongs_before(part):
            steps[-1] = _with_layer(steps[-1], part)
        else:
            layers = tuple(_layer(layer) for layer in (*waiting, part))
            steps.append(Step(part.name, layers, layers[-1].shape))
            waiting = []
    trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    outputs = tuple(_outputs(model, steps))
    return Network(tuple(steps), model.count_params(), trained, outputs)


class _Block:
    """The layers between the place where two ways part and the layer where they meet."""

    def __init__(self, meeting: Any, ways: Sequence[Sequence[Any]]) -> None:
        self._meeting = meeting
        self._change, self._shortcut = sorted(ways, key=len, reverse=True)

    def step(self) -> Step:
        change = tuple(_layer(layer) for layer in self._change)
        shortcut = tuple(_layer(layer) for layer in self._shortcut)
        name = self._meeting.name
        return Step(name, change, _shape(self._meeting), name, shortcut)


def _parts(model: keras.Model) -> list[Any]:
    """The layers of ``model`` in order, those of each block as one ``_Block``."""
    order = {layer.name: place for place, layer in enumerate(model.layers)}
    found: list[Any] = []
    taken: set[str] = set()
    for layer in reversed(model.layers):
        if layer.name in taken:
            continue
        taken.add(layer.name)
        sources = _sources(layer)
        if len(sources) < 2:
            found.append(layer)
            continue
        behind = [{source.name, *_before(source)} for source in sources]
        parting = max(set.intersection(*behind), key=order.__getitem__)
        early = {parting, *_before(model.get_layer(parting))}
        ways = [[each for each in model.layers if each.name in way - early] for way in behind]
        taken |= {each.name for way in ways for each in way}
        found.append(_Block(layer, ways))
    return found[::-1]


def _sources(layer: Any) -> list[Any]:
    """The layers that feed ``layer``."""
    return [node.operation for inbound in layer._inbound_nodes for node in inbound.parent_nodes]


def _before(layer: Any) -> set[str]:
    """Names of all layers that ``layer`` depends on."""
    names: set[str] = set()
    waiting = _sources(layer)
    while waiting:
        source = waiting.pop()
        if source.name not in names:
            names.add(source.name)
            waiting += _sources(source)
    return names


def _belongs_before(layer: Any) -> bool:
    """Whether ``layer`` only treats what the one before it gives, at the same size."""
    kinds = (
        keras.layers.BatchNormalization, keras.layers.ReLU, keras.layers.Activation,
        keras.layers.Dropout,
    )  # fmt: skip
    return isinstance(layer, kinds)


def _with_layer(step: Step, layer: Any) -> Step:
    parts = {name: getattr(step, name) for name in ("layers", "after")}
    parts["after" if step.is_block else "layers"] += (_layer(layer),)
    return Step(step.name, parts["layers"], _shape(layer), step.added, step.shortcut,
                parts["after"])  # fmt: skip


def _layer(layer: Any) -> Layer:
    return Layer(
        layer.name, type(layer).__name__, _shape(layer), layer.count_params(), _detail(layer)
    )


def _shape(layer: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in layer.output.shape[1:])


def _detail(layer: Any) -> str:
    """``5×5`` or ``3×3, step 2``, where a layer looks through a window."""
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if window is None:
        return ""
    step = layer.strides[0]
    words = "×".join(map(str, window))
    return words + (f", step {step}" if step > 1 else "")


def _outputs(model: keras.Model, steps: Sequence[Step]) -> dict[str, Any]:
    """What ``Network.outputs`` names, of the steps behind the picture."""
    outputs = {}
    for step in steps[1:]:
        if step.is_block:
            change, kept = _ordered(model.get_layer(step.added), step)
            outputs[f"{step.name}_change"], outputs[f"{step.name}_kept"] = change, kept
            last = step.after[-1].name if step.after else step.added
        else:
            last = (*step.layers, *step.after)[-1].name
        outputs[step.name] = model.get_layer(last).output
    return outputs


def _ordered(meeting: Any, step: Step) -> tuple[Any, Any]:
    """The two inputs of ``meeting``: what the layers computed, and what came past them."""
    sources = _sources(meeting)
    computed = sources[0].name == step.layers[-1].name
    first, second = meeting.input
    return (first, second) if computed else (second, first)


def _filters(model: keras.Model) -> dict[str, NDArray[Any]]:
    """(h, w, N) weights of the first convolution, its input channels added up."""
    first = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    return {"filters": np.asarray(first.get_weights()[0]).sum(2)}


def _map_features(model: keras.Model, run: Run, progress: Progress) -> dict[str, NDArray[Any]]:
    """Two coordinates for each of some test images, from what the last layer is fed."""
    empty: dict[str, NDArray[Any]] = {
        "numbers": np.zeros(0, np.int64), "labels": np.zeros(0, np.uint8), "shares": np.zeros(2)
    }  # fmt: skip
    if why_no_answers(run) is not None:
        return empty
    numbers, images, labels = test_part(run)
    shown = np.linspace(0, len(labels) - 1, min(_MAPPED, len(labels))).astype(int)
    progress(0.1, "Reading the test digits")
    values = run.normalizer().apply(images[shown])  # (M, 50, 50, 1) float32
    features = _last_features(model).predict(values, batch_size=_BATCH, verbose=0)  # (M, C)
    if len(shown) < 10 or not np.isfinite(features).all():
        return empty  # nothing to lay out
    return {"numbers": numbers[shown], "labels": labels[shown], **_lay_out(features, progress)}


def _last_features(model: keras.Model) -> keras.Model:
    """(N, 50, 50, 1) → (N, C): the last feature map, averaged over its places."""
    last = [layer for layer in model.layers if len(layer.output.shape) == 4][-1]
    return keras.Model(model.input, ops.mean(last.output, axis=(1, 2)))


def _lay_out(features: NDArray[np.float32], progress: Progress) -> dict[str, NDArray[Any]]:
    """(M, C) features → (M, 2) places by each method, and the shares of variance of PCA's two."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    progress(0.3, "Laying out the map: PCA")
    components = PCA(min(_FIRST, *features.shape), random_state=0)
    reduced = components.fit_transform(features)
    progress(0.4, "Laying out the map: t-SNE")
    perplexity = min(30.0, (len(features) - 1) / 3)
    found = {
        "shares": components.explained_variance_ratio_[:2],
        "pca": reduced[:, :2].astype(np.float32),
        "tsne": TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(reduced),
    }
    if find_spec("umap") is not None:
        from umap import UMAP

        progress(0.8, "Laying out the map: UMAP")
        found["umap"] = UMAP(random_state=0).fit_transform(reduced)
    return found
