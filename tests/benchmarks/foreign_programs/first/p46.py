# Stochastic gradient descent, really one example at a time
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(47)

X, y = load_digits(return_X_y=True)
X = X.astype("float32") / 16.0
X_train, X_val, y_train, y_val = train_test_split(X, y, train_size=600, test_size=400, stratify=y,
                                                  random_state=47)


def dense_bn(units, h):
    h = layers.Dense(units, use_bias=False)(h)
    h = layers.BatchNormalization(momentum=0.9)(h)
    return layers.Activation("relu")(h)


inp = keras.Input((64,))
h = dense_bn(64, inp)
h = dense_bn(32, h)
out = layers.Dense(10, activation="softmax")(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(X_train, y_train, batch_size=1, epochs=5, validation_data=(X_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
