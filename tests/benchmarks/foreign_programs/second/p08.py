import numpy as np
import keras
from keras import layers, regularizers
from resnet_app import RunLogger

keras.utils.set_random_seed(8)


def load_digits_28():
    f = np.load("digits.npz")
    images = f["x"].astype("float32") / 255.0
    labels = f["y"].astype("int32")
    return (images[:4000], labels[:4000]), (images[4000:5000], labels[4000:5000])


class DigitNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.scale = layers.Rescaling(1.0 / 255)
        self.flat = layers.Flatten()
        self.d1 = layers.Dense(256, activation="relu",
                               kernel_regularizer=regularizers.l2(0.1))
        self.d2 = layers.Dense(128, activation="relu",
                               kernel_regularizer=regularizers.l2(0.1))
        self.out = layers.Dense(10, activation="softmax")

    def call(self, x):
        x = self.scale(x)
        x = self.flat(x)
        x = self.d1(x)
        x = self.d2(x)
        return self.out(x)


(train_x, train_y), (val_x, val_y) = load_digits_28()

net = DigitNet()
net.compile(
    optimizer=keras.optimizers.SGD(0.05),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
net.fit(
    train_x,
    train_y,
    batch_size=32,
    epochs=10,
    validation_data=(val_x, val_y),
    callbacks=[RunLogger("run")],
)
