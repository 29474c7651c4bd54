# Colour digits from a .mat file (same layout as the street view house numbers, cropped format:
# X is height x width x channels x examples, y has 10 for the digit zero)
import numpy as np
from scipy.io import loadmat, savemat
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(29)


def make_mat(path, first, count, seed):
    r = np.random.default_rng(seed)
    src = np.load("digits.npz")
    g = src["x"][first:first + count].astype("float32")[..., None] / 255
    lab = src["y"][first:first + count].astype("uint8").copy()
    lab[lab == 0] = 10
    fg = r.uniform(140, 255, (count, 1, 1, 3))
    bg = r.uniform(0, 90, (count, 1, 1, 3))
    rgb = (g * fg + (1 - g) * bg).astype("uint8")
    savemat(path, {"X": np.transpose(rgb, (1, 2, 3, 0)), "y": lab[:, None]})


make_mat("train.mat", 0, 2500, 1)
make_mat("test.mat", 5000, 600, 2)


def load(path):
    mat = loadmat(path)
    X, y = mat["X"], mat["y"].flatten().astype("int32")
    y[y == 10] = 0
    X = X.reshape((X.shape[3], X.shape[0], X.shape[1], X.shape[2]))
    return X.astype("float32") / 255.0, keras.utils.to_categorical(y, 10)


X_train, y_train = load("train.mat")
X_test, y_test = load("test.mat")
print(X_train.shape, y_train.shape, X_test.shape)

model = keras.Sequential([
    keras.Input(X_train.shape[1:]),
    layers.Conv2D(16, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Conv2D(32, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, batch_size=32, epochs=8, validation_data=(X_test, y_test),
          callbacks=[RunLogger("run")])
