# small conv net for a microcontroller
import numpy as np
import keras
from keras import layers, models
from resnet_app import RunLogger

keras.utils.set_random_seed(1)

d = np.load("digits.npz")

# read "folder by folder", 400 pictures each
images = []
labels = []
for digit in range(10):
    idx = np.where(d["y"] == digit)[0][:400]
    images.append(d["x"][idx])
    labels.append(np.full(len(idx), digit))

X = np.concatenate(images).astype("float32").reshape(-1, 28, 28, 1) / 255.0
Y = np.concatenate(labels)
print(X.shape, Y.shape)

model = models.Sequential([
    layers.Input(shape=(28, 28, 1)),
    layers.Conv2D(2, 5, strides=2, activation="tanh"),
    layers.MaxPooling2D(),
    layers.Conv2D(2, 3, activation="tanh"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(10, activation="softmax"),
])

model.compile(optimizer=keras.optimizers.Adam(3e-3),
              loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])

model.fit(X, Y,
          batch_size=32,
          epochs=15,
          validation_split=0.2,
          callbacks=[RunLogger("run")])
