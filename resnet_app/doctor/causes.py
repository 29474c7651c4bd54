"""Why a network does not learn: the causes that the doctor knows, by name."""

from dataclasses import dataclass

GROUPS = ("data", "input scale", "optimization", "objective", "capacity")
"""The parts of a recipe in which a cause can sit, in the order in which they are looked at."""


@dataclass(frozen=True)
class Cause:
    """One cause.

    ``name`` is a stable word for scripts; ``title`` says it in under ten plain words; ``plain`` is
    the explanation for a learner, two or three sentences; ``term`` is what the field calls it.
    """

    name: str
    group: str
    title: str
    plain: str
    term: str


_DATA = (
    Cause(
        "labels_shuffled",
        "data",
        "The labels do not belong to the images",
        "Each image has the name of some other image, so there is nothing to learn but the images "
        "by heart. Images the network has not seen are then answered no better than by chance.",
        "label permutation, random labels",
    ),
    Cause(
        "labels_shifted",
        "data",
        "The labels are moved by a few images",
        "Images and labels are in the same order, but one list begins earlier than the other. So "
        "each image has the name of a neighbour in the file, and moving the list back cures it.",
        "label misalignment, off-by-one",
    ),
    Cause(
        "labels_noisy",
        "data",
        "Many labels are wrong",
        "A part of the images has the wrong name. The network learns the rule from the others, "
        "stops for a while at their share, and then learns the wrong ones by heart.",
        "label noise",
    ),
    Cause(
        "labels_encoded",
        "data",
        "The labels are not in the form the loss expects",
        "The loss expects one form of label, such as whole numbers from 0 to 9, and gets another. "
        "It then compares the answers with something that is not the digit.",
        "label encoding mismatch, sparse against categorical",
    ),
    Cause(
        "sorted_split",
        "data",
        "Validation has other digits than training",
        "The images are sorted by digit and the last ones are kept for validation. So the network "
        "is asked for digits that it was never shown, and can only answer with the others.",
        "unstratified split of sorted data",
    ),
    Cause(
        "unshuffled_batches",
        "data",
        "The batches hold one digit at a time",
        "Images come to the network sorted by digit. For a while it sees only one digit and learns "
        "to answer only that one, then the next one, and forgets the one before.",
        "unshuffled mini-batches",
    ),
    Cause(
        "imbalance",
        "data",
        "Some digits are far more frequent than others",
        "Who knows the frequent digits alone, or always gives the most frequent one, is right "
        "often, so the network can settle there. Its accuracy then says little of the rare ones.",
        "class imbalance",
    ),
    Cause(
        "images_broken",
        "data",
        "Many images show no digit",
        "Images are blank, noise, or scrambled by reading rows and columns wrongly. The network "
        "can learn them by heart, but nothing it learns helps with a new image.",
        "corrupt inputs, wrong reshape",
    ),
    Cause(
        "polarity",
        "data",
        "Some images are light on dark, others dark on light",
        "A network that saw light ink on a dark ground has never seen the reverse and takes the "
        "ground for ink. All images, also those of the canvas, must have the same polarity.",
        "inverted polarity, covariate shift",
    ),
    Cause(
        "leak",
        "data",
        "Validation images were also trained on",
        "Some images are in training and in validation. The network may know them by heart, so the "
        "validation accuracy promises more than new images will show.",
        "data leakage",
    ),
    Cause(
        "too_few",
        "data",
        "There are too few images",
        "From so few examples the network learns these images instead of what a digit looks like. "
        "More images, also moved and turned copies of them, help more than anything else.",
        "small sample, high variance",
    ),
    Cause(
        "bad_pixels",
        "data",
        "Some pixels are not numbers",
        "One pixel that is not a number (NaN) or infinite makes the loss not a number, and after "
        "one step all weights too. From then on nothing can be learned.",
        "NaN or Inf in the inputs",
    ),
    Cause(
        "overflowed_pixels",
        "data",
        "Bright pixels have wrapped around to dark",
        "Pixels were computed in whole numbers of 8 bits, where 255 + 1 is 0. The brightest places "
        "turn dark, so strokes have holes and speckled edges.",
        "integer overflow, uint8 wrap-around",
    ),
)

_SCALE = (
    Cause(
        "raw_pixels",
        "input scale",
        "Pixels from 0 to 255 are too large for this network",
        "Without batch normalization large inputs make large outputs and large steps, and the loss "
        "jumps instead of falling. Dividing the pixels by 255 cures it. Behind batch normalization "
        "the scale cancels, and dividing would change next to nothing.",
        "unnormalized inputs",
    ),
    Cause(
        "scaled_twice",
        "input scale",
        "The pixels were divided by 255 twice",
        "The pixels are so small that they hardly move the answers, and behind batch normalization "
        "they drown in the small number that it adds against division by zero. All images look "
        "almost the same to the network.",
        "double normalization, variance below epsilon",
    ),
    Cause(
        "scaled_differently",
        "input scale",
        "Training and validation images have different scales",
        "The network learned from pixels of one scale and is asked about pixels of another. Its "
        "averages and thresholds do not fit them. Both must be prepared in the same way.",
        "train-test preprocessing mismatch",
    ),
)

