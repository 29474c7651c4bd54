import math
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(23)


def synth(n, seed):
    """waveforms as from a function generator: sine, square, sawtooth, chirp, noise"""
    r = np.random.default_rng(seed)
    t = np.linspace(0, 1, 128, endpoint=False)
    X, y = [], []
    for _ in range(n):
        k = r.integers(5)
        ph = 2 * np.pi * r.uniform(4, 9) * t + r.uniform(0, 2 * np.pi)
        if k == 0:
            s = np.sin(ph)
        elif k == 1:
            s = np.sign(np.sin(ph))
        elif k == 2:
            s = (ph / np.pi) % 2 - 1
        elif k == 3:
            s = np.sin(2 * np.pi * (3 + r.uniform(14, 20) * t) * t + r.uniform(0, 6))
        else:
            s = r.normal(0, 0.7, t.size)
        X.append(s * r.uniform(0.7, 1.3) + r.normal(0, 0.12, t.size))
        y.append(k)
    return np.array(X, dtype="float32")[..., None], np.array(y)


class Waves(keras.utils.PyDataset):
    def __init__(self, X, y, batch_size, shuffle, **kw):
        super().__init__(**kw)
        self.X, self.y, self.bs, self.shuffle = X, y, batch_size, shuffle
        self.order = np.arange(len(X))
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(self.X) / self.bs)

    def __getitem__(self, i):
        pick = self.order[i * self.bs:(i + 1) * self.bs]
        return self.X[pick], self.y[pick]

    def on_epoch_end(self):
        if self.shuffle:
            np.random.shuffle(self.order)


train = Waves(*synth(2000, 1), batch_size=32, shuffle=True)
val = Waves(*synth(500, 2), batch_size=50, shuffle=False)

i = keras.Input((128, 1))
h = i
for f, k in ((16, 9), (32, 5)):
    h = layers.Conv1D(f, k, strides=2, padding="same")(h)
    h = layers.BatchNormalization(momentum=0.9)(h)
    h = layers.Activation("relu")(h)
h = layers.GlobalAveragePooling1D()(h)
o = layers.Dense(5, activation="softmax")(h)
m = keras.Model(i, o)
m.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
m.fit(train, validation_data=val, epochs=15,
      callbacks=[keras.callbacks.LearningRateScheduler(lambda e: 5e-3 * 0.75 ** e), RunLogger("run")], verbose=2)
