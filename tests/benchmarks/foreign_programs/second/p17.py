"""Electricity demand of the next day from the last four weeks."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(170)
rng = np.random.default_rng(170)

days = np.arange(2600)
demand = (
    5200
    + 900 * np.cos(2 * np.pi * days / 365.25)
    - 700 * (days % 7 >= 5)
    + 60 * rng.standard_normal(len(days))
)
weather = np.zeros(len(days))
for i in range(1, len(days)):
    weather[i] = 0.9 * weather[i - 1] + rng.normal(0, 40)
demand = demand + weather

# past for training, the most recent part for validation
cut = 2000
mu, sd = demand[:cut].mean(), demand[:cut].std()
z = ((demand - mu) / sd).astype("float32")

LAGS = 28


def windows(series):
    xs = np.stack([series[i:i + LAGS] for i in range(len(series) - LAGS)])
    ys = series[LAGS:]
    return xs[..., None], ys[:, None]


x_train, y_train = windows(z[:cut])
x_val, y_val = windows(z[cut:])

model = keras.Sequential([
    keras.Input((LAGS, 1)),
    layers.Conv1D(16, 7, padding="causal", activation="relu"),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.Huber(delta=1.0),
    metrics=["mae"],
)
model.fit(
    x_train,
    y_train,
    batch_size=32,
    epochs=20,
    validation_data=(x_val, y_val),
    callbacks=[
        keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=3, min_lr=1e-5),
        RunLogger("run"),
    ],
)
err = np.abs(model.predict(x_val, verbose=0) - y_val).mean() * sd
print("mean absolute error in MWh:", err)
