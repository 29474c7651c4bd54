# Neural networks and deep learning, chapter 5: does a deeper network do better?
import numpy as np
import keras
from resnet_app import RunLogger

keras.utils.set_random_seed(10)

d = np.load("digits.npz")
x = d["x"].reshape((10000, 784)) / 255.0
t = keras.utils.to_categorical(d["y"], 10)

HIDDEN = [100] * 8

net = keras.models.Sequential()
net.add(keras.layers.Input(shape=(784,)))
for units in HIDDEN:
    net.add(keras.layers.Dense(units, activation="sigmoid"))
net.add(keras.layers.Dense(10, activation="softmax"))

net.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.5),
            loss="categorical_crossentropy", metrics=["accuracy"])
net.fit(x[:4000], t[:4000], epochs=10, batch_size=20,
        validation_data=(x[4000:5000], t[4000:5000]), callbacks=[RunLogger("run")], verbose=2)
