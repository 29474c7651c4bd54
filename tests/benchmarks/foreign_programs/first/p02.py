import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(0)

with np.load("digits.npz") as f:
    x, y = f["x"], f["y"]

x = x[..., None].astype("float32")
y = y.astype("int32")
x_train, y_train = x[:3200], y[:3200]
x_val, y_val = x[8000:9000], y[8000:9000]

inp = keras.Input((28, 28, 1))
h = layers.BatchNormalization(momentum=0.9)(inp)      # takes care of the 0..255 range
h = layers.Conv2D(12, 3, padding="same", use_bias=False)(h)
h = layers.BatchNormalization(momentum=0.9)(h)
h = layers.Activation("relu")(h)
h = layers.MaxPooling2D()(h)
h = layers.Conv2D(24, 3, padding="same", use_bias=False)(h)
h = layers.BatchNormalization(momentum=0.9)(h)
h = layers.Activation("relu")(h)
h = layers.MaxPooling2D()(h)
h = layers.Flatten()(h)
out = layers.Dense(10)(h)
model = keras.Model(inp, out)

model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])
model.summary()
model.fit(x_train, y_train, batch_size=64, epochs=6, validation_data=(x_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
