import math
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(9)


class ImageFlow(keras.utils.PyDataset):
    """A small ImageDataGenerator: random shifts, rescale, batches."""

    def __init__(self, x, y, batch_size=32, rescale=None, shift=0, shuffle=False, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y = x, y
        self.batch_size, self.rescale, self.shift, self.shuffle = batch_size, rescale, shift, shuffle
        self.rng = np.random.default_rng(0)
        self.order = np.arange(len(x))
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, i):
        idx = self.order[i * self.batch_size:(i + 1) * self.batch_size]
        xb = self.x[idx].astype("float32")
        if self.shift:
            for k in range(len(xb)):
                dx, dy = self.rng.integers(-self.shift, self.shift + 1, 2)
                xb[k] = np.roll(xb[k], (dx, dy), axis=(0, 1))
        if self.rescale is not None:
            xb = xb * self.rescale
        return xb, self.y[idx]

    def on_epoch_end(self):
        if self.shuffle:
            self.rng.shuffle(self.order)


d = np.load("digits.npz")
x, y = d["x"][..., None], d["y"].astype("int32")
train_flow = ImageFlow(x[:3200], y[:3200], shift=2, shuffle=True)
val_flow = ImageFlow(x[5000:5800], y[5000:5800], rescale=1.0 / 255)

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(8, 3, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.ReLU(),
    layers.MaxPooling2D(),
    layers.Conv2D(16, 3, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.ReLU(),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train_flow, validation_data=val_flow, epochs=8, callbacks=[RunLogger("run")], verbose=2)
