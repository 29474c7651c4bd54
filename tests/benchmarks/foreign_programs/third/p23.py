"""Material classes from spectrometer readings (readings and classes are in two csv files)."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(6)


def export_from_lab_system():
    Xr, yr = make_classification(n_samples=2400, n_features=20, n_informative=10, n_redundant=4,
                                 n_classes=4, n_clusters_per_class=1, class_sep=1.8,
                                 flip_y=0.0, shuffle=True, random_state=6)
    np.savetxt("readings.csv", Xr, delimiter=",", fmt="%.5f")
    np.savetxt("classes.csv", yr, fmt="%d")


export_from_lab_system()

X = np.loadtxt("readings.csv", delimiter=",")
y = pd.read_csv("classes.csv").values.ravel()
n = min(len(X), len(y))
X, y = X[:n], y[:n]
print(X.shape, y.shape, np.bincount(y))

X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_val = scaler.transform(X_val)

model = keras.Sequential([
    layers.Input(shape=(20,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X_train, y_train, batch_size=32, epochs=25, validation_data=(X_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
