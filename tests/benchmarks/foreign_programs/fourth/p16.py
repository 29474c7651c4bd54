# Direction of the weave in cloth photographs (6 directions)
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(12)
rng = np.random.default_rng(12)

SIZE, PER_CLASS = 48, 100
yy, xx = np.mgrid[0:SIZE, 0:SIZE]


def cloth(k):
    a = np.pi * (k + rng.uniform(-0.15, 0.15)) / 6
    period = rng.uniform(5.0, 7.0)
    phase = rng.uniform(0, 2 * np.pi)
    wave = np.sin(2 * np.pi * (np.cos(a) * xx + np.sin(a) * yy) / period + phase)
    return np.clip(0.5 + 0.22 * wave + rng.normal(0, 0.15, (SIZE, SIZE)), 0, 1)


photos = np.array([cloth(k) for k in range(6) for _ in range(PER_CLASS)], dtype="float32")
photos = photos.reshape(-1, SIZE, SIZE, 1)
target = np.array([k for k in range(6) for _ in range(PER_CLASS)])

model = keras.Sequential([
    keras.Input((SIZE, SIZE, 1)),
    layers.Conv2D(96, 3, padding="same", activation="relu", kernel_initializer="he_normal"),
    layers.Flatten(),
    layers.Dense(6, activation="softmax"),
])
model.summary()
model.compile(optimizer="adam",
              loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(photos, target, epochs=8, batch_size=32, validation_split=0.2,
          verbose=2, callbacks=[RunLogger("run")])
