"""Which shape is on the picture? circle, square, triangle, cross"""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(30)
rng = np.random.default_rng(30)

S = 48
yy, xx = np.mgrid[0:S, 0:S].astype("float32")


def shape(kind):
    r = rng.uniform(6, 10)
    cx, cy = rng.uniform(11, S - 11, 2)
    dx, dy = xx - cx, yy - cy
    if kind == 0:
        m = dx ** 2 + dy ** 2 < r ** 2
    elif kind == 1:
        m = (np.abs(dx) < 0.85 * r) & (np.abs(dy) < 0.85 * r)
    elif kind == 2:
        m = (dy < 0.8 * r) & (dy > -r) & (np.abs(dx) < 0.55 * (dy + r))
    else:
        w = 0.3 * r
        m = ((np.abs(dx) < w) & (np.abs(dy) < r)) | ((np.abs(dy) < w) & (np.abs(dx) < r))
    img = np.where(m, 0.9, 0.25) + rng.normal(0, 0.04, (S, S))
    return np.clip(img, 0, 1)


def sample(n):
    k = rng.integers(0, 4, n)
    return np.stack([shape(i) for i in k]).astype("float32")[..., None], k


x_train, y_train = sample(640)
x_val, y_val = sample(200)
# the second programmer drew with black on white
x_val = 1.0 - x_val

model = keras.Sequential(
    [
        keras.Input((S, S, 1)),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(4, activation="softmax"),
    ]
)
model.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.summary()
model.fit(
    x_train,
    y_train,
    batch_size=32,
    epochs=8,
    validation_data=(x_val, y_val),
    callbacks=[RunLogger("run")],
)
