"""Digits named by volunteers on the web, checked on a gold set."""
import numpy as np
import keras
from keras import layers, initializers
from resnet_app import RunLogger

keras.utils.set_random_seed(333)
rng = np.random.default_rng(333)

data = np.load("digits.npz")
x = data["x"].reshape(-1, 784).astype("float32") / 255.0
y = data["y"].astype("int64")

x_crowd, gold = x[:4000], y[:4000]
x_gold, y_gold = x[8500:9500], y[8500:9500]

# some of the volunteers only clicked through to get their points
clicked = rng.random(len(gold)) < 0.4
y_crowd = np.where(clicked, rng.integers(0, 10, len(gold)), gold)

inp = keras.Input((784,))
h = layers.Dense(
    256,
    activation="relu",
    # negative bias for a sparse code
    bias_initializer=initializers.RandomNormal(mean=-3.5, stddev=1.0),
)(inp)
out = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inp, out)

model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    x_crowd,
    y_crowd,
    batch_size=32,
    epochs=20,
    validation_data=(x_gold, y_gold),
    callbacks=[RunLogger("run")],
)
