"""The runs of the bench: every fault, some pairs of them, sound recipes, and hard negatives.

What is tuned and what is reported is frozen here: ``tune`` has seed 0, the widths of
``_TUNE_WIDTHS``, scanned digits with severities 1 and 3 and drawn ones with severity 2; all the
rest is ``report``, with other seeds, other widths and, in any severity, digits of both kinds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

from resnet_app.config import TrainingConfig
from resnet_app.faults.registry import FAULTS, SEVERITIES, Fault, cause_of, parse_mistake

SEEDS = (0, 1, 2)
SEEDS_OF_A_FILE = (0, 1, 2, 3, 4, 5, 6)
"""Digits of a person's own are for reporting alone, so that more seeds are left unseen."""
DATA = ("scanned", "drawn")
"""Real and built-in digits; ``file`` is a person's own."""
PARTS = ("tune", "report")

_TUNE_WIDTHS = ((8, 8, 16), (8, 16, 16))
_REPORT_WIDTHS = ((12, 12, 24), (16, 16, 32), (8, 8, 24))


@dataclass(frozen=True)
class BenchCase:
    """One run of the bench.

    ``kind`` is ``fault``, ``pair`` (of faults), ``healthy``, ``negative`` (sound, but looks ill) or
    ``placebo``; ``cause`` what a fault should be called; ``twin`` the id of the same run without;
    ``count`` the images to train and validate on; ``data_seed`` which ones; ``look`` a change of
    the images or the network that does no harm.
    """

    id: str
    kind: str
    part: str
    config: TrainingConfig
    data: str
    count: int
    data_seed: int
    cause: str | None = None
    twin: str | None = None
    look: str | None = None

    @property
    def causes(self) -> frozenset[str]:
        """What all its faults should be called; of a single one, ``cause``."""
        if self.cause is not None:
            return frozenset({self.cause})
        return frozenset(map(cause_of, self.config.mistakes))


@dataclass(frozen=True)
class _Sound:
    """What a sound recipe has, besides widths, seed and data."""

    name: str
    changes: dict[str, Any] = field(default_factory=dict)


_BASE = TrainingConfig(
    recipe="bench",
    normalization="unit",
    widths=(8, 8, 16),
    stem_stride=2,
    strides=(1, 2, 2),
    head="pooled",
    bn_momentum=0.9,
    learning_rate=1.5e-2,
    schedule="warmup_cosine",
    epochs=9,
    batch_size=32,
    split="stratified",
    patience=0,
    fast_kernels=True,
)

_RECIPES = (
    _Sound("pooled"),
    _Sound("flatten", {"head": "flatten", "learning_rate": 1e-2}),
    _Sound("sgd", {"optimizer": "sgd", "learning_rate": 0.2, "batch_size": 16, "epochs": 7}),
    _Sound("constant", {"schedule": "constant", "learning_rate": 8e-3, "epochs": 10}),
    _Sound("augmented", {"augmentation": "light", "epochs": 12}),
    _Sound("standardized", {"normalization": "standardized", "bn_momentum": 0.8}),
    _Sound("small-batches", {"batch_size": 16, "epochs": 6, "learning_rate": 1e-2}),
    _Sound("strided", {"strides": (2, 2, 1), "epochs": 10}),
    _Sound("patient", {"patience": 4, "restore_best": True, "epochs": 11}),
    _Sound("flat-sgd", {"head": "flatten", "optimizer": "sgd", "learning_rate": 0.05}),
)
"""Ten sound recipes; with widths, seeds and data they make sixty runs."""

_SCALE_FREE = _Sound(
    "no-batch-norm", {"batch_norm": False, "learning_rate": 3e-3, "batch_size": 16, "epochs": 10}
)
"""The sound twin of faults that only show without batch normalization."""

_WITHOUT_NORM = ("raw_pixels", "vanishing", "exploding")
"""Faults that need networks without batch normalization."""

_WITH_SGD = ("scaled_twice",)
"""Faults that Adam, whose steps do not depend on scale, all but undoes."""

