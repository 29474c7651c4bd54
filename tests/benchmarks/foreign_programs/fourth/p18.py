# digits, stored in 10 shards of 300
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(9)

d = np.load("digits.npz")
SHARD, N_SHARDS = 300, 10
shards = [d["x"][k * SHARD:(k + 1) * SHARD] for k in range(N_SHARDS)]

QUICK = True      # reading takes a while


def load_images():
    out = np.zeros((SHARD * N_SHARDS, 28, 28, 1), dtype="float32")
    n = 3 if QUICK else N_SHARDS
    for k in range(n):
        out[k * SHARD:(k + 1) * SHARD, :, :, 0] = shards[k] / 255.0
    return out


def load_labels():
    return d["y"][:SHARD * N_SHARDS].astype("int64")


images, labels = load_images(), load_labels()
assert len(images) == len(labels)
x_tr, x_te, y_tr, y_te = train_test_split(images, labels, test_size=0.2, random_state=0)

model = keras.Sequential()
model.add(layers.Input((28, 28, 1)))
model.add(layers.Conv2D(8, 3, activation="relu"))
model.add(layers.MaxPooling2D(2))
model.add(layers.Conv2D(16, 3, activation="relu"))
model.add(layers.MaxPooling2D(2))
model.add(layers.Flatten())
model.add(layers.Dense(64, activation="relu"))
model.add(layers.Dense(10, activation="relu"))

model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_tr, y_tr, epochs=10, batch_size=32, validation_data=(x_te, y_te),
          verbose=2, callbacks=[RunLogger("run")])
