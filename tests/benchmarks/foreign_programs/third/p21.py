import numpy as np
import tensorflow as tf
import keras
from keras import layers
from resnet_app import RunLogger

keras.utils.set_random_seed(15)

blob = np.load("digits.npz")
X = (blob["x"] / 255.0).astype(np.float32).reshape(-1, 28 * 28)
Y = keras.utils.to_categorical(blob["y"], 10)

train_X, train_Y = X[:3500], Y[:3500]
valid_X, valid_Y = X[3500:4200], Y[3500:4200]


def my_loss(labels, predictions):
    return tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=predictions)


inputs = layers.Input(shape=(784,))
x = layers.Dense(128, activation="relu")(inputs)
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(10, activation="softmax")(x)
model = keras.Model(inputs=inputs, outputs=outputs)

model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.02),
              loss=my_loss, metrics=["accuracy"])
model.fit(train_X, train_Y, epochs=10, batch_size=32,
          validation_data=(valid_X, valid_Y), callbacks=[RunLogger("run")], verbose=2)
