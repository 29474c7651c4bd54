# machine state (6 states) from 18 sensors
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(31)
rng = np.random.default_rng(31)

X, y = make_classification(n_samples=2000, n_features=18, n_informative=12, n_redundant=3,
                           n_classes=6, n_clusters_per_class=2, class_sep=1.5,
                           flip_y=0.01, random_state=31)
# physical units: bar, rpm, degrees, mV, ...
X = X * rng.choice([0.5, 3.0, 12.0, 80.0, 400.0], 18) + rng.choice([1.0, 20.0, 95.0, 1500.0], 18)

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=2, stratify=y)

scaler = StandardScaler()
X_train_scaled = scaler.fit_transform(X_train)

model = keras.Sequential()
model.add(layers.Input(shape=(18,)))
for units in (128, 128, 64):
    model.add(layers.Dense(units, activation="relu"))
model.add(layers.Dense(6, activation="softmax"))

opt = keras.optimizers.Adam(learning_rate=0.5)
model.compile(optimizer=opt, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train_scaled, y_train, batch_size=32, epochs=20,
          validation_data=(X_test, y_test),
          callbacks=[RunLogger("run")], verbose=2)
