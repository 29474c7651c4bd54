"""What is known of a run, read from its directory. Anything may be missing; nothing is guessed.

Three events of ``events.jsonl`` feed it, besides ``batch`` and ``epoch``:

``facts``   before the first step: what is fixed or measured at the start (``Facts``); where the
            first batches tell more there is another, complete one: the last counts
``watch``   now and then, in any number: what the network does at that moment (``Watch``)
``modes``   the same images read in training and in inference mode (``Modes``)

``tests.json`` holds the outcomes of the tests that compute, by name, each a plain JSON object.
A number that is not finite is ``null`` in the file and NaN here, where it is one of several; a
key that is absent or ``null`` was not known, and is None here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from resnet_app.runs.course import History

MEASURED = 512
"""Images of a part whose pixels are measured, at most."""

PROBED = 64
"""Images, at least, on which both modes are compared, where there are as many."""


@dataclass(frozen=True)
class Pixels:
    """Values of some images as they reach the network, (N, H, W, C), over all of them."""

    low: float
    high: float
    mean: float
    deviation: float
    bad: float = 0.0
    """Share of values that are NaN or infinite."""
    border: float | None = None
    """Median of the outermost rows and columns: the ground's value."""
    correlation: float | None = None
    """Mean correlation of horizontally and vertically neighbouring pixels; noise has 0."""
    texture: float | None = None
    """Root mean square correlation of pixels up to three apart, at the distance where it is
    largest, less what noise has by chance."""
    constant: float | None = None
    """Share of images whose pixels are all equal."""
    distinct: float | None = None
    """Share of images that are not like one before them."""
    dark: float | None = None
    """Share of images with dark ink on a light ground, where they are drawings."""
    holes: tuple[float, float] | None = None
    flat: float | None = None
    flat_spread: float | None = None
    """Of drawings, see ``data.audit.measures.measure_surface``."""


@dataclass(frozen=True)
class Layer:
    """One layer, as Keras tells it; ``settings`` are its own, such as momentum, epsilon, rate."""

    name: str
    kind: str
    activation: str | None = None
    trainable: bool = True
    parameters: int = 0
    settings: Mapping[str, float] = field(default_factory=dict)
    weight_deviation: float | None = None
    """Standard deviation of the kernel at the start; 0 where all are equal."""
    weight_peak: float | None = None
    """Largest distance of the kernel's weights from their mean, in deviations, at the start, or at
    any time of a layer that is not trained."""
    like_rows: float | None = None
    """Share of the kernel's output units whose weights equal another unit's at the start."""


