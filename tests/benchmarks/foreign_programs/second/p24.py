"""Activity from the wrist accelerometer, ported from an old TF1 script."""
import numpy as np
import keras
from keras import layers, initializers
from resnet_app import RunLogger

keras.utils.set_random_seed(24)
rng = np.random.default_rng(24)

ACTIVITIES = ["sit", "walk", "run", "bike"]
FREQ = [0.2, 1.6, 3.0, 1.0]
AMPL = [0.1, 0.8, 1.6, 0.5]
STEPS = 60


def record(a, n):
    t = np.arange(STEPS) / 20.0
    out = np.zeros((n, STEPS, 3), dtype="float32")
    for i in range(n):
        f = FREQ[a] * rng.uniform(0.9, 1.1)
        for axis in range(3):
            out[i, :, axis] = AMPL[a] * np.sin(
                2 * np.pi * (f * t + rng.random())
            ) + rng.normal(0, 0.15, STEPS)
    return out


X = np.concatenate([record(a, 250) for a in range(4)])
y = np.repeat(np.arange(4), 250)

inp = keras.Input((STEPS, 3))
h = layers.SimpleRNN(
    32,
    activation="relu",
    return_sequences=True,
    recurrent_initializer=initializers.RandomNormal(stddev=1.0),
)(inp)
h = layers.GlobalAveragePooling1D()(h)
out = layers.Dense(len(ACTIVITIES), activation="softmax")(h)
model = keras.Model(inp, out)

model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    X,
    y,
    validation_split=0.25,
    batch_size=32,
    epochs=10,
    callbacks=[RunLogger("run")],
)
