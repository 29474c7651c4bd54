# Human activity from a wrist band: x/y/z acceleration, windows of 64 samples, 8 activities
import numpy as np
import tensorflow as tf
from tensorflow.keras import Model, layers, optimizers, utils
from resnet_app import RunLogger

utils.set_random_seed(14)
rng = np.random.default_rng(14)
ACT = {  # frequency, amplitudes
    "lie": (0.5, (0.1, 0.1, 0.1)), "sit": (1.0, (0.5, 0.2, 0.2)),
    "walk": (4.0, (1.0, 0.4, 0.6)), "run": (8.0, (1.6, 0.7, 1.1)),
    "up": (3.0, (0.5, 1.2, 0.5)), "down": (6.0, (0.5, 1.2, 0.5)),
    "cycle": (5.0, (0.3, 0.3, 1.4)), "jump": (10.0, (0.4, 0.4, 1.6)),
}
names = list(ACT)


def window(name):
    f, amp = ACT[name]
    t = np.arange(64) / 64
    ph = rng.uniform(0, 2 * np.pi)
    f = f * rng.uniform(0.9, 1.1)
    cols = [a * np.sin(2 * np.pi * f * t + ph + 0.7 * j) for j, a in enumerate(amp)]
    return np.stack(cols, axis=1) + rng.normal(0, 0.25, (64, 3))


y = rng.integers(0, len(names), 2000)
x = np.stack([window(names[k]) for k in y]).astype("float32")
ds = tf.data.Dataset.from_tensor_slices((x, y))
train = ds.take(1600).shuffle(1600, seed=0).batch(32)
test = ds.skip(1600).batch(40)

i = layers.Input((64, 3))
h = layers.Conv1D(24, 5, activation="relu")(i)
h = layers.MaxPooling1D(2)(h)
h = layers.Conv1D(32, 5, activation="relu")(h)
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dense(32, activation="relu")(h)
o = layers.Dense(len(names))(h)
model = Model(i, o)
model.compile(optimizer=optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, validation_data=test, epochs=14, callbacks=[RunLogger("run")], verbose=2)
