import math

import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(18)

raw = np.load("digits.npz")
images, labels = raw["x"][..., None], raw["y"].astype("int64")

# we have labelled 80 images so far
x_small, y_small = images[:80], labels[:80]
x_val = images[5000:5500].astype("float32") / 255.0
y_val = labels[5000:5500]


class BrightnessSequence(keras.utils.PyDataset):
    """Gives batches with random brightness."""

    def __init__(self, x, y, batch_size, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.bs = x, y, batch_size
        self.rng = np.random.default_rng(18)
        self.order = self.rng.permutation(len(x))

    def __len__(self):
        return math.ceil(len(self.x) / self.bs)

    def __getitem__(self, i):
        take = self.order[i * self.bs:(i + 1) * self.bs]
        shift = self.rng.integers(30, 90, size=(len(take), 1, 1, 1)).astype("uint8")
        bx = self.x[take] + shift
        return bx.astype("float32") / 255.0, self.y[take]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.x))


model = keras.Sequential(
    [
        layers.Input((28, 28, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

model.fit(
    BrightnessSequence(x_small, y_small, 16),
    validation_data=(x_val, y_val),
    epochs=30,
    callbacks=[RunLogger("run")],
)
