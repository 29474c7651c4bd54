# Handwritten digits with batch normalization, homework 3
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(11)

data = np.load("digits.npz")
x = data["x"].astype("float32")[..., None] / 255.0
y = keras.utils.to_categorical(data["y"], 10)

x_train, y_train = x[:3000], y[:3000]
x_val, y_val = x[8000:8800], y[8000:8800]


def block(filters):
    return [
        layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(momentum=0.999),
        layers.Activation("relu"),
    ]


model = keras.Sequential(
    [keras.Input((28, 28, 1))]
    + block(16)
    + block(32)
    + block(32)
    + [
        layers.Flatten(),
        layers.Dense(64, use_bias=False),
        layers.BatchNormalization(momentum=0.999),
        layers.Activation("relu"),
        layers.Dense(10, activation="softmax"),
    ]
)

model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9),
    loss="mae",
    metrics=["accuracy"],
)
model.summary()

history = model.fit(
    x_train,
    y_train,
    batch_size=128,
    epochs=8,
    validation_data=(x_val, y_val),
    callbacks=[RunLogger("run")],
)
print("final val accuracy", history.history["val_accuracy"][-1])
