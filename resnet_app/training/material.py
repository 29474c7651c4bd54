"""What a run works with: its settings, its split data, how they are normalized and fed."""

from dataclasses import dataclass

from resnet_app.config import TrainingConfig
from resnet_app.data.dataset import Dataset
from resnet_app.faults.inject import Feed, feed, mistaken_config, mistaken_split
from resnet_app.imaging import Framing, Normalizer
from resnet_app.training.split import Split, split_dataset


@dataclass(frozen=True, eq=False)
class Material:
    """``config`` as it is trained, with the faults that were asked for; ``split`` in uint8;
    ``feed`` is what the network sees of it."""

    config: TrainingConfig
    split: Split
    normalizer: Normalizer
    framing: Framing
    feed: Feed


def gather(config: TrainingConfig, dataset: Dataset) -> Material:
    """What a run of ``config`` on ``dataset`` works with, its ``mistakes`` included."""
    config = mistaken_config(config)
    split = mistaken_split(split_dataset(dataset, config), config)
    fed = feed(split, Normalizer.fit(config.normalization, split.train[0]), config)
    return Material(config, split, fed.normalizer, Framing.measure(split.train[0]), fed)
