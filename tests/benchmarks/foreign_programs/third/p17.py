import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(77)
AUTOTUNE = tf.data.AUTOTUNE

arc = np.load("digits.npz")
x_all, y_all = arc["x"], arc["y"]
x_val, y_val = x_all[3000:3700], y_all[3000:3700]

# training pictures come folder by folder: 0/*.png, 1/*.png, ...
xs, ys = [], []
for digit in range(10):
    pick = np.where(y_all[:3000] == digit)[0]
    xs.append(x_all[pick])
    ys.append(y_all[pick])
x_train, y_train = np.concatenate(xs), np.concatenate(ys)


def process(img, lab):
    img = tf.image.convert_image_dtype(img[..., tf.newaxis], tf.float32)
    return img, tf.cast(lab, tf.int32)


train_ds = (tf.data.Dataset.from_tensor_slices((x_train, y_train))
            .map(process, num_parallel_calls=AUTOTUNE)
            .cache()
            .shuffle(64)
            .batch(32)
            .prefetch(AUTOTUNE))
val_ds = (tf.data.Dataset.from_tensor_slices((x_val, y_val))
          .map(process).batch(64).cache())

model = keras.Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(16, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(24, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train_ds, validation_data=val_ds, epochs=7, callbacks=[RunLogger("run")])
