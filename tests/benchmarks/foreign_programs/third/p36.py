import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(25)
rng = np.random.default_rng(25)

# customers.csv as we get it from the shop system
n = 1800
age = rng.normal(42, 14, n).clip(18, 90).round()
income = rng.lognormal(10.3, 0.4, n).round(-2)
visits = rng.poisson(6, n)
basket = rng.gamma(3, 15, n).round(2)
logit = 0.35 * (visits - 6) + 0.03 * (basket - 45) - 0.02 * (age - 42)
buys = (rng.random(n) < 1 / (1 + np.exp(-2 * logit))).astype(int)
income[rng.random(n) < 0.08] = np.nan          # not everybody answers
pd.DataFrame({"age": age, "income": income, "visits": visits,
              "basket": basket, "buys": buys}).to_csv("customers.csv", index=False)

# ------------------------------------------------------------------ training
df = pd.read_csv("customers.csv")
X = df.iloc[:, :-1].values
y = df.iloc[:, -1].values

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)

ann = keras.models.Sequential()
ann.add(layers.Input((4,)))
ann.add(layers.Dense(units=6, activation="relu"))
ann.add(layers.Dense(units=6, activation="relu"))
ann.add(layers.Dense(units=1, activation="sigmoid"))
ann.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
ann.fit(X_train, y_train, batch_size=32, epochs=15, validation_data=(X_test, y_test),
        callbacks=[RunLogger("run")], verbose=2)
