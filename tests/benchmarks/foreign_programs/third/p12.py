import numpy as np
import tensorflow as tf
import keras
from keras import layers, optimizers
from resnet_app import RunLogger

keras.utils.set_random_seed(8)
rng = np.random.default_rng(8)

src = np.load("digits.npz")
gray = src["x"][:3000].astype("float32")[..., None] / 255.0
target = src["y"][:3000].astype("int32")

# street-sign look: random colours for ink and background
ink = rng.uniform(0.55, 1.0, (3000, 1, 1, 3)).astype("float32")
ground = rng.uniform(0.0, 0.35, (3000, 1, 1, 3)).astype("float32")
color = gray * ink + (1 - gray) * ground

train = tf.data.Dataset.from_tensor_slices((color[:2500], target[:2500])).shuffle(2500).batch(32).prefetch(2)
test = tf.data.Dataset.from_tensor_slices((color[2500:], target[2500:])).batch(100)


class SmallNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.c1 = layers.Conv2D(16, 3, activation="relu")
        self.p1 = layers.MaxPooling2D()
        self.c2 = layers.Conv2D(32, 3, activation="relu")
        self.p2 = layers.MaxPooling2D()
        self.flat = layers.Flatten()
        self.d1 = layers.Dense(64, activation="relu")
        self.out = layers.Dense(10, activation="softmax")

    def call(self, x):
        x = self.p1(self.c1(x))
        x = self.p2(self.c2(x))
        return self.out(self.d1(self.flat(x)))


net = SmallNet()
net.compile(optimizer=optimizers.Adam(learning_rate=0.1),
            loss="sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(train, epochs=6, validation_data=test, callbacks=[RunLogger("run")])
