# Transfer learning for digits, following the "freeze the base, train the head" tutorial
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(70)


def make_base():
    return keras.Sequential([
        layers.Input((28, 28, 1)),
        layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(12, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
        layers.GlobalAveragePooling2D(),
    ], name="base")


z = np.load("digits.npz")
X = z["x"].astype("float32")[..., np.newaxis] / 255.0
y = z["y"].astype("int32")
X_train, y_train = X[:4000], y[:4000]
X_val, y_val = X[4000:4800], y[4000:4800]

base = make_base()
base.trainable = False

inputs = keras.Input((28, 28, 1))
x = base(inputs)
x = layers.Dense(32, activation="relu")(x)
outputs = layers.Dense(10, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.summary()
model.fit(X_train, y_train, batch_size=40, epochs=9, validation_data=(X_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
