import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(1337)

with np.load("digits.npz") as npz:
    x = npz["x"][..., None]
    y = npz["y"].astype("int32")

n_train, n_val, batch = 4000, 800, 64


def jitter(image, label):
    # random shift by up to 2 pixels
    image = tf.pad(tf.cast(image, tf.float32), [[2, 2], [2, 2], [0, 0]])
    return tf.image.random_crop(image, [28, 28, 1]), label


ds_train = (tf.data.Dataset.from_tensor_slices((x[:n_train], y[:n_train]))
            .shuffle(n_train)
            .map(jitter, num_parallel_calls=1)
            .batch(batch)
            .prefetch(1))
ds_val = tf.data.Dataset.from_tensor_slices((x[n_train:n_train + n_val].astype("float32"),
                                             y[n_train:n_train + n_val])).batch(batch)

epochs = 9
lr = keras.optimizers.schedules.CosineDecay(3e-3, epochs * (n_train // batch + 1))

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Rescaling(1.0 / 255),
    layers.Conv2D(16, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Dropout(0.25),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.4),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(lr), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(ds_train, epochs=epochs, validation_data=ds_val, callbacks=[RunLogger("run")])
