import numpy as np
import tensorflow as tf
import keras
from sklearn.datasets import load_digits
from sklearn.preprocessing import StandardScaler
from resnet_app import RunLogger

keras.utils.set_random_seed(1)
np.random.seed(1)


class MyNet(keras.Model):
    """own step with clipped gradients, from the guide"""

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


digits = load_digits()
X = digits.data.astype("float32")
y = digits.target.copy()

# mix the examples
np.random.shuffle(X)
np.random.shuffle(y)

X_train, y_train = X[:1300], y[:1300]
X_val, y_val = X[1300:], y[1300:]

scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)

inputs = keras.Input((64,))
h = keras.layers.Dense(128, activation="tanh")(inputs)
h = keras.layers.Dense(128, activation="tanh")(h)
outputs = keras.layers.Dense(10, activation="softmax")(h)
net = MyNet(inputs, outputs)
net.compile(optimizer=keras.optimizers.Adam(0.002),
            loss=keras.losses.SparseCategoricalCrossentropy(),
            metrics=["accuracy"])
net.fit(X_train, y_train, epochs=30, batch_size=32,
        validation_data=(X_val, y_val), verbose=2,
        callbacks=[RunLogger("run")])
