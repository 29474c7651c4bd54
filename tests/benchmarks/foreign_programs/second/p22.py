"""Compressive strength from the recipe of the concrete (simulated lab data)."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(22)
rng = np.random.default_rng(22)

n = 1500
df = pd.DataFrame(
    {
        "cement": rng.uniform(150, 500, n),
        "slag": rng.uniform(0, 200, n),
        "ash": rng.uniform(0, 150, n),
        "water": rng.uniform(140, 230, n),
        "plasticizer": rng.uniform(0, 20, n),
        "age": rng.choice([3, 7, 14, 28, 56, 90], n),
    }
)
strength = (
    0.11 * df["cement"]
    + 0.08 * df["slag"]
    + 0.05 * df["ash"]
    - 0.18 * df["water"]
    + 0.4 * df["plasticizer"]
    + 8.0 * np.log(df["age"])
    + rng.normal(0, 2, n)
)
df["strength"] = strength

# the first two lines of the sheet are the units and a test mix, skip them
features = df.drop(columns="strength").to_numpy()[2:]
target = df["strength"].to_numpy()[:len(features)]

split = 1200
fs, ts = StandardScaler(), StandardScaler()
X_train = fs.fit_transform(features[:split])
X_val = fs.transform(features[split:])
y_train = ts.fit_transform(target[:split, None])
y_val = ts.transform(target[split:, None])

model = keras.Sequential(
    [
        keras.Input((X_train.shape[1],)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="relu"),
    ]
)
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(
    X_train,
    y_train,
    batch_size=32,
    epochs=30,
    validation_data=(X_val, y_val),
    callbacks=[RunLogger("run")],
)
