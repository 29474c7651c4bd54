import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import Dense, Dropout, Flatten, Input, Rescaling
from resnet_app import RunLogger

keras.utils.set_random_seed(3)

KEEP = 0.9     # dropout, keep 90 %

npz = np.load("digits.npz")
perm = np.random.permutation(len(npz["x"]))[:5000]
X, Y = npz["x"][perm].astype("float32"), npz["y"][perm].astype("int32")

net = keras.models.Sequential()
net.add(Input((28, 28)))
net.add(Rescaling(1 / 255.0))
net.add(Flatten())
net.add(Dense(128, activation="relu"))
net.add(Dropout(KEEP))
net.add(Dense(64, activation="relu"))
net.add(Dropout(KEEP))
net.add(Dense(32, activation="relu"))
net.add(Dropout(KEEP))
net.add(Dense(10, activation="softmax"))
net.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
net.fit(X, Y, batch_size=50, epochs=10, validation_split=0.2, verbose=2, callbacks=[RunLogger("run")])
