"""Small convnet with the usual tricks: label smoothing, heavy dropout, AdamW, cosine decay."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(77)
EPOCHS, BATCH = 9, 40

raw = np.load("digits.npz")
order = np.random.default_rng(77).permutation(10000)
tr, va = order[:4000], order[4000:5000]


def make(idx, training):
    x = raw["x"][idx][..., None].astype("float32") / 127.5 - 1.0
    y = keras.utils.to_categorical(raw["y"][idx], 10)
    ds = tf.data.Dataset.from_tensor_slices((x, y))
    if training:
        ds = ds.shuffle(len(idx))
    return ds.batch(BATCH).prefetch(tf.data.AUTOTUNE)


train, valid = make(tr, True), make(va, False)

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(20, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Dropout(0.3),
    layers.Flatten(),
    layers.Dense(96, activation="relu"),
    layers.Dropout(0.5),
    layers.Dense(10, activation="softmax"),
])
schedule = keras.optimizers.schedules.CosineDecay(2e-3, decay_steps=EPOCHS * 100)
model.compile(optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-3),
              loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"])
model.fit(train, validation_data=valid, epochs=EPOCHS, callbacks=[RunLogger("run")], verbose=2)
