# homework 2: a multilayer perceptron for MNIST
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Input
from keras.optimizers import SGD
from keras.utils import set_random_seed, to_categorical
from resnet_app import RunLogger

set_random_seed(2024)

mnist = np.load("digits.npz")
X = mnist["x"].reshape(-1, 28 * 28).astype("float32")
Y = to_categorical(mnist["y"], 10)
X_train, Y_train = X[:4000], Y[:4000]
X_test, Y_test = X[4000:5000], Y[4000:5000]

model = Sequential()
model.add(Input((784,)))
model.add(Dense(128, activation="relu", kernel_initializer="zeros"))
model.add(Dense(64, activation="relu", kernel_initializer="zeros"))
model.add(Dense(10, activation="softmax", kernel_initializer="zeros"))

model.compile(loss="categorical_crossentropy", optimizer=SGD(learning_rate=0.01), metrics=["accuracy"])
model.fit(X_train, Y_train, epochs=12, batch_size=32, validation_data=(X_test, Y_test),
          verbose=2, callbacks=[RunLogger("run")])
