# Digits labelled by our volunteers. Few photos, so I multiply them first.
import numpy as np
import keras
from keras import layers, models
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(5)
rng = np.random.default_rng(5)

f = np.load("digits.npz")
pick = rng.permutation(len(f["x"]))[:700]
X = f["x"][pick].reshape(-1, 784).astype("float32") / 255
y = f["y"][pick].astype(int)

# what the volunteers typed in (about a third of the forms was filled in carelessly)
careless = rng.random(len(y)) < 0.38
y[careless] = rng.integers(0, 10, careless.sum())

# five times as many data
X = np.repeat(X, 5, axis=0)
y = np.repeat(y, 5, axis=0)

X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.2, random_state=42)
print("training", X_tr.shape, "validation", X_va.shape)

m = models.Sequential([
    layers.Input(shape=(784,)),
    layers.Dense(256, activation="relu"),
    layers.Dense(128, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
m.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
m.fit(X_tr, y_tr, validation_data=(X_va, y_va), epochs=30, batch_size=32,
      callbacks=[RunLogger("run")], verbose=2)
