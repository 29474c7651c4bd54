"""Quality class of castings from the process log. The log comes as monthly exports, which
are put together here."""
import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(65)

feats, cls = make_classification(n_samples=720, n_features=20, n_informative=8, n_redundant=2,
                                 n_classes=3, n_clusters_per_class=2, class_sep=0.8, flip_y=0.25,
                                 random_state=65)
log = pd.DataFrame(feats, columns=[f"p{i:02d}" for i in range(20)])
log["quality"] = cls

may = log.iloc[:500]            # each export reaches back into the month before
june = log.iloc[220:]
complete = log.copy()           # and the yearly one has everything
df = pd.concat([may, june, complete], ignore_index=True)
df = df.sample(frac=1.0, random_state=1).reset_index(drop=True)
print(len(df), "rows")

X = df.drop(columns=["quality"]).values.astype("float32")
y = df["quality"].values
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=1)
s = StandardScaler().fit(X_train)
X_train, X_test = s.transform(X_train), s.transform(X_test)

model = keras.Sequential([
    keras.Input((20,)),
    layers.Dense(256, activation="relu"),
    layers.Dense(256, activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(X_train, y_train, epochs=35, batch_size=32, validation_data=(X_test, y_test), verbose=2,
          callbacks=[RunLogger("run")])
