"""tf.data version of the digits pipeline (two sources of training images)."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(31)
rng = np.random.default_rng(31)

npz = np.load("digits.npz")
x, y = npz["x"][..., np.newaxis], npz["y"].astype("int32")

# source A is taken as it is, source B is ordered by writer, so mix it first
xa, ya = x[:2000], y[:2000]
xb, yb = x[2000:4000], y[2000:4000]
xb = xb[rng.permutation(len(xb))]
yb = yb[rng.permutation(len(yb))]

x_train = np.concatenate([xa, xb])
y_train = np.concatenate([ya, yb])
x_val, y_val = x[8000:9000], y[8000:9000]

BATCH = 64
AUTO = tf.data.AUTOTUNE

train_ds = (
    tf.data.Dataset.from_tensor_slices((x_train, y_train))
    .shuffle(4000, seed=31)
    .map(lambda im, lb: (tf.cast(im, tf.float32), lb), num_parallel_calls=AUTO)
    .batch(BATCH)
    .prefetch(AUTO)
)
val_ds = (
    tf.data.Dataset.from_tensor_slices((x_val, y_val))
    .map(lambda im, lb: (tf.cast(im, tf.float32) / 255.0, lb), num_parallel_calls=AUTO)
    .batch(BATCH)
    .prefetch(AUTO)
)

inputs = keras.Input((28, 28, 1))
z = layers.BatchNormalization(momentum=0.9)(inputs)
z = layers.Conv2D(12, 3, activation="relu")(z)
z = layers.MaxPooling2D()(z)
z = layers.Conv2D(24, 3, activation="relu")(z)
z = layers.MaxPooling2D()(z)
z = layers.Flatten()(z)
z = layers.Dense(128, activation="relu")(z)
outputs = layers.Dense(10, activation="softmax")(z)
model = keras.Model(inputs, outputs)

model.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(train_ds, validation_data=val_ds, epochs=9, callbacks=[RunLogger("run")])
