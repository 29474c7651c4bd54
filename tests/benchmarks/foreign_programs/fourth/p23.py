# My first own digit recogniser - I labelled four pictures of each digit by hand
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(10)

d = np.load("digits.npz")
X, Y = d["x"].astype("float32") / 255.0, d["y"].astype("int64")

mine = np.concatenate([np.flatnonzero(Y[:5000] == c)[:4] for c in range(10)])
x_train, y_train = X[mine], Y[mine]
x_test, y_test = X[5000:6000], Y[5000:6000]

model = keras.Sequential(name="recogniser")
model.add(layers.Input((28, 28)))
model.add(layers.Flatten())
for units in [128, 64]:
    model.add(layers.Dense(units))
    model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.Activation("relu"))
model.add(layers.Dense(10, activation="softmax"))

model.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
# small batches, because there are not many pictures
model.fit(x_train, y_train, batch_size=2, epochs=25,
          validation_data=(x_test, y_test), verbose=2, callbacks=[RunLogger("run")])
