# one step ahead forecast of an hourly signal
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(17)
rng = np.random.default_rng(17)

t = np.arange(1800)
series = 20 + 8 * np.sin(2 * np.pi * t / 24) + 3 * np.sin(2 * np.pi * t / 168) + rng.normal(0, 0.7, t.size)
series = series.astype("float32")

split = 1440
mu, sigma = series[:split].mean(), series[:split].std()
scaled = (series - mu) / sigma
W = 24


def windows(a):
    X = np.stack([a[i:i + W] for i in range(len(a) - W)])
    return X[..., None], a[W:]


X_train, y_train = windows(scaled[:split])
X_val, y_val = windows(scaled[split - W:])

model = keras.Sequential([
    keras.Input((W, 1)),
    layers.LSTM(32),
    layers.Dense(1),
])
model.compile(loss="mse", optimizer=keras.optimizers.Adam(0.005), metrics=["mae"])
model.fit(X_train, y_train, epochs=14, batch_size=32, validation_data=(X_val, y_val),
          callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.3, patience=2),
                     RunLogger("run")], verbose=2)

p = model.predict(X_val, verbose=0).ravel() * sigma + mu
print("RMSE", np.sqrt(np.mean((p - series[split:]) ** 2)))
