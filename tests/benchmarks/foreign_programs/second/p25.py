"""Woven textures: four patterns, colour images, own training step."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(25)
rng = np.random.default_rng(25)

SIZE = 32
yy, xx = np.mgrid[0:SIZE, 0:SIZE]


def texture(kind):
    p = rng.uniform(4, 8)
    a, b = rng.uniform(0, p, 2)
    rows = np.sin(2 * np.pi * (yy + a) / p) > 0
    cols = np.sin(2 * np.pi * (xx + b) / p) > 0
    if kind == 0:
        m = rows
    elif kind == 1:
        m = cols
    elif kind == 2:
        m = np.sin(2 * np.pi * ((xx + yy) / np.sqrt(2) + a) / p) > 0
    else:
        m = rows ^ cols
    dark, bright = rng.uniform(0, 0.4, 3), rng.uniform(0.6, 1.0, 3)
    img = np.where(m[..., None], bright, dark)
    return img + rng.normal(0, 0.05, img.shape)


def make(n):
    k = rng.integers(0, 4, n)
    x = np.stack([texture(i) for i in k]).astype("float32")
    return 2.0 * x - 1.0, k.astype("int32")


x_train, y_train = make(800)
x_val, y_val = make(300)


class TextureNet(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        grads = tape.gradient(loss, self.trainable_variables)
        grads, _ = tf.clip_by_global_norm(grads, 5.0)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return self.get_metrics_result()


inp = keras.Input((SIZE, SIZE, 3))
h = layers.Conv2D(16, 5, strides=2, padding="same", activation="relu")(inp)
h = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(h)
h = layers.Conv2D(48, 3, padding="same", activation="relu")(h)
h = layers.GlobalAveragePooling2D()(h)
h = layers.Dropout(0.6)(h)
out = layers.Dense(4, activation="softmax")(h)
model = TextureNet(inp, out)

EPOCHS, BATCH = 16, 32
steps = EPOCHS * (len(x_train) // BATCH)
schedule = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=1e-5,
    decay_steps=steps - 50,
    warmup_target=3e-3,
    warmup_steps=50,
)
model.compile(
    optimizer=keras.optimizers.Adam(schedule),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(
    x_train,
    y_train,
    batch_size=BATCH,
    epochs=EPOCHS,
    validation_data=(x_val, y_val),
    callbacks=[RunLogger("run")],
)
