# House prices in euro. The network answers in units of one standard deviation,
# the last layer turns that back into euro.
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(99)
rng = np.random.default_rng(99)

n = 1800
area = rng.uniform(35, 220, n)
rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.7, n)), 1, 9)
age = rng.uniform(0, 90, n)
dist = rng.exponential(6.0, n)
district = rng.integers(0, 5, n)
per_m2 = np.array([2100, 2600, 3300, 4200, 5200.0])[district]
price = area * per_m2 * np.exp(-0.03 * dist) * (1 - 0.003 * age) + 9000 * rooms
price *= np.exp(rng.normal(0, 0.05, n))

num = np.stack([area, rooms, age, dist], 1).astype("float32")
cat = np.eye(5, dtype="float32")[district]
price = price.astype("float32")[:, None]

tr, va = np.arange(0, 1400), np.arange(1400, n)
norm = layers.Normalization()
norm.adapt(num[tr])

a = keras.Input((4,), name="numbers")
b = keras.Input((5,), name="district")
h = layers.Concatenate()([norm(a), b])
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(64, activation="relu")(h)
z = layers.Dense(1)(h)
out = layers.Rescaling(scale=float(price[tr].std()), offset=float(price[tr].mean()))(z)
model = keras.Model([a, b], out)

model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mae",
              metrics=[keras.metrics.MeanAbsolutePercentageError(name="mape")])
model.fit([num[tr], cat[tr]], price[tr], epochs=30, batch_size=32,
          validation_data=([num[va], cat[va]], price[va]),
          callbacks=[keras.callbacks.ReduceLROnPlateau(patience=5, factor=0.5), RunLogger("run")],
          verbose=2)
