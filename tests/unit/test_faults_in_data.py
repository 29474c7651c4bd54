"""Every fault in data and settings does what its words say, at each severity, and repeatably."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from resnet_app.config import TrainingConfig
from resnet_app.data.dataset import Dataset
from resnet_app.faults.inject import Feed, mistaken_config, mistaken_split
from resnet_app.faults.inject import feed as make_feed
from resnet_app.faults.registry import FAULTS, SEVERITIES
from resnet_app.imaging import Normalizer
from resnet_app.training.material import gather
from resnet_app.training.split import Split, split_dataset

_BASE = TrainingConfig(split="stratified", normalization="unit", learning_rate=1e-3)
_COUNT = 500


@cache
def _digits() -> Dataset:
    """Distinct random images whose mean rises with their label, in a mixed order."""
    rng = np.random.default_rng(5)
    labels = rng.permutation(np.arange(_COUNT) % 10).astype(np.uint8)
    images = rng.integers(1, 100, (_COUNT, 50, 50), np.uint8) + 10 * labels[:, None, None]
    return Dataset("digits", images.astype(np.uint8), labels)


@dataclass(frozen=True, eq=False)
class _Made:
    config: TrainingConfig
    split: Split
    feed: Feed


def _made(text: str | None, config: TrainingConfig = _BASE) -> _Made:
    """As ``gather`` does, without measuring how the ink lies."""
    config = mistaken_config(config.changed(mistakes=(text,) if text else ()))
    split = mistaken_split(split_dataset(_digits(), config), config)
    normalizer = Normalizer.fit(config.normalization, split.train[0])
    return _Made(config, split, make_feed(split, normalizer, config))


@pytest.fixture(scope="module")
def sound() -> _Made:
    return _made(None)


def _feeds(name: str) -> list[Feed]:
    return [_made(f"{name}@{severity}").feed for severity in SEVERITIES]


def _same(one: Feed, other: Feed) -> bool:
    parts = zip((*one.train, *one.validation), (*other.train, *other.validation), strict=True)
    return (
        all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in parts)
        and (one.normalizer, one.validation_normalizer)
        == (other.normalizer, other.validation_normalizer)
        and (one.shuffled, one.better) == (other.shuffled, other.better)
    )


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS.values() if fault.place == "data"])
def test_a_fault_of_the_data_changes_the_feed_and_repeats_exactly(name: str, sound: _Made):
    for severity, feed in zip(SEVERITIES, _feeds(name), strict=True):
        assert not _same(feed, sound.feed)
        assert _same(feed, _made(f"{name}@{severity}").feed)


@pytest.mark.parametrize("name", list(FAULTS))
def test_the_test_images_stay_as_they_are(name: str, sound: _Made):
    split = _made(f"{name}@3").split
    assert np.array_equal(split.test[0], sound.split.test[0])
    assert np.array_equal(split.test[1], sound.split.test[1])


def test_without_mistakes_everything_passes_as_it_came(sound: _Made):
    assert sound.config == _BASE
    assert sound.feed.train is sound.split.train
    assert (sound.feed.shuffled, sound.feed.better) == (True, "min")


@pytest.mark.parametrize(
    ("name", "shares"),
    [("labels_noisy", (0.15, 0.3, 0.45)), ("labels_shuffled", (0.72, 0.81, 0.9))],
)
def test_so_many_labels_are_wrong(name: str, shares: tuple[float, ...], sound: _Made):
    for feed, share in zip(_feeds(name), shares, strict=True):
        for part, right in (
            (feed.train, sound.split.train),
            (feed.validation, sound.split.validation),
        ):
            assert np.array_equal(part[0], right[0])
            assert np.mean(part[1] != right[1]) == pytest.approx(share, abs=0.06)


def test_shifted_labels_come_back_when_rolled(sound: _Made):
    half, one, three = (feed.train[1] for feed in _feeds("labels_shifted"))
    labels = sound.split.train[1]
    assert np.array_equal(half[: len(labels) // 2], labels[: len(labels) // 2])
    assert np.array_equal(np.roll(half[len(labels) // 2 :], -1), labels[len(labels) // 2 :])
    assert np.array_equal(np.roll(one, -1), labels)
    assert np.array_equal(np.roll(three, -3), labels)


def test_encoded_labels_have_the_values_that_are_told():
    assert [float(feed.train[1].max()) for feed in _feeds("labels_scaled")] == pytest.approx(
        [1.0, 0.9, 9 / 255]
    )
    ranges = [(int(f.train[1].min()), int(f.train[1].max())) for f in _feeds("labels_from_one")]
    assert ranges == [(1, 10), (-1, 8), (48, 57)]
    for feed, sums in zip(_feeds("labels_one_hot"), (1, 1, -8), strict=True):
        assert feed.train[1].shape == (len(feed.train[0]), 10)
        np.testing.assert_allclose(feed.train[1].sum(1), sums, atol=1e-5)


def test_other_losses_get_rows_or_a_column():
    shapes = [feed.train[1].shape[1:] for feed in _feeds("squared_loss")]
    assert shapes == [(10,), (10,), (1,)]
    assert [feed.train[1].shape[1:] for feed in _feeds("binary_loss")] == [(10,)] * 3


def test_a_sorted_split_validates_on_digits_that_were_never_trained():
    shares = []
    for feed in _feeds("sorted_split"):
        unknown = ~np.isin(feed.validation[1], np.unique(feed.train[1]))
        tail = np.mean(feed.validation[1] >= 8)
        shares.append(tail)
    assert unknown.mean() > 0.4
    assert shares == sorted(shares)
    assert shares[0] > 0.6


def test_sorted_batches_hold_ever_fewer_digits():
    def digits_a_batch(labels: np.ndarray) -> float:
        return float(np.mean([len(np.unique(labels[i : i + 16])) for i in range(0, 320, 16)]))

    feeds = _feeds("sorted_batches")
    assert not any(feed.shuffled for feed in feeds)
    counts = [digits_a_batch(feed.train[1]) for feed in feeds]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] < 2


def test_one_digit_fills_the_data():
    for feed, share in zip(_feeds("imbalance"), (0.6, 0.8, 0.95), strict=True):
        assert np.bincount(feed.train[1]).argmax() == np.bincount(feed.validation[1]).argmax()
        for _, labels in (feed.train, feed.validation):
            assert np.bincount(labels).max() / len(labels) == pytest.approx(share, abs=0.03)


def test_broken_images_are_as_many_as_told(sound: _Made):
    for feed, share in zip(_feeds("blank_images"), (0.4, 0.7, 0.95), strict=True):
        assert np.mean(np.ptp(feed.train[0], axis=(1, 2)) == 0) == pytest.approx(share, abs=0.02)
    for feed, share in zip(_feeds("noise_images"), (0.4, 0.7, 1.0), strict=True):
        changed = np.any(feed.train[0] != sound.split.train[0], axis=(1, 2))
        assert changed.mean() == pytest.approx(share, abs=0.02)
    for feed in _feeds("wrong_reshape"):
        assert np.array_equal(np.sort(feed.train[0], None), np.sort(sound.split.train[0], None))


def test_validation_is_inverted_or_known_from_training(sound: _Made):
    for feed, share in zip(_feeds("mixed_polarity"), (0.5, 0.8, 1.0), strict=True):
        inverted = np.all(feed.validation[0] == 255 - sound.split.validation[0], axis=(1, 2))
        assert inverted.mean() == pytest.approx(share, abs=0.02)
        assert feed.train is sound.split.train or np.array_equal(
            feed.train[0], sound.split.train[0]
        )
    for feed, share in zip(_feeds("leak"), (0.3, 0.6, 1.0), strict=True):
        known = {image.tobytes() for image in feed.train[0]}
        seen = [image.tobytes() in known for image in feed.validation[0]]
        assert np.mean(seen) == pytest.approx(share, abs=0.02)


def test_few_images_are_left():
    assert [len(feed.train[1]) for feed in _feeds("too_few")] == [60, 40, 20]
    assert [len(feed.train[1]) for feed in _feeds("overfitting")] == [300, 260, 220]


def test_bad_pixels_are_in_training_alone():
    shares = [float(np.isnan(feed.train[0]).any((1, 2)).mean()) for feed in _feeds("nan_pixels")]
    assert shares == pytest.approx([1 / 360, 0.02, 0.2], abs=0.002)
    assert _feeds("nan_pixels")[0].validation[0].dtype == np.uint8


def test_bright_pixels_wrap_around(sound: _Made):
    first, *_ = _feeds("overflowed_pixels")
    assert np.array_equal(first.train[0], sound.split.train[0] * np.uint8(2))
    assert (first.train[0] < sound.split.train[0]).any()


def test_scales_are_those_of_the_story():
    def highest(feed: Feed) -> list[float]:
        white = np.full((1, 50, 50), 255, np.uint8)
        both = (feed.normalizer, feed.validation_normalizer)
        return [float(normalizer.apply(white).max()) for normalizer in both]

    raw = [highest(feed) for feed in _feeds("raw_pixels")]
    assert raw == [pytest.approx([top] * 2, rel=1e-3) for top in (63.75, 255, 65535)]
    twice = [highest(feed) for feed in _feeds("scaled_twice")]
    assert twice == [pytest.approx([1 / by] * 2, rel=1e-3) for by in (64, 255, 255**2)]
    other = [highest(feed) for feed in _feeds("scaled_differently")]
    assert other == [pytest.approx([1, top], rel=1e-3) for top in (1, 255, 1 / 255)]
    dark = np.zeros((1, 50, 50), np.uint8)
    shifted = _feeds("scaled_differently")[0].validation_normalizer
    assert float(shifted.apply(dark).max()) == -1


@pytest.mark.parametrize(
    ("name", "field", "values"),
    [
        ("rate_too_high", "learning_rate", (0.03, 0.1, 1.0)),
        ("rate_too_low", "learning_rate", (1e-5, 1e-6, 1e-7)),
        ("lagging_averages", "bn_momentum", (0.99, 0.995, 0.999)),
        ("tiny_batches", "batch_size", (4, 3, 2)),
        ("exploding", "learning_rate", (5.0, 7.0, 10.0)),
        ("stopped_early", "patience", (3, 2, 1)),
        ("too_small", "widths", ((2,) * 3, (1,) * 3, (1,) * 3)),
    ],
)
def test_a_fault_of_the_settings_sets_its_field(name: str, field: str, values: tuple):
    for severity, value in zip(SEVERITIES, values, strict=True):
        config = mistaken_config(_BASE.changed(mistakes=(f"{name}@{severity}",)))
        assert getattr(config, field) == pytest.approx(value)
        assert config.mistakes == (f"{name}@{severity}",)


def test_two_mistakes_are_made_together():
    config = _BASE.changed(mistakes=("too_few@2", "rate_too_low@1", "nan_pixels@3"))
    material = gather(config, _digits())
    assert len(material.feed.train[1]) == 40
    assert material.config.learning_rate == pytest.approx(1e-5)
    assert np.isnan(material.feed.train[0]).any((1, 2)).sum() == 8


def test_no_batch_of_one_image_is_left():
    material = _made("tiny_batches@1", _BASE.changed(validation_fraction=0.197))
    assert len(material.feed.train[1]) % material.config.batch_size != 1
