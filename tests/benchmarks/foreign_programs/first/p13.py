"""Polarity of shop reviews. Label column as in the csv: 1 = negative, 2 = positive."""
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models, optimizers, utils
from resnet_app import RunLogger

utils.set_random_seed(17)
rng = np.random.default_rng(17)

vocab_size, seq_len, n = 800, 50, 2400
good = np.arange(10, 70)
bad = np.arange(70, 130)

polarity = rng.integers(1, 3, size=n)
tokens = rng.integers(130, vocab_size, size=(n, seq_len))
for i in range(n):
    where = rng.permutation(seq_len)[:8]
    own, other = (good, bad) if polarity[i] == 2 else (bad, good)
    tokens[i, where[:6]] = rng.choice(own, 6)
    tokens[i, where[6:]] = rng.choice(other, 2)

split = int(0.8 * n)
train_ds = (tf.data.Dataset.from_tensor_slices((tokens[:split], polarity[:split].astype("float32")))
            .shuffle(2000, seed=1).batch(32))
val_ds = tf.data.Dataset.from_tensor_slices((tokens[split:], polarity[split:].astype("float32"))).batch(32)

model = models.Sequential([
    layers.Input((seq_len,)),
    layers.Embedding(vocab_size, 24),
    layers.GlobalAveragePooling1D(),
    layers.Dense(24, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(train_ds, validation_data=val_ds, epochs=12, verbose=2, callbacks=[RunLogger("run")])
