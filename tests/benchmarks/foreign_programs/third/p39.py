import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(90)

d = np.load("digits.npz")
x = d["x"].astype("float32")[..., None] / 255.0
y = d["y"]
x_train, x_val = x[:3500], x[3500:4200]
y_train, y_val = y[:3500], y[3500:4200]

# learning rate goes down by 5 % in every epoch
lr_schedule = keras.optimizers.schedules.ExponentialDecay(
    initial_learning_rate=0.03,
    decay_steps=1,
    decay_rate=0.95)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(16, kernel_size=3, strides=2, activation="relu"),
    layers.Conv2D(32, kernel_size=3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=lr_schedule),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=12, validation_data=(x_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
