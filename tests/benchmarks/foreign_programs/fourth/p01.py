# Breast cancer (UCI style table): ten scores from 1 to 10, class 2 = benign, 4 = malignant
import io
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(7)

# --- rebuild a file that looks like breast-cancer-wisconsin.data -------------
raw = load_breast_cancer()
rng = np.random.default_rng(7)
cols = ["clump", "size_unif", "shape_unif", "adhesion", "epith",
        "bare_nuclei", "chromatin", "nucleoli", "mitoses"]
table = {}
for k, c in enumerate(cols):
    v = raw.data[:, k] + raw.data[:, k].std() * 0.3 * rng.normal(size=len(raw.data))
    edges = np.quantile(v, np.linspace(0, 1, 11)[1:-1])
    table[c] = (np.digitize(v, edges) + 1).astype(str)
table["bare_nuclei"] = np.where(rng.random(len(raw.data)) < 0.03, "?", table["bare_nuclei"])
table["class"] = np.where(raw.target == 1, 2, 4)
csv = pd.DataFrame(table).to_csv(index=False)
# -----------------------------------------------------------------------------

df = pd.read_csv(io.StringIO(csv))
df["bare_nuclei"] = pd.to_numeric(df["bare_nuclei"], errors="coerce")

X = df[cols].to_numpy(dtype="float32") / 10.0
y = df["class"].to_numpy(dtype="float32")

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1)

model = keras.Sequential([
    keras.Input(shape=(9,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

model.fit(X_train, y_train, epochs=25, batch_size=16,
          validation_data=(X_test, y_test), verbose=2,
          callbacks=[RunLogger("run")])
print(model.evaluate(X_test, y_test, verbose=0))
