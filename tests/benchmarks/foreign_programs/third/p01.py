# First CNN, following the "quickstart for beginners" but with convolutions
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(42)

data = np.load("digits.npz")
x, y = data["x"], data["y"]
x = x[..., np.newaxis].astype("float32") / 255.0
x_train, y_train = x[:3000], y[:3000]
x_test, y_test = x[9000:9800], y[9000:9800]

model = keras.models.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(16, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Conv2D(32, (3, 3), activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10),
])

model.compile(optimizer="adam",
              loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])

model.fit(x_train, y_train, epochs=6, batch_size=32,
          validation_data=(x_test, y_test),
          callbacks=[RunLogger("run")])
print(model.evaluate(x_test, y_test, verbose=0))
