"""A run as explained pieces of plain Keras code: the one source of script and notebook.

Only the branches that the run's settings take are written out. The arithmetic is the app's own:
the same split, order of the images, initial weights and augmentation come out of the same seeds.
"""

import re
from dataclasses import dataclass
from importlib.metadata import version

from resnet_app.config import TrainingConfig
from resnet_app.data.store import StoredDataset
from resnet_app.data.store import describe as describe_dataset
from resnet_app.errors import LabError, RunError
from resnet_app.faults.inject import mistaken_config, mistakes_in
from resnet_app.runs import store as runs
from resnet_app.runs.run import Run
from resnet_app.takeaway import code_data, code_network, code_training
from resnet_app.takeaway.piece import Cell, part
from resnet_app.training.loading import ONEDNN

DATA_FILE = "digits.npz"
"""Name of the data file that the code reads."""

_LIBRARIES = ("tensorflow", "keras", "numpy")


@dataclass(frozen=True)
class Recipe:
    """What the code is written from: ``config`` with the faults of its settings made, as trained.

    ``policy`` is the dtype policy that trained; ``light_ink`` whether ink is light on dark.
    """

    config: TrainingConfig
    policy: str
    light_ink: bool
    has_test_set: bool


def why_no_code(run: Run) -> str | None:
    """Why ``run`` cannot be written as one script, in a sentence; None if it can."""
    if run.id == runs.PRETRAINED:
        return "This model comes with the app; its card says how it was made."
    if run.foreign:
        return "This run was made by a Keras script of its own, so its code is there already."
    if run.parent is not None:
        return (
            "A fine-tuned model goes on from another one and from your drawings, which is more "
            "than one short script can repeat. Take away the code of the run before it."
        )
    if sum(mistake.fault.place == "network" for mistake in mistakes_in(run.config)) > 1:
        return "This run has several faults in its network at once, which no script here repeats."
    try:
        describe_dataset(run.dataset_digest)
    except LabError:
        return "The digits that this run was trained on are no longer here, and code needs them."
    return None


def write_cells(run: Run) -> tuple[Cell, ...]:
    """The code of ``run``, in order. Raises ``RunError`` if it cannot be written."""
    reason = why_no_code(run)
    if reason is not None:
        raise RunError(f"{reason} Received: {run.id}")
    data = describe_dataset(run.dataset_digest)
    config = mistaken_config(run.config)
    policy = (run.precision() or "float32").split(".")[0]
    recipe = Recipe(config, policy, run.framing().light_ink, data.test_count > 0)
    return (
        _title(run, data),
        _settings(recipe),
        *code_data.cells(config, recipe.has_test_set),
        *code_data.feeding(config, recipe.light_ink),
        *code_network.cells(config, policy),
        *code_training.cells(config, policy),
    )


def plain_name(text: str) -> str:
    """``text`` by somebody else, safe inside a comment, a string or Markdown."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w .,:()%+×…-]", " ", text)).strip()[:120]


def _title(run: Run, data: StoredDataset) -> Cell:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    evaluation = run.evaluation()
    words = [
        f"A ResNet reads digits: {plain_name(run.title)} on {plain_name(data.name)}.",
        f"Needs {libraries} or near ones, and {DATA_FILE} in the folder where this is run.",
    ]
    if evaluation is not None and evaluation.count:
        words.append(
            f"The run that this was written from answered {evaluation.accuracy:.2%} of "
            f"{evaluation.count:,} test digits right."
        )
    if run.status().state == "stopped":
        done = len(run.history().epochs)
        words.append(f"It was stopped after {done} epochs; this trains to the end.")
    if run.config.fast_kernels:
        words.append(
            "The app's fast kernels do the same sums in another order; a network that is young "
            "goes on differently from such rounding, so expect near figures, not equal ones."
        )
    mistakes = [mistake.words for mistake in mistakes_in(run.config)]
    if mistakes:
        words.append("Faults made on purpose: " + "; ".join(mistakes) + ".")
    return Cell(" ".join(words), "")


def _settings(recipe: Recipe) -> Cell:
    config = recipe.config
    shares = [f"VALIDATION_SHARE = {config.validation_fraction!r}"]
    if not recipe.has_test_set:
        shares.append(f"TEST_SHARE = {config.test_fraction!r}")
    return Cell(
        "The numbers that decide the run. The same seed gives the same split, the same order of "
        "the images and the same initial weights. oneDNN's kernels, which the app takes wherever "
        "TensorFlow has them, must be asked for before TensorFlow is loaded.",
        part(
            f"""
            {"import math" if config.schedule != "constant" else ""}
            import os
            {"from zlib import crc32" if code_data.needs_dice(config) else ""}

            os.environ.setdefault("{ONEDNN}", "1")

            import keras
            import numpy as np
            import tensorflow as tf
            from keras import layers

            SEED = {config.seed}
            EPOCHS = {config.epochs}
            BATCH_SIZE = {config.batch_size}
            LEARNING_RATE = {config.learning_rate!r}
            """,
            *shares,
        ),
    )
