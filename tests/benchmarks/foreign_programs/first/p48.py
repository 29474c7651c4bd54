"""Which of three products will a customer take? Several may apply, so three sigmoids.
Two columns are categories and get embeddings."""
import numpy as np
import pandas as pd
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(58)
rng = np.random.default_rng(58)
n = 3000
df = pd.DataFrame({
    "age": rng.uniform(18, 80, n),
    "income": rng.gamma(4.0, 9.0, n),
    "children": rng.poisson(1.2, n),
    "region": rng.choice(["north", "south", "east", "west", "city"], n),
    "contract": rng.choice(["basic", "plus", "family"], n),
})
region_effect = df["region"].map({"north": -1.0, "south": 0.5, "east": 0.0, "west": 1.0, "city": 2.0}).to_numpy(float)
a = 0.12 * (45 - df["age"]) + 0.08 * (df["income"] - 36) + region_effect - 0.4
b = 2.2 * df["children"] - 3.0 + 2.5 * (df["contract"] == "family") - 0.02 * (df["age"] - 45)
c = 0.14 * (df["income"] - 38) + 1.5 * (df["contract"] == "plus") - region_effect
Y = (np.column_stack([a, b, c]) + rng.normal(0, 0.3, (n, 3)) > 0).astype("float32")

num = df[["age", "income", "children"]].to_numpy("float32")
mean, std = num[:2400].mean(0), num[:2400].std(0)
num = (num - mean) / std
regions = {r: i for i, r in enumerate(sorted(df["region"].unique()))}
contracts = {r: i for i, r in enumerate(sorted(df["contract"].unique()))}
reg = df["region"].map(regions).to_numpy("int32")[:, None]
con = df["contract"].map(contracts).to_numpy("int32")[:, None]

in_num = keras.Input((3,), name="numbers")
in_reg = keras.Input((1,), dtype="int32", name="region")
in_con = keras.Input((1,), dtype="int32", name="contract")
e1 = layers.Flatten()(layers.Embedding(len(regions), 3)(in_reg))
e2 = layers.Flatten()(layers.Embedding(len(contracts), 2)(in_con))
h = layers.Concatenate()([in_num, e1, e2])
h = layers.Dense(32, activation="relu")(h)
h = layers.Dense(32, activation="relu")(h)
out = layers.Dense(3, activation="sigmoid", name="takes")(h)
model = keras.Model({"numbers": in_num, "region": in_reg, "contract": in_con}, out)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy",
              metrics=[keras.metrics.BinaryAccuracy(name="binary_accuracy")])


def part(lo, hi):
    return {"numbers": num[lo:hi], "region": reg[lo:hi], "contract": con[lo:hi]}


model.fit(part(0, 2400), Y[:2400], batch_size=40, epochs=16, verbose=2,
          validation_data=(part(2400, 3000), Y[2400:]), callbacks=[RunLogger("run")])
