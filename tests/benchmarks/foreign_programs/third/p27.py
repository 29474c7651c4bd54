import numpy as np
import pandas as pd
import keras
from keras.layers import Dense, Input
from keras.models import Sequential
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(14)
rng = np.random.default_rng(14)

# titanic-like passenger list
n = 1400
df = pd.DataFrame({
    "pclass": rng.choice([1, 2, 3], n, p=[0.25, 0.25, 0.5]),
    "sex": rng.choice(["male", "female"], n, p=[0.62, 0.38]),
    "age": rng.normal(31, 13, n).clip(1, 75),
    "sibsp": rng.poisson(0.5, n),
})
df["fare"] = rng.gamma(2, 9, n) * (4 - df["pclass"])
score = 2.8 * (df["sex"] == "female") - 1.1 * (df["pclass"] - 2) - 0.03 * (df["age"] - 30) - 1.3
df["survived"] = (rng.random(n) < 1 / (1 + np.exp(-1.6 * score))).astype(int)

df["sex"] = df["sex"].map({"male": 0, "female": 1})
X = df[["pclass", "sex", "age", "sibsp", "fare"]].values.astype("float32")
y = df["survived"].values.reshape(-1, 1).astype("float32")

X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=14)
sc = StandardScaler().fit(X_train)
X_train, X_val = sc.transform(X_train), sc.transform(X_val)

model = Sequential()
model.add(Input((5,)))
model.add(Dense(32, activation="relu"))
model.add(Dense(32, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=20, batch_size=32, validation_data=(X_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
