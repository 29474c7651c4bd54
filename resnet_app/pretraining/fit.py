"""Training the pretrained model. Import it only where TensorFlow may load."""

from typing import Any

import keras
import numpy as np

from resnet_app.config import CLASSES, TrainingConfig
from resnet_app.data.dataset import Images, Labels
from resnet_app.imaging import Normalizer
from resnet_app.model.resnet import build_resnet
from resnet_app.pretraining.pool import NO_DIGIT
from resnet_app.training.input import training_batches
from resnet_app.training.precision import choose_precision
from resnet_app.training.schedule import ScheduleCallback

CONFIG = TrainingConfig(
    recipe="pretrained",
    normalization="unit",
    stem_stride=2,
    strides=(1, 2, 1),
    head="pooled",
    bn_momentum=0.99,
    learning_rate=3e-3,
    schedule="warmup_cosine",
    epochs=12,
    batch_size=128,
    split="stratified",
    augmentation="light",
    patience=0,
    fast_kernels=True,
    precision="auto",
)
"""The pretrained model's network and training, of the same family as every other run's."""

_WEIGHT_DECAY = 2e-2
_AVERAGE_OF_STEPS = 0.998
"""Share of the old in the running average of the weights, which is what is kept."""


def fit_pool(
    pool: tuple[Images, Labels],
    normalizer: Normalizer,
    config: TrainingConfig = CONFIG,
    start: keras.Model | None = None,
    callbacks: tuple[keras.callbacks.Callback, ...] = (),
) -> keras.Model:
    """Train on (N, 50, 50) uint8 and (N,) labels 0…9 or ``NO_DIGIT``; a plain float32 model.

    It goes on from the weights of ``start`` where there is one.
    """
    model = build_resnet(config, True, choose_precision(config.precision).policy)
    if start is not None:
        model.set_weights(start.get_weights())
    optimizer = keras.optimizers.AdamW(
        config.learning_rate,
        _WEIGHT_DECAY,
        clipnorm=1.0,
        use_ema=True,
        ema_momentum=_AVERAGE_OF_STEPS,
    )
    model.compile(optimizer, "categorical_crossentropy")
    batches = _with_wanted_outputs(
        training_batches(pool, normalizer, config.batch_size, config.seed, "light", True)
    )
    model.fit(
        batches,
        epochs=config.epochs,
        callbacks=[ScheduleCallback(config, len(batches)), *callbacks],
        shuffle=False,  # the batches are shuffled already
        verbose=2,
    )
    optimizer.finalize_variable_values(model.trainable_variables)
    plain = build_resnet(config)
    plain.set_weights(model.get_weights())
    return plain


def _with_wanted_outputs(batches: Any) -> Any:
    """Labels as (B, 10) probabilities; of no digit, all the same."""
    import tensorflow as tf

    wanted = np.vstack([np.eye(CLASSES), np.full(CLASSES, 1 / CLASSES)]).astype(np.float32)
    assert len(wanted) == NO_DIGIT + 1
    table = tf.constant(wanted)
    return batches.map(lambda images, labels: (images, tf.gather(table, tf.cast(labels, tf.int32))))
