"""Activity recognition from a 3-axis accelerometer (values in milli-g)."""
import numpy as np
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(36)
ACTIVITIES = ["sit", "walk", "run", "stairs"]
T = 40


def record(n, seed):
    r = np.random.default_rng(seed)
    y = r.integers(0, 4, n)
    t = np.arange(T) / 20.0
    X = np.empty((n, T, 3), dtype="float32")
    for i, k in enumerate(y):
        amp = [25, 250, 800, 330][k] * r.uniform(0.8, 1.2)
        freq = [0.5, 1.8, 2.9, 1.2][k] * r.uniform(0.9, 1.1)
        ph = r.uniform(0, 2 * np.pi)
        base = np.array([80, -40, 990 if k != 3 else 930]) + r.normal(0, 30, 3)
        w = np.stack([0.5 * np.sin(2 * np.pi * freq * t + ph),
                      0.4 * np.cos(2 * np.pi * freq * t + ph),
                      np.sin(4 * np.pi * freq * t + ph)], axis=1)
        X[i] = base + amp * w + r.normal(0, 25, (T, 3))
    return X, y


X_train, y_train = record(1400, 1)
X_val, y_val = record(400, 2)

scaler = StandardScaler()
X_train = scaler.fit_transform(X_train.reshape(-1, 3)).reshape(-1, T, 3)

model = keras.Sequential([
    layers.Input((T, 3)),
    layers.GRU(24),
    layers.Dense(16, activation="tanh"),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(0.004), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=10, batch_size=32, validation_data=(X_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