@dataclass(frozen=True)
class Facts:
    """What is known before the first step. ``labels`` and ``validation_labels`` count digits."""

    classes: int | None = None
    layers: tuple[Layer, ...] = ()
    loss: str | None = None
    from_logits: bool | None = None
    bend: float | None = None
    """Error at which Huber's loss goes from squares to a straight line (Keras's ``delta``)."""
    softmax_undone: bool | None = None
    """Whether the loss, told ``from_logits``, takes the numbers before the network's own softmax,
    as Keras sees to with TensorFlow where that softmax is the last thing computed."""
    softmaxes_again: bool | None = None
    """Whether a loss of somebody's own applies softmax to whatever the network gives."""
    optimizer: str | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    clip: float | None = None
    batch_size: int | None = None
    steps: int | None = None
    epochs: int | None = None
    patience: int | None = None
    waits_for: str | None = None
    """What early stopping waits for to get better, by Keras's name, such as ``val_loss``."""
    shuffled: bool | None = None
    head_inputs: int | None = None
    images: int | None = None
    augmented: bool | None = None
    """Whether training images are moved, turned or otherwise made harder on their way."""
    validation_images: int | None = None
    pixels: Pixels | None = None
    entered: tuple[float, float, float, float] | None = None
    """Smallest, largest, mean and deviation of what the first layer with weights gets of a probe
    set, before the first step."""
    validation_pixels: Pixels | None = None
    labels: tuple[int, ...] | None = None
    validation_labels: tuple[int, ...] | None = None
    some_labels: tuple[int, ...] | None = None
    """The same of the first batches of training, where ``labels`` are not at hand."""
    weighed: bool | None = None
    """Whether ``fit`` was given weights of examples or classes."""
    weighed_labels: tuple[float, ...] | None = None
    """``labels`` by the weight of each example in the loss, where these are known."""
    label_range: tuple[float, float] | None = None
    label_spread: tuple[float, float] | None = None
    """Mean squared and mean absolute error of the best constant answers, on training labels."""
    label_shape: tuple[int, ...] | None = None
    """Of one label: () for a digit, (10,) for one-hot."""
    label_sums: tuple[float, float] | None = None
    """Smallest and largest sum of the numbers of one label, (N, C); 1 of one-hot."""
    label_empty: float | None = None
    """Share of such labels whose numbers are all 0."""
    batch_entropy: float | None = None
    """Mean entropy of the classes in the first batches, in nats, over that of random batches."""
    shared: float | None = None
    """Share of the validation images that are training images too, byte for byte."""
    nearly_shared: float | None = None
    """Of tables, the share of some validation rows that are training rows but for a little noise:
    nearer to one than a tenth of their distance to the twentieth nearest."""
    telling_input: int | None = None
    """Of a table, the first column that tells every label by itself."""
    start_loss: float | None = None
    """Loss before the first step, in inference mode; ln 10 is to be expected of ten classes."""
    start_penalty: float | None = None
    """Share of the whole loss, before the first step, that is regularization."""
    start_silent: float | None = None
    """Share of units silent on every probe image before the first step, mean over layers."""
    one_row: bool | None = None
    """Whether the network answers an example with one row of numbers, (N, C) in all."""
    row_sums: tuple[float, float] | None = None
    """Smallest and largest sum of a row of outputs before the first step."""
    outputs: tuple[float, float] | None = None
    """Smallest and largest single output before the first step."""


@dataclass(frozen=True)
class Watch:
    """The network at ``position``, in epochs since the start; on the same probe images each time.

    Dictionaries are by layer. ``gradients``, ``gradient_norm`` and ``updates`` are those of the
    real step before ``position``; ``updates``: log10 of the norm of its change over the norm of
    the weights, -30 where nothing changed. ``silent``: share of units at zero or below on every
    probe image, of layers that answer 0 to all that is negative. ``predicted``: how often each
    class is answered. ``silent``, ``predicted`` and ``argmax_accuracy`` are in training mode, as
    the reported training accuracy is; ``validation_predicted``, ``row_sums`` and ``outputs`` in
    inference mode.
    """

    position: float
    gradient_norm: float | None = None
    gradients: Mapping[str, float] = field(default_factory=dict)
    updates: Mapping[str, float] = field(default_factory=dict)
    silent: Mapping[str, float] = field(default_factory=dict)
    predicted: tuple[int, ...] | None = None
    validation_predicted: tuple[int, ...] | None = None
    learning_rate: float | None = None
    penalty: float | None = None
    """Share of the loss that is weight decay or other regularization."""
    row_sums: tuple[float, float] | None = None
    outputs: tuple[float, float] | None = None
    argmax_accuracy: float | None = None
    """Accuracy counted from the largest output, whatever the reported metric is."""


@dataclass(frozen=True)
class Modes:
    """The same training images in both modes of batch normalization and dropout, at ``position``.

    Losses in nats, accuracies 0…1; the last two on validation images.
    """

    position: float
    training_loss: float
    training_accuracy: float
    inference_loss: float
    inference_accuracy: float
    validation_training_accuracy: float | None = None
    validation_inference_accuracy: float | None = None


@dataclass(frozen=True)
class Evidence:
    """All of it."""

    history: History
    facts: Facts = Facts()
    watches: tuple[Watch, ...] = ()
    modes: tuple[Modes, ...] = ()
    tests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ended: bool = False
    testable: bool = True
    """Whether its images were kept, which the tests that compute need."""
