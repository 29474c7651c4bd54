"""Transfer learning exercise: a convolutional base and a new head."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(27)

npz = np.load("digits.npz")
x = npz["x"].astype("float32")[..., None] / 255.0
y = npz["y"].astype("int32")

x_train, y_train = x[:3200], y[:3200]
x_val, y_val = x[6000:6800], y[6000:6800]

# same order as in the directory: 0/, 1/, 2/ ...
order = np.argsort(y_train, kind="stable")
x_train, y_train = x_train[order], y_train[order]

train_ds = tf.data.Dataset.from_tensor_slices((x_train, y_train))
train_ds = train_ds.batch(32).prefetch(tf.data.AUTOTUNE)
val_ds = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(100)

base = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(12, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(24, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
    ],
    name="base",
)
base.trainable = False

inputs = keras.Input((28, 28, 1))
features = base(inputs, training=False)
outputs = layers.Dense(10, activation="softmax")(features)
model = keras.Model(inputs, outputs)

model.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.summary()
model.fit(train_ds, validation_data=val_ds, epochs=12, callbacks=[RunLogger("run")])
