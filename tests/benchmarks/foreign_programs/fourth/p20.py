# Which of four tones can be heard? Several may sound together, or none.
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(20)
rng = np.random.default_rng(20)

N, T = 2000, 128
cycles = np.array([5, 11, 19, 30])
on = (rng.random((N, 4)) < 0.4).astype("float32")
t = np.arange(T) / T
sig = rng.normal(0, 0.25, (N, T))
for k in range(4):
    f = cycles[k] * rng.uniform(0.97, 1.03, (N, 1))
    amp = rng.uniform(0.7, 1.2, (N, 1))
    ph = rng.uniform(0, 2 * np.pi, (N, 1))
    sig += on[:, k:k + 1] * amp * np.sin(2 * np.pi * f * t + ph)
sig = sig.astype("float32")[..., None]

net = keras.Sequential([
    layers.Input((T, 1)),
    layers.Conv1D(24, 32, strides=2, activation="relu"),
    layers.Conv1D(32, 5, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(4, activation="sigmoid"),
])
net.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy",
            metrics=["binary_accuracy"])
net.fit(sig[:1600], on[:1600], batch_size=32, epochs=18,
        validation_data=(sig[1600:], on[1600:]),
        callbacks=[RunLogger("run")], verbose=2)
