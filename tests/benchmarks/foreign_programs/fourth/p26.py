# digits from a .mat file (height, width, number) as in the SVHN homework
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(41)

src = np.load("digits.npz")
mat = {"X": np.ascontiguousarray(np.transpose(src["x"][:3000], (1, 2, 0))),   # what loadmat gives
       "y": src["y"][:3000].reshape(-1, 1)}

X = mat["X"].reshape(-1, 28, 28, 1).astype("float32") / 255.0
y = mat["y"].ravel().astype("int64")
print("X", X.shape, "y", y.shape)

rng = np.random.default_rng(0)
p = rng.permutation(len(X))
X, y = X[p], y[p]
X_train, X_val = X[:2400], X[2400:]
y_train, y_val = y[:2400], y[2400:]

model = keras.Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Conv2D(16, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.1),
              loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(X_train, y_train, batch_size=32, epochs=10,
          validation_data=(X_val, y_val), callbacks=[RunLogger("run")], verbose=2)
