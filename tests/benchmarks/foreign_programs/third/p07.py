"""Classify coloured shapes with a small CNN."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(5)
rng = np.random.default_rng(5)
S = 24
CLASSES = ["circle", "square", "triangle", "cross", "ring"]
yy, xx = np.mgrid[0:S, 0:S]


def draw(kind):
    cy, cx = rng.uniform(8, 16, 2)
    r = rng.uniform(5, 8)
    dy, dx = yy - cy, xx - cx
    d = np.sqrt(dy ** 2 + dx ** 2)
    if kind == "circle":
        mask = d < r
    elif kind == "square":
        mask = np.maximum(abs(dx), abs(dy)) < r * 0.85
    elif kind == "triangle":
        mask = (dy > -r) & (dy < r * 0.7) & (abs(dx) < (dy + r) * 0.6)
    elif kind == "cross":
        mask = (np.minimum(abs(dx), abs(dy)) < r * 0.3) & (np.maximum(abs(dx), abs(dy)) < r)
    else:
        mask = (d < r) & (d > r * 0.55)
    img = np.ones((S, S, 3)) * rng.uniform(0, 80, 3)
    img[mask] = rng.uniform(130, 255, 3)
    img += rng.normal(0, 8, img.shape)
    return np.clip(img, 0, 255).astype("uint8")


images, labels = [], []
for i, name in enumerate(CLASSES):
    for _ in range(400):
        images.append(draw(name))
        labels.append(i)
images = np.array(images).astype("float32") / 255.0
labels = np.array(labels)

model = keras.Sequential([
    keras.Input((S, S, 3)),
    layers.Conv2D(16, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(len(CLASSES), activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(images, labels, epochs=8, batch_size=32, validation_split=0.2,
          shuffle=True, callbacks=[RunLogger("run")])
