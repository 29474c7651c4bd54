"""Gestures from the speed of the mouse pointer, GRU with gradient clipping."""
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(310)
rng = np.random.default_rng(310)

STEPS = 30
NAMES = ["right circle", "left circle", "back and forth", "eight", "still"]


def gesture(k):
    w = 2 * np.pi * rng.uniform(0.9, 1.3) / STEPS
    a = w * np.arange(STEPS) + rng.uniform(-0.5, 0.5)
    size = rng.uniform(0.8, 1.4)
    zero = np.zeros(STEPS)
    vx, vy = [
        (np.cos(a), np.sin(a)),
        (np.cos(a), -np.sin(a)),
        (np.cos(a), zero),
        (np.cos(a), np.sin(2 * a)),
        (zero, zero),
    ][k]
    v = size * np.stack([vx, vy], axis=1)
    return v + rng.normal(0, 0.15, v.shape)


y = rng.integers(0, len(NAMES), 1500)
X = np.stack([gesture(k) for k in y]).astype("float32")
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=1)

inputs = keras.Input((STEPS, 2))
h = layers.GRU(24)(inputs)
outputs = layers.Dense(len(NAMES), activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=8e-3, clipnorm=1.0),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    X_train,
    y_train,
    batch_size=50,
    epochs=12,
    validation_data=(X_val, y_val),
    callbacks=[RunLogger("run")],
)
