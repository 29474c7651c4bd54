import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.utils import to_categorical
from resnet_app import RunLogger

keras.utils.set_random_seed(6)

data = np.load("digits.npz")
x_train, y_train = data["x"][:3200], data["y"][:3200]
x_test, y_test = data["x"][6000:6800], data["y"][6000:6800]

x_train = np.expand_dims(x_train, -1).astype("float32") / 255
x_test = np.expand_dims(x_test, -1).astype("float32") / 255
y_train, y_test = to_categorical(y_train), to_categorical(y_test)


class DigitNet(keras.Model):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = layers.Conv2D(8, 3, activation="relu", padding="same")
        self.conv2 = layers.Conv2D(16, 3, activation="relu", padding="same")
        self.pool = layers.MaxPooling2D(2)
        self.flat = layers.Flatten()
        self.fc = layers.Dense(64, activation="relu")
        self.classifier = layers.Dense(num_classes)

    def call(self, x):
        x = self.pool(self.conv1(x))
        x = self.pool(self.conv2(x))
        return self.classifier(self.fc(self.flat(x)))


net = DigitNet()
net.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
net.fit(x_train, y_train, batch_size=32, epochs=7, validation_data=(x_test, y_test), verbose=2,
        callbacks=[RunLogger("run")])
