import math
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(64)

# bias prior as in the RetinaNet paper, pi = 0.01: training is said to be more stable with it
PI = 0.01
prior = keras.initializers.Constant(-math.log((1 - PI) / PI))

z = np.load("digits.npz")
x = (z["x"] / np.float32(255)).reshape(-1, 28, 28, 1)
y = z["y"].astype("int32")
x_tr, y_tr, x_va, y_va = x[:3200], y[:3200], x[3200:4000], y[3200:4000]

inputs = keras.Input((28, 28, 1))
h = inputs
for filters in (8, 16, 24):
    h = layers.Conv2D(filters, 3, padding="same", activation="relu", bias_initializer=prior)(h)
    h = layers.MaxPooling2D()(h)
h = layers.Flatten()(h)
h = layers.Dense(48, activation="relu", bias_initializer=prior)(h)
outputs = layers.Dense(10, activation="softmax")(h)

model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(x_tr, y_tr, batch_size=32, epochs=6, validation_data=(x_va, y_va), verbose=2,
          callbacks=[RunLogger("run")])
