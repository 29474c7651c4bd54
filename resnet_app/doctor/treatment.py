"""What to change, one thing only, so that a rerun proves or refutes a cause."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from resnet_app.config import RANGES, TrainingConfig
from resnet_app.data import store
from resnet_app.data.edit import Edit
from resnet_app.doctor.case import suggested_rate
from resnet_app.doctor.reading import read_tests
from resnet_app.doctor.rules.averages import QUICK
from resnet_app.doctor.rules.labels import best_roll
from resnet_app.doctor.subject import SUBJECTS
from resnet_app.errors import LabError
from resnet_app.faults.registry import parse_mistakes
from resnet_app.runs.run import Run

_PATIENT = 5
"""Epochs without improvement that noise alone does not make."""

_MORE_EPOCHS = 3
"""Times as many epochs."""

_LARGE_BATCH = 32

_ANOTHER_RATE = 2.0
"""Factor by which the range test's rate must differ from the run's to be worth a rerun."""


@dataclass(frozen=True)
class Treatment:
    """One change. ``changes`` go to ``TrainingConfig.changed``, ``edit`` to the data set.

    ``label`` names it in a few words; ``words`` say what to do, also to somebody whose program
    this is not. Both ``changes`` and ``edit`` are empty where only a person can do it.
    """

    label: str
    changes: dict[str, object] = field(default_factory=dict)
    edit: Edit | None = None
    words: str = ""
    cause: str = ""

    @property
    def applies(self) -> bool:
        """Whether a rerun can apply it."""
        return bool(self.changes) or self.edit is not None

    def command(self, run: Run) -> str | None:
        """The command line of the rerun; None where only a person can make the change."""
        if not self.applies:
            return None
        if self.edit is not None:
            return f"python -m resnet_app rerun {run.id} --treat {self.cause}"
        return f"python -m resnet_app rerun {run.id} " + " ".join(
            f"--set {shlex.quote(f'{name}={_as_text(value)}')}"
            for name, value in self.changes.items()
        )

    def to_json(self, run: Run) -> dict[str, Any]:
        """Plain values, with the command line."""
        return {
            "label": self.label,
            "changes": self.changes,
            "edit": self.edit and self.edit.to_json(),
            "words": self.words,
            "command": self.command(run),
        }


def _as_text(value: object) -> str:
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def treatment_for(cause: str, run: Run, subject: str = "digits") -> Treatment:
    """The one change that cures ``cause`` in ``run``; words alone for somebody else's run.

    Those are about ``subject``, which an opinion on that run names.
    """
    words = _WORDS[cause]
    config = _config(run)
    if config is None:
        return _by_hand(cause, subject)
    undone = _without_mistake(cause, config)
    if undone is not None:
        return undone
    maker = _CHANGES.get(cause)
    changes = maker(config) if maker else {}
    if cause == "stopped_early":
        changes = _longer(config, len(run.history().epochs))
    rate = _swept_rate(cause, config, run)
    if rate is not None:
        words = f"Set a learning rate of {rate:g}, a tenth of where the range test turned."
        label = f"A learning rate of {rate:g}, from the range test"
        return Treatment(label, {"learning_rate": rate}, None, words, cause)
    changes = {name: value for name, value in changes.items() if getattr(config, name) != value}
    edit = None if changes else _edit(cause, run)
    return Treatment(_LABELS[cause], changes, edit, words, cause)


def _by_hand(cause: str, subject: str) -> Treatment:
    """What somebody can do about ``cause`` in a program of their own."""
    say = SUBJECTS[subject].say
    label, words = say(_LABELS[cause]), say(_WORDS[cause])
    if subject == "examples":
        label, words = _OF_EXAMPLES.get(cause, (label, words))
    return Treatment(label, words=words, cause=cause)


def _swept_rate(cause: str, config: TrainingConfig, run: Run) -> float | None:
    """The range test's rate, where it lies on the side that ``cause`` asks for."""
    rate = suggested_rate(read_tests(run.directory).get("range", {}))
    if rate is None or cause not in ("rate_too_high", "rate_too_low"):
        return None
    lower = rate < config.learning_rate / _ANOTHER_RATE
    higher = rate > config.learning_rate * _ANOTHER_RATE
    return rate if (lower if cause == "rate_too_high" else higher) else None


def _config(run: Run) -> TrainingConfig | None:
    try:
        return run.config
    except (LabError, TypeError, KeyError, AttributeError):
        return None  # a foreign run


def _without_mistake(cause: str, config: TrainingConfig) -> Treatment | None:
    """The settings without the built-in mistake that is this cause, if there is one."""
    mistakes = parse_mistakes(config.mistakes)
    kept = tuple(str(mistake) for mistake in mistakes if mistake.fault.cause != cause)
    if len(kept) == len(mistakes):
        return None
    return Treatment(_LABELS[cause], {"mistakes": kept}, None, _WORDS[cause], cause)


