# ECG-like beats, 4 kinds. "Always regularize" they said.
import numpy as np
import keras
from keras import layers
from keras.regularizers import l2
from resnet_app import RunLogger

keras.utils.set_random_seed(28)
rng = np.random.default_rng(28)
T = 96
t = np.linspace(-1, 1, T)


def bump(mid, width, height):
    return height * np.exp(-((t - mid) / width) ** 2)


def beat(kind):
    j = rng.normal(0, 0.06)
    if kind == 0:
        s = bump(-0.4 + j, 0.1, 0.3) + bump(j, 0.04, 1.5) + bump(0.4 + j, 0.14, 0.5)
    elif kind == 1:     # wide
        s = bump(j, 0.2, 1.3) - bump(0.35 + j, 0.2, 0.6)
    elif kind == 2:     # early, no first wave
        s = bump(-0.3 + j, 0.04, 1.4) + bump(0.1 + j, 0.14, 0.5)
    else:               # two peaks
        s = bump(-0.1 + j, 0.04, 1.0) + bump(0.12 + j, 0.04, 1.1) + bump(0.5 + j, 0.12, 0.4)
    return s * rng.uniform(0.8, 1.2) + rng.normal(0, 0.08, T)


y = rng.integers(0, 4, 1600)
x = np.array([beat(k) for k in y], dtype="float32")[..., None]

REG = l2(0.5)
model = keras.Sequential([
    keras.Input((T, 1)),
    layers.Conv1D(16, 7, activation="relu", kernel_regularizer=REG),
    layers.MaxPooling1D(2),
    layers.Conv1D(24, 5, activation="relu", kernel_regularizer=REG),
    layers.MaxPooling1D(2),
    layers.Flatten(),
    layers.Dense(32, activation="relu", kernel_regularizer=REG),
    layers.Dense(4, activation="softmax", kernel_regularizer=REG),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:1280], y[:1280], batch_size=32, epochs=14, validation_data=(x[1280:], y[1280:]),
          callbacks=[RunLogger("run")], verbose=2)
