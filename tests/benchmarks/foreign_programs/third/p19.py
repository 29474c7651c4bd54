import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(64)


def conv_bn_relu(x, filters, stride, bn_momentum=0.9997):
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=bn_momentum, epsilon=1e-3)(x)
    return layers.Activation("relu")(x)


def build(num_classes=10):
    img = keras.Input(shape=(28, 28, 1))
    x = conv_bn_relu(img, 16, 2)
    x = conv_bn_relu(x, 24, 2)
    x = conv_bn_relu(x, 32, 2)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(img, layers.Dense(num_classes, activation="softmax")(x))


z = np.load("digits.npz")
perm = np.random.RandomState(0).permutation(10000)
x = z["x"][perm].astype("float32")[..., None] / 255.0
y = z["y"][perm].astype("int64")
x_train, y_train, x_val, y_val = x[:2800], y[:2800], x[2800:3500], y[2800:3500]

model = build()
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=8, validation_data=(x_val, y_val),
          callbacks=[RunLogger("run")])
print("train set, inference mode:", model.evaluate(x_train, y_train, verbose=0))
