"""Train on the digit archive, check on the forms we scanned ourselves."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(35)
rng = np.random.default_rng(35)
arc = np.load("digits.npz")


def load_archive(n=3500):
    return arc["x"][:n].astype("float32") / 255.0, arc["y"][:n]


def load_scans(first=8000, n=700):
    """Stand-in for cv2.imread(..., IMREAD_GRAYSCALE) of pencil on white paper, cut to 28x28."""
    ink = arc["x"][first:first + n].astype("float32")
    paper = rng.normal(246, 3, ink.shape)
    page = np.clip(paper - ink * 0.92, 0, 255)
    return page.astype("float32") / 255.0, arc["y"][first:first + n]


x_train, y_train = load_archive()
x_scan, y_scan = load_scans()

inp = keras.Input((28, 28))
h = layers.Reshape((28, 28, 1))(inp)
for f in (16, 32):
    h = layers.Conv2D(f, 3, activation="relu")(h)
    h = layers.MaxPooling2D()(h)
h = layers.Flatten()(h)
h = layers.Dropout(0.3)(h)
out = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=7, batch_size=64, validation_data=(x_scan, y_scan),
          callbacks=[RunLogger("run")])
