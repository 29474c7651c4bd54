# Wine cultivars with a small neural network (course, week 2)
import numpy as np
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from tensorflow import keras
from tensorflow.keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(33)

wine = load_wine(as_frame=True)
df = wine.frame
print(df.describe().T[["mean", "std", "min", "max"]])

X = df.drop(columns="target").to_numpy("float32")
y = df["target"].to_numpy()
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=3)

model = keras.Sequential([
    layers.Input((13,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(16, activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01), metrics=["accuracy"],
              loss="sparse_categorical_crossentropy")
model.fit(X_train, y_train, epochs=40, batch_size=8, validation_data=(X_test, y_test), verbose=2,
          callbacks=[RunLogger("run")])
