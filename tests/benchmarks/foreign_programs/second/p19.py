"""Customer segments from three monthly exports of the CRM."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(19)
rng = np.random.default_rng(19)

values, segment = make_classification(
    n_samples=600,
    n_features=24,
    n_informative=10,
    n_redundant=4,
    n_classes=3,
    n_clusters_per_class=2,
    class_sep=1.0,
    flip_y=0.0,
    random_state=19,
)
crm = pd.DataFrame(values, columns=[f"f{i:02d}" for i in range(values.shape[1])])
crm["segment"] = segment

# the segment was typed in by the call centre, who did not always care
careless = rng.random(len(crm)) < 0.5
crm.loc[careless, "segment"] = rng.integers(0, 3, careless.sum())

january = crm.copy()
february = crm.sample(frac=0.95, random_state=2)
march = crm.sample(frac=0.9, random_state=3)
table = pd.concat([january, february, march], ignore_index=True)
print(len(table), "rows")

y = table.pop("segment").to_numpy()
X_train, X_val, y_train, y_val = train_test_split(
    table.to_numpy(), y, test_size=0.2, random_state=0, stratify=y
)
scaler = StandardScaler().fit(X_train)
X_train, X_val = scaler.transform(X_train), scaler.transform(X_val)

model = keras.Sequential([
    keras.Input((X_train.shape[1],)),
    layers.Dense(256, activation="relu"),
    layers.Dense(128, activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    X_train,
    y_train,
    validation_data=(X_val, y_val),
    batch_size=32,
    epochs=40,
    callbacks=[RunLogger("run")],
)
