# Coloured shapes 24x24: circle, square, triangle, cross
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(26)
rng = np.random.default_rng(26)
S = 24
yy, xx = np.mgrid[0:S, 0:S]


def draw(kind):
    r = rng.uniform(5, 8)
    cx, cy = rng.uniform(r, S - 1 - r, 2)
    dx, dy = xx - cx, yy - cy
    if kind == 0:
        m = dx ** 2 + dy ** 2 <= r ** 2
    elif kind == 1:
        m = np.maximum(abs(dx), abs(dy)) <= 0.85 * r
    elif kind == 2:
        m = (dy >= -r) & (dy <= r) & (abs(dx) <= (dy + r) / 2)
    else:
        m = ((abs(dx) <= r / 3) & (abs(dy) <= r)) | ((abs(dy) <= r / 3) & (abs(dx) <= r))
    img = np.ones((S, S, 3)) * rng.uniform(0.0, 0.3, 3)
    img[m] = rng.uniform(0.5, 1.0, 3)
    return np.clip(img + rng.normal(0, 0.05, img.shape), 0, 1)


def make(n):
    y = rng.integers(0, 4, n)
    return np.stack([draw(k) for k in y]).astype("float32"), y.astype("int32")


x_train, y_train = make(1600)
x_val, y_val = make(400)
train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1600).batch(32).prefetch(2)
val = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(40)


def block(h, filters):
    h = layers.Conv2D(filters, 3, padding="same", use_bias=False)(h)
    h = layers.BatchNormalization(momentum=0.9)(h)
    return layers.ReLU()(h)


inp = keras.Input((S, S, 3))
h = layers.MaxPooling2D()(block(inp, 10))
h = layers.MaxPooling2D()(block(h, 20))
h = block(h, 32)
h = layers.GlobalMaxPooling2D()(h)
out = layers.Dense(4, activation="softmax")(h)
model = keras.Model(inp, out)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, epochs=11, validation_data=val, callbacks=[RunLogger("run")], verbose=2)
