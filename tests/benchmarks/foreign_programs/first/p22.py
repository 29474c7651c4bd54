"""House prices in dollars. The targets are not scaled; instead the last layer maps the
network's small numbers to dollars. The loss is in squared dollars, so it looks huge."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(40)
rng = np.random.default_rng(40)
n = 2500
area = rng.uniform(40, 260, n)
rooms = np.clip(np.round(area / 30 + rng.normal(0, 1, n)), 1, 9)
age = rng.uniform(0, 90, n)
dist = rng.gamma(2.0, 4.0, n)
garden = rng.integers(0, 2, n)
price = (60000 + 2100 * area + 9000 * rooms + 45000 * garden - 1100 * age
         + 250000 * np.exp(-dist / 5) + 4.0 * area * (age < 10) * 120
         + rng.normal(0, 12000, n))
X = np.column_stack([area, rooms, age, dist, garden]).astype("float32")
y = price.astype("float32").reshape(-1, 1)
X_train, y_train, X_val, y_val = X[:2000], y[:2000], X[2000:], y[2000:]

norm = layers.Normalization()
norm.adapt(X_train)

inputs = keras.Input((5,))
h = norm(inputs)
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(32, activation="relu")(h)
h = layers.Dense(1)(h)
outputs = layers.Rescaling(scale=float(y_train.std()), offset=float(y_train.mean()))(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse", metrics=["mae"])
model.fit(X_train, y_train, batch_size=40, epochs=25, validation_data=(X_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
