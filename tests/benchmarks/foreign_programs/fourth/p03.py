"""Coloured shapes, tf.data, warm-up + cosine, label smoothing."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(11)
rng = np.random.default_rng(11)
NAMES = ["disc", "square", "triangle", "plus"]
S = 24


def draw(kind):
    img = np.ones((S, S, 3), "float32") * rng.uniform(0.0, 0.35, 3)
    col = rng.uniform(0.6, 1.0, 3)
    cx, cy = rng.uniform(9, 15, 2)
    r = rng.uniform(5.0, 8.0)
    yy, xx = np.mgrid[0:S, 0:S].astype("float32")
    dx, dy = xx - cx, yy - cy
    if kind == 0:
        m = dx ** 2 + dy ** 2 <= r ** 2
    elif kind == 1:
        m = (abs(dx) <= 0.85 * r) & (abs(dy) <= 0.85 * r)
    elif kind == 2:
        m = (dy <= 0.8 * r) & (dy >= -r + 1.9 * abs(dx))
    else:
        m = ((abs(dx) <= 0.25 * r) & (abs(dy) <= r)) | ((abs(dy) <= 0.25 * r) & (abs(dx) <= r))
    img[m] = col
    img += rng.normal(0, 0.04, img.shape)
    return np.clip(img, 0, 1)


labels = rng.integers(0, 4, 1800)
images = np.stack([draw(k) for k in labels]).astype("float32")
onehot = np.eye(4, dtype="float32")[labels]

N = 1400
train = (tf.data.Dataset.from_tensor_slices((images[:N], onehot[:N]))
         .shuffle(N, seed=1).batch(32).prefetch(tf.data.AUTOTUNE))
val = tf.data.Dataset.from_tensor_slices((images[N:], onehot[N:])).batch(100)

model = keras.Sequential([
    keras.Input((S, S, 3)),
    layers.Conv2D(16, 3, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.ReLU(),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, padding="same", use_bias=False),
    layers.BatchNormalization(momentum=0.9),
    layers.ReLU(),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.5),
    layers.Dense(4),
])

EPOCHS = 12
steps = EPOCHS * (N // 32 + 1)
lr = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=1e-4, decay_steps=steps - 44,
    warmup_target=2e-3, warmup_steps=44)
model.compile(
    optimizer=keras.optimizers.Adam(lr),
    loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    metrics=["accuracy"])
model.fit(train, validation_data=val, epochs=EPOCHS, verbose=2,
          callbacks=[RunLogger("run")])
