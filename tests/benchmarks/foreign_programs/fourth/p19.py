# Kaggle style: pictures in one array, labels in a text file
import io
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(14)

d = np.load("digits.npz")
pixels = d["x"][:2000]
label_file = io.StringIO("\n".join(str(v) for v in d["y"][:2000]))

labels = np.loadtxt(label_file, skiprows=1, dtype=int)
pixels = pixels[:len(labels)]

x = pixels.astype("float32")[..., None]
x_train, y_train = x[:1500], labels[:1500]
x_val, y_val = x[1500:], labels[1500:]


def block(t, filters):
    t = layers.Conv2D(filters, 3, padding="same", use_bias=False)(t)
    t = layers.BatchNormalization(momentum=0.9999)(t)
    t = layers.ReLU()(t)
    return layers.MaxPooling2D()(t)


inp = keras.Input((28, 28, 1))
t = block(inp, 8)
t = block(t, 16)
t = layers.Flatten()(t)
for units in (128, 64):
    t = layers.Dense(units, use_bias=False)(t)
    t = layers.BatchNormalization(momentum=0.9999)(t)
    t = layers.ReLU()(t)
out = layers.Dense(10, activation="softmax")(t)
model = keras.Model(inp, out)

model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=20,
          validation_data=(x_val, y_val), verbose=2, callbacks=[RunLogger("run")])
