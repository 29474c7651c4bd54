import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(19)

d = np.load("digits.npz")
x_all, y_all = d["x"][:6000], d["y"][:6000].astype("int64")
x_val, y_val = d["x"][6000:6800], d["y"][6000:6800].astype("int64")

BATCH = 32


def prepare(img, lab):
    img = tf.cast(img, tf.float32) / 255.0
    return img, lab


# one dataset per digit, joined
train_ds = None
for digit in range(10):
    sel = np.flatnonzero(y_all == digit)[:400]
    part = tf.data.Dataset.from_tensor_slices((x_all[sel], y_all[sel]))
    train_ds = part if train_ds is None else train_ds.concatenate(part)
train_ds = train_ds.map(prepare).batch(BATCH).prefetch(tf.data.AUTOTUNE)
val_ds = tf.data.Dataset.from_tensor_slices((x_val, y_val)).map(prepare).batch(100)

model = keras.Sequential([
    layers.Input((28, 28)),
    layers.Rescaling(1.0 / 255),
    layers.Flatten(),
    layers.Dense(128, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1),
              loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(train_ds, validation_data=val_ds, epochs=12, verbose=2,
          callbacks=[RunLogger("run")])
