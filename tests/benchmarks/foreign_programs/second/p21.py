import numpy as np
import keras
from keras.layers import Dense, Input
from keras.models import Sequential
from resnet_app import RunLogger

keras.utils.set_random_seed(0)

with np.load("digits.npz") as f:
    images, labels = f["x"], f["y"]

train_images = images[:6000].reshape((6000, 28 * 28)).astype("float32")
train_labels = labels[:6000]
test_images = images[8000:9000].reshape((1000, 28 * 28)).astype("float32")
test_labels = labels[8000:9000]

network = Sequential()
network.add(Input((28 * 28,)))
network.add(Dense(128, activation="relu"))
network.add(Dense(64, activation="relu"))
network.add(Dense(10))

network.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

network.fit(
    train_images,
    train_labels,
    epochs=10,
    batch_size=32,
    validation_data=(test_images, test_labels),
    callbacks=[RunLogger("run")],
)

test_loss, test_acc = network.evaluate(test_images, test_labels)
print("test_acc:", test_acc)
