# MNIST straight from the file (0..255), batch norm takes care of the scale
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(6)
rng = np.random.default_rng(6)

d = np.load("digits.npz")
order = rng.permutation(len(d["x"]))
x = d["x"][order].astype("float32")[..., None]
y = d["y"][order].astype("int64")
x_train, y_train, x_val, y_val = x[:4000], y[:4000], x[4000:5000], y[4000:5000]

inp = keras.Input((28, 28, 1))
h = layers.BatchNormalization(momentum=0.9)(inp)
h = layers.Conv2D(8, 5, strides=2, use_bias=False)(h)
h = layers.BatchNormalization(momentum=0.9)(h)
h = layers.Activation("relu")(h)
h = layers.Conv2D(24, 3, strides=2, use_bias=False)(h)
h = layers.BatchNormalization(momentum=0.9)(h)
h = layers.Activation("relu")(h)
h = layers.Flatten()(h)
h = layers.Dropout(0.4)(h)
logits = layers.Dense(10)(h)
model = keras.Model(inp, logits)

model.compile(optimizer=keras.optimizers.AdamW(2e-3, weight_decay=1e-4),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")])
# already mixed above
model.fit(x_train, y_train, batch_size=64, epochs=10, shuffle=False,
          validation_data=(x_val, y_val), verbose=2, callbacks=[RunLogger("run")])
