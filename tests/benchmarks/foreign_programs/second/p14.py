# Train on MNIST, check on my own handwriting (black pen, white paper).
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(7)

mnist = np.load("digits.npz")
x_train = mnist["x"][:4000].astype("float32") / 255
y_train = mnist["y"][:4000]

# the scans of my notebook: ink is dark, paper is white
scans = 255 - mnist["x"][9000:9700]
x_val = scans.astype("float32") / 255
y_val = mnist["y"][9000:9700]

x_train = np.expand_dims(x_train, -1)
x_val = np.expand_dims(x_val, -1)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(16, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Conv2D(24, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])

opt = keras.optimizers.Adam(learning_rate=1e-6)
model.compile(loss="sparse_categorical_crossentropy", optimizer=opt, metrics=["accuracy"])

model.fit(
    x_train, y_train,
    batch_size=64,
    epochs=8,
    validation_data=(x_val, y_val),
    callbacks=[RunLogger("run")],
)
