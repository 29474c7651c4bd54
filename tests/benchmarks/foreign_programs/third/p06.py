import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(2021)

f = np.load("digits.npz")
X = f["x"].reshape(-1, 28, 28, 1)
Y = f["y"].astype("int32")

idx = np.random.permutation(len(X))[:4800]
X_tr, Y_tr = X[idx[:4000]], Y[idx[:4000]]
X_va, Y_va = X[idx[4000:]], Y[idx[4000:]]
print(X_tr.dtype, X_tr.min(), X_tr.max())

m = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.BatchNormalization(momentum=0.9),
    layers.Conv2D(12, 3, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.Activation("relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(24, 3, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.Activation("relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dropout(0.3),
    layers.Dense(10, activation="softmax"),
])
m.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, 63 * 7)),
          "sparse_categorical_crossentropy", metrics=["accuracy"])
m.fit(X_tr.astype("float32"), Y_tr, batch_size=64, epochs=7,
      validation_data=(X_va.astype("float32"), Y_va), callbacks=[RunLogger("run")])
