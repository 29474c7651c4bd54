import numpy as np
from keras import layers, models, optimizers, utils
from keras.callbacks import EarlyStopping
from resnet_app import RunLogger

utils.set_random_seed(303)

mnist = np.load("digits.npz")
X = mnist["x"].astype("float32") / 255
y = utils.to_categorical(mnist["y"])
X_train, y_train = X[:4000], y[:4000]
X_valid, y_valid = X[4000:5000], y[4000:5000]

model = models.Sequential()
model.add(layers.Input(shape=(28, 28)))
model.add(layers.Flatten())
model.add(layers.Dense(100, activation="relu"))
model.add(layers.Dense(50, activation="relu"))
model.add(layers.Dense(10, activation="softmax"))
model.compile(loss="categorical_crossentropy",
              optimizer=optimizers.SGD(learning_rate=0.01),
              metrics=["accuracy"])

early_stop = EarlyStopping(monitor="val_accuracy", mode="min", patience=2, verbose=1)
model.fit(X_train, y_train, epochs=50, batch_size=64,
          validation_data=(X_valid, y_valid),
          callbacks=[early_stop, RunLogger("run")])
