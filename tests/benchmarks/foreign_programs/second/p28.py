"""House prices in dollars (simulated), the network answers in dollars."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(28)
rng = np.random.default_rng(28)

n = 3200
area = rng.uniform(400, 3500, n)
rooms = np.clip(np.round(area / 400 + rng.normal(0, 1, n)), 1, 10)
year = rng.integers(1920, 2022, n)
dist = rng.gamma(2.0, 5.0, n)
garage = rng.integers(0, 2, n)
quality = rng.integers(1, 6, n)

price = (
    40000
    + 150 * area * (0.6 + 0.15 * quality)
    + 8000 * rooms
    + 400 * (year - 1920)
    - 3000 * dist
    + 15000 * garage
    + rng.normal(0, 15000, n)
)
X = np.stack([area, rooms, year, dist, garage, quality], axis=1).astype("float32")
y = price.astype("float32")[:, None]

X_train, X_val = X[:2500], X[2500:]
y_train, y_val = y[:2500], y[2500:]

normalize = layers.Normalization()
normalize.adapt(X_train)

inp = keras.Input((X.shape[1],))
h = normalize(inp)
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(1)(h)
dollars = layers.Rescaling(float(y_train.std()), offset=float(y_train.mean()))(h)
model = keras.Model(inp, dollars)

model.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss="mean_absolute_error",
    metrics=[keras.metrics.R2Score(name="r2")],
)
model.fit(
    X_train,
    y_train,
    batch_size=32,
    epochs=20,
    validation_data=(X_val, y_val),
    callbacks=[RunLogger("run")],
)
print("typical error in dollars:", np.abs(model.predict(X_val, verbose=0) - y_val).mean())
