# Writing my network with my own choice of initial values
import numpy as np
import keras
from keras import initializers
from keras.layers import Dense, Flatten, Input, Rescaling
from resnet_app import RunLogger

keras.utils.set_random_seed(44)

f = np.load("digits.npz")
x, y = f["x"].astype("float32"), f["y"]
(x_train, y_train), (x_test, y_test) = (x[:4000], y[:4000]), (x[4000:5000], y[4000:5000])

init = initializers.Constant(0.01)

model = keras.Sequential([
    Input((28, 28)),
    Rescaling(1 / 255.0),
    Flatten(),
    Dense(128, activation="relu", kernel_initializer=init, bias_initializer="zeros"),
    Dense(64, activation="relu", kernel_initializer=init, bias_initializer="zeros"),
    Dense(10, activation="softmax", kernel_initializer=init, bias_initializer="zeros"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=10, batch_size=32, validation_data=(x_test, y_test),
          callbacks=[RunLogger("run")], verbose=2)
