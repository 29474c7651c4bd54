"""One step ahead forecast of an hourly load curve, split in time (no shuffled split)."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(60)
rng = np.random.default_rng(60)
hours = np.arange(2050)
load = (320 + 60 * np.sin(2 * np.pi * hours / 24) + 25 * np.sin(2 * np.pi * hours / 168)
        + 15 * np.sin(4 * np.pi * hours / 24 + 1) + rng.normal(0, 6, len(hours)))

W = 30
cut = 1630
mu, sd = load[:cut].mean(), load[:cut].std()
z = ((load - mu) / sd).astype("float32")
win = np.lib.stride_tricks.sliding_window_view(z, W + 1)
X, y = win[:, :W, None].copy(), win[:, W].copy()
X_train, y_train = X[:cut - W], y[:cut - W]
X_val, y_val = X[cut:], y[cut:]
print(X_train.shape, X_val.shape)

model = keras.Sequential([
    layers.Input((W, 1)),
    layers.LSTM(20),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(6e-3), loss=keras.losses.Huber(), metrics=["mae"])
model.fit(X_train, y_train, epochs=11, batch_size=32, validation_data=(X_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
