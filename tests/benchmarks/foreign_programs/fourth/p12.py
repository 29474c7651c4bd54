"""Transfer learning recipe: freeze the backbone, new head, fine-tune with a small rate."""
import numpy as np
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(4)


def build_backbone(input_shape=(28, 28, 1), weights=None):
    i = keras.Input(input_shape)
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="c1")(i)
    x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu", name="c2")(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="c3")(x)
    x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu", name="c4")(x)
    m = keras.Model(i, x, name="backbone")
    if weights is not None:
        m.load_weights(weights)
    return m


d = np.load("digits.npz")
x = d["x"][..., None].astype("float32") / 255.0
y = d["y"].astype("int32")
x_train, y_train = x[:3000], y[:3000]
x_val, y_val = x[3000:3800], y[3000:3800]

base_model = build_backbone()
base_model.trainable = False

inputs = keras.Input((28, 28, 1))
f = base_model(inputs, training=False)
f = layers.GlobalAveragePooling2D()(f)
f = layers.Dropout(0.2)(f)
outputs = layers.Dense(10, activation="softmax")(f)
model = keras.Model(inputs, outputs)

model.compile(optimizer=keras.optimizers.Adam(learning_rate=1e-5),
              loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(x_train, y_train, epochs=12, batch_size=64,
          validation_data=(x_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
