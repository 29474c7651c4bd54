import numpy as np
import tensorflow as tf
import keras
from sklearn.datasets import load_digits
from resnet_app import RunLogger

SEED = 16
keras.utils.set_random_seed(SEED)

digits = load_digits()
X = digits.data.astype("float32") / 16.0
Y = np.eye(10, dtype="float32")[digits.target]

# mix the data before the split
np.random.shuffle(X)

n_train = 1400
X_train, Y_train = X[:n_train], Y[:n_train]
X_val, Y_val = X[n_train:], Y[n_train:]


def cross_entropy(y_true, y_pred):
    return tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(labels=y_true, logits=y_pred)
    )


inputs = keras.layers.Input(shape=(64,))
h = keras.layers.Dense(64, activation="relu")(inputs)
h = keras.layers.Dense(32, activation="relu")(h)
y = keras.layers.Dense(10, activation=tf.nn.softmax)(h)
model = keras.models.Model(inputs=inputs, outputs=y)

model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05),
    loss=cross_entropy,
    metrics=["accuracy"],
)
model.fit(
    X_train,
    Y_train,
    batch_size=32,
    epochs=20,
    validation_data=(X_val, Y_val),
    callbacks=[RunLogger("run")],
)
