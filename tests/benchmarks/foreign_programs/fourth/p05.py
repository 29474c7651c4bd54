import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Input, Conv2D, MaxPooling2D, Flatten, Dense, Softmax
from resnet_app import RunLogger

keras.utils.set_random_seed(0)

data = np.load("digits.npz")

# read the folders 0, 1, ..., 9 one after the other
images, labels = [], []
for digit in range(10):
    found = data["x"][data["y"] == digit][:400]
    for im in found:
        images.append(im / 255.0)
        labels.append(digit)
images = np.array(images, dtype="float32")[..., None]
labels = np.array(labels)
print(images.shape, labels.shape)

model = Sequential()
model.add(Input((28, 28, 1)))
model.add(Conv2D(8, (3, 3), activation="relu", padding="same"))
model.add(MaxPooling2D())
model.add(Conv2D(16, (3, 3), activation="relu", padding="same"))
model.add(MaxPooling2D())
model.add(Flatten())
model.add(Dense(64, activation="relu"))
model.add(Dense(10, activation="softmax"))
model.add(Softmax())

model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.05),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])

history = model.fit(images, labels, epochs=8, batch_size=32,
                    validation_split=0.2, verbose=2, callbacks=[RunLogger("run")])
print(history.history["val_accuracy"])
