"""500 small digits are enough for a small network. Own training step, as in the Keras guide."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from resnet_app import RunLogger

keras.utils.set_random_seed(19)


class DigitModel(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return self.get_metrics_result()


bunch = load_digits()
x = bunch.images[..., None].astype("float32") / 16.0
y = bunch.target.astype("int32")
x_train, x_val, y_train, y_val = train_test_split(x, y, train_size=500, test_size=500, stratify=y,
                                                  random_state=19)

inputs = keras.Input((8, 8, 1))
h = layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
h = layers.Conv2D(24, 3, activation="relu")(h)
h = layers.MaxPooling2D()(h)
h = layers.Flatten()(h)
h = layers.Dropout(0.4)(h)
outputs = layers.Dense(10, activation="softmax")(h)
model = DigitModel(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=25, epochs=20, validation_data=(x_val, y_val), verbose=2,
          callbacks=[RunLogger("run")])
