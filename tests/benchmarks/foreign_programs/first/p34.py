"""Positive or negative? 1D convnet over tokens, linear output, loss on logits."""
import numpy as np
import keras
from keras import layers, losses, metrics
from resnet_app import RunLogger

keras.utils.set_random_seed(44)
rng = np.random.default_rng(44)

V, L = 400, 40
POS, NEG = np.arange(5, 30), np.arange(30, 55)


def comments(n):
    y = rng.integers(0, 2, n)
    x = rng.integers(55, V, (n, L))
    for i in range(n):
        k = int(rng.integers(4, 8))
        x[i, rng.permutation(L)[:k]] = rng.choice(POS if y[i] else NEG, k)
    return x.astype("int32"), y.astype("float32")[:, None]


x_train, y_train = comments(2400)
x_val, y_val = comments(600)

model = keras.Sequential([
    keras.Input((L,), dtype="int32"),
    layers.Embedding(V, 16),
    layers.Dropout(0.3),
    layers.Conv1D(24, 3, activation="relu"),
    layers.GlobalMaxPooling1D(),
    layers.Dropout(0.3),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=losses.BinaryCrossentropy(from_logits=True),
              metrics=[metrics.BinaryAccuracy(threshold=0.0, name="acc")])
model.fit(x_train, y_train, batch_size=30, epochs=7, validation_data=(x_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
