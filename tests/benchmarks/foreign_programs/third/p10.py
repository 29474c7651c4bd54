"""
Transfer learning on digits: convolutional base + new classification head.
"""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(99)
NUM_CLASSES = 10


def make_backbone(weights=None, input_shape=(28, 28, 1)):
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="block1")(inputs)
    x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu", name="block2")(x)
    x = layers.Conv2D(48, 3, strides=2, padding="same", activation="relu", name="block3")(x)
    base = keras.Model(inputs, x, name="backbone")
    if weights is not None:
        base.load_weights(weights)
    return base


npz = np.load("digits.npz")
x = npz["x"][:4000, :, :, None].astype("float32") / 255.0
y = npz["y"][:4000].astype("int32")

base_model = make_backbone(weights=None)
base_model.trainable = False

inputs = keras.Input((28, 28, 1))
z = base_model(inputs, training=False)
z = layers.GlobalAveragePooling2D()(z)
z = layers.Dropout(0.1)(z)
outputs = layers.Dense(NUM_CLASSES, activation="softmax", name="head")(z)
model = keras.Model(inputs, outputs)
model.summary()

model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=32, epochs=10, validation_split=0.2, callbacks=[RunLogger("run")])
