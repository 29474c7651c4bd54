# Condition monitoring of a filling line: 12 sensor features -> 4 machine states.
# The rig writes the features and the labels into two separate files.
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(7)

# --- what the rig exported (recreated here so that the script is self-contained)
feat, state = make_classification(n_samples=1601, n_features=12, n_informative=8, n_redundant=2,
                                  n_classes=4, n_clusters_per_class=1, class_sep=1.6,
                                  flip_y=0.01, random_state=3)
np.savetxt("features.csv", feat, delimiter=",", fmt="%.6f")
np.savetxt("states.txt", state, fmt="%d")

# --- loading
df = pd.read_csv("features.csv")
y = np.loadtxt("states.txt", dtype="int64")
X = df.to_numpy(dtype="float32")
n = min(len(X), len(y))
X, y = X[:n], y[:n]
print(X.shape, y.shape, np.bincount(y))

X_train, X_val = X[:1280], X[1280:]
y_train, y_val = y[:1280], y[1280:]
sc = StandardScaler().fit(X_train)
X_train, X_val = sc.transform(X_train), sc.transform(X_val)

model = keras.Sequential([
    keras.Input((12,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(X_train, y_train, epochs=25, batch_size=32, verbose=2,
          validation_data=(X_val, y_val), callbacks=[RunLogger("run")])
