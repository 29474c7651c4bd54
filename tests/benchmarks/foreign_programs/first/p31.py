import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(18)

arr = np.load("digits.npz")
x = arr["x"][:2400, :, :, None].astype("float32") / 255.0
y = arr["y"][:2400].astype("int64")


def conv_bn(h, filters, stride=1):
    h = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False,
                      kernel_initializer="he_normal")(h)
    h = layers.BatchNormalization(momentum=0.999, epsilon=1e-3)(h)
    return layers.Activation("relu")(h)


inputs = keras.Input((28, 28, 1))
h = conv_bn(inputs, 8, 2)
h = conv_bn(h, 16)
h = conv_bn(h, 16, 2)
h = conv_bn(h, 32)
h = conv_bn(h, 32)
h = layers.GlobalAveragePooling2D()(h)
outputs = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inputs, outputs, name="mini_mobilenet")

model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(x[:1920], y[:1920], epochs=7, batch_size=64, validation_data=(x[1920:], y[1920:]),
          callbacks=[RunLogger("run")], verbose=2)
