import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(31)

d = np.load("digits.npz")
x, y = d["x"][..., None], d["y"]


def preprocess_input(a):
    """same as in mobilenet: scale to [-1, 1]"""
    return a.astype("float32") / 127.5 - 1.0


x_train, y_train = preprocess_input(x[:3000]), keras.utils.to_categorical(y[:3000], 10)
x_val, y_val = x[3000:3800].astype("float32"), keras.utils.to_categorical(y[3000:3800], 10)


def block(t, filters):
    t = layers.Conv2D(filters, 3, strides=2, padding="same")(t)
    t = layers.BatchNormalization(momentum=0.9)(t)
    return layers.ReLU()(t)


inp = layers.Input((28, 28, 1))
t = block(inp, 16)
t = block(t, 32)
t = layers.Flatten()(t)
t = layers.Dense(64, activation="tanh")(t)
out = layers.Dense(10, activation="softmax")(t)
model = keras.Model(inp, out)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])

cb = [keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=2, factor=0.5), RunLogger("run")]
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=8, batch_size=32, callbacks=cb)
print("val:", model.evaluate(x_val, y_val, verbose=0))
