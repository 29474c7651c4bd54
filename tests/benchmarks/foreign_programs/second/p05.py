"""Which waveform does the generator put out? (sine / square / saw / bursts)"""
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(77)
rng = np.random.default_rng(77)

N, T = 1600, 64


def one_wave(kind):
    t = np.arange(T) / T
    f = rng.uniform(2, 5)
    ph = rng.uniform(0, 1)
    u = f * t + ph
    if kind == 0:
        s = np.sin(2 * np.pi * u)
    elif kind == 1:
        s = np.sign(np.sin(2 * np.pi * u))
    elif kind == 2:
        s = 2 * (u - np.floor(u)) - 1
    else:
        s = rng.normal(0, 1, T) * (np.sin(2 * np.pi * u) > 0)
    return s + rng.normal(0, 0.1, T)


y = rng.integers(0, 4, N)
# the ADC has its zero at 512 counts
X = np.stack([512 + 100 * one_wave(k) for k in y]).astype("float32")

X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=0)

mean, std = X_train.mean(), X_train.std()
X_train = (X_train - mean) / std

inputs = keras.Input((T,))
h = inputs
for _ in range(10):
    h = layers.Dense(32, activation="sigmoid")(h)
outputs = layers.Dense(4, activation="softmax")(h)

model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

model.fit(
    X_train, y_train,
    validation_data=(X_val, y_val),
    batch_size=32, epochs=20,
    callbacks=[RunLogger("run")],
)
