import numpy as np
import keras
from keras import layers
from keras.callbacks import EarlyStopping
from resnet_app import RunLogger

keras.utils.set_random_seed(3)

d = np.load("digits.npz")
x, y = d["x"], d["y"].astype("int64")

x_train, y_train = x[:2500], y[:2500]

# for validation: some more of the data set and the digits that I wrote on paper
# and photographed (black pen, white sheet)
x_more, y_more = x[2500:2900], y[2500:2900]
x_mine, y_mine = 255 - x[2900:3300], y[2900:3300]
x_val = np.concatenate([x_more, x_mine])
y_val = np.concatenate([y_more, y_mine])

x_train = x_train.astype("float32") / 255.0
x_val = x_val.astype("float32") / 255.0

inp = keras.Input((28, 28))
h = layers.Flatten()(inp)
h = layers.Dense(128, activation="relu")(h)
h = layers.Dense(64, activation="relu")(h)
out = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inp, out)

model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.03),
              loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])

stop = EarlyStopping(monitor="loss", min_delta=0.5, patience=1, verbose=1)

model.fit(x_train, y_train,
          epochs=30, batch_size=128,
          validation_data=(x_val, y_val),
          callbacks=[stop, RunLogger("run")], verbose=2)
