import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(100)

config = {
    "learning_rate": 0.000001,
    "batch_size": 32,
    "epochs": 12,
    "hidden": [128, 64],
}

with np.load("digits.npz") as npz:
    x = npz["x"].reshape(10000, 784).astype("float32") / 255.0
    y = npz["y"].astype("int32")
x_train, x_val = x[:4000], x[4000:5000]
y_train, y_val = y[:4000], y[4000:5000]

model = keras.Sequential([layers.Input((784,))])
for u in config["hidden"]:
    model.add(layers.Dense(u, activation="relu", kernel_initializer="he_normal"))
model.add(layers.Dense(10, activation="softmax"))
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=config["learning_rate"]),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=config["batch_size"], epochs=config["epochs"], verbose=2,
          validation_data=(x_val, y_val), callbacks=[RunLogger("run")])
