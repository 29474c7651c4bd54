# Vibration signals of a fan, five conditions
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(5)
rng = np.random.default_rng(5)
T = 128
t = np.arange(T) / T


def record(cond):
    ph = rng.uniform(0, 2 * np.pi)
    s = np.sin(2 * np.pi * 5 * t + ph)
    if cond == 1:      # imbalance
        s = 2.2 * s
    elif cond == 2:    # looseness: many harmonics
        s = s + 0.8 * np.sin(2 * np.pi * 10 * t + ph) + 0.6 * np.sin(2 * np.pi * 15 * t + ph)
    elif cond == 3:    # bearing: short hits
        s = s + 2.0 * (rng.random(T) < 0.08)
    elif cond == 4:    # rub: cut off on one side
        s = np.minimum(s, 0.2) + 0.5 * np.sin(2 * np.pi * 30 * t)
    return s + rng.normal(0, 0.2, T)


signals, labels = [], []
for cond in range(5):
    for _ in range(240):
        signals.append(record(cond))
        labels.append(cond)
X = np.array(signals, dtype="float32")[..., None]
Y = np.array(labels)

model = keras.Sequential([
    keras.Input((T, 1)),
    layers.Conv1D(16, 7, activation="relu", padding="same"),
    layers.MaxPooling1D(2),
    layers.Conv1D(32, 5, activation="relu", padding="same"),
    layers.MaxPooling1D(2),
    layers.Conv1D(32, 3, activation="relu", padding="same"),
    layers.GlobalMaxPooling1D(),
    layers.Dense(5, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X, Y, validation_split=0.2, epochs=12, batch_size=32, verbose=2, callbacks=[RunLogger("run")])
