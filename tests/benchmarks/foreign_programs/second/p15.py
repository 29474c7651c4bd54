"""State of a conveyor drive from its sensors."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(50)
rng = np.random.default_rng(50)

states = ["idle", "slow", "normal", "fast", "overload"]
n = 300
frames = []
for s, name in enumerate(states):
    load = np.round(np.clip(rng.normal(1.2 + 2.2 * s, 1.2, n), 0, None))
    current = np.where(load == 0, 0.0, 0.8 * load + rng.normal(0, 0.4, n))
    frames.append(
        pd.DataFrame(
            {
                "load": load,
                "current": current,
                "vibration": rng.gamma(2.0, 0.2 + 0.15 * s, n),
                "temperature": rng.normal(30 + 4 * s, 3, n),
                "noise_db": rng.normal(55 + 3 * s, 3, n),
                "state": s,
            }
        )
    )
df = pd.concat(frames, ignore_index=True)
df["current_per_load"] = df["current"] / df["load"]

features = [c for c in df.columns if c != "state"]
X = StandardScaler().fit_transform(df[features])
y = df["state"].to_numpy()

model = keras.Sequential(
    [
        layers.Input((len(features),)),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(len(states), activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    X,
    y,
    epochs=30,
    batch_size=32,
    validation_split=0.2,
    callbacks=[RunLogger("run")],
)
