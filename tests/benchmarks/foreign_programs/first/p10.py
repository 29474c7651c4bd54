import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from resnet_app import RunLogger

SEED = 99
keras.utils.set_random_seed(SEED)
rng = np.random.default_rng(SEED)

LEN = 60
WAVES = ["sine", "square", "saw", "steps"]


def wave(kind):
    f = rng.uniform(2.0, 4.0)
    ph = rng.uniform(0, 1)
    u = (f * np.arange(LEN) / LEN + ph) % 1.0
    if kind == "sine":
        s = np.sin(2 * np.pi * u)
    elif kind == "square":
        s = np.where(u < 0.5, 1.0, -1.0)
    elif kind == "saw":
        s = 2 * u - 1
    else:
        s = np.floor(u * 4) / 1.5 - 1
        s = np.where(u < 0.75, s, 0.0)
    return s + rng.normal(0, 0.12, LEN)


def dataset(n):
    y = rng.integers(0, len(WAVES), n)
    x = np.stack([wave(WAVES[k]) for k in y]).astype("float32")
    return x[..., None], y


x_tr, y_tr = dataset(1920)
x_va, y_va = dataset(480)
train = tf.data.Dataset.from_tensor_slices((x_tr, y_tr)).shuffle(1920, seed=SEED).batch(32).prefetch(2)
valid = tf.data.Dataset.from_tensor_slices((x_va, y_va)).batch(32)

i = keras.Input((LEN, 1))
h = layers.Conv1D(24, 5, activation="relu", padding="same")(i)
h = layers.MaxPooling1D(2)(h)
h = layers.GRU(24, return_sequences=True)(h)
h = layers.GlobalAveragePooling1D()(h)
o = layers.Dense(len(WAVES), activation="softmax")(h)
model = keras.Model(i, o)
model.compile(keras.optimizers.Adam(4e-3, clipnorm=1.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train, validation_data=valid, epochs=11, verbose=2,
          callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2),
                     RunLogger("run")])