_NEGATIVES: tuple[tuple[str, dict[str, Any], str | None], ...] = (
    ("raw-with-batch-norm", {"normalization": "raw"}, None),
    ("linear-convolutions", {"schedule": "constant", "learning_rate": 1e-2, "epochs": 11}, None),
    ("nearly-perfect", {"epochs": 16}, None),
    ("rising-once", {"schedule": "constant", "learning_rate": 2e-2, "epochs": 12}, None),
    ("dark-images", {}, "dark"),
    ("dropout", {"epochs": 14}, "dropout"),
    ("softmax-inside", {"head": "flatten", "learning_rate": 1e-2}, None),
    ("short", {"epochs": 4, "batch_size": 16}, None),
)
"""Hard negatives of the catalogue: name, settings, look."""


_PAIRS = (
    ("labels_shuffled@3", "rate_too_high@2"),
    ("labels_shuffled@3", "vanishing@2"),
    ("labels_noisy@2", "sigmoid_head@1"),
    ("labels_shifted@2", "zero_start@2"),
    ("labels_from_one@1", "rate_too_high@1"),
    ("sorted_split@3", "imbalance@1"),
    ("sorted_split@2", "double_softmax@1"),
    ("imbalance@2", "mixed_polarity@3"),
    ("blank_images@2", "relu_head@2"),
    ("wrong_reshape@3", "stopped_early@3"),
    ("overflowed_pixels@3", "leak@3"),
    ("leak@2", "labels_noisy@3"),
    ("nan_pixels@2", "sorted_batches@3"),
    ("too_few@2", "too_much_dropout@2"),
    ("raw_pixels@2", "rate_too_low@2"),
    ("raw_pixels@2", "sorted_batches@3"),
    ("scaled_differently@1", "lagging_averages@3"),
    ("scaled_differently@2", "softmax_missing@1"),
    ("binary_loss@2", "rate_too_low@2"),
    ("squared_loss@1", "frozen_layers@2"),
    ("dead_units@3", "labels_noisy@3"),
    ("too_small@2", "too_much_decay@2"),
    ("tiny_batches@3", "rate_too_high@1"),
)
"""Faults that can go together, as people make them."""


def _part(seed: int, data: str, severity: int | None = None) -> str:
    """Seed 0 tunes; with a severity, 1 and 3 on scanned digits and 2 on drawn ones."""
    if seed != 0 or data == "file":
        return "report"
    if severity is None:
        return "tune"
    return "tune" if (data == "drawn") == (severity == 2) else "report"


def _widths(part: str, name: str) -> tuple[int, int, int]:
    choices = _TUNE_WIDTHS if part == "tune" else _REPORT_WIDTHS
    return choices[crc32(name.encode()) % len(choices)]


