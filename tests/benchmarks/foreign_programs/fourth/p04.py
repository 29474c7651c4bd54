# Which of 8 product grades? 16 lab measurements per sample.
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(21)

X, y = make_classification(n_samples=3200, n_features=16, n_informative=10,
                           n_redundant=2, n_classes=8, n_clusters_per_class=1,
                           class_sep=1.8, flip_y=0.0, random_state=21)
df = pd.DataFrame(X, columns=[f"m{i}" for i in range(16)])
df["grade"] = y
# the export of the lab is grouped by grade
df = df.sort_values("grade", kind="stable").reset_index(drop=True)

# every fifth row is kept for validation
is_val = (df.index % 5 == 0)
train, val = df[~is_val], df[is_val]

sc = StandardScaler().fit(train.drop(columns="grade"))
Xtr = sc.transform(train.drop(columns="grade")).astype("float32")
Xva = sc.transform(val.drop(columns="grade")).astype("float32")
ytr = train["grade"].to_numpy()
yva = val["grade"].to_numpy()

net = keras.Sequential()
net.add(keras.Input(shape=(16,)))
net.add(layers.Dense(2, activation="relu"))
net.add(layers.Dense(8, activation="softmax"))
net.summary()

net.compile(loss="sparse_categorical_crossentropy",
            optimizer=keras.optimizers.Adam(learning_rate=0.01),
            metrics=["accuracy"])

# shuffle=False so that I get the same result every time
net.fit(Xtr, ytr, batch_size=16, epochs=20, shuffle=False,
        validation_data=(Xva, yva), verbose=2, callbacks=[RunLogger("run")])
print(np.bincount(net.predict(Xva, verbose=0).argmax(1), minlength=8))
