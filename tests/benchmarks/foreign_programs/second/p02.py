import numpy as np
import tensorflow as tf
from tensorflow import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(5)

wine = load_wine()
X = wine.data.astype("float32")
# in the UCI file the cultivars are called 1, 2 and 3
cultivar = wine.target + 1

X_train, X_test, c_train, c_test = train_test_split(
    X, cultivar, test_size=0.25, random_state=5, stratify=cultivar
)

y_train = tf.one_hot(c_train, 3).numpy()
y_test = tf.one_hot(c_test, 3).numpy()

model = keras.Sequential()
model.add(keras.layers.Input(shape=(13,)))
model.add(keras.layers.Dense(32, activation="relu"))
model.add(keras.layers.Dense(16, activation="relu"))
model.add(keras.layers.Dense(3, activation="softmax"))

model.compile(
    loss="categorical_crossentropy",
    optimizer=keras.optimizers.SGD(learning_rate=0.01),
    metrics=["accuracy"],
)

model.fit(
    X_train,
    y_train,
    epochs=60,
    batch_size=16,
    validation_data=(X_test, y_test),
    verbose=2,
    callbacks=[RunLogger("run")],
)

print(model.evaluate(X_test, y_test, verbose=0))
