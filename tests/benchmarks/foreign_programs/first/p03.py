# CNN homework, exercise 4
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(42)

data = np.load("digits.npz")
X = data["x"][:4000].astype("float32") / 255.0
Y = data["y"][:4000].astype("int64")
X = X.reshape(-1, 28, 28, 1)
X_train, X_test, Y_train, Y_test = train_test_split(X, Y, test_size=0.2, random_state=1, stratify=Y)

model = keras.Sequential()
model.add(keras.Input(shape=(28, 28, 1)))
model.add(layers.Conv2D(8, (3, 3), activation="relu"))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Conv2D(16, (3, 3), activation="relu"))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(10, activation="softmax"))

opt = keras.optimizers.Adam(learning_rate=0.1)
model.compile(optimizer=opt, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, Y_train, epochs=7, batch_size=32, verbose=2,
                    validation_data=(X_test, Y_test), callbacks=[RunLogger("run")])
print("best val acc", max(history.history["val_accuracy"]))
