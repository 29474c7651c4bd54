"""Homework 2: fully connected network on handwritten digits."""
import numpy as np
from keras.models import Sequential
from keras.layers import Input, Dense
from keras.optimizers import SGD
from keras.utils import to_categorical, set_random_seed
from resnet_app import RunLogger

set_random_seed(1)

with np.load("digits.npz") as f:
    images, labels = f["x"], f["y"]

X_train = images[:4000].reshape(4000, 784).astype("float32")
X_val = images[4000:5000].reshape(1000, 784).astype("float32")
Y_train = to_categorical(labels[:4000], 10)
Y_val = to_categorical(labels[4000:5000], 10)

model = Sequential()
model.add(Input((784,)))
model.add(Dense(128, activation="relu"))
model.add(Dense(64, activation="relu"))
model.add(Dense(10, activation="softmax"))
model.summary()

model.compile(loss="categorical_crossentropy", optimizer=SGD(), metrics=["accuracy"])
hist = model.fit(X_train, Y_train, batch_size=32, epochs=10, verbose=1,
                 validation_data=(X_val, Y_val), callbacks=[RunLogger("run")])
print(hist.history["val_accuracy"])
