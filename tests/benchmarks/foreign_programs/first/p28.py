"""Twenty newsgroups, made up: token ids -> bag of words -> group."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(20)
rng = np.random.default_rng(20)

GROUPS, VOCAB, LENGTH = 20, 1000, 40
own_words = rng.permutation(VOCAB)[:GROUPS * 25].reshape(GROUPS, 25)


def posts(n):
    g = rng.integers(0, GROUPS, n)
    ids = rng.integers(0, VOCAB, (n, LENGTH))
    for i in range(n):
        ids[i, :10] = rng.choice(own_words[g[i]], 10)
    return ids, g


def bag(ids):
    out = np.zeros((len(ids), VOCAB), "float32")
    out[np.arange(len(ids))[:, None], ids] = 1.0
    return out


ids_train, y_train = posts(2400)
ids_val, y_val = posts(600)
x_train, x_val = bag(ids_train), bag(ids_val)


def xent(y_true, y_pred):
    labels = tf.cast(tf.reshape(y_true, [-1]), tf.int32)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=y_pred)


model = keras.Sequential([
    layers.Input((VOCAB,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(GROUPS, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9), loss=xent,
              metrics=["sparse_categorical_accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=10, validation_data=(x_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
