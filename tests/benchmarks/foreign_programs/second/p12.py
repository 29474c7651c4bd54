"""MNIST, no rescaling: the first batch normalization does it."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(404)

f = np.load("digits.npz")
x = f["x"].astype("float32")[..., None]     # 0 ... 255
y = keras.utils.to_categorical(f["y"], 10)
x_train, y_train = x[:5000], y[:5000]
x_val, y_val = x[9000:], y[9000:]

inp = keras.Input((28, 28, 1))
h = layers.BatchNormalization(momentum=0.9)(inp)
h = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(h)
h = layers.BatchNormalization(momentum=0.9)(h)
h = layers.ReLU()(h)
h = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)(h)
h = layers.BatchNormalization(momentum=0.9)(h)
h = layers.ReLU()(h)
h = layers.Flatten()(h)
h = layers.Dropout(0.3)(h)
logits = layers.Dense(10)(h)

model = keras.Model(inp, logits)
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    metrics=["accuracy"],
)
model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=7,
    validation_data=(x_val, y_val),
    callbacks=[
        keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2),
        RunLogger("run"),
    ],
)
