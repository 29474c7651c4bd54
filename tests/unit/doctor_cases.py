"""Evidence made by hand: a sound run, in which each test spoils what it is about."""

from dataclasses import replace
from typing import Any

from resnet_app.doctor.evidence import Evidence, Facts, Layer, Modes, Pixels, Watch
from resnet_app.runs.course import BatchPoint, EpochPoint, History

UNIT = Pixels(0.0, 1.0, 0.13, 0.31, border=0.0, correlation=0.9, constant=0.0)
RAW = Pixels(0.0, 255.0, 33.0, 78.0, border=0.0, correlation=0.9, constant=0.0)
EVEN = (80,) * 10


def convolution(name: str = "conv", **changes: Any) -> Layer:
    """A convolution that started well."""
    layer = Layer(name, "Conv2D", "linear", True, 8000, weight_deviation=0.05, like_rows=0.0)
    return replace(layer, **changes)


def normalization(momentum: float = 0.9) -> Layer:
    """A batch normalization."""
    settings = {"momentum": momentum, "epsilon": 1e-3}
    return Layer("bn", "BatchNormalization", parameters=128, settings=settings)


def head(activation: str = "softmax", **changes: Any) -> Layer:
    """The last layer."""
    layer = Layer("top", "Dense", activation, True, 1290, weight_deviation=0.1, like_rows=0.0)
    return replace(layer, **changes)


LAYERS = (convolution(), normalization(), convolution("conv2"), normalization(), head())
LAGGING = (convolution(), normalization(0.99), convolution("conv2"), normalization(0.99), head())
"""With Keras's own momentum, whose averages lag for hundreds of steps."""

PLAIN = (convolution(), convolution("conv2"), head())
"""Without batch normalization."""


def curve(
    training: list[float],
    validation: list[float],
    losses: list[float] | None = None,
    val_losses: list[float] | None = None,
    peak: float = 2.4,
) -> History:
    """Epochs with these accuracies; batch points that fall from ``peak``."""
    losses = losses or [max(2.3 * (1 - a), 0.01) for a in training]
    val_losses = val_losses or [max(2.3 * (1 - a), 0.01) for a in validation]
    epochs = tuple(
        EpochPoint(number, loss, accuracy, val_loss, val_accuracy, 1e-3, 1.0)
        for number, (loss, accuracy, val_loss, val_accuracy) in enumerate(
            zip(losses, training, val_losses, validation, strict=True), 1
        )
    )
    batches = tuple(
        BatchPoint(point.epoch - share, point.loss if share < 0.5 else peak, point.accuracy)
        for point in epochs
        for share in (0.75, 0.25, 0.0)
    )
    return History(batches, epochs)


FACTS = Facts(
    classes=10,
    layers=LAYERS,
    loss="sparse_categorical_crossentropy",
    from_logits=False,
    optimizer="adam",
    learning_rate=1e-3,
    batch_size=32,
    steps=25,
    epochs=5,
    patience=0,
    shuffled=True,
    head_inputs=128,
    images=800,
    validation_images=200,
    pixels=UNIT,
    validation_pixels=UNIT,
    labels=EVEN,
    validation_labels=(20,) * 10,
    label_range=(0.0, 9.0),
    label_shape=(),
    batch_entropy=0.99,
    shared=0.0,
    start_loss=2.35,
    row_sums=(1.0, 1.0),
    outputs=(0.02, 0.3),
)

LOOK = Watch(
    5.0,
    gradient_norm=1.0,
    gradients={"conv": 0.3, "conv2": 0.4, "top": 0.5},
    updates={"conv": -2.8, "conv2": -2.9, "top": -2.7},
    silent={"relu": 0.05},
    predicted=(7,) * 10,
    penalty=0.0,
    row_sums=(1.0, 1.0),
    outputs=(0.0, 0.999),
    argmax_accuracy=0.98,
)

LEARNED = curve([0.5, 0.8, 0.93, 0.96, 0.98], [0.6, 0.85, 0.93, 0.95, 0.96])
STUCK = curve([0.1, 0.11, 0.1, 0.1], [0.1, 0.1, 0.09, 0.1], [2.31, 2.303, 2.303, 2.302])
GAP = curve([0.3, 0.77, 0.9, 0.96], [0.09, 0.18, 0.1, 0.1], val_losses=[2.5, 2.4, 2.6, 2.7])
"""As the posted network on pixels from 0 to 1."""


def modes(
    training: float, inference: float, validation: float | None = None, loss: float = 0.5
) -> Modes:
    """Accuracies of the same images in both modes; ``validation`` that in training mode.

    ``loss`` is that in inference mode; in training mode it is 0.3.
    """
    return Modes(4.0, 0.3, training, loss, inference, validation, None)


def sound(history: History = LEARNED, **changes: Any) -> Evidence:
    """A run that learned well and has ended; ``changes`` go to its ``Facts``."""
    return Evidence(
        history, replace(FACTS, **changes), (LOOK,), (modes(0.98, 0.97, 0.96),), {}, True
    )


def baseline(accuracy: float = 0.95, **changes: Any) -> dict[str, Any]:
    """The outcome of asking similar images."""
    outcome = {
        "images": 800,
        "accuracy": accuracy,
        "chance": 0.11,
        "doubtful": 0.02,
        "usual": 0.02,
        "rolls": {"1": 0.1, "-1": 0.1, "2": 0.11, "-2": 0.1, "3": 0.1, "-3": 0.1},
        "tail": None,
        "climb": 0.01,
    }
    return outcome | changes


def pictures(**changes: Any) -> dict[str, Any]:
    """The outcome of looking at the images."""
    outcome = {
        "images": 800,
        "blank": 0.0,
        "noise": 0.0,
        "order": 0.9,
        "scrambled": False,
        "dark": 0.0,
        "validation_dark": 0.0,
        "holes": [0.001, 0.001],
        "flat": 0.8,
        "flat_spread": 0.1,
    }
    return outcome | changes


def arm(loss: float | None, error: float = 0.05, accuracy: float = 0.3) -> dict[str, Any]:
    """One arm of an experiment."""
    return {"loss": loss, "error": error, "accuracy": accuracy}
