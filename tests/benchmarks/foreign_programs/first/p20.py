# Which of six motors is running? One second of sound level, 128 samples.
import numpy as np
import keras
from keras import layers
from keras.callbacks import EarlyStopping
from resnet_app import RunLogger

keras.utils.set_random_seed(12)
rng = np.random.default_rng(12)

FREQS = [2, 5, 9, 14, 20, 27]
N, T = 1680, 128
labels = rng.integers(0, 6, N)
t = np.linspace(0, 1, T, endpoint=False)
f = np.array(FREQS)[labels][:, None] * rng.uniform(0.95, 1.05, (N, 1))
sig = np.sin(2 * np.pi * (f * t + rng.random((N, 1)))) + rng.normal(0, 0.4, (N, T))
sig = sig.astype("float32")[..., None]
x_train, x_val = sig[:1280], sig[1280:]
y_train, y_val = labels[:1280], labels[1280:]

model = keras.Sequential([
    keras.Input((T, 1)),
    layers.Conv1D(16, 9, strides=2, activation="relu", padding="same"),
    layers.Conv1D(32, 5, strides=2, activation="relu", padding="same"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(6, activation="softmax"),
])
model.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])

stop = EarlyStopping(monitor="val_accuracy", mode="min", patience=2, verbose=1)
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=40, batch_size=32, verbose=2,
          callbacks=[stop, RunLogger("run")])
