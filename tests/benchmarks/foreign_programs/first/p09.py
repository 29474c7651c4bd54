# Who survived? Passenger list of a (made up) ferry.
import numpy as np
import pandas as pd
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(2024)
rng = np.random.default_rng(2024)
n = 1100
df = pd.DataFrame({
    "pclass": rng.choice([1, 2, 3], n, p=[0.24, 0.2, 0.56]),
    "sex": rng.choice(["male", "female"], n, p=[0.62, 0.38]),
    "age": np.clip(rng.normal(31, 14, n), 1, 78).round(),
    "fare": rng.gamma(2.0, 16.0, n).round(2),
    "deck": rng.choice(["A", "B", "C"], n),
})
logit = 3.2 * (df["sex"] == "female") - 1.3 * (df["pclass"] - 2) - 0.05 * (df["age"] - 30) - 1.2
df["survived"] = (rng.random(n) < 1 / (1 + np.exp(-1.5 * logit))).astype(int)
df.loc[rng.random(n) < 0.18, "age"] = np.nan
df.loc[rng.random(n) < 0.02, "fare"] = np.nan

# ---- preprocessing
df["fare"] = df["fare"].fillna(df["fare"].median())
df = pd.get_dummies(df, columns=["sex", "deck", "pclass"])
y = df.pop("survived").to_numpy().astype("float32")
X = df.to_numpy().astype("float32")
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=7, stratify=y)
ss = StandardScaler()
X_train = ss.fit_transform(X_train)
X_val = ss.transform(X_val)

model = keras.Sequential([
    keras.Input((X_train.shape[1],)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(X_train, y_train, epochs=20, batch_size=32, validation_data=(X_val, y_val),
          callbacks=[RunLogger("run")], verbose=2)
