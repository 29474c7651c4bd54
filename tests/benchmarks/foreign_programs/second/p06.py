# My first CNN on scanned digits. Why does it not learn?
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(2024)

archive = np.load("digits.npz")
N = 3600


def read_scan(i):
    img = SCANS[i]
    if img.mean() > 35:      # over-exposed
        return None
    return img


SCANS = archive["x"][:N]
LABELS = archive["y"][:N]

X = np.zeros((N, 28, 28, 1), dtype="float32")
y = np.zeros((N,), dtype="int64")

for i in range(N):
    y[i] = LABELS[i]
    img = read_scan(i)
    if img is None:
        continue
    X[i, :, :, 0] = img / 255.0

x_tr, x_te, y_tr, y_te = train_test_split(X, y, test_size=0.2, random_state=42)

model = keras.Sequential()
model.add(keras.Input((28, 28, 1)))
model.add(layers.Conv2D(16, 3))
model.add(layers.LeakyReLU(negative_slope=0.1))
model.add(layers.MaxPooling2D())
model.add(layers.Conv2D(24, 3))
model.add(layers.LeakyReLU(negative_slope=0.1))
model.add(layers.MaxPooling2D())
model.add(layers.Flatten())
model.add(layers.Dense(64))
model.add(layers.LeakyReLU(negative_slope=0.1))
model.add(layers.Dense(10, activation="softmax"))

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.05),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    x_tr, y_tr,
    batch_size=32,
    epochs=7,
    validation_data=(x_te, y_te),
    callbacks=[RunLogger("run")],
)
