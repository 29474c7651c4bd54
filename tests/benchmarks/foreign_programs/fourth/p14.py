"""From which of 8 directions does the lamp shine?  Four exposures are averaged."""
import numpy as np
import keras
from keras import layers
from keras.regularizers import l2
from resnet_app import RunLogger

keras.utils.set_random_seed(23)
rng = np.random.default_rng(23)
S, N = 24, 1600


def exposures(direction):
    """4 frames, as the camera gives them (8 bit)"""
    yy, xx = np.mgrid[0:S, 0:S] / (S - 1.0) - 0.5
    a = 2 * np.pi * direction / 8
    ramp = np.cos(a) * xx + np.sin(a) * yy
    base = 122 + rng.uniform(-32, 32) + 130 * ramp
    frames = base[None] + rng.normal(0, 10, (4, S, S))
    return np.clip(frames, 0, 255).astype(np.uint8)


direction = rng.integers(0, 8, N)
images = np.zeros((N, S, S), dtype=np.uint8)
for i in range(N):
    f = exposures(direction[i])
    images[i] = (f[0] + f[1] + f[2] + f[3]) // 4

x = images.astype("float32") / 255.0
x_train, y_train = x[:1200], direction[:1200]
x_val, y_val = x[1200:], direction[1200:]

model = keras.Sequential([
    layers.Input((S, S)),
    layers.Flatten(),
    layers.Dense(128, activation="relu", kernel_regularizer=l2(0.5)),
    layers.Dropout(0.5),
    layers.Dense(64, activation="relu", kernel_regularizer=l2(0.5)),
    layers.Dropout(0.5),
    layers.Dense(8, activation="softmax", kernel_regularizer=l2(0.5)),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=20, batch_size=32,
          verbose=2, callbacks=[RunLogger("run")])
