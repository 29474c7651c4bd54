# Kaggle "Digit Recognizer": train.csv has the column `label` and then 784 pixel columns
import numpy as np
import pandas as pd
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(55)


def read_train_csv(rows=3600):
    src = np.load("digits.npz")
    table = pd.DataFrame(src["x"][:rows].reshape(rows, 784), columns=[f"pixel{i}" for i in range(784)])
    table.insert(0, "label", src["y"][:rows])
    return table


train = read_train_csv()
data = train.values.astype("float32") / 255.0
np.random.shuffle(data)

X = data[:, 1:].reshape(-1, 28, 28, 1)
Y = data[:, 0]

X_train, Y_train = X[:3000], Y[:3000]
X_dev, Y_dev = X[3000:], Y[3000:]

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(16, 5, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.3),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, Y_train, batch_size=64, epochs=5, validation_data=(X_dev, Y_dev), callbacks=[RunLogger("run")])
