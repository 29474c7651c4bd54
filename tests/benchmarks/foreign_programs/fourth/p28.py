# Card fraud, 7 % of the rows; weighted classes, AUC, early stopping with patience
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(44)

X, y = make_classification(n_samples=5000, n_features=20, n_informative=8, n_redundant=4,
                           n_clusters_per_class=1, weights=[0.93], class_sep=1.6,
                           flip_y=0.0, random_state=44)
X = (X * np.linspace(1, 300, 20) + 40).astype("float32")
y = y.astype("float32")
X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.3, stratify=y, random_state=4)

norm = layers.Normalization()
norm.adapt(X_tr)

inp = keras.Input((20,))
h = norm(inp)
h = layers.Dense(64, activation="relu")(h)
h = layers.Dropout(0.3)(h)
h = layers.Dense(32, activation="relu")(h)
out = layers.Dense(1, activation="sigmoid")(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy",
              metrics=["accuracy", keras.metrics.AUC(name="auc")])

pos = float(y_tr.mean())
weights = {0: 0.5 / (1 - pos), 1: 0.5 / pos}
es = keras.callbacks.EarlyStopping(monitor="val_auc", mode="max", patience=10,
                                   restore_best_weights=True)
model.fit(X_tr, y_tr, epochs=30, batch_size=64, class_weight=weights,
          validation_data=(X_va, y_va), callbacks=[es, RunLogger("run")], verbose=2)
print(balanced_accuracy_score(y_va, model.predict(X_va, verbose=0).ravel() > 0.5))
