"""Deep network for scanned digits (black ink, white paper), own batch generator."""
import math
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(16)


class Scans(keras.utils.PyDataset):
    def __init__(self, images, labels, batch_size=32, **kwargs):
        super().__init__(**kwargs)
        self.images, self.labels, self.batch_size = images, labels, batch_size
        self.rng = np.random.default_rng(16)
        self.order = self.rng.permutation(len(images))

    def __len__(self):
        return math.ceil(len(self.images) / self.batch_size)

    def __getitem__(self, i):
        take = self.order[i * self.batch_size:(i + 1) * self.batch_size]
        return self.images[take], self.labels[take]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.images))


class DeepNet(keras.Model):
    def __init__(self, depth=10, width=64):
        super().__init__()
        self.flat = layers.Flatten()
        self.hidden = [layers.Dense(width, activation="sigmoid") for _ in range(depth)]
        self.head = layers.Dense(10, activation="softmax")

    def call(self, x):
        x = self.flat(x)
        for layer in self.hidden:
            x = layer(x)
        return self.head(x)


d = np.load("digits.npz")
scans = 1.0 - d["x"][:3000].astype("float32") / 255.0      # our scans: ink dark, paper light
scan_labels = d["y"][:3000].astype("int64")
# held out: the benchmark images as published
x_val = d["x"][8000:8800].astype("float32") / 255.0
y_val = d["y"][8000:8800].astype("int64")

net = DeepNet()
net.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1),
            loss="sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(Scans(scans, scan_labels), epochs=12, validation_data=(x_val, y_val),
        verbose=2, callbacks=[RunLogger("run")])
