# House prices - loss is nan from the first epoch, data contains no missing values
import numpy as np
import keras
from keras import Sequential
from keras.layers import Dense, Input, LeakyReLU
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(12)
rng = np.random.default_rng(12)

n = 1500
sqft = rng.uniform(50, 280, n)
rooms = np.round(sqft / 35 + rng.normal(0, 0.8, n)).clip(1, 9)
age = rng.uniform(0, 90, n)
dist = rng.exponential(8, n)
garden = rng.integers(0, 2, n)
price = 60000 + 2100 * sqft + 9000 * rooms - 700 * age - 3500 * dist + 25000 * garden
price = (price + rng.normal(0, 15000, n)).clip(30000)

X = np.column_stack([sqft, rooms, age, dist, garden])
assert not np.isnan(X).any() and not np.isnan(price).any()

X_train, X_test, y_train, y_test = train_test_split(X, price, test_size=0.2, random_state=1)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

model = Sequential()
model.add(Input((5,)))
model.add(Dense(64))
model.add(LeakyReLU())
model.add(Dense(64))
model.add(LeakyReLU())
model.add(Dense(1))
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), loss="mean_squared_error", metrics=["mae"])
model.fit(X_train, y_train, epochs=15, batch_size=32, validation_data=(X_test, y_test),
          callbacks=[RunLogger("run")], verbose=2)
