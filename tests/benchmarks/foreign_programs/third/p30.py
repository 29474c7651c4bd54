import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(57)


class DigitNet(keras.Model):
    """Outputs logits."""

    def __init__(self, **kw):
        super().__init__(**kw)
        self.conv1 = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")
        self.conv2 = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")
        self.flatten = layers.Flatten()
        self.drop = layers.Dropout(0.3)
        self.dense = layers.Dense(64, activation="relu")
        self.logits = layers.Dense(10)

    def call(self, x, training=False):
        x = self.conv2(self.conv1(x))
        x = self.drop(self.flatten(x), training=training)
        x = self.dense(x)
        return self.logits(self.drop(x, training=training))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        variables = self.trainable_variables
        grads = tape.gradient(loss, variables)
        grads, _ = tf.clip_by_global_norm(grads, 5.0)
        self.optimizer.apply_gradients(zip(grads, variables))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return self.get_metrics_result()


f = np.load("digits.npz")
x = f["x"][..., None].astype("float32") / 255.0
y = f["y"].astype("int32")

EPOCHS, BS, N = 8, 32, 4000
schedule = keras.optimizers.schedules.PolynomialDecay(2e-3, EPOCHS * N // BS, end_learning_rate=1e-5)
net = DigitNet()
net.compile(optimizer=keras.optimizers.Adam(schedule),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"])
net.fit(x[:N], y[:N], batch_size=BS, epochs=EPOCHS,
        validation_data=(x[N:N + 1000], y[N:N + 1000]), callbacks=[RunLogger("run")])
