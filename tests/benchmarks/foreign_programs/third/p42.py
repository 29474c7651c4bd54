# Which way does the wood grain run? 240 patches are all we have.
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(13)
rng = np.random.default_rng(13)
P = 20
v, u = np.mgrid[0:P, 0:P]


def patch(direction):
    period, phase = rng.uniform(3.5, 6), rng.uniform(0, 2 * np.pi)
    w = {0: v, 1: u, 2: (u + v) / np.sqrt(2)}[direction]
    g = 0.5 + 0.35 * np.sin(2 * np.pi * w / period + phase)
    return g + rng.normal(0, 0.12, (P, P))


def make(n):
    t = np.arange(n) % 3
    rng.shuffle(t)
    return np.array([patch(k) for k in t], dtype="float32")[..., None], t


x_train, y_train = make(240)
x_val, y_val = make(210)

model = keras.Sequential([
    keras.Input((P, P, 1)),
    layers.Conv2D(8, 5, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(16, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(3, activation="softmax"),
])
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=16, epochs=30, validation_data=(x_val, y_val),
          callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=3),
                     RunLogger("run")], verbose=2)
