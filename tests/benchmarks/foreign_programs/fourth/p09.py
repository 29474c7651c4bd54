# Find the odd parts on the belt: disc, square, triangle, cross or ring?
import numpy as np
import keras
from keras import layers
from keras.utils import to_categorical
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(17)
rng = np.random.RandomState(17)


def part(kind, s=24):
    y, x = np.mgrid[:s, :s]
    cx, cy, r = rng.uniform(8, 16), rng.uniform(8, 16), rng.uniform(4, 7)
    dx, dy = x - cx, y - cy
    d = np.hypot(dx, dy)
    mask = [
        d < r,
        np.maximum(abs(dx), abs(dy)) < 0.88 * r,
        (dy < 0.7 * r) & (dy > -r + 1.9 * abs(dx)),
        (np.minimum(abs(dx), abs(dy)) < 0.3 * r) & (np.maximum(abs(dx), abs(dy)) < r),
        (d < r) & (d > 0.55 * r),
    ][kind]
    return np.clip(mask * rng.uniform(0.5, 0.9) + rng.normal(0.1, 0.12, (s, s)), 0, 1)


# what the camera saw in one shift
counts = [1150, 24, 24, 24, 24]
X, y = [], []
for kind, c in enumerate(counts):
    for _ in range(c):
        X.append(part(kind))
        y.append(kind)
X = np.array(X, "float32")[..., np.newaxis]
Y = to_categorical(y, 5)

Xtr, Xte, Ytr, Yte = train_test_split(X, Y, test_size=0.25, random_state=0, stratify=y)

model = keras.Sequential([
    layers.Input((24, 24, 1)),
    layers.Conv2D(12, 3, activation="relu"),
    layers.MaxPool2D(2),
    layers.Conv2D(24, 3, activation="relu"),
    layers.MaxPool2D(2),
    layers.Flatten(),
    layers.Dense(48, activation="relu"),
    layers.Dense(5),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(Xtr, Ytr, batch_size=32, epochs=10, validation_data=(Xte, Yte),
          callbacks=[RunLogger("run")], verbose=2)
