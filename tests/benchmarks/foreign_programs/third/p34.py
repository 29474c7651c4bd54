import numpy as np
import keras
from keras import layers
from keras.losses import CategoricalCrossentropy
from keras.optimizers.schedules import CosineDecay
from resnet_app import RunLogger

keras.utils.set_random_seed(9)
rng = np.random.default_rng(9)
SIZE, NTRAIN, NVAL = 24, 2000, 400
NAMES = ("disc", "box", "plus", "two bars")
gy, gx = np.mgrid[:SIZE, :SIZE].astype("float32")


def sample(k):
    c = rng.uniform(9, 15, 2)
    r = rng.uniform(5.5, 8)
    dy, dx = np.abs(gy - c[0]), np.abs(gx - c[1])
    if k == 0:
        m = np.hypot(dx, dy) < r
    elif k == 1:
        m = (np.maximum(dx, dy) < r) & (np.maximum(dx, dy) > r - 2.2)
    elif k == 2:
        m = (np.minimum(dx, dy) < 1.6) & (np.maximum(dx, dy) < r)
    else:
        m = (np.abs(dx - 3.5) < 1.2) & (dy < r)
    back, front = rng.uniform(0.0, 0.3, 3), rng.uniform(0.55, 1.0, 3)
    img = np.where(m[..., None], front, back) + rng.normal(0, 0.04, (SIZE, SIZE, 3))
    return np.clip(img, 0, 1)


lab = rng.integers(0, 4, NTRAIN + NVAL)
pix = np.stack([sample(k) for k in lab]).astype("float32")
hot = keras.utils.to_categorical(lab, 4)

inputs = keras.Input((SIZE, SIZE, 3))
x = layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
x = layers.MaxPooling2D()(x)
x = layers.Conv2D(24, 3, padding="same", activation="relu")(x)
x = layers.MaxPooling2D()(x)
x = layers.Flatten()(x)
x = layers.Dense(64, activation="relu")(x)
x = layers.Dropout(0.5)(x)
outputs = layers.Dense(4, activation="softmax")(x)
model = keras.Model(inputs, outputs, name="shapes")

epochs = 10
total = epochs * int(np.ceil(NTRAIN / 32))
lr = CosineDecay(initial_learning_rate=1e-5, decay_steps=total - 60, warmup_target=2e-3, warmup_steps=60)
model.compile(optimizer=keras.optimizers.Adam(lr), loss=CategoricalCrossentropy(label_smoothing=0.1),
              metrics=["accuracy"])
model.fit(pix[:NTRAIN], hot[:NTRAIN], batch_size=32, epochs=epochs,
          validation_data=(pix[NTRAIN:], hot[NTRAIN:]), callbacks=[RunLogger("run")])
