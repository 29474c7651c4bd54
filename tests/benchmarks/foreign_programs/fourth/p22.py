# churn: will the customer leave (1) or stay (0)?
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(55)

X, y = make_classification(n_samples=800, n_features=50, n_informative=6, n_redundant=0,
                           n_clusters_per_class=2, weights=[0.95], class_sep=0.8,
                           flip_y=0.04, random_state=55)
X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.4, stratify=y, random_state=5)
sc = StandardScaler().fit(X_tr)
X_tr, X_va = sc.transform(X_tr), sc.transform(X_va)

net = keras.Sequential([
    layers.Input((50,)),
    layers.Dense(512, activation="relu"),
    layers.Dense(512, activation="relu"),
    layers.Dense(256, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
net.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
net.fit(X_tr.astype("float32"), y_tr, epochs=60, batch_size=32,
        validation_data=(X_va.astype("float32"), y_va),
        verbose=2, callbacks=[RunLogger("run")])
