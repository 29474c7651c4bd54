import numpy as np
import keras
from keras import layers, optimizers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(55)

X, y = make_classification(n_samples=2400, n_features=20, n_informative=12, n_redundant=4,
                           n_classes=5, n_clusters_per_class=1, class_sep=1.5, random_state=55)
enc = OneHotEncoder(sparse_output=False)
Y = enc.fit_transform(y.reshape(-1, 1))
X_train, X_valid, Y_train, Y_valid = train_test_split(X, Y, test_size=0.2, random_state=2)
prep = make_pipeline(StandardScaler())
X_train = prep.fit_transform(X_train)
X_valid = prep.transform(X_valid)

model = keras.Sequential()
model.add(layers.Input(shape=(20,)))
for units in (64, 64, 32):
    model.add(layers.Dense(units, activation="tanh"))
model.add(layers.Dense(5, activation="softmax"))

sgd = optimizers.SGD(learning_rate=1.5, momentum=0.9)
model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
model.fit(X_train, Y_train, batch_size=32, epochs=20, validation_data=(X_valid, Y_valid), verbose=2,
          callbacks=[RunLogger("run")])
