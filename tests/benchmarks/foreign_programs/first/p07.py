"""Churn: about one customer in ten leaves. Weighted classes, judged by AUC and recall."""
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight
from resnet_app import RunLogger

keras.utils.set_random_seed(21)

X, y = make_classification(n_samples=4000, n_features=14, n_informative=7, n_redundant=3,
                           n_clusters_per_class=1, weights=[0.9], class_sep=1.9, flip_y=0.0,
                           random_state=21)
X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.25, stratify=y, random_state=4)
scaler = StandardScaler()
X_tr = scaler.fit_transform(X_tr)
X_va = scaler.transform(X_va)

w = compute_class_weight("balanced", classes=np.array([0, 1]), y=y_tr)
class_weight = {0: float(w[0]), 1: float(w[1])}
print(class_weight)

model = keras.Sequential([
    keras.Input((14,)),
    layers.Dense(32, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy",
              metrics=["accuracy", keras.metrics.AUC(name="auc"), keras.metrics.Recall(name="recall"),
                       keras.metrics.Precision(name="precision")])
model.fit(X_tr, y_tr.astype("float32"), batch_size=60, epochs=14, class_weight=class_weight, verbose=2,
          validation_data=(X_va, y_va.astype("float32")), callbacks=[RunLogger("run")])
