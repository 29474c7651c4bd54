import numpy as np
import tensorflow as tf
from tensorflow import keras
from resnet_app import RunLogger

keras.utils.set_random_seed(90)
AUTOTUNE = tf.data.AUTOTUNE

with np.load("digits.npz") as mnist:
    images, targets = mnist["x"], mnist["y"]


def normalize(*pair):
    """uint8 -> float32 between 0 and 1"""
    return tuple(tf.cast(a, tf.float32) / 255.0 for a in pair)


ds_train = tf.data.Dataset.from_tensor_slices((images[:4000], targets[:4000]))
ds_train = ds_train.map(normalize, num_parallel_calls=AUTOTUNE).cache().shuffle(4000).batch(40).prefetch(AUTOTUNE)
ds_test = tf.data.Dataset.from_tensor_slices((images[9000:], targets[9000:]))
ds_test = ds_test.map(normalize, num_parallel_calls=AUTOTUNE).batch(40).cache().prefetch(AUTOTUNE)

model = keras.models.Sequential([
    keras.layers.Input((28, 28)),
    keras.layers.Flatten(),
    keras.layers.Dense(128, activation="relu"),
    keras.layers.Dropout(0.2),
    keras.layers.Dense(10),
])
model.compile(
    optimizer=keras.optimizers.Adam(0.001),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(ds_train, epochs=8, validation_data=ds_test, verbose=2, callbacks=[RunLogger("run")])
