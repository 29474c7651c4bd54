"""The mistakes that can be made on purpose: what they are called, and how they happen to people.

A mistake in a configuration is a fault's name and its severity, such as ``double_softmax@2``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from resnet_app.errors import ConfigError

PLACES = ("data", "recipe", "network")
"""Where a fault sits: in what the network is fed, in the settings, in the network or its loss."""

SEVERITIES = (1, 2, 3)


@dataclass(frozen=True)
class Fault:
    """One fault that can be injected.

    ``cause`` is a name in ``resnet_app.doctor.causes.CAUSES``; ``title`` says in plain words what
    is wrong; ``story`` is one sentence on how it happens in real life; ``severities`` says what
    each of the severities 1, 2, 3 does.
    """

    name: str
    cause: str
    place: str
    title: str
    story: str
    severities: tuple[str, str, str]


@dataclass(frozen=True)
class Mistake:
    """A fault made with a severity of 1 (mild) to 3 (gross); ``str`` gives ``name@severity``."""

    fault: Fault
    severity: int

    def __str__(self) -> str:
        return f"{self.fault.name}@{self.severity}"

    @property
    def words(self) -> str:
        """What exactly is wrong."""
        return f"{self.fault.title}: {self.fault.severities[self.severity - 1]}"


_DATA = (
    Fault(
        "labels_shuffled",
        "labels_shuffled",
        "data",
        "Labels are in another order than the images",
        "The images were shuffled to mix the classes, and the labels were shuffled once more, with "
        "another seed.",
        ("80 % of the labels", "90 % of the labels", "all labels"),
    ),
    Fault(
        "labels_shifted",
        "labels_shifted",
        "data",
        "Labels are a few rows off",
        "One row of the label file was taken for a header, or a line was lost on the way, and from "
        "there on every image has its neighbour's label.",
        ("by 1 from the middle on", "by 1 throughout", "by 3 throughout"),
    ),
    Fault(
        "labels_noisy",
        "labels_noisy",
        "data",
        "Some labels are wrong",
        "The digits were labelled in a hurry by many people who were paid by the piece.",
        ("15 % of the labels", "30 % of the labels", "45 % of the labels"),
    ),
    Fault(
        "labels_scaled",
        "labels_encoded",
        "data",
        "Labels were divided like pixels",
        "The line that brings the pixels to 0…1 was applied to the whole table, labels included.",
        ("divided by 9", "divided by 10", "divided by 255"),
    ),
    Fault(
        "labels_from_one",
        "labels_encoded",
        "data",
        "Labels lie outside 0…9",
        "The labels come from a program that counts from 1, or were read as characters instead of "
        "numbers.",
        ("1…10", "-1…8", "48…57, the characters' codes"),
    ),
    Fault(
        "labels_one_hot",
        "labels_encoded",
        "data",
        "Rows of ten where the loss expects a number",
        "The labels were made one-hot as in another tutorial, and the sparse loss was kept.",
        ("one-hot", "one-hot, smoothed", "rows of -1 and +1"),
    ),
    Fault(
        "sorted_split",
        "sorted_split",
        "data",
        "Sorted by digit, and the last images validate",
        "The files lie in one folder a class and are read in order; validation_split then takes "
        "the end, whose digits the network has never seen.",
        ("70 % of the images in order", "90 % of the images in order", "all in order"),
    ),
    Fault(
        "sorted_batches",
        "unshuffled_batches",
        "data",
        "Each batch holds one digit",
        "The training images are sorted by class, and the input pipeline does not shuffle them.",
        ("60 % of the images in order", "85 % of the images in order", "all in order"),
    ),
    Fault(
        "imbalance",
        "imbalance",
        "data",
        "One digit fills most of the data",
        "The images come from where they fell, such as price tags, and one digit is far more "
        "common there.",
        ("one digit has 60 %", "one digit has 80 %", "one digit has 95 %"),
    ),
    Fault(
        "blank_images",
        "images_broken",
        "data",
        "Many images are blank",
        "A broken download or a wrong crop left black squares, and their labels stayed.",
        ("40 % of the images", "70 % of the images", "95 % of the images"),
    ),
    Fault(
        "noise_images",
        "images_broken",
        "data",
        "Images hold noise",
        "Compressed bytes were read as if they were pixels.",
        ("40 % of the images", "70 % of the images", "all images"),
    ),
    Fault(
        "wrong_reshape",
        "images_broken",
        "data",
        "Pixels were put together in a wrong order",
        "A table with one image a column was reshaped as if it had one a row, which mixes the "
        "pixels of many images.",
        (
            "every fourth row comes from another image",
            "half of the rows come from other images",
            "every pixel column from another image",
        ),
    ),
    Fault(
        "mixed_polarity",
        "polarity",
        "data",
        "Validation images are dark on light",
        "The training digits are white on black as in MNIST; the others were scanned from paper.",
        ("half of the validation images", "80 % of them", "all of them"),
    ),
    Fault(
        "leak",
        "leak",
        "data",
        "Training images are in the validation set",
        "Copies were added to enlarge the data before it was split, or two downloads overlapped.",
        ("30 % of the validation images", "60 % of them", "all of them"),
    ),
    Fault(
        "too_few",
        "too_few",
        "data",
        "There are too few images",
        "The class collected its own digits for one lesson and trained on those.",
        ("60 training images", "40 training images", "20 training images"),
    ),
    Fault(
        "nan_pixels",
        "bad_pixels",
        "data",
        "Pixels that are not numbers",
        "An image without contrast was divided by its own deviation, which is 0.",
        ("one image", "2 % of the images", "20 % of the images"),
    ),
    Fault(
        "overflowed_pixels",
        "overflowed_pixels",
        "data",
        "Bright pixels wrapped around to dark",
        "Contrast was raised in uint8 before the cast to float, and 260 became 4.",
        ("doubled", "times 3", "times 4, plus 50"),
    ),
)

_SCALE = (
    Fault(
        "raw_pixels",
        "raw_pixels",
        "recipe",
        "Raw pixels without batch normalization",
        "The network was copied without its normalization layers, and the pixels go in as the file "
        "has them.",
        ("0…64", "0…255", "0…65,535"),
    ),
    Fault(
        "scaled_twice",
        "scaled_twice",
        "data",
        "Pixels were divided by 255 twice",
        "The images were already 0…1, or the model has a Rescaling layer, and the script divides "
        "once more.",
        ("by 255 and by 64", "by 255 twice", "by 255 three times"),
    ),
    Fault(
        "scaled_differently",
        "scaled_differently",
        "data",
        "Validation images are scaled in another way",
        "The training images were normalized in place; for the others the line was forgotten, or "
        "run twice.",
        ("shifted to -1…1", "left at 0…255", "divided by 255 twice"),
    ),
)

_OPTIMIZATION = (
    Fault(
        "rate_too_high",
        "rate_too_high",
        "recipe",
        "The learning rate is too high",
        "A rate from a paper with batches of 4,096 images was used with batches of 32.",
        ("30 times too high", "100 times too high", "1,000 times too high"),
    ),
    Fault(
        "rate_too_low",
        "rate_too_low",
        "recipe",
        "The learning rate is too low",
        "A rate meant for the last touches on a pretrained network was used from scratch.",
        ("a 100th", "a 1,000th", "a 10,000th"),
    ),
    Fault(
        "stopped_early",
        "stopped_early",
        "recipe",
        "Training was stopped while it was still learning",
        "EarlyStopping watches the loss but was told that more is better, so every better epoch "
        "counts as a worse one.",
        ("after 3 such epochs", "after 2 such epochs", "after 1 such epoch"),
    ),
    Fault(
        "lagging_averages",
        "lagging_averages",
        "recipe",
        "Batch normalization's averages lag behind",
        "Keras's momentum of 0.99 was made for thousands of steps; a small data set has 20 in an "
        "epoch.",
        ("momentum 0.99", "momentum 0.995", "momentum 0.999"),
    ),
    Fault(
        "tiny_batches",
        "tiny_batches",
        "recipe",
        "Batches are too small for batch normalization",
        "Memory ran out, so the batch size was lowered until the error went away.",
        ("4 images", "3 images", "2 images"),
    ),
    Fault(
        "exploding",
        "exploding",
        "recipe",
        "Weights explode",
        "Plain gradient descent with a rate meant for normalized layers, and no clipping.",
        ("rate 5", "rate 7", "rate 10"),
    ),
    Fault(
        "zero_start",
        "bad_start",
        "network",
        "Weights start at zero",
        "The initializer was set to zeros to make runs repeatable.",
        ("all convolutions of the last stage", "all convolutions", "every layer"),
    ),
    Fault(
        "constant_start",
        "bad_start",
        "network",
        "All weights of a layer start equal",
        "The weights were filled with one small number, as in a worked example on paper.",
        ("0.01 in the stem and the last stage", "0.01 in all convolutions", "0.01 everywhere"),
    ),
    Fault(
        "dead_units",
        "dead_units",
        "network",
        "Units are silent on every image",
        "A first step with far too high a rate left large negative biases, and the run went on "
        "from there.",
        ("80 % of the units", "95 % of the units", "all units"),
    ),
    Fault(
        "frozen_layers",
        "frozen",
        "network",
        "Layers are frozen",
        "The script came from fine-tuning, where trainable = False is set on the base, and nobody "
        "thawed it.",
        ("all blocks", "everything but the head", "every layer"),
    ),
    Fault(
        "vanishing",
        "vanishing",
        "network",
        "Gradients vanish on their way back",
        "Sigmoids instead of ReLU, as in an old textbook, and no batch normalization.",
        ("sigmoids", "sigmoids, small weights", "sigmoids, tiny weights"),
    ),
    Fault(
        "huge_head",
        "huge_head",
        "network",
        "The last layer has far too many inputs",
        "The whole feature map is flattened into the last layer, without pooling, and the rate "
        "neither warms up nor cools down.",
        ("times 4", "times 16", "times 64"),
    ),
)

_OBJECTIVE = (
    Fault(
        "softmax_missing",
        "softmax_missing",
        "network",
        "The softmax is missing",
        "The last layer gives plain scores, and the loss was not told with from_logits=True.",
        ("plain scores", "scores of unit length", "logarithms of probabilities"),
    ),
    Fault(
        "double_softmax",
        "softmax_twice",
        "network",
        "Softmax is applied more than once",
        "The last layer has a softmax, and another was added to be sure.",
        ("twice", "three times", "four times"),
    ),
    Fault(
        "relu_head",
        "wrong_activation",
        "network",
        "ReLU on the last layer",
        "relu was copied from the line above, as for every other layer.",
        ("before the softmax", "instead of the softmax", "instead of it, on low biases"),
    ),
    Fault(
        "sigmoid_head",
        "wrong_activation",
        "network",
        "Sigmoid on the last layer",
        "The last layer comes from a cats-and-dogs tutorial, where sigmoid is right.",
        ("sigmoid", "hard sigmoid", "tanh"),
    ),
    Fault(
        "binary_loss",
        "wrong_loss",
        "network",
        "Binary loss for ten classes",
        "binary_crossentropy was kept from a tutorial with two classes; the accuracy shown counts "
        "every zero of a one-hot row as right.",
        ("with the right accuracy", "with binary accuracy", "focal, with binary accuracy"),
    ),
    Fault(
        "squared_loss",
        "wrong_loss",
        "network",
        "Squared error for classes",
        "mse was taken because labels are numbers.",
        ("on one-hot rows", "absolute error on one-hot rows", "on the digit's number itself"),
    ),
)

_CAPACITY = (
    Fault(
        "overfitting",
        "overfitting",
        "recipe",
        "The network learns the training images by heart",
        "A network with plenty of room, a few hundred images, no augmentation and many epochs.",
        ("300 training images", "260 training images", "220 training images"),
    ),
    Fault(
        "too_much_dropout",
        "over_regularized",
        "network",
        "Too much dropout",
        "Dropout was added after every block, since more regularization should be safer.",
        ("half of all values", "75 % of all values", "90 % of all values"),
    ),
    Fault(
        "too_much_decay",
        "over_regularized",
        "network",
        "Too much weight decay",
        "An L2 penalty of 0.01 read in a paper was added to every layer without the paper's scale.",
        ("0.03", "0.1", "1"),
    ),
    Fault(
        "too_small",
        "too_small",
        "recipe",
        "The network is too small",
        "It was cut down until it ran fast on a laptop.",
        ("2 filters", "1 filter", "1 filter on a quarter of the picture"),
    ),
)

FAULTS: dict[str, Fault] = {
    fault.name: fault for fault in (*_DATA, *_SCALE, *_OPTIMIZATION, *_OBJECTIVE, *_CAPACITY)
}
"""All faults by name."""


def parse_mistake(text: str) -> Mistake:
    """``name@severity`` as a ``Mistake``. Raises ``ConfigError`` if there is no such one."""
    name, _, severity = text.partition("@")
    if name not in FAULTS:
        raise ConfigError(
            f"There is no fault with this name; there are {', '.join(FAULTS)}. Received: {text}"
        )
    if severity not in map(str, SEVERITIES):
        raise ConfigError(
            f"mistakes are written as a name, an @ and a severity from 1 to 3, such as {name}@2. "
            f"Received: {text}"
        )
    return Mistake(FAULTS[name], int(severity))


def cause_of(text: str) -> str:
    """The cause of a mistake such as ``leak@2``; raises ``ConfigError`` as ``parse_mistake``."""
    return parse_mistake(text).fault.cause


def parse_mistakes(texts: Iterable[str]) -> tuple[Mistake, ...]:
    """All of ``texts``; raises ``ConfigError`` as ``parse_mistake`` does, and for doubled ones."""
    mistakes = tuple(parse_mistake(text) for text in texts)
    names = [mistake.fault.name for mistake in mistakes]
    if len(set(names)) < len(names):
        raise ConfigError(
            f"Each mistake can be made once. Leave the others out. Received: {', '.join(names)}"
        )
    return mistakes