def _scaled(name: str, factor: float) -> Callable[[TrainingConfig], dict[str, object]]:
    """A change of the numeric field ``name`` by ``factor``, within its range."""

    def change(config: TrainingConfig) -> dict[str, object]:
        low, high = RANGES[name]
        value = min(max(getattr(config, name) * factor, low), high)
        return {name: int(value) if isinstance(getattr(config, name), int) else float(f"{value:g}")}

    return change


def _set(**changes: object) -> Callable[[TrainingConfig], dict[str, object]]:
    return lambda config: dict(changes)


def _longer(config: TrainingConfig, epochs: int) -> dict[str, object]:
    """Patience if that stopped it after ``epochs``, more epochs if it came to its end."""
    if 0 < config.patience < _PATIENT and epochs < config.epochs:
        return {"patience": _PATIENT}
    return _scaled("epochs", _MORE_EPOCHS)(config)


def _wider(config: TrainingConfig) -> dict[str, object]:
    return {"widths": tuple(min(4 * width, 512) for width in config.widths)}


_CHANGES: dict[str, Callable[[TrainingConfig], dict[str, object]]] = {
    "sorted_split": _set(split="stratified"),
    "raw_pixels": _set(normalization="unit"),
    "rate_too_high": _scaled("learning_rate", 0.1),
    "rate_too_low": _scaled("learning_rate", 10.0),
    "exploding": _scaled("learning_rate", 0.1),
    "dead_units": _scaled("learning_rate", 0.1),
    "vanishing": _set(batch_norm=True),
    "huge_head": _set(head="pooled"),
    "lagging_averages": _set(bn_momentum=QUICK),
    "tiny_batches": _set(batch_size=_LARGE_BATCH),
    "overfitting": _set(augmentation="light"),
    "too_few": _set(augmentation="light"),
    "too_small": _wider,
}
"""Settings to change, for the causes that sit in settings."""


_FINDINGS: dict[str, tuple[str, ...]] = {
    "labels_shifted": ("shifted-labels",),
    "labels_noisy": ("wrong-labels",),
    "labels_shuffled": ("shifted-labels",),
    "images_broken": ("blank", "noise"),
    "polarity": ("polarity",),
    "leak": ("leak", "exact-duplicates"),
    "sorted_split": ("sorted",),
    "unshuffled_batches": ("sorted",),
}
"""Kinds of findings of the data set's audit whose remedy cures a cause."""


def _edit(cause: str, run: Run) -> Edit | None:
    """A change of the data, where its audit or a test has found out which."""
    wanted = _FINDINGS.get(cause, ())
    for finding in store.findings(run.dataset_digest) or ():
        if finding.kind in wanted and finding.remedy is not None:
            return finding.remedy.edit
    if cause == "labels_shifted":
        move = best_roll(read_tests(run.directory).get("baseline", {}))
        # The place is one among the training images, not one in the file.
        return Edit(roll=move[0]) if move is not None and move[1] == 0 else None
    if cause in ("sorted_split", "unshuffled_batches"):
        return Edit(shuffle=True)
    return None


_LABELS: dict[str, str] = {
    "labels_shuffled": "Bring images and labels together again",
    "labels_shifted": "Move the labels back",
    "labels_noisy": "Leave out the doubtful labels",
    "labels_encoded": "Give labels the form the loss expects",
    "sorted_split": "Draw the validation images at random",
    "unshuffled_batches": "Shuffle the images",
    "imbalance": "Balance the digits",
    "images_broken": "Leave out the broken images",
    "polarity": "Give all images the same polarity",
    "leak": "Leave out the copies",
    "too_few": "Move and turn the images a little",
    "bad_pixels": "Repair or leave out these images",
    "overflowed_pixels": "Compute pixels in float, then round",
    "raw_pixels": "Divide the pixels by 255",
    "scaled_twice": "Scale the pixels once",
    "scaled_differently": "Scale both parts alike",
    "rate_too_high": "A tenth of the learning rate",
    "rate_too_low": "Ten times the learning rate",
    "stopped_early": "Train longer",
    "lagging_averages": "Averages that follow faster",
    "tiny_batches": "Larger batches",
    "exploding": "A tenth of the learning rate",
    "bad_start": "Start from random weights",
    "dead_units": "A tenth of the learning rate",
    "frozen": "Let all layers learn",
    "vanishing": "Batch normalization between the layers",
    "huge_head": "Average each filter before the last layer",
    "softmax_missing": "End with one softmax",
    "softmax_twice": "End with one softmax",
    "wrong_activation": "A last activation that fits the question",
    "wrong_loss": "A loss that fits the question",
    "overfitting": "Move and turn the images a little",
    "over_regularized": "Hold it back less",
    "too_small": "Four times as many filters",
}

