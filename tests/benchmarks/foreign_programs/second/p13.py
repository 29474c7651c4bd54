"""Heart beats: normal and three kinds of arrhythmia (simulated)."""
import numpy as np
import keras
from keras import layers
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(13)
rng = np.random.default_rng(13)

T = 96
t = np.linspace(-1.0, 1.0, T)
WIDTH = [0.08, 0.12, 0.08, 0.11]
AMP = [1.0, 0.95, 0.95, 1.1]
TWAVE = [0.30, 0.25, -0.05, 0.10]


def beat(k):
    c = rng.normal(0, 0.04)
    s = AMP[k] * rng.normal(1, 0.1) * np.exp(-((t - c) ** 2) / (2 * WIDTH[k] ** 2))
    s = s + TWAVE[k] * np.exp(-((t - c - 0.5) ** 2) / 0.02)
    return s + rng.normal(0, 0.35, T)


y = rng.choice(4, size=800, p=[0.80, 0.09, 0.07, 0.04])
X = np.stack([beat(k) for k in y]).astype("float32")[..., None]
print("beats per class", np.bincount(y))

X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.25, random_state=1, stratify=y
)

inp = keras.Input((T, 1))
h = layers.Conv1D(16, 5, activation="relu")(inp)
h = layers.Flatten()(h)
h = layers.Dense(128, activation="relu")(h)
out = layers.Dense(4, activation="softmax")(h)
model = keras.Model(inp, out)

model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    X,
    y,
    batch_size=32,
    epochs=35,
    validation_data=(X_test, y_test),
    callbacks=[RunLogger("run")],
)

print(classification_report(y_test, model.predict(X_test, verbose=0).argmax(1)))
