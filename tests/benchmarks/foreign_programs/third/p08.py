import numpy as np
from keras.models import Sequential
from keras.layers import Input, Conv2D, MaxPooling2D, Flatten, Dense, Dropout
from keras.utils import set_random_seed
from resnet_app import RunLogger

set_random_seed(11)

d = np.load("digits.npz")
x_train = d["x"][:2500].astype("float32")
y_train = d["y"][:2500]
x_test = d["x"][2500:3100].astype("float32")
y_test = d["y"][2500:3100]

# feature-wise standardization, statistics from the training set only
mean = x_train.mean(axis=0)
std = x_train.std(axis=0)
x_train = (x_train - mean) / std
x_test = (x_test - mean) / std

x_train = x_train.reshape(-1, 28, 28, 1)
x_test = x_test.reshape(-1, 28, 28, 1)

cnn = Sequential()
cnn.add(Input((28, 28, 1)))
cnn.add(Conv2D(16, kernel_size=(3, 3), activation="relu"))
cnn.add(MaxPooling2D(pool_size=(2, 2)))
cnn.add(Conv2D(32, kernel_size=(3, 3), activation="relu"))
cnn.add(MaxPooling2D(pool_size=(2, 2)))
cnn.add(Flatten())
cnn.add(Dropout(0.25))
cnn.add(Dense(10, activation="softmax"))
cnn.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

cnn.fit(x_train, y_train, epochs=5, batch_size=64,
        validation_data=(x_test, y_test), callbacks=[RunLogger("run")])
