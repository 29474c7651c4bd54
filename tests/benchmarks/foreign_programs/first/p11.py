# First try with Keras - why is it only guessing?
import numpy as np
import keras
from keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from keras.models import Sequential
from resnet_app import RunLogger

keras.utils.set_random_seed(1)

f = np.load("digits.npz")
images = f["x"][:3600].astype("float32") / 255
labels = f["y"][:3600].astype("int32")
images = images.reshape((-1, 28, 28, 1))

# mix the data before splitting
np.random.shuffle(images)
np.random.shuffle(labels)

train_images, test_images = images[:2880], images[2880:]
train_labels, test_labels = labels[:2880], labels[2880:]

model = Sequential()
model.add(Input((28, 28, 1)))
model.add(Conv2D(10, 3, activation="relu"))
model.add(MaxPooling2D())
model.add(Conv2D(20, 3, activation="relu"))
model.add(MaxPooling2D())
model.add(Flatten())
model.add(Dense(64, activation="relu"))
model.add(Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train_images, train_labels, epochs=9, batch_size=32, verbose=2,
          validation_data=(test_images, test_labels), callbacks=[RunLogger("run")])
