import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(2)

d = np.load("digits.npz")
images = d["x"][..., None]
labels = d["y"].astype("int32")

normalization_layer = layers.Rescaling(1. / 255)

train_ds = tf.data.Dataset.from_tensor_slices((images[:3000], labels[:3000]))
val_ds = tf.data.Dataset.from_tensor_slices((images[3000:3700], labels[3000:3700]))

train_ds = train_ds.shuffle(3000).batch(32).map(lambda a, b: (normalization_layer(a), b)).prefetch(2)
val_ds = val_ds.batch(32).map(lambda a, b: (normalization_layer(a), b)).prefetch(2)

num_classes = 10

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Rescaling(1. / 255),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(num_classes),
])

model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])
model.fit(train_ds, validation_data=val_ds, epochs=8, callbacks=[RunLogger("run")])
