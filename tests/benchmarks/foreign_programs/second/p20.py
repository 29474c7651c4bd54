# news groups -> five sections, tf.data
import numpy as np
import tensorflow as tf
from tensorflow.keras import Model, layers, optimizers, utils
from resnet_app import RunLogger

utils.set_random_seed(20)
rng = np.random.default_rng(20)

SECTIONS = 5
VOCAB = 1000
LEN = 50


def corpus(section, n):
    """n texts of one section as token ids"""
    common = rng.integers(250, VOCAB, size=(n, LEN))
    special = rng.integers(1 + 50 * section, 51 + 50 * section, size=(n, LEN))
    return np.where(rng.random((n, LEN)) < 0.25, special, common)


train_x, train_y, test_x, test_y = [], [], [], []
for s in range(SECTIONS):
    texts = corpus(s, 500)
    train_x.append(texts[:400])
    test_x.append(texts[400:])
    train_y += [s] * 400
    test_y += [s] * 100
train_x = np.concatenate(train_x).astype("int32")
test_x = np.concatenate(test_x).astype("int32")
train_y = utils.to_categorical(train_y, SECTIONS)
test_y = utils.to_categorical(test_y, SECTIONS)

train = tf.data.Dataset.from_tensor_slices((train_x, train_y)).batch(32).prefetch(2)
test = tf.data.Dataset.from_tensor_slices((test_x, test_y)).batch(100)

tokens = layers.Input((LEN,), dtype="int32")
e = layers.Embedding(VOCAB, 32)(tokens)
e = layers.GlobalAveragePooling1D()(e)
e = layers.Dense(32, activation="relu")(e)
section = layers.Dense(SECTIONS)(e)
model = Model(tokens, section)

model.compile(
    optimizer=optimizers.Adam(5e-3),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(train, validation_data=test, epochs=15, callbacks=[RunLogger("run")])
