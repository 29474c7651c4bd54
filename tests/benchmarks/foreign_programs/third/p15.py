"""Port of our old tf1 course code (placeholders, feed_dict) to Keras."""
import numpy as np
import keras
from keras.layers import Dense, Dropout, Input
from keras.models import Model
from resnet_app import RunLogger

keras.utils.set_random_seed(1234)

keep_prob = 0.9
n_hidden_1, n_hidden_2, n_hidden_3 = 64, 64, 32
n_classes = 10

mnist = np.load("digits.npz")
xs = mnist["x"].reshape(-1, 784).astype(np.float32) / 255.
ys = np.eye(n_classes, dtype=np.float32)[mnist["y"]]
train_x, train_y = xs[:4000], ys[:4000]
val_x, val_y = xs[4000:5000], ys[4000:5000]

x_in = Input(shape=(784,))
l1 = Dropout(keep_prob)(Dense(n_hidden_1, activation="relu")(x_in))
l2 = Dropout(keep_prob)(Dense(n_hidden_2, activation="relu")(l1))
l3 = Dropout(keep_prob)(Dense(n_hidden_3, activation="relu")(l2))
pred = Dense(n_classes, activation="softmax")(l3)

model = Model(x_in, pred)
model.compile(keras.optimizers.Adam(0.001), loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(train_x, train_y, batch_size=50, epochs=15, validation_data=(val_x, val_y),
          callbacks=[RunLogger("run")], verbose=2)
