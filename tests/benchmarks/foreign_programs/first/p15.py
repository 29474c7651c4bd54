# Digits from our MATLAB toolchain. X in the .mat file is 28 x 28 x N, y is 1 x N.
import numpy as np
from scipy.io import loadmat, savemat
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(10)

# (re-create the .mat file, so that you can run this without our server)
src = np.load("digits.npz")
savemat("digits.mat", {"X": np.transpose(src["x"][:3000], (1, 2, 0)), "y": src["y"][:3000]})

mat = loadmat("digits.mat")
X = mat["X"].astype("float32") / 255.0
y = mat["y"].ravel().astype("int32")
X = X.reshape(-1, 28, 28, 1)
print(X.shape, y.shape, X.min(), X.max())

X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=0)

model = keras.Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(16, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=8, batch_size=32, validation_data=(X_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
