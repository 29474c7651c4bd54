"""Five kinds of short sounds. SGD with warm-up to a rate of 0.1 and cosine decay, batch norm."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(52)
rng = np.random.default_rng(52)
T = 256
t = np.arange(T) / T


def sound(kind):
    f = rng.uniform(12, 18)
    ph = rng.uniform(0, 2 * np.pi)
    if kind == 0:      # tone
        s = np.sin(2 * np.pi * f * t + ph)
    elif kind == 1:    # rising
        s = np.sin(2 * np.pi * (f * t + 25 * t ** 2) + ph)
    elif kind == 2:    # beating
        s = np.sin(2 * np.pi * f * t + ph) * np.sin(2 * np.pi * 3 * t + ph / 2) * 1.4
    elif kind == 3:    # clicks
        s = np.zeros(T)
        s[rng.integers(0, 20)::int(rng.integers(18, 26))] = 3.0
    else:              # hiss
        s = rng.normal(0, 0.7, T)
    return s + rng.normal(0, 0.15, T)


def batch_of(n):
    k = rng.integers(0, 5, n)
    return np.stack([sound(c) for c in k]).astype("float32")[..., None], k


x_train, y_train = batch_of(1920)
x_val, y_val = batch_of(480)
EPOCHS, BATCH = 12, 48
steps = len(x_train) // BATCH
rate = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=0.001, warmup_target=0.1, warmup_steps=2 * steps,
    decay_steps=(EPOCHS - 2) * steps)

model = keras.Sequential([keras.Input((T, 1))])
for filters in (12, 16, 24):
    model.add(layers.Conv1D(filters, 7, strides=2, padding="same", use_bias=False))
    model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.ReLU())
model.add(layers.GlobalAveragePooling1D())
model.add(layers.Dense(5, activation="softmax"))
model.compile(optimizer=keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=BATCH, epochs=EPOCHS, validation_data=(x_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
