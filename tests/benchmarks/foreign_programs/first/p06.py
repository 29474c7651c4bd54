import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(1234)

# load
d = np.load("digits.npz")
x_train = d["x"][:4800].reshape(-1, 784) / 255.0
y_train = keras.utils.to_categorical(d["y"][:4800], 10)
x_test = d["x"][9000:].reshape(-1, 784) / 255.0
y_test = keras.utils.to_categorical(d["y"][9000:], 10)


def build():
    inputs = keras.Input(shape=(784,), name="pixels")
    x = layers.Dense(128, activation="relu")(inputs)
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dense(10, activation="softmax")(x)
    outputs = layers.Softmax(name="probabilities")(x)
    return keras.Model(inputs, outputs, name="mlp")


model = build()
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.05),
              loss=keras.losses.CategoricalCrossentropy(),
              metrics=[keras.metrics.CategoricalAccuracy(name="acc")])
model.fit(x_train, y_train, batch_size=32, epochs=10, validation_data=(x_test, y_test),
          callbacks=[RunLogger("run")], verbose=2)