_WORDS: dict[str, str] = {
    "labels_shuffled": "Find the step at which images and labels were sorted or shuffled apart, "
    "and shuffle both with the same order: order = rng.permutation(n); x[order], y[order].",
    "labels_shifted": "Look whether a header line was read as data or one list lost its first "
    "entry, and move the labels back by as many places.",
    "labels_noisy": "Look at the images whose labels similar images contradict; leave them out or "
    "correct them.",
    "labels_encoded": "Use whole numbers from 0 on with sparse_categorical_crossentropy, or "
    "one-hot rows with categorical_crossentropy, and a last layer with one output for each class. "
    "Never divide labels by 255.",
    "sorted_split": "Shuffle images and labels together before they are split, or split every "
    "digit in proportion. Keras's validation_split takes the last images as they lie.",
    "unshuffled_batches": "Shuffle before batching: fit(shuffle=True), or dataset.shuffle with a "
    "buffer as long as the data set.",
    "imbalance": "Collect more of the rare digits, draw them more often, or pass class_weight to "
    "fit; and judge by the accuracy of each digit.",
    "images_broken": "Look at the images as the network gets them. Leave out what is blank or "
    "noise; if all are scrambled, look at reshape and the order of the axes.",
    "polarity": "Invert the images of the rarer polarity: x = 255 - x.",
    "leak": "Remove copies first, then split.",
    "too_few": "Collect more images; until then let each epoch see them slightly moved and turned.",
    "bad_pixels": "Find them with numpy.isfinite, and repair or leave out these images.",
    "overflowed_pixels": "Convert to float32 before adding or multiplying, clip to 0…255, then "
    "round back.",
    "raw_pixels": "Divide by 255 once, in one place that training and use share.",
    "scaled_twice": "Remove one of the two divisions; a Rescaling layer in the network and a "
    "division before it are two.",
    "scaled_differently": "Prepare training, validation and later pictures in one function, or in "
    "the first layer of the network.",
    "rate_too_high": "Set a tenth of the learning rate; a warm-up helps as well.",
    "rate_too_low": "Set ten times the learning rate.",
    "stopped_early": "Let it train longer: patience of 5 or more with the best weights restored, "
    "or more epochs.",
    "lagging_averages": f"Set momentum={QUICK:g} in BatchNormalization, so that the moving "
    "averages follow within some 20 steps. The training itself stays the same.",
    "tiny_batches": "Use batches of 16 images or more.",
    "exploding": "Set a tenth of the learning rate, or pass clipnorm=1.0 to the optimizer.",
    "bad_start": "Use glorot_uniform or he_normal as kernel_initializer; zeros are for biases.",
    "dead_units": "Set a tenth of the learning rate and start anew; dead units do not come back.",
    "frozen": "Set trainable = True before compile, at least for the layers without pretrained "
    "weights.",
    "vanishing": "Use ReLU between the layers instead of sigmoid, tanh or softmax; batch "
    "normalization and shortcuts help as well.",
    "huge_head": "Replace Flatten by GlobalAveragePooling2D before the last layer.",
    "softmax_missing": "Give the last layer activation='softmax', or the loss from_logits=True; "
    "one of them, not both.",
    "softmax_twice": "Remove one softmax: of two layers, or of the layer and from_logits=True.",
    "wrong_activation": "Give the last layer activation='softmax' for one class of several, "
    "'sigmoid' for a yes or no, and none for a number that may be of any size.",
    "wrong_loss": "For one class of several use sparse_categorical_crossentropy with whole numbers "
    "from 0 on, or categorical_crossentropy with one-hot rows; for a yes or no with one output "
    "binary_crossentropy; for a number mean_squared_error.",
    "overfitting": "Let each epoch see the images slightly moved and turned; more images, some "
    "dropout and the best weights restored help as well.",
    "over_regularized": "Use less dropout (0.2 to 0.5) and less weight decay.",
    "too_small": "Give the layers more filters.",
}

_OF_EXAMPLES: dict[str, tuple[str, str]] = {
    "too_few": (
        "Collect more examples",
        "Collect more examples; until then a smaller network, some dropout, and the best weights "
        "restored help.",
    ),
    "overfitting": (
        "Collect more examples, or hold it back",
        "More examples help most; a smaller network, some dropout, and the best weights restored "
        "help as well.",
    ),
    "leak": (
        "Leave out the copies, and inputs that tell the answer",
        "Remove copies first, then split; and leave out inputs that are known only once the answer "
        "is.",
    ),
    "raw_pixels": (
        "Scale the inputs",
        "Bring each column to a mean near 0 and a deviation near 1, with the figures of the "
        "training examples, or put a Normalization layer first.",
    ),
    "images_broken": (
        "Leave out the broken examples",
        "Look at the examples as the network gets them, and leave out what is empty or noise.",
    ),
}
"""Label and words where examples are no images, which can be neither moved nor divided by 255."""
