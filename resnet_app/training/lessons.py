"""What fine-tuning shows the network: one's own drawings or a class's, and what to remember."""

from dataclasses import dataclass, replace

import numpy as np

from resnet_app import drawings
from resnet_app.classroom.export import split_class
from resnet_app.classroom.store import session_with_id
from resnet_app.config import CLASSES
from resnet_app.data import store as datasets
from resnet_app.data.dataset import Images, Labels
from resnet_app.data.generator import generate, write
from resnet_app.errors import DataError
from resnet_app.imaging import Framing
from resnet_app.pretraining.nondigits import TRAINING_LETTERS, draw_nondigit
from resnet_app.pretraining.variants import warp_variant
from resnet_app.runs.run import Run
from resnet_app.strokes import PenDigit
from resnet_app.training.split import split_dataset

_MOST_DRAWINGS = 400
"""Newest drawings of each part that are used, some 5 ms each."""

_VARIANTS = 240
"""Variants of all drawings together, unless there are more drawings than that."""

_VARIANTS_EACH = 12
"""Most variants of one drawing, so that a few drawings do not outweigh all else."""

_KNOWN = 500
"""Digits of the kind that the network knows which are rehearsed, at most, and as many others, none
of which trained, that tell whether something was forgotten."""

_NONDIGITS = 80
"""Drawings that are no digit, rehearsed as well."""

_SEED = 2_000_003
"""Of the built-in digits here; the data page draws from small seeds."""

Part = tuple[Images, Labels]
"""(N, 50, 50) uint8 as the network is to see them, and (N,) uint8 labels 0…9."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """``variants`` of ``trained`` drawings and ``rehearsal``, (N, 50, 50) uint8, train.

    ``held_back`` drawings and ``others`` measure; ``others_name`` says what the latter are.
    ``held_back_students`` is as in ``Tuning``.
    """

    trained: int
    variants: Part
    held_back: Part
    rehearsal: Images
    others: Part
    others_name: str
    held_back_students: int | None


def prepare_lessons(run: Run, framing: Framing, most: int = _KNOWN) -> Lessons:
    """Lessons for the fine-tuning ``run``, whose pictures are framed as ``framing`` says.

    ``most`` is how many digits a slow network has the time to rehearse, and to be tested with.
    Raises ``DataError`` if there are too few drawings, ``ClassroomError`` if their session is gone.
    """
    rng = np.random.default_rng(run.config.seed)
    light = replace(framing, light_ink=True)  # variants are made of light ink
    (images, labels), held_back, students = (
        _kept_drawings(run, light)
        if run.classroom is None
        else _class_drawings(run.classroom, framing)
    )
    chosen = _spread(len(labels), rng)
    variants = np.stack([warp_variant(images[index], light, rng) for index in chosen])
    known, others, name = _known_digits(run, framing, min(most, _KNOWN), rng)
    return Lessons(
        len(labels),
        (_as_framed(variants, framing), labels[chosen]),
        (_as_framed(held_back[0], framing), held_back[1]),
        np.concatenate([known, _draw_nondigits(framing, rng)]),
        others,
        name,
        students,
    )


def _kept_drawings(run: Run, light: Framing) -> tuple[Part, Part, None]:
    """Its owner's own drawings, in light ink: those that train, and those held back."""
    trained, held_back = (
        drawings.framed(part[-_MOST_DRAWINGS:], light)
        for part in drawings.split(drawings.listing(run.owner))
    )
    return trained, held_back, None


def _class_drawings(session_id: str, framing: Framing) -> tuple[Part, Part, int | None]:
    """The same of a class session, whose model was given its drawings as ``framing`` says."""
    parts = split_class(session_with_id(session_id))
    trained, held_back = (
        (_as_framed(images[-_MOST_DRAWINGS:], framing), labels[-_MOST_DRAWINGS:])
        for images, labels in (parts.trained, parts.held_back)
    )
    return trained, held_back, parts.students


def _spread(count: int, rng: np.random.Generator) -> list[int]:
    """Which of ``count`` drawings each variant is of, every one about as often."""
    wanted = max(count, min(_VARIANTS, _VARIANTS_EACH * count))
    return [int(index) for index in rng.permutation(np.arange(wanted) % count)]


def _known_digits(
    run: Run, framing: Framing, count: int, rng: np.random.Generator
) -> tuple[Images, Part, str]:
    """Digits to rehearse and digits to test with, of the kind that the network learned."""
    try:
        dataset = datasets.load(run.dataset_digest)
    except DataError:  # deleted, or that of the model that comes with the app
        images, labels = generate(2 * count, _SEED)
        images = _as_framed(images, framing)
        return images[count:], (images[:count], labels[:count]), "built-in digits"
    split = split_dataset(dataset, run.config)
    rehearsed = _some(len(split.train[1]), count, rng)
    tested = _some(len(split.test[1]), count, rng)
    others = split.test[0][tested], split.test[1][tested]
    return split.train[0][rehearsed], others, f"test digits of {dataset.name}"


def _some(count: int, wanted: int, rng: np.random.Generator) -> list[int]:
    """At most ``wanted`` of the numbers below ``count``, in order."""
    return sorted(int(index) for index in rng.permutation(count)[:wanted])


def _draw_nondigits(framing: Framing, rng: np.random.Generator) -> Images:
    written = [PenDigit(digit, 0, tuple(write(digit, _SEED))) for digit in range(CLASSES)]
    drawn = (draw_nondigit(written, TRAINING_LETTERS, rng) for _ in range(_NONDIGITS))
    return np.stack([framing.apply(drawing) for drawing in drawn])


def _as_framed(images: Images, framing: Framing) -> Images:
    """Light ink on dark → the polarity that the network knows; its own inverse."""
    return images if framing.light_ink else 255 - images