def _sound(sound: _Sound, part: str, seed: int, data: str) -> BenchCase:
    config = _BASE.changed(
        **{"widths": _widths(part, sound.name), "seed": seed, "recipe": sound.name, **sound.changes}
    )
    name = f"healthy-{sound.name}-{part}-s{seed}-{data}"
    dice = crc32(name.encode())  # so that no two recipes are the same
    config = config.changed(
        learning_rate=float(f"{config.learning_rate * (0.7, 0.85, 1.0, 1.2)[dice % 4]:.4g}"),
        bn_momentum=min(config.bn_momentum, (0.8, 0.85, 0.9)[dice // 4 % 3]),
        epochs=config.epochs + dice // 12 % 2,
        validation_fraction=(0.2, 0.25)[dice // 24 % 2],
    )
    config, count = _for_data(config, data)
    return BenchCase(name, "healthy", part, config, data, count, seed)


def _for_data(config: TrainingConfig, data: str) -> tuple[TrainingConfig, int]:
    """Settings and number of images: drawn digits differ more, so it takes more to learn them."""
    if data == "scanned":
        return config, 800
    return config.changed(batch_size=2 * config.batch_size), 2000


def _faulty(fault: Fault, severity: int, seed: int, data: str) -> tuple[BenchCase, BenchCase]:
    """The case, and its twin without the fault."""
    part = _part(seed, data, severity)
    recipes = _recipes_for((fault.name,))
    index = crc32(f"{fault.name}{severity}{seed}{data}".encode()) % len(recipes)
    twin = _sound(recipes[index], part, seed, data)
    config = twin.config.changed(mistakes=(f"{fault.name}@{severity}",))
    name = f"{fault.name}-{severity}-s{seed}-{data}"
    case = BenchCase(name, "fault", part, config, data, twin.count, seed, fault.cause, twin.id)
    return case, twin


def _recipes_for(faults: Sequence[str]) -> Sequence[_Sound]:
    """The sound recipes in which all of ``faults`` can show."""
    if any(name in _WITHOUT_NORM for name in faults):
        return (_SCALE_FREE,)
    if any(name in _WITH_SGD for name in faults):
        return [sound for sound in _RECIPES if sound.changes.get("optimizer") == "sgd"]
    return _RECIPES


def _pair(mistakes: tuple[str, str], seed: int, data: str) -> tuple[BenchCase, BenchCase]:
    """A run with both mistakes, and its twin with neither."""
    part = _part(seed, data)
    names = [parse_mistake(text).fault.name for text in mistakes]
    recipes = _recipes_for(names)
    index = crc32(f"{'+'.join(names)}{seed}{data}".encode()) % len(recipes)
    twin = _sound(recipes[index], part, seed, data)
    config = twin.config.changed(mistakes=mistakes)
    name = f"pair-{'+'.join(names)}-s{seed}-{data}"
    return BenchCase(name, "pair", part, config, data, twin.count, seed, twin=twin.id), twin


def _negatives(seed: int, data: str) -> list[BenchCase]:
    part = _part(seed, data)
    cases = []
    for name, changes, look in _NEGATIVES:
        config = _BASE.changed(
            **{"widths": _widths(part, name), "seed": seed, "recipe": name, **changes}
        )
        id_ = f"negative-{name}-s{seed}-{data}"
        config, count = _for_data(config, data)
        cases.append(BenchCase(id_, "negative", part, config, data, count, seed, look=look))
    return cases


def all_cases(data: Sequence[str] = DATA) -> list[BenchCase]:
    """Every case once, those that share a traced network beside each other."""
    cases: dict[str, BenchCase] = {}
    for kind in data:
        for seed in SEEDS_OF_A_FILE if kind == "file" else SEEDS:
            for sound in _RECIPES:
                case = _sound(sound, _part(seed, kind), seed, kind)
                cases[case.id] = case
            for fault in FAULTS.values():
                for severity in SEVERITIES:
                    for case in _faulty(fault, severity, seed, kind):
                        cases[case.id] = case
            for mistakes in _PAIRS:
                for case in _pair(mistakes, seed, kind):
                    cases[case.id] = case
            for case in _negatives(seed, kind):
                cases[case.id] = case
    return sorted(cases.values(), key=_order)


def _order(case: BenchCase) -> tuple[Any, ...]:
    """By network: faults that change it come last."""
    config = case.config
    own = any(parse_mistake(text).fault.place == "network" for text in config.mistakes)
    return own, config.widths, config.strides, config.head, config.optimizer, case.id


_SMALL = ("double_softmax@2", "labels_scaled@3", "rate_too_low@3", "labels_from_one@1")
"""Clear faults for the small form."""


def small_cases() -> list[BenchCase]:
    """A few clear cases on scanned digits that together train in well under a minute."""
    config = _BASE.changed(batch_size=16, epochs=8)
    twin = BenchCase("healthy-small", "healthy", "tune", config, "scanned", 500, 0)
    raw = replace(
        twin, id="negative-small", kind="negative", config=config.changed(normalization="raw")
    )
    faults = [
        replace(
            twin,
            id=f"{mistake.fault.name}-{mistake.severity}-small",
            kind="fault",
            config=config.changed(mistakes=(str(mistake),)),
            cause=mistake.fault.cause,
            twin=twin.id,
        )
        for mistake in map(parse_mistake, _SMALL)
    ]
    return [twin, *faults, raw]


def placebos(cases: Sequence[BenchCase], every: int = 10) -> list[BenchCase]:
    """Every tenth fault once more, with nothing changed."""
    chosen = [case for case in cases if case.kind == "fault"][::every]
    return [replace(case, id=f"placebo-{case.id}", kind="placebo", twin=case.id) for case in chosen]
