import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(123)
BATCH = 32
N = 3600

raw = np.load("digits.npz")
imgs = raw["x"][:N]
labs = raw["y"][:N]


def prep_image(im):
    im = tf.cast(im, tf.float32) / 255.0
    return tf.expand_dims(im, -1)


# pipeline for pictures and for targets
image_ds = tf.data.Dataset.from_tensor_slices(imgs)
image_ds = image_ds.shuffle(N, reshuffle_each_iteration=False).map(prep_image)

label_ds = tf.data.Dataset.from_tensor_slices(labs.astype("int64"))
label_ds = label_ds.shuffle(N, reshuffle_each_iteration=False)

full = tf.data.Dataset.zip((image_ds, label_ds))
val_ds = full.take(600).batch(BATCH).prefetch(tf.data.AUTOTUNE)
train_ds = full.skip(600).batch(BATCH).prefetch(tf.data.AUTOTUNE)

inp = keras.Input((28, 28, 1))
h = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(inp)
h = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(h)
h = layers.Flatten()(h)
h = layers.Dense(128, activation="relu")(h)
out = layers.Dense(10, activation="softmax")(h)
net = keras.Model(inp, out)

net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(train_ds, validation_data=val_ds, epochs=10, callbacks=[RunLogger("run")])