_OPTIMIZATION = (
    Cause(
        "rate_too_high",
        "optimization",
        "The learning rate is too high",
        "Each step goes beyond the place where the loss is low, and the next one beyond it on the "
        "other side. So the loss jumps up and down or grows instead of falling.",
        "learning rate too high, divergence",
    ),
    Cause(
        "rate_too_low",
        "optimization",
        "The learning rate is too low",
        "The steps go in the right direction but are so small that the loss hardly falls. The "
        "network is not stuck, only slow.",
        "learning rate too low, slow convergence",
    ),
    Cause(
        "stopped_early",
        "optimization",
        "Training was stopped too early",
        "The loss was still falling when training ended. With more patience, or more epochs, it "
        "would have learned more.",
        "premature early stopping",
    ),
    Cause(
        "lagging_averages",
        "optimization",
        "It has learned, but validation looks through outdated averages",
        "While it trains, batch normalization uses the mean and spread of the present batch. "
        "Validation uses moving averages of them instead, and these follow too slowly. So even the "
        "training images fail when they are read that way. This is not overfitting.",
        "lagging batch-norm moving statistics",
    ),
    Cause(
        "tiny_batches",
        "optimization",
        "The batches are too small for batch normalization",
        "The mean and spread of one or two images differ from batch to batch, so the network "
        "learns with figures that do not hold when it is used.",
        "batch-norm with tiny batches",
    ),
    Cause(
        "exploding",
        "optimization",
        "The numbers grew beyond all bounds",
        "Gradients became so large that one step threw the weights far away. The loss becomes "
        "huge, infinite or not a number, and nothing can be learned from there.",
        "exploding gradients, NaN loss",
    ),
    Cause(
        "bad_start",
        "optimization",
        "The weights started all equal",
        "Units that start with the same weights get the same corrections and stay the same for "
        "ever. A layer of hundreds of units then works like one. Random starting weights cure it.",
        "zero or constant initialization, symmetry",
    ),
    Cause(
        "dead_units",
        "optimization",
        "Many units are silent on every image",
        "A ReLU that is below zero for every image gives zero and gets no correction any more. One "
        "step that was too large is enough. That half of the values are zero is normal; a unit "
        "that is always zero is not.",
        "dying ReLU",
    ),
    Cause(
        "frozen",
        "optimization",
        "Layers that should learn are frozen",
        "The weights of these layers are not changed, so only the rest of the network can learn, "
        "on top of what they began with: where nobody trained them before, random features.",
        "frozen layers, trainable = False",
    ),
    Cause(
        "vanishing",
        "optimization",
        "The corrections fade before they reach the first layers",
        "Each layer passes on only a part of the correction, so next to nothing reaches the first "
        "ones, and they stay as they began.",
        "vanishing gradients",
    ),
    Cause(
        "huge_head",
        "optimization",
        "The last layer has so many inputs that it overshoots",
        "One step changes all weights of the last layer a little, in the same direction. With tens "
        "of thousands of inputs these changes add up to a jump of the answer.",
        "logit overshoot of a wide Flatten head",
    ),
)

_OBJECTIVE = (
    Cause(
        "softmax_missing",
        "objective",
        "The outputs are not probabilities",
        "The loss takes the outputs for probabilities, but they are plain numbers: they can be "
        "negative and do not add up to 1. Its corrections are then wrong.",
        "missing softmax, logits taken for probabilities",
    ),
    Cause(
        "softmax_twice",
        "objective",
        "Softmax is applied twice",
        "Softmax turns numbers into probabilities. A second one flattens them: of ten classes not "
        "even a sure answer gets more than 0.23, and the loss cannot fall below 1.46.",
        "double softmax, from_logits mismatch",
    ),
    Cause(
        "wrong_activation",
        "objective",
        "The last layer has the wrong activation",
        "A ReLU at the end answers many digits with exactly 0 and gets no correction for them; "
        "sigmoids, one for each digit, do not compete with each other. One class of several needs "
        "a softmax, a yes or no a sigmoid. Where a number is asked for, no activation may keep the "
        "answers from reaching it.",
        "ReLU or sigmoid output layer",
    ),
    Cause(
        "wrong_loss",
        "objective",
        "The loss does not fit the question",
        "The loss asks something else than which digit it is. Asked ten times whether it is one of "
        "ten, who always says no is already right nine times out of ten.",
        "binary cross-entropy or squared error for classes",
    ),
)

_CAPACITY = (
    Cause(
        "overfitting",
        "capacity",
        "It learns the training images by heart",
        "Training still improves, but validation does not, or gets worse: what it learns now holds "
        "for the training images alone. The gap is the same when both are read in the same way.",
        "overfitting",
    ),
    Cause(
        "over_regularized",
        "capacity",
        "It is held back too strongly",
        "Dropout or weight decay protects against learning by heart. Here it is so strong that "
        "the network cannot learn the training images either.",
        "over-regularization, underfitting",
    ),
    Cause(
        "too_small",
        "capacity",
        "The network is too small",
        "It has too few weights to tell the digits apart. Training and validation stay low "
        "together, however long it trains.",
        "insufficient capacity, underfitting",
    ),
)

CAUSES: dict[str, Cause] = {
    cause.name: cause for cause in (*_DATA, *_SCALE, *_OPTIMIZATION, *_OBJECTIVE, *_CAPACITY)
}
"""All causes by name."""
