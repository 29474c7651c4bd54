import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(33)
rng = np.random.default_rng(33)

# monthly sales of shops in local currency
n = 3000
area = rng.uniform(40, 2500, n)
staff = rng.integers(1, 60, n)
passers = rng.lognormal(8, 0.5, n)
city = rng.integers(0, 3, n)
onehot = np.eye(3)[city]
sales = 120 * area + 5200 * staff + 35 * passers + np.array([0, 60000, 150000])[city]
sales = sales * (1 + 0.15 * (staff > 30)) + rng.normal(0, 15000, n)

X = np.column_stack([area, staff, passers, onehot]).astype("float32")
y = sales.astype("float32")
X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.2, random_state=33)
print("target: mean %.0f std %.0f" % (y_tr.mean(), y_tr.std()))

norm = layers.Normalization()
norm.adapt(X_tr)

inp = keras.Input((X.shape[1],))
h = norm(inp)
h = layers.Dense(32, activation="relu")(h)
h = layers.Dense(32, activation="relu")(h)
h = layers.Dense(1)(h)
out = layers.Rescaling(scale=float(y_tr.std()), offset=float(y_tr.mean()))(h)
model = keras.Model(inp, out)

epochs = 20
model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.005, epochs * 75)),
              loss="mse", metrics=["mae"])
model.fit(X_tr, y_tr, epochs=epochs, batch_size=32, validation_data=(X_va, y_va),
          callbacks=[RunLogger("run")], verbose=2)
res = y_va - model.predict(X_va, verbose=0).ravel()
print("R2 = %.3f" % (1 - res.var() / y_va.var()))
