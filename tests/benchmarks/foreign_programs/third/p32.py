"""Electricity load forecasting with LSTM. The prediction is a flat line at the mean value ..."""
import numpy as np
import pandas as pd
import keras
from keras.layers import LSTM, Dense, Input
from keras.models import Sequential
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(70)
rng = np.random.default_rng(70)

hours = pd.date_range("2019-01-01", periods=1700, freq="h")
k = np.arange(1700)
load = 32000 + 6000 * np.sin(2 * np.pi * k / 24) + 2500 * np.sin(2 * np.pi * k / 168) + rng.normal(0, 500, 1700)
df = pd.DataFrame({"load": load}, index=hours)

n_train = 1360
scaler = StandardScaler().fit(df[["load"]].values[:n_train])
df["load_scaled"] = scaler.transform(df[["load"]].values)

window = 24


def make_windows(frame):
    xs, ys = [], []
    for i in range(len(frame) - window):
        xs.append(frame["load"].values[i:i + window])
        ys.append(frame["load_scaled"].values[i + window])
    return np.array(xs, dtype="float32")[..., np.newaxis], np.array(ys, dtype="float32")


x_train, y_train = make_windows(df.iloc[:n_train])
x_val, y_val = make_windows(df.iloc[n_train - window:])

model = Sequential([Input((window, 1)), LSTM(32), Dense(16, activation="relu"), Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
model.fit(x_train, y_train, batch_size=32, epochs=12, validation_data=(x_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)

pred = scaler.inverse_transform(model.predict(x_val, verbose=0))
print("prediction min/max:", pred.min(), pred.max())
