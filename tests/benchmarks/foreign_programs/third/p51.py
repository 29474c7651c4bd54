"""Number of bicycles hired per hour (a count) from weather and time."""
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(48)
rng = np.random.default_rng(48)

n = 4000
hour = rng.integers(0, 24, n)
temp = rng.normal(14, 8, n)
rain = (rng.random(n) < 0.2).astype(float)
wknd = (rng.random(n) < 2 / 7).astype(float)
log_rate = 2.0 + 0.8 * np.sin((hour - 8) / 24 * 2 * np.pi) + 0.045 * (temp - 14) - 0.9 * rain + 0.3 * wknd
count = rng.poisson(np.exp(log_rate)).astype("float32")

X = np.column_stack([np.sin(hour / 24 * 2 * np.pi), np.cos(hour / 24 * 2 * np.pi),
                     (temp - 14) / 8, rain, wknd]).astype("float32")
X_train, X_val, y_train, y_val = train_test_split(X, count, test_size=0.2, random_state=48)

inputs = keras.Input((5,))
h = layers.Dense(24, activation="relu")(inputs)
h = layers.Dense(24, activation="relu")(h)
rate = layers.Dense(1, activation="exponential")(h)
model = keras.Model(inputs, rate)
model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, 100 * 18)),
              loss="poisson", metrics=["mae"])
model.fit(X_train, y_train, epochs=18, batch_size=32, validation_data=(X_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
